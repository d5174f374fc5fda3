"""Validation as a run meets it: each check can fail, what failed is said by key, and no personal value ever leaves."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from attain.errors import LeaseLost, ValidationStopped
from attain.rules import Between, NotBefore, NotNull, OneOf
from attain.runs import Run
from attain.settings import Database
from attain.table import DATE, MONEY, TEXT, Column, Table
from expectations.run import Verdict, validate
from extract.land import land
from tests.landing import batch, page
from tests.marts import fetch, next_run, run_sql

PEOPLE = Table(
    "files__people",
    (
        Column("person_id", TEXT, required=True),
        Column("email", TEXT, required=True, personal=True),
        Column("amount", MONEY),
        Column("kind", TEXT),
        Column("first_day", DATE),
        Column("last_day", DATE),
    ),
    ("person_id",),
    rules=(
        Between("amount", 0, 100, "warn"),
        OneOf("kind", ("a", "b"), "critical"),
        NotBefore("last_day", "first_day"),
        OneOf("email", ("known@example.org",), "warn"),
        NotNull("first_day", "warn"),
    ),
)
HOSTILE = ("secret@example.org", "'; drop table x; --", "%(name)s :name \\x", "<script>alert(1)</script>", "секрет")
RESULTS = (
    "select check_name, severity, success, rows_checked, rows_failed, row_keys, message, observed from ops.validation_results "
    "where stage = :stage and table_name = :table order by check_name"
)


def person(number: int, **more: Any) -> dict[str, Any]:
    row = {"person_id": f"p{number}", "email": "known@example.org", "amount": 10, "kind": "a"}
    return row | {"first_day": datetime(2026, 1, 1, tzinfo=UTC).date()} | more


def given(database: Database, run: Run, *rows: dict[str, Any]) -> None:
    land(database, run, "files", batch(PEOPLE, [page(PEOPLE, rows)]))


def results(database: Database, stage: str, table: str) -> dict[str, tuple[Any, ...]]:
    """Per check in words: severity, success, rows checked, rows failed, keys, message, observed."""
    return {row[0]: row[1:] for row in fetch(database, RESULTS, "validator", stage=stage, table=table)}


@pytest.fixture
def clocked(database: Database) -> Run:
    """A run whose clock is set."""
    return next_run(database)


def test_sound_rows_pass_and_everything_is_recorded(database: Database, clocked: Run) -> None:
    """One result per declared rule, key and required column, in words."""
    given(database, clocked, person(1), person(2))
    verdict = validate(database, clocked, "raw", [PEOPLE])
    assert (verdict.failed, verdict.warned) == (0, 0)
    found = results(database, "raw", "raw.files__people")
    assert sorted(found) == [
        "amount is between 0 and 100", "email is one of known@example.org", "email is present", "first_day is present",
        "kind is one of a, b", "last_day is not before first_day", "person_id is present",
    ]  # fmt: skip
    assert {(success, checked, failed) for _, success, checked, failed, *_ in found.values()} == {(True, 2, 0)}
    assert found["kind is one of a, b"][5] == "raw.files__people: kind is one of a, b in all 2 rows."


@pytest.mark.parametrize(
    ("broken", "words", "stops"),
    [
        ({"amount": 101}, "amount is between 0 and 100", False),
        ({"amount": -1}, "amount is between 0 and 100", False),
        ({"kind": "c"}, "kind is one of a, b", True),
        ({"last_day": datetime(2025, 1, 1, tzinfo=UTC).date()}, "last_day is not before first_day", False),
        ({"first_day": None}, "first_day is present", False),
        ({"email": HOSTILE[0]}, "email is one of known@example.org", False),
    ],
)
def test_each_rule_can_fail_and_names_the_row(
    database: Database, clocked: Run, broken: dict[str, Any], words: str, stops: bool
) -> None:
    """The key of the failing row stands in the result; a critical rule stops the run, others warn."""
    given(database, clocked, person(1), person(2, **broken), person(3))
    if stops:
        with pytest.raises(ValidationStopped, match=rf"1 of 3 rows break: {words}. Rows: files\|p2"):
            validate(database, clocked, "raw", [PEOPLE])
    else:
        assert validate(database, clocked, "raw", [PEOPLE]).warned == 1
    failed = {name: row for name, row in results(database, "raw", "raw.files__people").items() if not row[1]}
    assert {name: row[2:5] for name, row in failed.items()} == {words: (3, 1, ["files|p2"])}


def test_required_value_that_vanished_stops_the_run(database: Database, clocked: Run) -> None:
    """Landing lets no such row in; whoever wrote it beside the landing is found out."""
    given(database, clocked, person(1), person(2))
    run_sql(database, "update raw.files__people set email = null where person_id = 'p2'", "loader")
    with pytest.raises(ValidationStopped, match=r"email is present. Rows: files\|p2"):
        validate(database, clocked, "raw", [PEOPLE])


@pytest.mark.parametrize(
    ("rebuilds", "checked"), [(False, (2, 1, ["files|p2"])), (True, (3, 2, ["files|p1", "files|p2"]))]
)
def test_only_rows_without_a_publication_are_looked_at(
    database: Database, clocked: Run, rebuilds: bool, checked: tuple[int, int, list[str]]
) -> None:
    """What an earlier publication holds was checked then; a run that rebuilds everything, as for a new check, looks at all."""
    given(database, clocked, person(1, amount=500))
    run_sql(database, "update ops.loads set published_run_id = run_id", "loader")
    given(database, clocked, person(2, amount=700), person(3))
    validate(database, replace(clocked, full_refresh=rebuilds), "raw", [PEOPLE])
    found = results(database, "raw", "raw.files__people")["amount is between 0 and 100"]
    assert (*found[2:4], sorted(found[4])) == checked


def test_twenty_keys_are_stored_and_all_are_counted(database: Database, clocked: Run) -> None:
    """The page shows some, the count is whole."""
    given(database, clocked, *(person(n, amount=500) for n in range(30)))
    validate(database, clocked, "raw", [PEOPLE])
    found = results(database, "raw", "raw.files__people")["amount is between 0 and 100"]
    assert (found[3], len(found[4])) == (30, 20)


def test_no_personal_value_ever_leaves(
    database: Database, clocked: Run, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Hostile values in every text column: none in results, messages, logs or output, even when the checks fail."""
    given(database, clocked, *(person(n, email=value, kind=value) for n, value in enumerate(HOSTILE)))
    with pytest.raises(ValidationStopped) as stopped:
        validate(database, clocked, "raw", [PEOPLE])
    kept = str(fetch(database, "select * from ops.validation_results", "validator"))
    printed = capfd.readouterr()
    for value in HOSTILE:
        for told in (kept, str(stopped.value), caplog.text, printed.out, printed.err):
            assert value not in told


