"""Currencies that stand beside amounts (`€ 5`, `USD 7`) instead of in a column of their own."""

import pyarrow as pa
import pyarrow.compute as pc

from attain.errors import UnreadableInput
from extract.files.model import Rows
from extract.files.parsing.numbers import CURRENCIES


def take_currencies(rows: Rows) -> None:
    """Where amounts of several currencies stand in one column and no column says which, the signs do.

    One sign alone says nothing new: it is noted, and amounts are in the company's currency.

    Raises:
        UnreadableInput: several signs, one of which may mean several currencies.
    """
    has_code = any(c.name == "currency_code" for c in rows.table.columns)
    if not has_code or "currency_code" in rows.columns:
        return
    for name, found in rows.currencies.items():
        signs = sorted(s for s in pc.unique(found).to_pylist() if s is not None)
        if len(signs) == 1:
            rows.notes.append(
                f"{name} carries {signs[0]} and is taken as the company's currency; otherwise map currency_code, "
                f"as in `currency_code: {{value: {_code(signs[0]) or 'USD'}}}`"
            )
            continue
        unclear = [sign for sign in signs if _code(sign) is None]
        if unclear:
            raise UnreadableInput(
                f"{rows.sheet.file}: {name} is in several currencies ({', '.join(signs)}), and {unclear[0]} may mean more "
                "than one. Put the currency in a column of its own and map it to `currency_code`."
            )
        codes = pa.array([_code(sign) for sign in signs], pa.string())
        rows.columns["currency_code"] = codes.take(pc.index_in(found, value_set=pa.array(signs)))
        rows.sources["currency_code"] = f"the signs in {rows.sources[name]}"
        return


def _code(sign: str) -> str | None:
    return sign if len(sign) == 3 and sign.isascii() and sign.isupper() else CURRENCIES.get(sign)
