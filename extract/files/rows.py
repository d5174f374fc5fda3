"""One file and one template: the file's columns evaluated, read into our types, and what could not be read marked."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from attain.errors import UnreadableInput
from attain.table import MONEY, RATE, WHOLE, Column, Table
from extract.files.currency import take_currencies
from extract.files.long import ReadLong, long_form
from extract.files.mapping import expressions as expressions
from extract.files.mapping.document import FileMapping, Mapping
from extract.files.mapping.value_models import Constant, FirstOf, Joined, Lookup, Taken
from extract.files.mapping.values import Evaluator
from extract.files.model import MADE, STAND_INS, Job, Rows
from extract.files.parsing.column import Parsed, Undecided, as_text, clean, joint_evidence, parse
from extract.files.parsing.numbers import Evidence
from extract.files.readers.sheet import Sheet
from extract.files.recognise import automatic, shape_of
from extract.files.unpivot import unpivoted
from extract.yaml_document import listed

_TOTAL = r"^(?i:(grand |sub-?)?totals?|gesamt|gesamtsumme|summe|insgesamt|somme|suma|sum|count|average|avg)\s*:?$"


def read(job: Job, other: Callable[[str], Sheet], mapping: Mapping, company_zone: str) -> Rows:
    """The job's rows.

    Raises:
        UnreadableInput: a required column is missing, or a column cannot be decided; it names file, column and remedy.
    """
    spec, sheet, table = job.spec, job.sheet, job.spec.table
    if spec.unpivot:
        sheet = unpivoted(sheet, spec.unpivot)
    formats = mapping.formats(spec, "", company_zone)
    evaluator = Evaluator(sheet, other, formats, spec.define, lenient=job.recognised)
    if spec.where:
        sheet = _narrowed(sheet, evaluator.matches(spec.where))
        evaluator = Evaluator(sheet, other, formats, spec.define, lenient=job.recognised, used=set(evaluator.used))
    wanted = _wanted(table, spec, sheet, evaluator)
    _refuse_missing(table, wanted, sheet, job.recognised)
    evaluator.neighbours = lambda: _neighbours(table, wanted, evaluator)
    given: dict[str, pa.Array] = {}
    unread: dict[str, pa.Array] = {}
    for name, value in wanted.items():
        given[name] = evaluator.value(value, name)
        left = evaluator.take_unread()
        if left is not None:
            unread[name] = left
    keep, note = _records(table, sheet, given)
    if keep is not None:
        sheet = sheet.filter(keep).noting(note)
        given, unread = ({k: v.filter(keep) for k, v in d.items()} for d in (given, unread))
    rows = Rows(table, spec, sheet, {}, given, sources={k: describe(v) for k, v in wanted.items()})
    rows.ignored = tuple(n for n in sheet.names if n not in evaluator.used)
    rows.max_rejected = next((m for m in (spec.max_rejected, mapping.max_rejected) if m is not None), rows.max_rejected)
    for column in table.columns:
        if column.name in given:
            _read_column(rows, column, mapping, company_zone, evaluator.neighbours, unread.get(column.name))
    _name_stages_alone(rows)
    take_currencies(rows)
    _take_once(rows)
    if rows.template == "opportunity_field_history":
        _read_long(rows, mapping, company_zone, evaluator.neighbours)
    rows.notes = [*sheet.notes, *rows.notes]
    return rows


def _narrowed(sheet: Sheet, keep: pa.Array) -> Sheet:
    left_out = sheet.rows - (pc.sum(keep).as_py() or 0)
    narrowed = sheet.filter(pc.fill_null(keep, False))
    return narrowed.noting(f"{left_out} rows were left out by `where`") if left_out else narrowed


def _wanted(table: Table, spec: FileMapping, sheet: Sheet, evaluator: Evaluator) -> dict[str, Any]:
    """Our column -> value: by names and aliases, overridden by the mapping; `null` leaves a column out."""
    found = automatic(table, sheet.names)
    if not spec.columns:
        found |= shape_of(table.name.removeprefix("files__"), sheet.names)
    claimed = {value for value in spec.columns.values() if isinstance(value, str)}
    found = {
        name: value
        for name, value in found.items()
        if name not in spec.columns and not (isinstance(value, str) and value in claimed)
    }
    for value in found.values():
        if isinstance(value, str):
            evaluator.refuse_twins(value)
    return {name: value for name, value in {**found, **spec.columns}.items() if value is not None}


def _refuse_missing(table: Table, wanted: dict[str, Any], sheet: Sheet, recognised: bool) -> None:
    template = table.name.removeprefix("files__")
    for column in table.columns:
        if not column.required or column.name in wanted or (template, column.name) in MADE:
            continue
        stand_in = STAND_INS.get((template, column.name))
        if stand_in in wanted:
            continue
        also = f" (or `{stand_in}`)" if stand_in else ""
        made = (
            " If no column is, make one of columns that together never change and are each row's own: "
            f"`{column.name}: {{join: [.., ..]}}`."
            if column.name == table.key[0]
            else ""
        )
        leave = " If the file is something else: `ignore: [its name]`." if recognised else ""
        raise UnreadableInput(
            f"{sheet.file}: no column for `{column.name}`{also}, which {template} must have. "
            f"It has: {listed(sheet.names)}. Say in mapping.yml which it is: "
            f"`columns: {{{column.name}: <their column>}}`.{made}{leave}"
        )


def _neighbours(table: Table, wanted: dict[str, Any], evaluator: Evaluator) -> Evidence:
    return joint_evidence(evaluator.column(name) for name in dict.fromkeys(_number_names(table, wanted, evaluator)))


def _number_names(table: Table, wanted: dict[str, Any], evaluator: Evaluator) -> Iterator[str]:
    """Columns of the file that hold numbers, as far as the mapping shows."""
    for name, value in wanted.items():
        if isinstance(value, str) and table.column(name).type in (MONEY, RATE, WHOLE):
            if value in evaluator.sheet.names:
                yield value
                continue
            try:
                yield from (n for n in expressions.names(expressions.parse(value)) if n in evaluator.sheet.names)
            except expressions.NotAnExpression:
                continue


def _records(table: Table, sheet: Sheet, given: dict[str, pa.Array]) -> tuple[pa.Array | None, str]:
    """Which rows are records and not totals or notes; None where all are."""
    needed = [given[c.name] for c in table.columns if c.required and c.name in given]
    if not sheet.rows or not needed:
        return None, ""
    empty = [pc.is_null(clean(as_text(column))) for column in needed]
    some, every = empty[0], empty[0]
    for mask in empty[1:]:
        some, every = pc.or_(some, mask), pc.and_(every, mask)
    first = clean(pc.coalesce(*(as_text(c) for c in sheet.columns)))
    total = pc.and_(pc.fill_null(pc.match_substring_regex(first, pattern=_TOTAL), False), some)
    filled = pc.cast(pc.is_valid(sheet.columns[0]), pa.int32())
    for column in sheet.columns[1:]:
        filled = pc.add(filled, pc.cast(pc.is_valid(column), pa.int32()))
    note = pc.and_(some, pc.less_equal(filled, 1)) if len(sheet.columns) > 2 else pa.repeat(False, sheet.rows)
    below = pc.or_(note, every) if len(needed) > 1 else note
    last = sheet.rows
    while last and (below[last - 1].as_py() or total[last - 1].as_py()):
        last -= 1
    left_out = total if last == sheet.rows else pc.or_(total, pc.greater_equal(pa.array(range(sheet.rows)), last))
    count = pc.sum(left_out).as_py() or 0
    return (pc.invert(left_out), f"{count} rows of totals or notes were left out") if count else (None, "")


def _name_stages_alone(rows: Rows) -> None:
    """HubSpot writes a deal's stage as `Closed won (Sales Pipeline)` beside a column with the pipeline's name."""
    pipeline = next(
        (c for n, c in zip(rows.sheet.names, rows.sheet.columns, strict=True) if n.lower() == "pipeline"), None
    )
    if rows.template != "opportunities" or pipeline is None or "stage" not in rows.columns:
        return
    parts = pc.extract_regex(rows.columns["stage"], pattern=r"^(?P<stage>.+) \((?P<pipeline>[^()]+)\)$")
    named = pc.fill_null(pc.equal(pc.struct_field(parts, "pipeline"), clean(as_text(pipeline))), False)
    rows.columns["stage"] = pc.if_else(named, pc.struct_field(parts, "stage"), rows.columns["stage"])


def _take_once(rows: Rows) -> None:
    """Rows that are the same in all that is read of them count once: an order's header stands on each of its lines."""
    key = [name for name in rows.table.key if name in rows.columns]
    if not key or (rows.template, key[0]) in MADE or rows.bad or not rows.size:
        return
    keys = pc.binary_join_element_wise(*(pc.cast(rows.columns[name], pa.string()) for name in key), "\x1f")
    if pc.count_distinct(keys).as_py() == len(keys) - keys.null_count:
        return
    table = pa.table({**rows.columns, "_row": pa.array(range(rows.size), pa.int64())})
    first = table.group_by(list(rows.columns)).aggregate([("_row", "min")])["_row_min"].combine_chunks()
    if len(first) < rows.size:
        keep = pc.is_in(pa.array(range(rows.size), pa.int64()), value_set=first)
        _keep(rows, keep, f"{rows.size - len(first)} rows are the same as another in all that is read, and count once")