def test_what_great_expectations_returns_holds_no_value(database: Database, clocked: Run) -> None:
    """Held against its own results, not against what we keep of them: counts and keys, or pass and fail alone."""
    from expectations import gx, raw

    given(database, clocked, *(person(n, email=value, kind=value) for n, value in enumerate(HOSTILE)))
    suite = next(raw.rows_suite(PEOPLE))
    seen: list[str] = []
    whole = gx._outcome

    def listening(places: Any, result: Any, seconds: float) -> gx.Outcome:
        seen.append(str(result.to_json_dict()["result"]))
        return whole(places, result, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gx, "_outcome", listening)
        with gx.Checkpoints(database.url("validator")) as checkpoints:
            checkpoints.run(suite)
    assert len(seen) == len(suite.checks)
    assert not any(value in told for value in HOSTILE for told in seen)
    assert sum(told == "{}" for told in seen) == sum(map(suite.is_personal, suite.checks)) == 2


def test_suite_that_cannot_be_evaluated_stops_the_run(database: Database, clocked: Run) -> None:
    """A check that raises is not a check that passed."""
    given(database, clocked, person(1))
    run_sql(database, "alter table raw.files__people drop column kind", "loader")
    with pytest.raises(ValidationStopped, match="could not be checked"):
        validate(database, clocked, "raw", [PEOPLE])
    assert results(database, "raw", "raw")["every declared column is there"][4] == ["files__people|kind"]


def test_landing_that_does_not_add_up_stops_the_run(database: Database, clocked: Run) -> None:
    """Counts of a landing and rows beside it are compared with what stands."""
    given(database, clocked, person(1), person(2))
    run_sql(
        database, "update ops.loads set rows_in = 3; delete from raw.files__people where person_id = 'p1'", "loader"
    )
    with pytest.raises(ValidationStopped):
        validate(database, clocked, "raw", [PEOPLE])
    assert not results(database, "raw", "ops.loads")["every row read is accounted for"][1]
    assert results(database, "raw", "raw")["rows alive are all inserted less all deleted"][4] == ["files__people|files"]


