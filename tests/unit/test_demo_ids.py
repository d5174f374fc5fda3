"""Ids as Salesforce makes them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from demo import ids

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def _suffix(text: str) -> str:
    """The published algorithm, one id at a time."""
    parts = (text[0:5], text[5:10], text[10:15])
    return "".join(_LETTERS[sum(1 << i for i, c in enumerate(part) if "A" <= c <= "Z")] for part in parts)


def test_a_known_suffix() -> None:
    """An id from Salesforce's own documentation."""
    assert _suffix("001A0000006Vm9r") == "IAC"


@given(st.lists(st.integers(0, 62**9 - 2), min_size=1, max_size=50), st.sampled_from(sorted(ids.PREFIXES)))
def test_ids_carry_their_prefix_and_check_themselves(numbers: list[int], kind: str) -> None:
    """18 characters, the last three made of the case of the others; different numbers, different ids."""
    made = ids.column(kind, np.array(numbers, dtype=np.int64)).to_pylist()
    for text in made:
        assert len(text) == 18
        assert text.startswith(ids.PREFIXES[kind])
        assert text[15:] == _suffix(text[:15])
    assert len(set(made)) == len(set(numbers))
    assert ids.one(kind, numbers[0]) == made[0]


def test_no_number_no_id() -> None:
    """A negative number is null."""
    assert ids.column("Lead", np.array([0, -1, 5])).to_pylist()[1] is None