def _keep(rows: Rows, keep: pa.Array, note: str) -> None:
    rows.sheet = rows.sheet.filter(keep).noting(note)
    rows.columns = {k: v.filter(keep) for k, v in rows.columns.items()}
    rows.given = {k: v.filter(keep) for k, v in rows.given.items()}
    rows.bad = {k: (mask.filter(keep), rule) for k, (mask, rule) in rows.bad.items()}


def _read_column(
    rows: Rows,
    column: Column,
    mapping: Mapping,
    zone: str,
    neighbours: Callable[[], Evidence | None],
    unread: pa.Array | None,
) -> None:
    try:
        parsed = parse(column, rows.given[column.name], mapping.formats(rows.spec, column.name, zone), neighbours)
    except Undecided as problem:
        raise UnreadableInput(f"{rows.sheet.file}: `{rows.sources[column.name]}` ({column.name}): {problem}") from None
    rows.columns[column.name] = parsed.values if parsed.exact is None else parsed.exact  # landing rounds and counts
    if parsed.currency is not None:
        rows.currencies[column.name] = parsed.currency
    rows.notes.extend(parsed.notes)
    bad = parsed.bad if unread is None else pc.or_(parsed.bad, unread)
    if pc.any(bad).as_py():
        rows.bad[column.name] = (bad, parsed.rule)


