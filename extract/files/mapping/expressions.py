"""`+ - * /` over columns and numbers, in exact decimals, whole columns at a time.

Names with other signs than letters, digits and `_` stand in brackets: `[Unit Price] * Quantity`. An empty operand, or a
division by zero, leaves the result empty. Results keep up to twelve decimals.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from extract.files.parsing.numbers import EXACT

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|\[(?P<quoted>[^\]]+)\]|(?P<sign>[-+*/()]))")
_PRECISION = 76
_SCALE = 12


class NotAnExpression(ValueError):
    """The text is no expression; the message says where it stops being one."""


@dataclass(frozen=True)
class Number:
    value: Decimal


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Operation:
    sign: str
    left: "Node"
    right: "Node"


Node = Number | Name | Operation


def parse(text: str) -> Node:
    """The expression as a tree; `*` and `/` before `+` and `-`, from left to right.

    Raises:
        NotAnExpression: it is none.
    """
    tokens = list(_tokens(text))
    node, rest = _sum(tokens, text)
    if rest:
        raise NotAnExpression(f"`{text}` is not an expression: `{rest[0][1]}` is not expected there")
    return node


def names(node: Node) -> Iterator[str]:
    """The columns an expression names."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Operation):
        yield from names(node.left)
        yield from names(node.right)


def evaluate(node: Node, column: Callable[[str], pa.Array], rows: int) -> pa.Array:
    """The expression's result as `EXACT`; null where an operand is, on division by zero, or beyond its digits."""
    result = _value(node, column, rows)
    scaled = (
        pc.round(result, ndigits=_SCALE, round_mode="half_towards_infinity") if result.type.scale > _SCALE else result
    )
    bound = pa.scalar(Decimal(10) ** 24, pa.decimal256(_PRECISION, scaled.type.scale))
    fits = pc.less(pc.abs(pc.cast(scaled, bound.type)), bound)
    return pc.cast(pc.if_else(fits, scaled, pa.scalar(None, scaled.type)), EXACT)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NotAnExpression(f"`{text}` is not an expression: cannot read `{text[place:].strip()}`")
        kind = match.lastgroup or ""
        yield kind, match.group(kind)
        place = match.end()


def _sum(tokens: list[tuple[str, str]], text: str) -> tuple[Node, list[tuple[str, str]]]:
    node, rest = _product(tokens, text)
    while rest and rest[0][1] in ("+", "-") and rest[0][0] == "sign":
        right, left_over = _product(rest[1:], text)
        node, rest = Operation(rest[0][1], node, right), left_over
    return node, rest


def _product(tokens: list[tuple[str, str]], text: str) -> tuple[Node, list[tuple[str, str]]]:
    node, rest = _atom(tokens, text)
    while rest and rest[0][1] in ("*", "/") and rest[0][0] == "sign":
        right, left_over = _atom(rest[1:], text)
        node, rest = Operation(rest[0][1], node, right), left_over
    return node, rest


def _atom(tokens: list[tuple[str, str]], text: str) -> tuple[Node, list[tuple[str, str]]]:
    if not tokens:
        raise NotAnExpression(f"`{text}` is not an expression: it ends too early")
    kind, word = tokens[0]
    if kind == "number":
        return Number(Decimal(word)), tokens[1:]
    if kind in ("name", "quoted"):
        return Name(word.strip()), tokens[1:]
    if word == "-":
        node, rest = _atom(tokens[1:], text)
        return Operation("-", Number(Decimal(0)), node), rest
    if word == "(":
        node, rest = _sum(tokens[1:], text)
        if rest and rest[0][1] == ")":
            return node, rest[1:]
        raise NotAnExpression(f"`{text}` is not an expression: a bracket is not closed")
    raise NotAnExpression(f"`{text}` is not an expression: `{word}` is not expected there")


def _value(node: Node, column: Callable[[str], pa.Array], rows: int) -> pa.Array:
    if isinstance(node, Number):
        return _tight(pa.repeat(pa.scalar(node.value, EXACT), rows))
    if isinstance(node, Name):
        return _tight(column(node.name))
    left, right = _value(node.left, column, rows), _value(node.right, column, rows)
    if node.sign == "/":
        return _quotient(left, right)
    return _tight(_combined(node.sign, left, right))


def _combined(sign: str, left: pa.Array, right: pa.Array) -> pa.Array:
    if sign == "*":
        if left.type.precision + right.type.precision + 1 > _PRECISION:
            left, right = _coarser(left), _coarser(right)
        return pc.multiply(left, right)
    return pc.add(left, right) if sign == "+" else pc.subtract(left, right)


def _quotient(left: pa.Array, right: pa.Array) -> pa.Array:
    """left / right, rounded to twelve decimals: whole-number division of numbers lifted by powers of ten."""
    divisor = pc.if_else(pc.equal(right, pa.scalar(Decimal(0), right.type)), pa.scalar(None, right.type), right)
    lift = _SCALE + 2 + right.type.scale
    dividend = pc.cast(left, pa.decimal256(min(_PRECISION, left.type.precision + lift), left.type.scale + lift))
    divided = pc.divide(dividend, divisor)
    return _tight(pc.round(divided, ndigits=_SCALE, round_mode="half_towards_infinity"))


def _coarser(numbers: pa.Array) -> pa.Array:
    """The numbers rounded to six decimals, where a product would not fit otherwise."""
    return _tight(pc.round(numbers, ndigits=min(6, numbers.type.scale), round_mode="half_towards_infinity"))


def _tight(numbers: pa.Array) -> pa.Array:
    """The same numbers in the narrowest decimal type that holds them all, so that products fit."""
    scale = next(s for s in range(numbers.type.scale + 1) if s == numbers.type.scale or _holds(numbers, s))
    largest = pc.max(pc.abs(numbers)).as_py() or Decimal(0)
    digits = max(1, len(str(int(largest)))) + scale
    return pc.cast(pc.round(numbers, ndigits=scale), pa.decimal256(min(digits, _PRECISION), scale))


def _holds(numbers: pa.Array, scale: int) -> bool:
    return bool(pc.all(pc.equal(pc.round(numbers, ndigits=scale), numbers)).as_py() is not False)
