"""A run with nothing new leaves everything as it stands; whatever models could see makes it build."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from attain import postgres, runs, transform, unchanged
from attain.publish import publish
from attain.runs import Run
from attain.settings import Database
from extract.land import land
from tests import warehouse
from tests.landing import DEALS, batch, deal, page
from tests.marts import fetch, manifest, model, next_run, run_sql

EVENING = datetime(2026, 9, 10, 21, 30, tzinfo=UTC)  # 23:30 in Berlin


def _published(database: Database, as_of: datetime = EVENING) -> Run:
    """A published run of a company in Berlin."""
    run_sql(database, "create table if not exists core.company as select 'Europe/Berlin' as time_zone")
    run = runs.set_as_of(database, next_run(database), as_of)
    _land(database, run)
    warehouse.mark_published(database, run)
    return run


def _land(database: Database, run: Run, amount: str = "100") -> None:
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, amount)])]))


def _since(database: Database, run: Run) -> int | None:
    with postgres.transaction(postgres.engine(database, "transformer")) as connection:
        return unchanged.since(connection, run)


def _next(database: Database, after: timedelta = timedelta(minutes=5), *, full_refresh: bool = False) -> Run:
    return runs.set_as_of(database, next_run(database, full_refresh=full_refresh), EVENING + after)


def test_same_rows_on_the_same_day_are_nothing_new(database: Database) -> None:
    """Rows that came again as they stand change nothing; neither does a run after a run with nothing new."""
    first = _published(database)
    second = _next(database)
    _land(database, second)
    assert _since(database, second) == first.run_id
    warehouse.mark_published(database, second)
    assert _since(database, _next(database)) == second.run_id


def _changed_row(database: Database) -> Run:
    run = _next(database)
    _land(database, run, "101")
    return run


def _failed_between(database: Database) -> Run:
    runs.fail(database, _next(database), "stopped")
    return _next(database)


@pytest.mark.parametrize(
    "then",
    [
        _changed_row,
        _failed_between,
        lambda database: _next(database, timedelta(minutes=31)),
        lambda database: _next(database, full_refresh=True),
        lambda database: runs.set_as_of(database, runs.begin(database, "test", "pytest", "other models"), EVENING),
    ],
    ids=["a row changed", "a run failed between", "a new day in Berlin", "full refresh", "other models"],
)
def test_whatever_models_could_see_makes_it_build(database: Database, then: Callable[[Database], Run]) -> None:
    """Half past eleven in Berlin is one day, and half an hour later is another, though both are one in UTC."""
    _published(database)
    assert _since(database, then(database)) is None


def test_first_run_builds(database: Database) -> None:
    """Nothing stands yet."""
    assert _since(database, _next(database)) is None


def test_publication_with_nothing_new_carries_nothing_and_says_what_stands(database: Database, tmp_path: Path) -> None:
    """The counts are those of the last one; a published table that is gone is made again all the same."""
    marts = [model(name, {"key": ["deal_key"]}) for name in ("deals", "orders")]
    for name in ("deals", "orders"):
        run_sql(
            database, f"create table marts.{name} as select 'a' as deal_key, 1 as amount, cast(1 as bigint) as _run_id"
        )
    run_sql(database, "create table core.company as select 'UTC' as time_zone")
    path = manifest(tmp_path, *marts)
    publish(database, next_run(database), path)
    run_sql(database, "drop table reporting.orders", "publisher")
    counts = publish(database, next_run(database), path)
    assert counts["deals"] == {"rows_total": 1, "rows_inserted": 0, "rows_updated": 0, "rows_deleted": 0}
    assert counts["orders"]["rows_inserted"] == 1
    assert fetch(database, "select amount from reporting.orders") == [(1,)]


@pytest.mark.timeout(300)
def test_stage_with_nothing_new_is_not_built_and_keeps_its_manifest(database: Database, tmp_path: Path) -> None:
    """What publishing reads of dbt is there; where the last one's build did not come to each model, the stage is built."""
    run = runs.begin(database, "test", "first", "same")
    warehouse.land_company(database, run, tmp_path / "company", name="Books")
    warehouse.mark_published(database, warehouse.build(database, run, tmp_path, stages=("staging", "core")))
    second = runs.set_as_of(database, runs.begin(database, "test", "second", "same"), warehouse.AS_OF)
    folder = tmp_path / "runs" / str(second.run_id)
    told: list[str] = []
    counts = transform.transform(database, second, "staging", folder, told.append)
    assert (counts["models"], counts["unchanged_since"]) == (0, run.run_id)
    assert told == [f"nothing new since run {run.run_id}: staging stands as it is"]
    assert (folder / "staging" / "target" / "manifest.json").is_file()
    last = tmp_path / "runs" / str(run.run_id) / "staging" / "target" / "manifest.json"
    cut_short = orjson.loads(last.read_bytes())
    cut_short["nodes"]["model.attain.stg_files__reps"]["compiled_code"] = None
    last.write_bytes(orjson.dumps(cut_short))
    assert transform.transform(database, second, "staging", folder, told.append)["models"] > 30
