"""Numbers as people write them, whole columns at a time, in exact decimals.

`$22,700.00`, `1.234,56`, `1 234,56 €`, `(1,200)`, `1,200-`, `342.09K`, `USD 1.5M`, `12.5 %`, `1.2e3`.
Whether the dot or the comma is the decimal mark is decided by all values of a column and never guessed: `1,234` alone
decides nothing; `22,700.00` or `1,234,567` beside it does.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

Mark = Literal[".", ","]

EXACT = pa.decimal128(38, 12)
"""What numbers are read into before a column's own type rounds them; digits past the twelfth decimal are cut."""

_WHOLE_DIGITS = 24
_DECIMALS = 12

_CURRENCY = r"(?:[A-Za-z]{0,3}[$€£¥₹₽₺₩₪฿]|[A-Z]{3}|kr\.?|Fr\.?|zł)"
_SCALES = {
    "k": 3,
    "tsd": 3,
    "thousand": 3,
    "m": 6,
    "mm": 6,
    "mn": 6,
    "mio": 6,
    "million": 6,
    "b": 9,
    "bn": 9,
    "mrd": 9,
    "billion": 9,
}
_SCALE = r"(?i:tsd\.?|thousand|mio\.?|mrd\.?|million|billion|mm|mn|bn|k|m|b)"
_SHAPE = (
    rf"^(?P<opening>\()?\s*(?P<sign>[-+])?\s*(?P<before>{_CURRENCY})?\s*(?P<inner_sign>[-+])?\s*"
    r"(?P<digits>[0-9][0-9.,' ]*[0-9]|[0-9][.,]?|[.,][0-9]+)(?P<exponent>[eE][-+]?[0-9]{1,3})?"
    rf"\s*(?P<scale>{_SCALE})?\s*(?P<after>{_CURRENCY})?\s*(?P<percent>%)?\s*(?P<last_sign>-)?\s*(?P<closing>\))?$"
)
_SPACED = r"^[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]*)?$"
_DOT = r"^(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:\.[0-9]*)?$|^\.[0-9]+$"
_COMMA = r"^(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?:,[0-9]*)?$|^,[0-9]+$"


CURRENCIES = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "฿": "THB", "zł": "PLN", "US$": "USD", "R$": "BRL",
}  # fmt: skip
"""Signs that mean one currency; `$`, `¥` and `kr` may mean several."""


@dataclass(frozen=True)
class Evidence:
    """How many values of a column can only be read with a decimal dot, only with a comma, or with both."""

    dot: int
    comma: int
    either: int
    dot_example: str | None = None
    comma_example: str | None = None
    either_example: str | None = None

    @property
    def mark(self) -> Mark | None:
        """The decimal mark the values prove; None when they prove nothing or contradict each other."""
        if self.dot and not self.comma:
            return "."
        return "," if self.comma and not self.dot else None

    @property
    def contradicts_itself(self) -> bool:
        return bool(self.dot and self.comma)

    @property
    def is_needed(self) -> bool:
        """True when some value reads differently under the two marks."""
        return bool(self.dot or self.comma or self.either)


