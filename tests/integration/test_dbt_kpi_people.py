"""People and their funnel from generated leads, contacts and campaign members, against docs/funnel.md."""

from collections import defaultdict

import pytest

from tests import warehouse
from tests.library import Library
from tests.people_books import Entry, Record, persons

pytestmark = pytest.mark.timeout(600)  # whichever comes first builds the library


def _found(library: Library) -> dict[frozenset[Record], dict[str, Entry]]:
    """Each person's records and funnel as the models have them."""
    records: dict[str, set[Record]] = defaultdict(set)
    for row in warehouse.found(library.database, "select * from core.person_identities"):
        records[row["person_key"]].add((row["record_kind"], row["source_account"], row["record_id"]))
    funnel: dict[str, dict[str, Entry]] = defaultdict(dict)
    for row in warehouse.found(library.database, "select * from marts.funnel_stage_entries"):
        funnel[row["person_key"]][row["funnel_stage"]] = (row["entered_date"], row["entry_kind"])
    return {frozenset(members): funnel[person] for person, members in records.items()}


def test_records_are_one_person_exactly_when_links_join_them(library: Library) -> None:
    """Conversions, merges and shared addresses join, however long the chain; role mailboxes and deleted records do not."""
    expected = persons(library.people)
    assert {len(records) for records in expected} >= {1, 2, 60}
    assert set(_found(library)) == set(expected)


def test_each_person_enters_each_stage_at_the_first_proof_of_it_or_a_later_one(library: Library) -> None:
    """Day and kind of every entry, in the company's time zone."""
    expected, found = persons(library.people), _found(library)
    assert {stage for funnel in expected.values() for stage in funnel} == {
        "awareness",
        "interest",
        "decision",
        "action",
    }
    assert {
        records: (found.get(records), funnel) for records, funnel in expected.items() if found.get(records) != funnel
    } == {}


def test_every_person_is_published_once_and_cohorts_count_each_once(library: Library) -> None:
    """People without any proof are people, and in no cohort; everyone else is in exactly one."""
    expected = persons(library.people)
    published = warehouse.found(
        library.database, "select count(*) as n, count(distinct person_key) as keys from marts.people"
    )
    assert published == [{"n": len(expected), "keys": len(expected)}]
    counted = warehouse.found(
        library.database,
        "select funnel_stage, sum(people_entered) as n from marts.funnel_conversion "
        "where dimension_level = 'all' and cohort_period_type = 'month' group by 1",
    )
    for row in counted:
        assert row["n"] == sum(row["funnel_stage"] in funnel for funnel in expected.values())