def _read_long(rows: Rows, mapping: Mapping, zone: str, neighbours: Callable[[], Evidence | None]) -> None:
    def read_as(column: Column, values: pa.Array) -> Parsed:
        try:
            return parse(column, values, mapping.formats(rows.spec, column.name, zone), neighbours)
        except Undecided as problem:
            raise UnreadableInput(f"{rows.sheet.file}: values of field {column.name}: {problem}") from None

    read_long: ReadLong = long_form(rows.columns, rows.spec.fields, read_as)
    rows.columns.update(read_long.columns)
    if read_long.bad is not None:
        rows.bad["new_value"] = (read_long.bad, "new_value and old_value are values of their field")
    if read_long.keep is not None:
        dropped = rows.size - (pc.sum(read_long.keep).as_py() or 0)
        _keep(rows, read_long.keep, f"{dropped} changes of fields that `fields` does not name were left out")


def describe(value: Any) -> str:
    """What a column is read from, in a few words."""
    if isinstance(value, Lookup):
        return f"{describe(value.take)} of {value.file}"
    if isinstance(value, FirstOf):
        return " or ".join(describe(v) for v in value.first_of)
    if isinstance(value, Joined):
        return " and ".join(describe(v) for v in value.join)
    if isinstance(value, Constant):
        return f"always {value.value}"
    if isinstance(value, Taken):
        return value.column + (f" starting with {value.starts_with}" if value.starts_with else "")
    return str(value)
