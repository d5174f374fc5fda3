"""Long-form history: one row per changed field, values as text, in the words our models know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from attain.table import DATE, FLAG, MONEY, RATE, Column
from extract.files.parsing.column import Parsed
from extract.files.recognise import letters

_TYPED = {"amount": MONEY, "close_date": DATE, "probability": RATE, "is_deleted": FLAG}

_FIELDS = {
    "stage": ("stage", "StageName", "dealstage", "deal stage"),
    "amount": ("amount", "dealamount", "value"),
    "close_date": ("close_date", "CloseDate", "closing date", "expected close date"),
    "owner_id": ("owner_id", "OwnerId", "Owner", "hubspot_owner_id"),
    "probability": ("probability", "hs_deal_stage_probability"),
    "forecast_category": ("forecast_category", "ForecastCategory", "ForecastCategoryName"),
    "currency_code": ("currency_code", "CurrencyIsoCode", "deal_currency_code"),
    "is_deleted": ("is_deleted", "IsDeleted"),
}


@dataclass(frozen=True)
class ReadLong:
    """Columns that changed; rows whose values are none of their field; rows to keep, None for all."""

    columns: dict[str, pa.Array]
    bad: pa.Array | None
    keep: pa.Array | None


def long_form(
    columns: Mapping[str, pa.Array], fields: Mapping[str, str], read_as: Callable[[Column, pa.Array], Parsed]
) -> ReadLong:
    """Fields by our names and values in canonical text.

    Args:
        columns: the template's columns as read; `field`, `new_value` and, where the file has it, `old_value`.
        fields: theirs -> ours; where it is not empty, other fields are left out.
        read_as: reads values as a column would be.
    """
    names = {letters(theirs): ours for theirs, ours in fields.items()}
    if not fields:
        names = {letters(alias): ours for ours, aliases in _FIELDS.items() for alias in aliases}
    theirs = pc.replace_substring_regex(pc.utf8_lower(columns["field"]), pattern=r"[^\p{L}\p{N}]", replacement="")
    place = pc.index_in(theirs, value_set=pa.array(list(names)))
    field = pc.coalesce(pa.array(list(names.values()), pa.string()).take(place), columns["field"])
    new = columns["new_value"] if "new_value" in columns else pa.nulls(len(field), pa.string())
    old = columns.get("old_value")
    field = _owners_by_id(field, new if old is None else pc.coalesce(new, old))
    changed: dict[str, pa.Array] = {"field": field}
    bad: pa.Array | None = None
    for name, type_ in _TYPED.items():
        here = pc.equal(field, name)
        if not pc.any(here).as_py():
            continue
        given = [changed.get("new_value", new), changed.get("old_value", old)]
        there = [values for values in given if values is not None]
        texts = [pc.if_else(here, values, pa.scalar(None, pa.string())) for values in there]
        parsed = read_as(Column(name, type_), pa.concat_arrays(texts))
        read = _canonical(parsed.values)
        for turn, which in enumerate(("new_value", "old_value")[: len(there)]):
            part = slice(turn * len(field), (turn + 1) * len(field))
            changed[which] = pc.if_else(here, read[part], there[turn])
            bad = parsed.bad[part] if bad is None else pc.or_(bad, parsed.bad[part])
    if old is None and "changed_at" in columns:
        changed["old_value"] = _previous({**columns, **changed})
    keep = pc.is_valid(place) if fields else None
    return ReadLong(changed, bad, None if keep is None or pc.all(keep).as_py() else keep)


def _owners_by_id(field: pa.Array, value: pa.Array) -> pa.Array:
    """Salesforce writes an owner's change twice, once by names: those rows are of the field `owner_name`."""
    owner = pc.equal(field, "owner_id")
    by_id = pc.fill_null(pc.and_(owner, pc.starts_with(value, "005")), False)
    if not pc.any(by_id).as_py():
        return field
    return pc.if_else(pc.and_(owner, pc.invert(by_id)), "owner_name", field)


def _canonical(values: pa.Array) -> pa.Array:
    text = pc.cast(values, pa.string())
    if pa.types.is_decimal(values.type):
        text = pc.replace_substring_regex(text, pattern=r"(\.[0-9]*?)0+$", replacement=r"\1")
        text = pc.replace_substring_regex(text, pattern=r"\.$", replacement="")
    return text


def _previous(columns: Mapping[str, pa.Array]) -> pa.Array:
    """The value before, where the file has only the values after: that of the same deal's last change of the field."""
    table = pa.table({name: columns[name] for name in ("opportunity_id", "field", "changed_at", "new_value")})
    table = table.append_column("row", pa.array(range(table.num_rows), pa.int64()))
    order = [("opportunity_id", "ascending"), ("field", "ascending"), ("changed_at", "ascending"), ("row", "ascending")]
    table = table.sort_by(order).combine_chunks()
    if table.num_rows < 2:
        return pa.nulls(table.num_rows, pa.string())
    same = pa.repeat(True, table.num_rows - 1)
    for name in ("opportunity_id", "field"):
        column = table[name].combine_chunks()
        same = pc.and_(same, pc.fill_null(pc.equal(column[1:], column[:-1]), False))
    before = pc.if_else(same, table["new_value"].combine_chunks()[:-1], pa.scalar(None, pa.string()))
    shifted = pa.concat_arrays([pa.nulls(1, pa.string()), before])
    return shifted.take(pc.sort_indices(table["row"].combine_chunks()))