def test_volume_and_freshness_warn(database: Database) -> None:
    """Half a file, and a source two days behind the others, are said and stop nothing."""
    for rows in (200, 90):
        run = next_run(database)
        run_sql(
            database,
            "insert into ops.loads (run_id, source, account, table_name, part, mode, committed_at, extracted_until, rows_in) "
            "values (:run, 'files', 'files', 'files__a', 'a.csv', 'full', now(), null, :rows), "
            "(:run, 'crm', 'org', 'crm__b', 'b', 'upsert', now(), '2026-09-07', 0)",
            "loader",
            run=run.run_id,
            rows=rows,
        )
    assert validate(database, run, "raw").warned == 2
    found = results(database, "raw", "ops.loads")
    assert found["a full load has between half and twice its usual rows"][4] == ["files|files|files__a"]
    assert found["each source is at most 48 hours behind"][4] == ["crm|org"]


def test_run_that_was_taken_over_records_nothing(database: Database, clocked: Run) -> None:
    """Its results would stand beside those of the run that took over."""
    next_run(database)
    with pytest.raises(LeaseLost):
        validate(database, clocked, "raw", [PEOPLE])
    assert fetch(database, "select count(*) from ops.validation_results", "validator") == [(0,)]


def test_validating_again_is_a_further_attempt(database: Database, clocked: Run) -> None:
    """A retried task keeps what the first attempt found."""
    given(database, clocked, person(1))
    validate(database, clocked, "raw", [PEOPLE])
    validate(database, clocked, "raw", [PEOPLE])
    assert fetch(database, "select distinct attempt from ops.validation_results order by 1", "validator") == [
        (1,),
        (2,),
    ]


STAGED = (
    "create table staging.stg_files__people as select person_id as person_key, 'files' as source_account, false as is_deleted, "
    "cast(:run as bigint) as _run_id from unnest(string_to_array('p1,p2,p3', ',')) as person_id; "
    "create table staging.quarantine_rows (table_name text, account text, row_key text, column_name text, value text, rule text)"
)


@pytest.fixture
def staged(database: Database, clocked: Run) -> Run:
    """Three people in raw and in staging."""
    given(database, clocked, person(1), person(2), person(3))
    run_sql(database, STAGED, run=clocked.run_id)
    return clocked


def test_staging_that_agrees_with_raw_passes(database: Database, staged: Run) -> None:
    """What stands is told in full: rows in raw are rows alive, set aside or deleted."""
    run_sql(
        database, "insert into staging.quarantine_rows values ('files__people', 'files', 'p1', 'boss', 'x', 'a rule')"
    )
    run_sql(database, "update staging.stg_files__people set is_deleted = true where person_key = 'p3'")
    verdict = validate(database, staged, "staging")
    assert verdict == Verdict("staging", 3, 2, 1, 0, set_aside=1, returned=0)  # a third of the rows waits: a warning
    told = results(database, "staging", "staging")["rows in raw are rows alive, set aside or deleted in staging"][6]
    assert told == "3 in raw = 1 alive + 1 set aside + 1 deleted"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("delete from staging.stg_files__people where person_key = 'p1'", "rows in raw are rows alive"),
        ("insert into staging.stg_files__people values ('p9', 'files', false, 1)", "rows in raw are rows alive"),
        ("update staging.stg_files__people set person_key = null where person_key = 'p1'", "each row has its key"),
    ],
)
def test_staging_that_differs_stops_the_run(database: Database, staged: Run, wrong: str, words: str) -> None:
    """A row lost, doubled or without key on the way from raw."""
    run_sql(database, wrong)
    with pytest.raises(ValidationStopped, match=words):
        validate(database, staged, "staging")


def test_rows_set_aside_in_staging_return_by_themselves(database: Database, staged: Run) -> None:
    """They stand in the one quarantine while they wait, once, and say when they returned."""
    run_sql(
        database, "insert into staging.quarantine_rows values ('files__people', 'files', 'p1', 'boss', 'x', 'a rule')"
    )
    assert validate(database, staged, "staging").set_aside == 1
    assert validate(database, staged, "staging").set_aside == 0
    run_sql(database, "delete from staging.quarantine_rows")
    assert validate(database, staged, "staging").returned == 1
    kept = "select stage, row_key, value, rule, resolution, resolved_run_id from ops.quarantine"
    assert fetch(database, kept, "validator") == [("staging", "p1", "x", "a rule", "returned", staged.run_id)]
