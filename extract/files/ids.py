"""Ids that files leave out: people, accounts and products known by name only, and rows without an id of their own."""

import hashlib
from collections.abc import Mapping as Dict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from attain.table import REFERENCE_SUFFIX, TEXT, Table
from extract.files.mapping.document import Mapping
from extract.files.model import MADE, STAND_INS, Rows

NAMESPACE = "name:"
"""Starts every id made of a name, so that it never meets an id of a source."""

_REFERENCES = (
    ("owner_id", "owner_name", "reps"),
    ("rep_id", "rep_name", "reps"),
    ("manager_id", "manager_name", "reps"),
    ("account_id", "account_name", "accounts"),
    ("parent_account_id", "parent_account_name", "accounts"),
    ("product_id", "product_name", "products"),
)
_LISTED = {
    "reps": ("rep_id", "rep_name", ("email",)),
    "accounts": ("account_id", "account_name", ()),
    "products": ("product_id", "product_name", ("product_code",)),
}


def normalised(names: pa.Array) -> pa.Array:
    """Names as they are compared: without case and outer spaces, inner ones single."""
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(names))
    return pc.replace_substring_regex(plain, pattern=r"\s+", replacement=" ")


def own_ids(rows: Rows) -> None:
    """Gives rows without an id the name's, or one made of the row, where the template allows it."""
    for (template, column), name in STAND_INS.items():
        if (
            template == rows.template
            and name in rows.columns
            and column == rows.table.key[0]
            and not _refers(rows.table, column)
        ):
            rows.columns[column] = pc.coalesce(rows.column(column), _by_name(rows.columns[name]))
    key = rows.table.key[0]
    if (rows.template, key) in MADE and rows.column(key).null_count:
        rows.columns[key] = pc.coalesce(rows.column(key), _made(rows))


def references(everything: Sequence[Rows], mapping: Mapping) -> dict[str, list[dict[str, str]]]:
    """Resolves names of reps, accounts and products to ids and returns, by template, the records of those listed nowhere.

    A name that a file of theirs lists (once) gets that record's id; any other one of its own. Such ids are
    of the files' own account; `<column>__account` says so for each row. An id of the files' own that is listed nowhere
    gets a record too where its name stands beside it.
    """
    derived: dict[str, dict[str, str]] = {template: {} for template in _LISTED}
    listed = {template: _ids_by_name(everything, template) for template in derived}
    for rows in everything:
        for column, name, template in _REFERENCES:
            if name in rows.columns and _refers(rows.table, column):
                if mapping.account_of(rows.spec, column, template) == mapping.account:
                    _note_unlisted(rows, column, name, _ids(everything, template), derived[template])
                _resolve(rows, column, name, listed[template], derived[template])
    return {
        template: [{_LISTED[template][0]: id_, _LISTED[template][1]: name} for id_, name in sorted(found.items())]
        for template, found in derived.items()
        if found
    }


def _note_unlisted(rows: Rows, column: str, name: str, known: pa.Array, derived: dict[str, str]) -> None:
    """Records of ids that stand beside a name and in no file of their template."""
    ids, names = rows.column(column), rows.columns[name]
    new = pc.and_(pc.and_(pc.is_valid(ids), pc.is_valid(names)), pc.invert(pc.is_in(ids, value_set=known)))
    if pc.any(new).as_py():
        _note(ids.filter(new), names.filter(new), derived)


def _note(ids: pa.Array, names: pa.Array, derived: dict[str, str]) -> None:
    distinct = pa.table({"id": ids, "name": names}).group_by("id", use_threads=False).aggregate([("name", "first")])
    for id_, name in zip(distinct["id"].to_pylist(), distinct["name_first"].to_pylist(), strict=True):
        derived.setdefault(id_, name)


def _ids(everything: Sequence[Rows], template: str) -> pa.Array:
    listed = [r.column(_LISTED[template][0]) for r in everything if r.template == template]
    return pa.concat_arrays(listed) if listed else pa.array([], TEXT)


def _resolve(rows: Rows, column: str, name: str, listed: Dict[str, str], derived: dict[str, str]) -> None:
    ids, names = rows.column(column), rows.columns[name]
    plain = normalised(names)
    unknown = pc.and_(pc.is_null(ids), pc.is_valid(names))
    if not pc.any(unknown).as_py():
        return
    known = pa.array(list(listed.values()), pa.string()).take(
        pc.index_in(plain, value_set=pa.array(list(listed), pa.string()))
    )
    own = pc.coalesce(known, _by_name(names))
    rows.columns[column] = pc.if_else(unknown, own, ids)
    rows.columns[column + REFERENCE_SUFFIX] = pc.if_else(unknown, "", pa.scalar(None, pa.string()))
    new = pc.and_(unknown, pc.is_null(known))
    _note(_by_name(names).filter(new), names.filter(new), derived)


def _ids_by_name(everything: Sequence[Rows], template: str) -> dict[str, str]:
    """Normalised name (or e-mail) -> id, for those that name one record only."""
    id_column, name_column, further = _LISTED[template]
    found: dict[str, str | None] = {}
    for rows in everything:
        if rows.template != template:
            continue
        ids = rows.column(id_column).to_pylist()
        for column in (name_column, *further):
            for name, id_ in zip(normalised(rows.column(column)).to_pylist(), ids, strict=True):
                if name and id_:
                    found[name] = id_ if found.get(name, id_) == id_ else None
    return {name: id_ for name, id_ in found.items() if id_}


def _by_name(names: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(NAMESPACE, normalised(names), "")


def _refers(table: Table, column: str) -> bool:
    return any(c.name == column and c.refers_to for c in table.columns)


def _made(rows: Rows) -> pa.Array:
    """An id from what the row is about; rows that are about the same are told apart by their turn in the file."""
    about = MADE[rows.template, rows.table.key[0]]
    parts = [pc.fill_null(pc.cast(rows.column(name), TEXT), "\0") for name in about]
    seen: dict[str, int] = {}
    ids = []
    for text in pc.binary_join_element_wise(*parts, "\x1f").to_pylist():
        seen[text] = seen.get(text, 0) + 1
        turn = f"\x1f{seen[text]}" if seen[text] > 1 else ""
        ids.append(hashlib.md5((text + turn).encode(), usedforsecurity=False).hexdigest())
    return pa.array(ids, TEXT)
