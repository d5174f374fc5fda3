"""The lease, its fencing token, and what `ops` says of runs and steps."""

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from attain import ops, postgres, runs
from attain.errors import DatabaseError, LeaseLost, SourceRefused
from attain.runs import Run
from attain.settings import Database, Role


def _begin(database: Database, fingerprint: str = "fingerprint", patience: float = 0.3) -> Run:
    return runs.begin(database, "test", "second", fingerprint, patience=patience)


def _rows(database: Database, query: "sa.Select[tuple[object, ...]]") -> list[tuple[object, ...]]:
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        return [tuple(row) for row in connection.execute(query)]


def _publish(database: Database, run: Run) -> None:
    now = sa.func.clock_timestamp()
    with postgres.transaction(postgres.engine(database, "publisher")) as connection:
        done = ops.runs.update().where(ops.runs.c.run_id == run.run_id)
        connection.execute(done.values(state="published", published_at=now))


def _state(database: Database, run: Run) -> object:
    return _rows(database, sa.select(ops.runs.c.state).where(ops.runs.c.run_id == run.run_id))[0][0]


@pytest.mark.parametrize("role", ["loader", "transformer", "validator", "publisher"])
def test_second_run_supersedes_and_the_first_may_write_no_more(database: Database, run: Run, role: Role) -> None:
    second = _begin(database)
    assert second.token > run.token
    assert _state(database, run) == "superseded"
    with (
        pytest.raises(LeaseLost, match="another run has taken over"),
        postgres.transaction(postgres.engine(database, role)) as connection,
    ):
        runs.check_lease(connection, run)
    with postgres.transaction(postgres.engine(database, role)) as connection:
        runs.check_lease(connection, second)


def test_run_that_lost_its_lease_starts_no_step(database: Database, run: Run) -> None:
    _begin(database)
    with pytest.raises(LeaseLost), runs.step(database, run, "extract"):
        pytest.fail("the step ran")
    assert _rows(database, sa.select(ops.run_steps.c.step)) == []


def test_run_is_refused_while_a_step_of_another_is_at_work(database: Database, run: Run) -> None:
    with runs.step(database, run, "extract"), pytest.raises(LeaseLost, match="is at work"):
        _begin(database)
    assert _state(database, run) == "running"


def test_two_steps_of_one_run_work_side_by_side(database: Database, run: Run) -> None:
    with runs.step(database, run, "extract files"), runs.step(database, run, "extract salesforce"):
        states = _rows(database, sa.select(ops.run_steps.c.step, ops.run_steps.c.state).order_by("step"))
    assert states == [("extract files", "running"), ("extract salesforce", "running")]


def test_taking_over_waits_for_a_transaction_that_holds_the_lease(database: Database, run: Run) -> None:
    """A statement of a killed client may commit seconds later: nobody starts before it has ended."""
    order: list[str] = []

    def take_over() -> None:
        _begin(database)
        order.append("second began")

    with postgres.transaction(postgres.engine(database, "publisher")) as connection:
        runs.check_lease(connection, run)
        other = threading.Thread(target=take_over)
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive()
        order.append("first committed")
    other.join(timeout=10)
    assert order == ["first committed", "second began"]


def test_first_run_rebuilds_all_and_the_next_only_after_a_change(database: Database, run: Run) -> None:
    assert run.full_refresh
    _publish(database, run)
    assert not _begin(database).full_refresh
    assert _begin(database, "another fingerprint").full_refresh


def test_change_taken_back_after_a_failed_run_rebuilds_all(database: Database, run: Run) -> None:
    """What the failed run built by the other settings still stands in the warehouse."""
    _publish(database, run)
    runs.fail(database, _begin(database, "another fingerprint"), "stopped")
    back = _begin(database)
    assert back.full_refresh
    _publish(database, back)
    assert not _begin(database).full_refresh


def test_failed_run_does_not_count_as_published(database: Database, run: Run) -> None:
    runs.fail(database, run, "no")
    assert _begin(database).full_refresh


