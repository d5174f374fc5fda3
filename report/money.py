"""Money the way the pages write it: a headline, a table's unit, an amount to the smallest coin."""

# ruff: noqa: RUF002 (the signs that readers see are meant)

from dataclasses import dataclass
from decimal import Decimal

from report.words import MINUS, NO_BREAK, NOT_RECORDED, ZERO, Number, round_to, with_minus

_SYMBOLS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "ILS": "₪",
    "AUD": "A$",
    "CAD": "C$",
    "NZD": "NZ$",
    "BRL": "R$",
}
_NAMES = {"EUR": "euro", "USD": "US dollar", "GBP": "pound sterling", "JPY": "yen", "CHF": "Swiss franc"}
# ISO 4217's currencies whose smallest unit is not a hundredth.
_WHOLE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


@dataclass(frozen=True)
class Currency:
    """How one currency is written; an unknown code stands before its number."""

    code: str

    @property
    def name(self) -> str:
        return _NAMES.get(self.code, self.code)

    @property
    def sign(self) -> str:
        return _SYMBOLS.get(self.code, self.code)

    @property
    def digits(self) -> int:
        """Decimals of the smallest unit paid out (ISO 4217)."""
        return 0 if self.code in _WHOLE else 3 if self.code in _THOUSANDTHS else 2

    def amount(self, text: str) -> str:
        """The sign before a number already written, after its minus."""
        gap = "" if self.code in _SYMBOLS else NO_BREAK
        return MINUS + self.sign + gap + text[1:] if text.startswith(MINUS) else self.sign + gap + text

    def headline(self, value: Number | None) -> str:
        """€3.40M, €798k, €15.6k, €640."""
        if value is None:
            return NOT_RECORDED
        size = abs(Decimal(str(value)))
        for limit, divisor, letter, digits in _HEADLINES:
            if size >= limit:
                return self.amount(with_minus(f"{round_to(Decimal(str(value)) / divisor, digits):,}") + letter)
        return self.amount(with_minus(f"{round_to(value):,}"))

    def span(self, low: Number, high: Number) -> str:
        """€4.05–4.38M: both ends of a range, sign and letter once where they are the same."""
        first, last = self.headline(low), self.headline(high)
        if first == last:
            return first
        sign = self.amount("")
        if first.startswith(sign) and last.startswith(sign) and first[-1] == last[-1] and first[-1].isalpha():
            return f"{first[:-1]}{ZERO}{last.removeprefix(sign)}"
        return f"{first} to {last}"

    def cents(self, value: Number) -> str:
        """€12,020.00; ¥12,020 where there is no smaller coin."""
        return self.amount(with_minus(f"{round_to(value, self.digits):,}"))


_HEADLINES = (
    (Decimal(999500000), 10**9, "B", 2),
    (Decimal(999500), 10**6, "M", 2),
    (Decimal(19950), 10**3, "k", 0),
    (Decimal("999.5"), 10**3, "k", 1),
)


@dataclass(frozen=True)
class Unit:
    """The unit of one table: every money cell is a whole number of it."""

    divisor: int
    name: str

    @classmethod
    def of(cls, currency: Currency, largest: Number) -> "Unit":
        """Whole currency for small companies, thousands for most, millions where thousands would not fit."""
        size = abs(Decimal(str(largest)))
        if size < 20_000:
            return cls(1, currency.sign)
        if size < 10**10:
            return cls(1_000, f"{currency.sign} thousand")
        return cls(1_000_000, f"{currency.sign} million")
