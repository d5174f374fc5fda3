"""Publishing as analysts see it: what differs is carried over, in place, whole or not at all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from attain import postgres, runs
from attain.errors import AttainError, DatabaseError, LeaseLost, PublishFailed
from attain.publish import ensure_views, publish
from attain.settings import Database
from extract.land import land
from tests.landing import DEALS, batch, deal, page
from tests.marts import AS_OF_SQL, fetch, loads_published, manifest, model, next_run, run_sql, touch

DEALS_MART = model("deals", {"key": ["deal_key"]}, {"amount": "What it is worth, in euro."})
TOUCHED = model("deals", {"key": ["deal_key"], "touched_by": "opportunity"}, unique_key="deal_key")
MAKE = "create table marts.deals (deal_key text not null, amount numeric(18, 2), _run_id bigint)"
ALL = "select deal_key, amount from reporting.deals order by 1"


@pytest.fixture
def deals(database: Database) -> Database:
    """Two deals in marts, written by run 1."""
    run_sql(database, f"{MAKE}; insert into marts.deals values ('a', 10, 1), ('b', 20, 1)")
    return database


def test_first_publication_makes_the_table_with_key_comments_and_grants(deals: Database, tmp_path: Path) -> None:
    """An analyst reads values and descriptions; the run that wrote a row is no one's business."""
    counts = publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART))
    assert counts == {"deals": {"rows_total": 2, "rows_inserted": 2, "rows_updated": 0, "rows_deleted": 0}}
    assert fetch(deals, ALL) == [("a", Decimal(10)), ("b", Decimal(20))]
    comments = "select obj_description('reporting.deals'::regclass), col_description('reporting.deals'::regclass, 2)"
    assert fetch(deals, comments) == [("One row per deals.", "What it is worth, in euro.")]
    with pytest.raises(DatabaseError, match="duplicate key"):
        run_sql(deals, "insert into reporting.deals values ('a')", "publisher")
    with pytest.raises(DatabaseError, match="permission denied"):
        fetch(deals, "select * from marts.deals")
    with pytest.raises(DatabaseError, match="permission denied"):
        run_sql(deals, "delete from reporting.deals", "analyst")


@pytest.mark.parametrize("mart", [DEALS_MART, TOUCHED])
def test_only_what_differs_is_carried_over(deals: Database, tmp_path: Path, mart: dict[str, object]) -> None:
    """Changed, new and vanished rows, compared whole or narrowed to the touched keys; the table stays the same table."""
    path = manifest(tmp_path, mart)
    first = next_run(deals)
    publish(deals, first, path)
    identity = fetch(deals, "select 'reporting.deals'::regclass::oid")
    second = next_run(deals)
    touch(deals, second, "a", "b", "c")
    run_sql(
        deals,
        "delete from marts.deals where deal_key = 'b'; update marts.deals set amount = 11, _run_id = :run; "
        "insert into marts.deals values ('c', 30, :run), ('d', null, 1)",
        run=second.run_id,
    )
    counts = publish(deals, second, path)
    expected = {"rows_total": 2, "rows_inserted": 1, "rows_updated": 1, "rows_deleted": 1}
    if mart is DEALS_MART:
        expected |= {"rows_total": 3, "rows_inserted": 2}
    assert counts == {"deals": expected}
    assert fetch(deals, ALL)[:2] == [("a", Decimal(11)), ("c", Decimal(30))]
    assert fetch(deals, "select 'reporting.deals'::regclass::oid") == identity


def test_rows_of_a_run_that_failed_are_carried_by_the_next(deals: Database, tmp_path: Path) -> None:
    """What counts is what changed since the last publication, not since the last run."""
    path = manifest(tmp_path, TOUCHED)
    publish(deals, next_run(deals), path)
    failed = next_run(deals)
    run_sql(deals, "update marts.deals set amount = 99, _run_id = :run where deal_key = 'a'", run=failed.run_id)
    runs.fail(deals, failed, "stopped")
    later = next_run(deals)
    touch(deals, later, "a")
    assert publish(deals, later, path)["deals"]["rows_updated"] == 1
    assert fetch(deals, ALL) == [("a", Decimal(99)), ("b", Decimal(20))]


def test_full_refresh_is_compared_whole(deals: Database, tmp_path: Path) -> None:
    """A rebuild, also one whose run failed, is not narrowed: its vanished keys are in no list of touched keys."""
    path = manifest(tmp_path, TOUCHED)
    publish(deals, next_run(deals), path)
    rebuilt = next_run(deals, full_refresh=True)
    run_sql(deals, "delete from marts.deals where deal_key = 'b'")
    runs.fail(deals, rebuilt, "stopped")
    later = next_run(deals)
    touch(deals, later)
    assert publish(deals, later, path)["deals"]["rows_deleted"] == 1