def test_step_keeps_attempts_details_and_outcome(database: Database, run: Run) -> None:
    with pytest.raises(SourceRefused), runs.step(database, run, "extract"):
        raise SourceRefused("salesforce: INVALID_FIELD Foo__c")
    with runs.step(database, run, "extract") as step:
        step.detail["rows"] = 7
    query = sa.select(ops.run_steps.c.attempt, ops.run_steps.c.state, ops.run_steps.c.detail).order_by("attempt")
    assert _rows(database, query) == [
        (1, "failed", {"error": "salesforce: INVALID_FIELD Foo__c"}),
        (2, "done", {"rows": 7}),
    ]


def test_unexpected_error_is_kept_without_its_values(database: Database, run: Run) -> None:
    with pytest.raises(KeyError), runs.step(database, run, "extract"):
        raise KeyError("jane@example.com")
    assert "jane" not in str(_rows(database, sa.select(ops.run_steps.c.detail)))


def test_failed_run_says_why_and_a_retried_step_revives_it(database: Database, run: Run) -> None:
    runs.fail(database, run, "marts: a check failed")
    query = sa.select(ops.runs.c.state, ops.runs.c.error).where(ops.runs.c.run_id == run.run_id)
    assert _rows(database, query) == [("failed", "marts: a check failed")]
    with runs.step(database, run, "validate marts"):
        assert _rows(database, query) == [("running", None)]


def test_finish_needs_a_publication(database: Database, run: Run) -> None:
    with pytest.raises(DatabaseError, match="it is running, not published"):
        runs.finish(database, run)
    _publish(database, run)
    runs.finish(database, run, {"summary": 1})
    row = _rows(database, sa.select(ops.runs.c.state, ops.runs.c.detail, ops.runs.c.ended_at.is_not(None)))
    assert row == [("published", {"holder": "pytest", "summary": 1}, True)]


def test_late_failure_does_not_undo_a_publication(database: Database, run: Run) -> None:
    _publish(database, run)
    runs.fail(database, run, "the report could not be written")
    assert _state(database, run) == "published"


def test_as_of_is_kept_with_the_run(database: Database, run: Run) -> None:
    as_of = datetime(2026, 9, 10, 6, tzinfo=UTC)
    assert runs.load(database, run.run_id) == run
    assert runs.set_as_of(database, run, as_of).as_of == as_of
    assert runs.load(database, run.run_id).as_of == as_of


def test_unknown_run_is_said_so(database: Database) -> None:
    with pytest.raises(DatabaseError, match="no run 99"):
        runs.load(database, 99)


def test_steps_of_a_killed_run_are_closed_by_the_next(database: Database, run: Run) -> None:
    """Killed, nobody writes a step's end; the next run does, so that none seems to be at work for ever."""
    step = runs._record_start(database, run, "transform core")
    _begin(database)
    (row,) = _rows(database, sa.select(ops.run_steps.c.state, ops.run_steps.c.ended_at, ops.run_steps.c.detail))
    assert row[0] == "failed"
    assert row[1] is not None
    assert "ended without a word" in str(row[2])
    assert step.attempt == 1


def test_published_run_killed_before_its_end_stays_published_and_is_closed(database: Database, run: Run) -> None:
    _publish(database, run)
    _begin(database)
    ended = sa.select(ops.runs.c.state, ops.runs.c.ended_at.is_not(None)).where(ops.runs.c.run_id == run.run_id)
    assert _rows(database, ended) == [("published", True)]


def test_killed_attempt_is_closed_by_the_next_attempt_of_its_step(database: Database, run: Run) -> None:
    """Airflow gives a killed task another attempt within the same run."""
    runs._record_start(database, run, "transform core")
    with runs.step(database, run, "transform core"):
        pass
    steps = ops.run_steps.c
    found = _rows(database, sa.select(steps.attempt, steps.state, steps.ended_at.is_not(None)).order_by(steps.attempt))
    assert found == [(1, "failed", True), (2, "done", True)]