class NumberText:
    """A column of text that holds numbers."""

    def __init__(self, text: pa.ChunkedArray | pa.Array) -> None:
        plain = pc.replace_substring_regex(text, pattern=r"[\x{00A0}\x{202F}\x{2009}]", replacement=" ")
        plain = pc.replace_substring_regex(plain, pattern=r"[\x{2212}\x{2013}]", replacement="-")
        plain = pc.replace_substring_regex(plain, pattern=r"[\x{2019}\x{00B4}]", replacement="'")
        self.text = pc.utf8_trim_whitespace(plain)
        parts = pc.extract_regex(self.text, pattern=_SHAPE)
        self._parts = parts.combine_chunks() if isinstance(parts, pa.ChunkedArray) else parts

    def _part(self, name: str) -> pa.Array:
        return pc.struct_field(self._parts, name)

    @cached_property
    def _digits(self) -> pa.Array:
        """The digits with their marks; grouping by spaces and apostrophes taken out; null where there are none."""
        digits = pc.if_else(pc.is_valid(self._parts), self._part("digits"), pa.scalar(None, pa.string()))
        spaced = pc.match_substring_regex(digits, pattern="[ ']")
        if pc.any(spaced).as_py():
            grouped = pc.match_substring_regex(digits, pattern=_SPACED)
            bare = pc.replace_substring_regex(digits, pattern="[ ']", replacement="")
            digits = pc.if_else(spaced, pc.if_else(grouped, bare, pa.scalar(None, pa.string())), digits)
        return digits

    @cached_property
    def _readable(self) -> tuple[pa.Array, pa.Array]:
        dot = pc.match_substring_regex(self._digits, pattern=_DOT)
        return dot, pc.match_substring_regex(self._digits, pattern=_COMMA)

    @cached_property
    def evidence(self) -> Evidence:
        dot, comma = self._readable
        marked = pc.invert(pc.match_substring_regex(self._digits, pattern="^[0-9]+$"))
        masks = {
            "dot": pc.and_(marked, pc.and_not(dot, comma)),
            "comma": pc.and_(marked, pc.and_not(comma, dot)),
            "either": pc.and_(marked, pc.and_(dot, comma)),
        }
        counts = {name: pc.sum(mask).as_py() or 0 for name, mask in masks.items()}
        return Evidence(
            counts["dot"], counts["comma"], counts["either"], *(self._example(mask) for mask in masks.values())
        )

    def _example(self, mask: pa.Array) -> str | None:
        place = pc.index(mask, pa.scalar(True)).as_py()
        return None if place < 0 else self.text[place].as_py()

    @cached_property
    def is_percent(self) -> pa.Array:
        """True where the text ends in %."""
        return pc.fill_null(pc.equal(self._part("percent"), "%"), False)

    @cached_property
    def currency(self) -> pa.Array | None:
        """The currency sign or code beside each number; null where there is none, None where no value has one."""
        named = pc.binary_join_element_wise(self._part("before"), self._part("after"), "")
        found = pc.if_else(pc.equal(named, ""), pa.scalar(None, pa.string()), named)
        return None if found.null_count == len(found) else found

    def values(self, mark: Mark) -> pa.Array:
        """The numbers as `EXACT`; null where the text is null or no number under that mark."""
        dot, comma = self._readable
        digits = pc.if_else(dot if mark == "." else comma, self._digits, pa.scalar(None, pa.string()))
        digits = pc.if_else(self._is_balanced, digits, pa.scalar(None, pa.string()))
        grouping = "," if mark == "." else "."
        digits = pc.replace_substring(digits, pattern=grouping, replacement="")
        if mark == ",":
            digits = pc.replace_substring(digits, pattern=",", replacement=".")
        numbers = _decimals(digits, self._powers)
        return pc.if_else(self._is_negative, pc.negate(numbers), numbers)

    @property
    def _is_balanced(self) -> pa.Array:
        """True where brackets pair and there is at most one sign, brackets being one."""
        signs = (self._part(name) for name in ("opening", "sign", "inner_sign", "last_sign"))
        once = pc.less_equal(pc.utf8_length(pc.binary_join_element_wise(*signs, "")), 1)
        paired = pc.equal(pc.equal(self._part("opening"), "("), pc.equal(self._part("closing"), ")"))
        return pc.and_(once, paired)

    @property
    def _is_negative(self) -> pa.Array:
        negative = pc.equal(self._part("opening"), "(")
        for name in ("sign", "inner_sign", "last_sign"):
            negative = pc.or_(negative, pc.equal(self._part(name), "-"))
        return negative

    @property
    def _powers(self) -> pa.Array | None:
        """Powers of ten that exponents and scale letters multiply by; None when no value has any."""
        exponent, scale = self._part("exponent"), self._part("scale")
        if not pc.any(pc.not_equal(pc.binary_join_element_wise(exponent, scale, ""), "")).as_py():
            return None
        power = pc.replace_substring_regex(exponent, pattern=r"[eE]\+?", replacement="")
        power = pc.cast(pc.if_else(pc.equal(power, ""), "0", power), pa.int32())
        letter = pc.utf8_lower(pc.replace_substring(scale, pattern=".", replacement=""))
        place = pc.index_in(letter, value_set=pa.array(list(_SCALES)))
        lifted = pc.fill_null(pa.array(list(_SCALES.values()), pa.int32()).take(place), 0)
        return pc.add(power, lifted)


