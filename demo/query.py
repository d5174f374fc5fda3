"""Running a parsed query over a moment of the company's life: which rows, which fields, in which order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.clock import Bools, Ints, as_time
from demo.frame import Field, ObjectType, View
from demo.objects import find
from demo.soql import Compare, Condition, Literal, Not, Query, QueryError, parse

BLOCK = 100_000
MOST_OFFSET = 2_000
_TEXT = {"id", "reference", "string", "picklist", "textarea", "email", "combobox", "anyType"}
_NUMBER = {"int", "double", "currency", "percent"}
_ORDERED = {
    "=": pc.equal, "!=": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """Rows of an object (positions), and the fields asked for; values are made block by block."""

    source: ObjectType
    fields: tuple[Field, ...]
    rows: Ints
    view: View
    count_only: bool

    def batches(self, start: int = 0, stop: int | None = None, block: int = BLOCK) -> Iterator[pa.RecordBatch]:
        stop = len(self.rows) if stop is None else min(stop, len(self.rows))
        for at in range(start, stop, block):
            rows = self.rows[at : min(at + block, stop)]
            columns = [f.make(self.view, rows) for f in self.fields]
            yield pa.RecordBatch.from_arrays(
                [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns],
                [f.name for f in self.fields],
            )


def run(view: View, text: str, *, include_deleted: bool, bulk: bool = False) -> Answer:
    """The answer to a query.

    Raises:
        QueryError: with Salesforce's error code.
    """
    query = parse(text)
    source = find(query.source)
    if source is None:
        at = query.source
        raise QueryError(
            "INVALID_TYPE",
            f"sObject type '{at}' is not supported. If you are attempting to use a custom object, be sure to append the "
            "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        )
    if bulk and (not query.fields or query.offset):
        raise QueryError("FEATURENOTENABLED", "Aggregate Relationships and OFFSET are not supported in Bulk Query")
    fields = _fields(source, query, bulk)
    rows = source.rows(view)
    if source.deleted and not (include_deleted or query.all_rows):
        rows = rows[~source.deleted(view, rows)]
    if query.offset > MOST_OFFSET:
        raise QueryError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MOST_OFFSET}")
    if query.where:
        rows = rows[_matching(view, source, query.where, rows)]
    if query.order:
        rows = rows[_ordering(view, source, query, rows)]
    rows = rows[query.offset :]
    rows = rows if query.limit is None else rows[: query.limit]
    return Answer(source, fields, rows, view, not query.fields)


def _fields(source: ObjectType, query: Query, bulk: bool) -> tuple[Field, ...]:
    out: list[Field] = []
    for name in query.fields:
        if not name.startswith("FIELDS("):
            out.append(_field(source, name))
            continue
        if name != "FIELDS(STANDARD)" and (bulk or query.limit is None or query.limit > 200):
            raise QueryError("MALFORMED_QUERY", f"The SOQL {name} function must have a LIMIT of at most 200")
        wanted = {"FIELDS(ALL)": (True, False), "FIELDS(STANDARD)": (False,), "FIELDS(CUSTOM)": (True,)}[name]
        out += [f for f in source.fields.values() if f.custom in wanted]
    return tuple(dict.fromkeys(out))


def _field(source: ObjectType, name: str) -> Field:
    found = source.find(name)
    if found:
        return found
    if "." in name:
        relation = name.split(".")[0]
        raise QueryError("INVALID_FIELD", f"Didn't understand relationship '{relation}' in field path '{name}'")
    raise QueryError(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{source.name}'. If you are attempting to use a custom field, be sure to "
        "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
        "appropriate names.",
    )


def _matching(view: View, source: ObjectType, where: Condition, rows: Ints) -> Bools:
    parts = [
        np.asarray(_holds(view, source, where, rows[at : at + BLOCK])) for at in range(0, len(rows), BLOCK)
    ]  # fmt: skip
    if not parts:
        _holds(view, source, where, rows)
        return np.zeros(0, dtype=bool)
    return np.concatenate(parts)


def _holds(view: View, source: ObjectType, where: Condition, rows: Ints) -> Bools:
    if isinstance(where, Compare):
        return _compare(view, source, where, rows)
    if isinstance(where, Not):
        return ~_holds(view, source, where.of, rows)
    out = _holds(view, source, where.of[0], rows)
    for part in where.of[1:]:
        more = _holds(view, source, part, rows)
        out = out & more if where.word == "AND" else out | more
    return out


def _compare(view: View, source: ObjectType, test: Compare, rows: Ints) -> Bools:
    field = _field(source, test.field)
    values = [_typed(view, field, literal) for literal in test.values]
    column = field.make(view, rows)
    if field.kind in _TEXT - {"id", "reference"}:
        column = pc.utf8_lower(column)
        values = [value.lower() if isinstance(value, str) else value for value in values]
    if test.operator in ("IN", "NOT IN"):
        column = column.cast(pa.float64()) if field.kind in _NUMBER else column
        found = _true(pc.is_in(column, pa.array([v for v in values if v is not None], column.type)))
        found |= _true(pc.is_null(column)) if None in values else False
        return found if test.operator == "IN" else ~found
    value = values[0]
    if test.operator == "LIKE":
        if field.kind not in _TEXT - {"id", "reference"}:
            raise QueryError("INVALID_FIELD", f"invalid operator on {field.kind} field: {field.name}")
        pattern = re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", str(value)).replace("%", ".*").replace("_", ".")
        return _true(pc.match_substring_regex(column, f"(?s)^{pattern}$"))
    if value is None:
        if test.operator not in ("=", "!="):
            raise QueryError("INVALID_FIELD", f"null is not valid with operator {test.operator}")
        return _true(pc.is_null(column)) if test.operator == "=" else _true(pc.is_valid(column))
    if field.kind in _NUMBER:
        column = column.cast(pa.float64())
    found = _true(_ORDERED[test.operator](column, pa.scalar(value).cast(column.type, safe=False)))
    return found | _true(pc.is_null(column)) if test.operator == "!=" else found


def _true(mask: pa.Array) -> Bools:
    filled: Bools = pc.fill_null(mask, False).to_numpy(zero_copy_only=False).astype(bool)
    return filled


def _typed(view: View, field: Field, literal: Literal) -> object:
    """The literal as a value of the field's type, or Salesforce's complaint."""
    kind, value = literal.kind, literal.value
    if kind == "null":
        return None
    if field.kind in _TEXT and kind == "string":
        text = str(value)
        if field.kind in ("id", "reference"):
            if len(text) not in (15, 18):
                raise QueryError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
            return _checked(text)
        return text
    if field.kind in _NUMBER and kind == "number":
        return value
    if field.kind == "boolean" and kind == "boolean":
        return value
    if field.kind == "date" and kind in ("date", "date word"):
        return value if kind == "date" else _word(view, str(value))
    if field.kind == "datetime" and kind in ("datetime", "date word"):
        if kind == "datetime":
            return value
        day = _word(view, str(value))
        return datetime(day.year, day.month, day.day, tzinfo=as_time(0).tzinfo)
    wanted = {"datetime": "dateTime", "date": "date", "boolean": "boolean"}.get(field.kind, field.kind)
    quotes = "should not be enclosed in quotes" if kind == "string" else "should be enclosed in quotes"
    raise QueryError(
        "INVALID_FIELD", f"value of filter criterion for field '{field.name}' must be of type {wanted} and {quotes}"
    )


def _checked(text: str) -> str:
    """An 18-character id; a 15-character one gets its checking characters."""
    if len(text) == 18:
        return text
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = (text[at : at + 5] for at in (0, 5, 10))
    return text + "".join(
        letters[sum(1 << i for i, c in enumerate(part) if c.isascii() and c.isupper())] for part in parts
    )


def _word(view: View, word: str) -> date:
    """First day of a date word; only the start counts, as with >= and <."""
    today = as_time(view.clock).date()
    if word.startswith("LAST_N_DAYS:"):
        return today - timedelta(days=int(word.split(":")[1]))
    starts = {
        "TODAY": today, "YESTERDAY": today - timedelta(days=1), "TOMORROW": today + timedelta(days=1),
        "THIS_MONTH": today.replace(day=1), "THIS_YEAR": today.replace(month=1, day=1),
        "THIS_QUARTER": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
    }  # fmt: skip
    if word not in starts:
        raise QueryError("MALFORMED_QUERY", f"unexpected token: '{word}'")
    return starts[word]


def _ordering(view: View, source: ObjectType, query: Query, rows: Ints) -> Ints:
    """Positions in order. Sorting by the last key first keeps earlier keys in charge; nulls go where they are asked."""
    order = np.arange(len(rows))
    for key in reversed(query.order):
        column = _field(source, key.field).make(view, rows[order])
        nulls = _true(pc.is_null(column))
        ranks = pc.rank(column, "ascending", tiebreaker="dense").to_numpy().astype(np.int64)
        ranks = -ranks if key.descending else ranks
        ranks = np.where(nulls, -(1 << 60) if key.nulls_first else 1 << 60, ranks)
        order = order[np.argsort(ranks, kind="stable")]
    return order