def test_doing_it_again_changes_nothing(deals: Database, tmp_path: Path) -> None:
    """A task that is retried after its commit finds its work done."""
    path, run = manifest(tmp_path, DEALS_MART), next_run(deals)
    assert publish(deals, run, path) == publish(deals, run, path)
    assert fetch(deals, "select count(*) from reporting.publications") == [(1,)]


def test_run_and_loads_are_marked(deals: Database, tmp_path: Path) -> None:
    """Only landed loads are part of a publication; the run is published by the same transaction."""
    run = next_run(deals)
    land(deals, run, "files", batch(DEALS, [page(DEALS, [deal(1)])]))
    run_sql(
        deals,
        "insert into ops.loads (run_id, source, account, table_name, part, mode) values (:run, 's', 'a', 't', 'p', 'full')",
        "loader",
        run=run.run_id,
    )
    publish(deals, run, manifest(tmp_path, DEALS_MART))
    assert loads_published(deals) == [(1, run.run_id), (2, None)]
    assert fetch(deals, "select state, rows_in, rows_inserted from reporting.load_runs") == [("published", 1, 1)]
    assert fetch(deals, "select run_label, as_of from reporting.publications") == [(run.label, run.as_of)]
    assert fetch(deals, "select table_name, rows_total from reporting.publication_tables") == [("deals", 2)]


def test_run_that_lost_its_lease_publishes_nothing(deals: Database, tmp_path: Path) -> None:
    """Nothing of it is seen, not even the table."""
    lost = next_run(deals)
    next_run(deals)
    with pytest.raises(LeaseLost):
        publish(deals, lost, manifest(tmp_path, DEALS_MART))
    assert fetch(deals, "select to_regclass('reporting.deals')", "publisher") == [(None,)]


def test_column_comes_goes_and_changes_its_type_in_place(deals: Database, tmp_path: Path) -> None:
    """Values of a new column are there at once, though no row is marked; grants and indexes stay."""
    path = manifest(tmp_path, TOUCHED)
    publish(deals, next_run(deals), path)
    run_sql(deals, "create index kept on reporting.deals (amount)", "publisher")
    run_sql(
        deals,
        "drop table marts.deals; create table marts.deals as "
        "select 'a' as deal_key, 'x' as stage, cast(10.125 as numeric(20, 6)) as amount, cast(1 as bigint) as _run_id",
    )
    later = next_run(deals)
    touch(deals, later)
    publish(deals, later, path)
    assert fetch(deals, "select * from reporting.deals") == [("a", Decimal("10.125000"), "x")]
    assert fetch(deals, "select count(*) from pg_indexes where indexname = 'kept'") == [(1,)]
    run_sql(
        deals,
        "drop table marts.deals; create table marts.deals as select 'a' as deal_key, cast(1 as bigint) as _run_id",
    )
    later = next_run(deals)
    publish(deals, later, path)
    assert fetch(deals, "select * from reporting.deals") == [("a",)]


def test_mart_under_another_key(deals: Database, tmp_path: Path) -> None:
    """A model that changes its key is rewritten inside the same transaction."""
    publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART))
    wider = model("deals", {"key": ["deal_key", "amount"]})
    run_sql(deals, "insert into marts.deals values ('a', 11, 2)")
    assert publish(deals, next_run(deals), manifest(tmp_path, wider))["deals"]["rows_total"] == 3


def test_view_reads_the_publication_it_belongs_to(deals: Database, tmp_path: Path) -> None:
    """Ages are counted at the publication's clock, and the view stays the same view from run to run."""
    sql = f'select deal_key, ({AS_OF_SQL})::date - date \'2026-09-01\' as age_days from "db"."marts"."deals"'
    view = model("deals_health", {"key": []}, materialized="view", compiled_code=sql)
    path = manifest(tmp_path, DEALS_MART, view)
    publish(deals, next_run(deals), path)
    assert fetch(deals, "select * from reporting.deals_health order by 1") == [("a", 9), ("b", 9)]
    before = fetch(
        deals,
        "select xmin::text from pg_class where relname = 'deals_health' and relnamespace = 'reporting'::regnamespace",
    )
    publish(deals, next_run(deals), path)
    after = fetch(
        deals,
        "select xmin::text from pg_class where relname = 'deals_health' and relnamespace = 'reporting'::regnamespace",
    )
    assert before == after
    changed = model("deals_health", {"key": []}, materialized="view", compiled_code=sql.replace("age_days", "days"))
    publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART, changed))
    assert fetch(deals, "select days from reporting.deals_health") == [(9,), (9,)]


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ([model("deals", None)], "deals in dbt_project/models/marts do not say how"),
        ([model("deals", {"key": ["nothing"]})], "marts.deals has no column nothing for its key"),
        ([model("missing", {"key": ["a"]})], "marts.missing is not built or has no key"),
        ([DEALS_MART, model("v", {"key": []}, materialized="view", compiled_code="select 1 as _run_id")], "marts.v is not built or has no key"),
    ],
)  # fmt: skip
def test_mart_that_cannot_be_published_stops_all(
    deals: Database, tmp_path: Path, models: list[dict[str, object]], told: str
) -> None:
    """The message names the mart and what to do; nothing of the others is published."""
    with pytest.raises(PublishFailed, match=told):
        publish(deals, next_run(deals), manifest(tmp_path, *models))
    assert fetch(deals, "select to_regclass('reporting.deals')", "publisher") == [(None,)]


