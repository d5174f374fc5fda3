"""Names for numbered things, whole columns at a time."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from demo.clock import Ints
from demo.words import (
    COMPANY_FIRST,
    COMPANY_FORM,
    COMPANY_SECOND,
    FIRST_NAMES,
    HOSTILE_NAMES,
    LAST_NAMES,
    USE_CASES,
)  # fmt: skip

_COMPANIES = len(COMPANY_FIRST) * len(COMPANY_SECOND) * len(COMPANY_FORM)
HOSTILE_EVERY = 89


def words(values: tuple[str, ...] | list[str], codes: Ints) -> pa.Array:
    """The word of each code; null for a negative code and for an empty word."""
    bank = pa.array([value or None for value in values], pa.string())
    return bank.take(pa.array(codes, mask=codes < 0))


def plain_numbers(numbers: Ints) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def company_names(numbers: Ints) -> pa.Array:
    """Distinct names for the first 15,000 companies, numbered after that; one in 89 is a hostile one."""
    n = numbers.astype(np.int64)
    scattered = (n * 7_919) % _COMPANIES
    parts = [
        words(COMPANY_FIRST, scattered % len(COMPANY_FIRST)),
        words(COMPANY_SECOND, scattered // len(COMPANY_FIRST) % len(COMPANY_SECOND)),
        words(COMPANY_FORM, scattered // (len(COMPANY_FIRST) * len(COMPANY_SECOND))),
    ]
    name = pc.binary_join_element_wise(*parts, " ")
    again = n // _COMPANIES
    if again.any():
        numbered = pc.binary_join_element_wise(name, plain_numbers(again + 1), " ")
        name = pc.if_else(pa.array(again > 0), numbered, name)
    hostile = n % HOSTILE_EVERY == HOSTILE_EVERY - 2
    return pc.if_else(pa.array(hostile), words(HOSTILE_NAMES, n // HOSTILE_EVERY % len(HOSTILE_NAMES)), name)


def person_parts(persons: Ints) -> tuple[Ints, Ints]:
    p = persons.astype(np.int64)
    return (p * 17) % len(FIRST_NAMES), (p * 29 + p // len(FIRST_NAMES)) % len(LAST_NAMES)


def first_names(persons: Ints) -> pa.Array:
    return words(FIRST_NAMES, person_parts(persons)[0])


def last_names(persons: Ints) -> pa.Array:
    return words(LAST_NAMES, person_parts(persons)[1])


def person_names(persons: Ints) -> pa.Array:
    return pc.binary_join_element_wise(first_names(persons), last_names(persons), " ")


def emails(persons: Ints, mailbox: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """One address a person; role mailboxes (info@) where `mailbox` is true."""
    first, last = person_parts(persons)
    clean = [name.lower().replace("'", "").replace("ü", "ue") for name in LAST_NAMES]
    local = pc.binary_join_element_wise(
        words([name.lower() for name in FIRST_NAMES], first), words(clean, last), plain_numbers(persons), "."
    )
    domain = words([f"{name.lower()}.example" for name in COMPANY_FIRST], persons * 31 % len(COMPANY_FIRST))
    if mailbox is not None and mailbox.any():
        local = pc.if_else(pa.array(mailbox), pa.scalar("info"), local)
    return pc.binary_join_element_wise(local, domain, "@")


def deal_names(accounts: Ints, use_cases: Ints, deals: Ints) -> pa.Array:
    """`<account> - <use case> <number>`; a few carry line breaks, quotes or a lookalike of null."""
    name = pc.binary_join_element_wise(
        company_names(accounts), pa.scalar("-"), words(USE_CASES, use_cases), plain_numbers(1_000 + deals), " "
    )
    odd = ('He said "yes"\r\nand then\n"maybe"', "N/A", "null", "🤝 " * 20, "NA,NA", "tail\\")
    hostile = deals % 397 == 101
    return pc.if_else(pa.array(hostile), words(odd, deals // 397 % len(odd)), name)