def _decimals(digits: pa.Array, powers: pa.Array | None) -> pa.Array:
    """Decimals of digits with a decimal dot, times powers of ten; null where they do not fit."""
    cut = pc.replace_substring_regex(digits, pattern=rf"(\.[0-9]{{{_DECIMALS}}})[0-9]+$", replacement=r"\1")
    whole = pc.add(pc.utf8_length(pc.replace_substring_regex(cut, pattern=r"\..*$", replacement="")), 0)
    cut = pc.replace_substring_regex(cut, pattern=r"\.$", replacement="")
    if powers is None:
        fits = pc.less_equal(whole, _WHOLE_DIGITS)
        return pc.cast(pc.if_else(fits, cut, pa.scalar(None, pa.string())), EXACT)
    fits = pc.less_equal(pc.add(whole, powers), _WHOLE_DIGITS)
    lifted = pc.and_(fits, pc.greater_equal(powers, 0))
    raised = pc.binary_join_element_wise(cut, pc.cast(powers, pa.string()), "E")
    numbers = pc.cast(pc.if_else(lifted, raised, pa.scalar(None, pa.string())), EXACT)
    lowered = pc.fill_null(pc.and_(pc.less(powers, 0), pc.is_valid(cut)), False)
    if not pc.any(lowered).as_py():
        return numbers
    small = [
        None if d is None else Decimal(f"{d}E{p}").quantize(Decimal(1).scaleb(-_DECIMALS))
        for d, p in zip(cut.filter(lowered).to_pylist(), powers.filter(lowered).to_pylist(), strict=True)
    ]
    return pc.replace_with_mask(numbers, lowered, pa.array(small, EXACT))


def rounded(numbers: pa.Array, type_: pa.DataType) -> tuple[pa.Array, int]:
    """The numbers in a narrower decimal type, half away from zero, and how many of them were finer than it holds.

    What does not fit becomes null.
    """
    coarse = pc.round(numbers, ndigits=type_.scale, round_mode="half_towards_infinity")
    finer = pc.sum(pc.not_equal(coarse, numbers)).as_py() or 0
    bound = pa.scalar(Decimal(10) ** (type_.precision - type_.scale) - 1, EXACT)
    fits = pc.less_equal(pc.abs(coarse), bound)
    return pc.cast(pc.if_else(fits, coarse, pa.scalar(None, EXACT)), type_), finer


def whole(numbers: pa.Array) -> pa.Array:
    """The numbers as int64; null where they have decimals or do not fit."""
    bound = pa.scalar(Decimal(2**63 - 1), EXACT)
    fits = pc.and_(pc.equal(pc.round(numbers), numbers), pc.less_equal(pc.abs(numbers), bound))
    return pc.cast(pc.if_else(fits, numbers, pa.scalar(None, EXACT)), pa.int64())


def hundredth(numbers: pa.Array) -> pa.Array:
    """The numbers divided by 100; null where they do not fit a rate."""
    fits = pc.less_equal(pc.abs(numbers), pa.scalar(Decimal(10) ** 12, EXACT))
    narrow = pc.cast(pc.if_else(fits, numbers, pa.scalar(None, EXACT)), pa.decimal128(26, 12))
    product = pc.multiply(narrow, pa.scalar(Decimal("0.01"), pa.decimal128(3, 2)))
    return pc.cast(pc.round(product, ndigits=12), EXACT)


def hundredfold(numbers: pa.Array) -> pa.Array:
    """The numbers times 100; null where they do not fit a rate."""
    fits = pc.less_equal(pc.abs(numbers), pa.scalar(Decimal(10) ** 12, EXACT))
    narrow = pc.cast(pc.if_else(fits, numbers, pa.scalar(None, EXACT)), pa.decimal128(26, 12))
    return pc.cast(pc.multiply(narrow, pa.scalar(Decimal(100), pa.decimal128(3, 0))), EXACT)