def test_row_without_key_stops_all(deals: Database, tmp_path: Path) -> None:
    """It could be carried over twice; so it is not."""
    run_sql(deals, "alter table marts.deals alter deal_key drop not null; insert into marts.deals values (null, 1, 1)")
    with pytest.raises(PublishFailed, match=r"marts.deals: 1 rows have no key \(deal_key\)"):
        publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART))


def test_part_of_a_key_may_be_null(database: Database, tmp_path: Path) -> None:
    """Totals have null where a dimension is summed over; null equals null when they are compared."""
    run_sql(
        database,
        "create table marts.sums as select region, level, amount, cast(1 as bigint) as _run_id from (values "
        "(cast(null as text), 'all', 3), ('', 'region', 1), ('north', 'region', 2)) as v (region, level, amount)",
    )
    path = manifest(tmp_path, model("sums", {"key": ["level", "region"]}))
    publish(database, next_run(database), path)
    run_sql(
        database, "update marts.sums set amount = 4 where region is null; delete from marts.sums where region = 'north'"
    )
    counts = publish(database, next_run(database), path)
    assert counts["sums"] == {"rows_total": 2, "rows_inserted": 0, "rows_updated": 1, "rows_deleted": 1}
    with pytest.raises(DatabaseError, match="duplicate key"):
        run_sql(database, "insert into reporting.sums values (null, 'all', 5)", "publisher")
    run_sql(
        database,
        "update marts.sums set region = 'x'; alter table marts.sums alter region set not null, alter level set not null",
    )
    assert publish(database, next_run(database), path)["sums"]["rows_total"] == 2
    with pytest.raises(DatabaseError, match="null value"):
        run_sql(database, "insert into reporting.sums values (null, 'all', 5)", "publisher")


def test_view_over_more_than_marts_is_carried_as_rows(deals: Database, tmp_path: Path) -> None:
    """A view that reads core cannot be one for readers, who would see a mix; so its rows are published."""
    run_sql(deals, "create table core.company as select date '2026-09-10' as today, 'UTC' as time_zone")
    sql = 'select deal_key, today, _run_id from "db"."marts"."deals" cross join "db"."core"."company"'
    run_sql(deals, f"create view marts.aged as {sql.replace(chr(34) + 'db' + chr(34) + '.', '')}")
    view = model("aged", {"key": ["deal_key"]}, materialized="view", compiled_code=sql)
    company = model("company", None) | {"schema": "core", "relation_name": '"db"."core"."company"'}
    counts = publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART, view, company))
    assert counts["aged"]["rows_inserted"] == 2
    assert fetch(deals, "select count(*) from information_schema.columns where table_name = 'aged'") == [(2,)]
    plain = model(
        "aged", {"key": ["deal_key"]}, materialized="view", compiled_code='select deal_key from "db"."marts"."deals"'
    )
    publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART, plain, company))
    assert fetch(deals, "select * from reporting.aged order by 1") == [("a",), ("b",)]
    publish(deals, next_run(deals), manifest(tmp_path, DEALS_MART, view, company))
    assert len(fetch(deals, "select today from reporting.aged")) == 2


def test_model_of_core_is_published_when_it_says_so(database: Database, tmp_path: Path) -> None:
    """Its schema does not matter, only its `publish`."""
    run_sql(
        database,
        "create table core.company as select 'Acme' as company_name, 'UTC' as time_zone, cast(1 as bigint) as _run_id",
    )
    company = model("company", {"key": ["company_name"]}) | {"schema": "core", "relation_name": '"db"."core"."company"'}
    publish(database, next_run(database), manifest(tmp_path, company))
    assert fetch(database, "select * from reporting.company") == [("Acme", "UTC")]


