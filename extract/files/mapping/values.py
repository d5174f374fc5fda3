"""Evaluates what `mapping.yml` puts on the right of our columns, for all rows of a file at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from attain.errors import UnreadableInput
from extract.files.mapping import expressions as expressions
from extract.files.mapping.value_models import Conditions, Constant, FirstOf, Joined, Lookup, Not, Scalar, Taken, Value
from extract.files.parsing.column import Formats, Undecided, as_text, clean, decided_mark
from extract.files.parsing.numbers import EXACT, Evidence, NumberText
from extract.files.readers.sheet import Sheet
from extract.files.recognise import without_object
from extract.yaml_document import did_you_mean, listed

_BETWEEN_KEYS = "\x1f"


@dataclass
class Evaluator:
    """Values over one sheet.

    Args:
        other: gives the sheet of another file of the folder by its name; KeyError when there is none.
        define: names a mapping defines for use in its columns.
        lenient: a column that is not there is empty; else it stops the file.
        unread: rows with an operand that was there and is no number.
    """

    sheet: Sheet
    other: Callable[[str], Sheet]
    formats: Formats = field(default_factory=Formats)
    define: Mapping[str, Value] = field(default_factory=dict)
    lenient: bool = False
    neighbours: Callable[[], Evidence | None] = lambda: None
    used: set[str] = field(default_factory=set)
    unread: pa.Array | None = None

    def __post_init__(self) -> None:
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(self.sheet.names):
            self._places.setdefault(loose(name), []).append(place)
        for place, name in enumerate(self.sheet.names):
            self._places.setdefault(loose(without_object(name)), [place])

    def value(self, value: Value, place: str) -> pa.Array:
        """The value for every row: text, or the type the file has.

        Args:
            place: our column, for messages.

        Raises:
            UnreadableInput: a column, file or key that is not there or not unique; not an expression.
        """
        if isinstance(value, str):
            return self.column(value) if self._has(value) else self._expression(value, place)
        if isinstance(value, Constant):
            return self._constant(value.value)
        if isinstance(value, Taken):
            return self._taken(value)
        if isinstance(value, FirstOf):
            return pc.coalesce(*(as_text(self.value(v, place)) for v in value.first_of), self._constant(None))
        if isinstance(value, Joined):
            parts = [clean(as_text(self.value(v, place))) for v in value.join]
            joined = pc.binary_join_element_wise(*parts, value.with_, null_handling="skip")
            return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)
        if isinstance(value, Lookup):
            return self._looked_up(value, place)
        return self._constant(value)

    def column(self, name: str) -> pa.Array:
        """A column of the file, or a defined one.

        Raises:
            UnreadableInput: there is none, or two that differ.
        """
        if name in self.define:
            return self.value(self.define[name], name)
        places = [i for i, n in enumerate(self.sheet.names) if n == name] or self._places.get(loose(name), [])
        if not places:
            if self.lenient:
                return self._constant(None)
            hint = did_you_mean(name, self.sheet.names)
            raise UnreadableInput(f"{self.sheet.file}: no column `{name}`.{hint} It has: {listed(self.sheet.names)}.")
        if any(not self.sheet.columns[i].equals(self.sheet.columns[places[0]]) for i in places):
            raise UnreadableInput(self._several(name, places))
        self.used.add(self.sheet.names[places[0]])
        return self.sheet.columns[places[0]]

    def refuse_twins(self, name: str) -> None:
        """Stops where the file has the header twice with different values and no mapping chose one.

        Raises:
            UnreadableInput: naming the columns by number.
        """
        first = self.sheet.names.index(name)
        twins = [first] + [
            i for i, n in enumerate(self.sheet.names) if n.startswith(f"{name} (") and n[len(name) + 2 : -1].isdigit()
        ]
        if any(not self.sheet.columns[i].equals(self.sheet.columns[first]) for i in twins):
            raise UnreadableInput(self._several(name, twins))

    def _several(self, name: str, places: list[int]) -> str:
        where = ", ".join(str(i + 1) for i in places)
        named = ", ".join(f"`{self.sheet.names[i]}`" for i in places)
        return (
            f"{self.sheet.file}: `{name}` stands over several columns ({where}) that differ. "
            f"Say in mapping.yml which is meant: {named}."
        )

    def take_unread(self) -> pa.Array | None:
        """Rows with an unreadable operand since the last call; None when there are none."""
        found, self.unread = self.unread, None
        return found

    def matches(self, conditions: Conditions) -> pa.Array:
        """True for the rows that meet all conditions."""
        keep = pa.repeat(True, self.sheet.rows)
        for name, wanted in conditions.items():
            negated = isinstance(wanted, Not)
            hit = self._is_one_of(self.column(name), wanted.not_ if isinstance(wanted, Not) else wanted)
            keep = pc.and_(keep, pc.invert(hit) if negated else hit)
        return keep

    def _has(self, name: str) -> bool:
        return name in self.define or name in self.sheet.names or (loose(name)) in self._places

    def _constant(self, value: Scalar) -> pa.Array:
        return pa.repeat(pa.scalar(_word(value), pa.string()), self.sheet.rows)

    def _is_one_of(self, values: pa.Array, wanted: Scalar | list[Scalar]) -> pa.Array:
        """True where the value is wanted, compared as text without case; null is wanted only by null."""
        listed = wanted if isinstance(wanted, list) else [wanted]
        words = [None if w is None else str(_word(w)).strip().casefold() for w in listed]
        text = pc.utf8_lower(clean(as_text(values)))
        hit = pc.is_in(text, value_set=pa.array([w for w in words if w is not None], pa.string()))
        return pc.or_(hit, pc.is_null(text)) if None in words else hit

    def _taken(self, value: Taken) -> pa.Array:
        text = as_text(self.column(value.column))
        if value.starts_with is not None:
            text = pc.if_else(pc.starts_with(text, value.starts_with), text, pa.scalar(None, pa.string()))
        if "equals" in value.model_fields_set:
            hit = self._is_one_of(text, value.equals)
            return pc.if_else(pc.is_null(text), pa.scalar(None, pa.string()), pc.cast(hit, pa.string()))
        if value.map:
            keys = pa.array([key.strip().casefold() for key in value.map])
            ours = pa.array([_word(v) for v in value.map.values()], pa.string())
            place = pc.index_in(pc.utf8_lower(clean(text)), value_set=keys)
            text = pc.if_else(pc.is_valid(place), ours.take(place), text)
        if value.default is not None:
            text = pc.fill_null(clean(text), str(_word(value.default)))
        return text

    def _expression(self, text: str, place: str) -> pa.Array:
        try:
            tree = _with_columns(text)
        except expressions.NotAnExpression as problem:
            if self.lenient:
                return self._constant(None)
            hint = did_you_mean(text, self.sheet.names)
            raise UnreadableInput(
                f"{self.sheet.file}: `{place}: {text}` is neither a column nor an expression ({problem}).{hint} "
                f"It has: {listed(self.sheet.names)}. A fixed text is written {{value: {text}}}."
            ) from None
        if isinstance(tree, expressions.Name):
            return self.column(tree.name)
        return expressions.evaluate(tree, self._number, self.sheet.rows)

    def _number(self, name: str) -> pa.Array:
        values = self.column(name)
        if values.type == EXACT:
            return values
        text = NumberText(clean(as_text(values)))
        try:
            typed = not pa.types.is_string(values.type)
            mark = "." if typed else decided_mark(text.evidence, self.formats.decimal, self.neighbours)
        except Undecided as problem:
            raise UnreadableInput(f"{self.sheet.file}: `{name}`: {problem}") from None
        numbers = text.values(mark)
        unread = pc.and_(pc.is_valid(text.text), pc.is_null(numbers))
        self.unread = unread if self.unread is None else pc.or_(self.unread, unread)
        return numbers

    def _looked_up(self, value: Lookup, place: str) -> pa.Array:
        try:
            sheet = self.other(value.file)
        except KeyError:
            if self.lenient:
                return self._constant(None)
            raise UnreadableInput(
                f"{self.sheet.file}: `{place}` looks up {value.file}, which is not in the folder. Add the file, or take the lookup out."
            ) from None
        there = Evaluator(sheet, self.other, self.formats, lenient=self.lenient)
        if value.where:
            there = Evaluator(sheet.filter(there.matches(value.where)), self.other, self.formats, lenient=self.lenient)
        pairs = {value.match: value.match} if isinstance(value.match, str) else value.match
        keys = _key([there.column(name) for name in pairs.values()])
        taken = as_text(there.value(value.take, place))
        if value.pick is None:
            _refuse_several(keys, taken, f"{sheet.file}: several rows per {', '.join(pairs.values())} for `{place}`")
        if value.pick == "last":
            backwards = pa.array(range(len(keys) - 1, -1, -1), pa.int64())
            keys, taken = keys.take(backwards), taken.take(backwards)
        return taken.take(pc.index_in(_key([self.column(name) for name in pairs]), value_set=keys, skip_nulls=True))


def _with_columns(text: str) -> expressions.Node:
    """The expression; arithmetic on numbers alone is rather a date or another text that was meant."""
    tree = expressions.parse(text)
    if isinstance(tree, expressions.Operation) and not any(expressions.names(tree)):
        raise expressions.NotAnExpression("it names no column")
    return tree


def loose(name: str) -> str:
    """A header as mappings may write it: case, spaces and underscores do not matter, signs do."""
    return re.sub(r"[\s_]+", "", name.casefold())


def _word(value: Scalar) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _key(columns: list[pa.Array]) -> pa.Array:
    """The columns as one text; null where one of them is."""
    return pc.binary_join_element_wise(*(clean(as_text(column)) for column in columns), _BETWEEN_KEYS)


def _refuse_several(keys: pa.Array, values: pa.Array, what: str) -> None:
    """Raises UnreadableInput where one key has several values."""
    pairs = pa.table({"key": keys, "value": values}).filter(pc.is_valid(keys))
    counts = pairs.group_by("key").aggregate([("value", "count_distinct")])
    several = counts.filter(pc.greater(counts["value_count_distinct"], 1))
    if several.num_rows:
        raise UnreadableInput(
            f"{what}: {several.num_rows} keys have several values. "
            "Say which: `pick: first` or `pick: last`, or narrow the rows by `where:`."
        )
