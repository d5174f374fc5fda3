"""SOQL, as much of it as extractors write: parsed into a small tree, refused in Salesforce's words otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn


class QueryError(Exception):
    """A query Salesforce would refuse: `code` is its errorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Literal:
    """`kind`: string, number, boolean, null, date, datetime or a date word (TODAY, LAST_N_DAYS)."""

    kind: str
    value: object


@dataclass(frozen=True)
class Compare:
    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Not:
    of: "Condition"


@dataclass(frozen=True)
class Join:
    """`word` is AND or OR."""

    word: str
    of: tuple["Condition", ...]


Condition = Compare | Not | Join


@dataclass(frozen=True)
class Order:
    field: str
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class Query:
    """A parsed query; `fields` is empty for COUNT()."""

    fields: tuple[str, ...]
    source: str
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int
    all_rows: bool
    text: str


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:\\.|[^'\\])*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+\- ]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+))
  | (?P<word>[A-Za-z_][\w.]*(?::\d+)?)
  | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_DATE_WORDS = {"TODAY", "YESTERDAY", "TOMORROW", "THIS_MONTH", "THIS_QUARTER", "THIS_YEAR", "LAST_N_DAYS"}
_UNSUPPORTED = {"GROUP", "HAVING", "TYPEOF", "FOR", "WITH"}


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._scan(text))
        self.at = 0

    def _scan(self, text: str) -> Iterator[tuple[str, str, int]]:
        position = 0
        text = text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found or found.end() == position:
                start = len(text[:position]) + len(text[position:]) - len(text[position:].lstrip())
                self._fail(f"unexpected token: '{text[start : start + 20]}'", start)
            yield str(found.lastgroup), found.group(str(found.lastgroup)), found.end()
            position = found.end()

    def _fail(self, what: str, position: int | None = None) -> NoReturn:
        where = (
            (self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text))
            if position is None
            else position
        )
        before = self.text[max(0, where - 40) : where]
        line = self.text[:where].count("\n") + 1
        raise QueryError(
            "MALFORMED_QUERY", f"{before}\n{' ' * max(0, len(before) - 1)}^\nERROR at Row:{line}:Column:{where}\n{what}"
        )

    def peek(self) -> str:
        """The next word or sign in capitals; empty at the end."""
        if self.at >= len(self.tokens):
            return ""
        kind, value, _ = self.tokens[self.at]
        return value.upper() if kind in ("word", "sign") else value

    def take(self, *expected: str) -> str:
        value = self.peek()
        if expected and value not in expected:
            self._fail(f"expecting {' or '.join(repr(word) for word in expected)}, found {value or '<EOF>'!r}")
        self.at += 1
        return value

    def accept(self, word: str) -> bool:
        if self.peek() == word:
            self.at += 1
            return True
        return False

    def name(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "word":
            self._fail(f"unexpected token: {self.peek() or '<EOF>'!r}")
        value: str = self.tokens[self.at][1]
        self.at += 1
        return value

    def query(self) -> Query:
        self.take("SELECT")
        fields = self._fields()
        self.take("FROM")
        source = self.name()
        where = self._condition() if self.accept("WHERE") else None
        if self.peek() in _UNSUPPORTED:
            self._fail(f"unexpected token: '{self.peek()}'")
        order = self._order()
        limit = self._whole() if self.accept("LIMIT") else None
        offset = self._whole() if self.accept("OFFSET") else 0
        all_rows = self.accept("ALL")
        if all_rows:
            self.take("ROWS")
        if self.at < len(self.tokens):
            self._fail(f"unexpected token: '{self.tokens[self.at][1]}'")
        return Query(fields, source, where, order, limit, offset, all_rows, self.text)

    def _fields(self) -> tuple[str, ...]:
        names = [self._selected()]
        while self.accept(","):
            names.append(self._selected())
        if "COUNT()" in names:
            if len(names) > 1:
                self._fail("COUNT() must be the only element in the SELECT list")
            return ()
        doubled = {name for name in names if [n.lower() for n in names].count(name.lower()) > 1}
        if doubled:
            raise QueryError("INVALID_FIELD", f"duplicate field selected: {min(doubled)}")
        return tuple(names)

    def _selected(self) -> str:
        name = self.name()
        if self.accept("("):
            if name.upper() == "COUNT":
                self.take(")")
                return "COUNT()"
            if name.upper() == "FIELDS":
                which = self.take("ALL", "STANDARD", "CUSTOM")
                self.take(")")
                return f"FIELDS({which})"
            self._fail(f"unexpected token: '{name}'")
        return name

    def _condition(self) -> Condition:
        first = self._term()
        word = self.peek()
        parts = [first]
        while self.peek() in ("AND", "OR"):
            if self.peek() != word:
                self._fail(f"unexpected token: '{self.peek()}'")
            self.take()
            parts.append(self._term())
        return Join(word, tuple(parts)) if len(parts) > 1 else first

    def _term(self) -> Condition:
        if self.accept("NOT"):
            return Not(self._term())
        if self.accept("("):
            inner = self._condition()
            self.take(")")
            return inner
        field = self.name()
        operator = self.peek()
        if operator in ("=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"):
            self.take()
            return Compare(field, "!=" if operator == "<>" else operator, (self._literal(),))
        if operator == "NOT":
            self.take()
            self.take("IN")
            return Compare(field, "NOT IN", self._list())
        if operator == "IN":
            self.take()
            return Compare(field, "IN", self._list())
        return self._fail(f"unexpected token: {operator or '<EOF>'!r}")

    def _list(self) -> tuple[Literal, ...]:
        self.take("(")
        values = [self._literal()]
        while self.accept(","):
            values.append(self._literal())
        self.take(")")
        return tuple(values)

    def _literal(self) -> Literal:
        if self.at >= len(self.tokens):
            self._fail("unexpected token: '<EOF>'")
        kind, value, _ = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return Literal("string", re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), value[1:-1], flags=re.DOTALL))
        if kind == "number":
            return Literal("number", float(value) if "." in value else int(value))
        if kind in ("date", "datetime"):
            return Literal(kind, self._moment(kind, value))
        word = value.upper()
        if word in ("TRUE", "FALSE"):
            return Literal("boolean", word == "TRUE")
        if word == "NULL":
            return Literal("null", None)
        if word.split(":")[0] in _DATE_WORDS:
            return Literal("date word", word)
        self.at -= 1
        return self._fail(f"unexpected token: '{value}'")

    def _moment(self, kind: str, text: str) -> date | datetime:
        try:
            if kind == "date":
                return date.fromisoformat(text)
            return datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError:
            self.at -= 1
            self._fail(f"Invalid date: {text}")

    def _order(self) -> tuple[Order, ...]:
        if not self.accept("ORDER"):
            return ()
        self.take("BY")
        out = []
        while True:
            field = self.name()
            descending = self.peek() in ("ASC", "DESC") and self.take() == "DESC"
            first = not descending
            if self.accept("NULLS"):
                first = self.take("FIRST", "LAST") == "FIRST"
            out.append(Order(field, descending, first))
            if not self.accept(","):
                return tuple(out)

    def _whole(self) -> int:
        literal = self._literal()
        if not isinstance(literal.value, int) or literal.value < 0:
            self._fail("expecting a non-negative integer")
        return literal.value


def parse(text: str) -> Query:
    """The tree of a query.

    Raises:
        QueryError: it is not one, or asks for more than this server knows.
    """
    if not text.strip():
        raise QueryError("MALFORMED_QUERY", "A query string has to be specified")
    return _Parser(text).query()