def test_without_a_manifest_nothing_is_published(database: Database, tmp_path: Path) -> None:
    """The run's folder is looked into for the marts' manifest."""
    with pytest.raises(PublishFailed, match="no manifest"):
        publish(database, next_run(database), tmp_path)


def test_views_over_ops_mask_personal_values(database: Database) -> None:
    """A run that never published shows why; values of personal or unknown columns are not shown, rows never."""
    run = next_run(database)
    aside = [
        {
            "source_file": "deals.csv",
            "row_number": n,
            "column_name": column,
            "value": "secret",
            "rule": "r",
            "row": "{}",
        }
        for n, column in enumerate(("contact_email", "unheard_of", "close_date"))
    ]
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)], aside)], max_rejected=1.0))
    runs.fail(database, run, "stopped")
    ensure_views(database)
    ensure_views(database)
    shown = "select column_name, value from reporting.quarantine order by row_number"
    assert fetch(database, shown) == [
        ("contact_email", "(not shown)"), ("unheard_of", "(not shown)"), ("close_date", "secret"),
    ]  # fmt: skip
    assert fetch(
        database,
        "select count(*) from information_schema.columns where table_name = 'quarantine' and column_name = 'row'",
    ) == [(0,)]
    assert fetch(database, "select state, error from reporting.load_runs") == [("failed", "stopped")]
    assert fetch(database, "select source, account, rows_live from reporting.source_freshness") == [
        ("files", "files", 1)
    ]


@contextmanager
def readers(database: Database) -> Iterator[list[set[tuple[int, int]]]]:
    """Two threads that poll two tables: one statement at read committed, two statements at repeatable read."""
    seen: list[set[tuple[int, int]]] = [set(), set()]
    stop, ready = threading.Event(), threading.Barrier(3)
    both = "select (select sum(amount) from reporting.deals), (select sum(amount) from reporting.lines)"

    def poll(place: int) -> None:
        level = ("READ COMMITTED", "REPEATABLE READ")[place]
        with postgres.engine(database, "analyst").connect() as connection:
            connection.execution_options(isolation_level=level)
            while not stop.is_set():
                with connection.begin():
                    if place == 0:
                        found = connection.execute(sa.text(both)).one()
                    else:
                        parts = [
                            connection.scalar(sa.text(f"select sum(amount) from reporting.{t}"))
                            for t in ("deals", "lines")
                        ]
                        found = (parts[0], parts[1])  # type: ignore[assignment]
                seen[place].add((int(found[0]), int(found[1])))
                if len(seen[place]) == 1 and not ready.broken and ready.n_waiting < 3 and not started[place]:
                    started[place] = True
                    ready.wait(30)

    started = [False, False]
    threads = [threading.Thread(target=poll, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    ready.wait(30)
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


@pytest.mark.parametrize("fails", [False, True])
def test_readers_never_see_a_mix(deals: Database, tmp_path: Path, fails: bool) -> None:
    """Polling through a publication that succeeds or fails at its end, each reader sees pairs of one publication only."""
    path = manifest(tmp_path, DEALS_MART, model("lines", {"key": ["line_key"]}))
    run_sql(deals, "create table marts.lines as select 'l' as line_key, 30 as amount, cast(1 as bigint) as _run_id")
    publish(deals, next_run(deals), path)
    with readers(deals) as seen:
        for turn in range(2, 8):
            later = next_run(deals)
            run_sql(
                deals,
                "truncate marts.deals; insert into marts.deals select 'k' || n || ' ' || :turn, :turn, 1 "
                "from generate_series(1, 3000) n; update marts.lines set amount = 3000 * :turn",
                turn=turn,
            )
            if fails:
                run_sql(
                    deals,
                    "alter table marts.lines alter line_key drop not null; update marts.lines set line_key = null",
                )
                with pytest.raises(AttainError):
                    publish(deals, later, path)
            else:
                publish(deals, later, path)
    allowed = {(30, 30)} if fails else {(30, 30)} | {(3000 * turn, 3000 * turn) for turn in range(2, 8)}
    assert all(pairs <= allowed for pairs in seen)
    assert fails or all(len(pairs) > 1 for pairs in seen)


def test_view_that_the_build_did_not_come_to_is_not_published(database: Database, tmp_path: Path) -> None:
    """A manifest cut short holds no query for it; its rows would be of another day."""
    run_sql(database, "create view marts.ages as select 'a' as deal_key, cast(1 as bigint) as _run_id")
    node = model("ages", {"key": ["deal_key"]}, materialized="view")
    with pytest.raises(PublishFailed, match="did not come to the view ages"):
        publish(database, next_run(database), manifest(tmp_path, node))
