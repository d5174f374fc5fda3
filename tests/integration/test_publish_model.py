"""Publishing held against what it must come to: after every publication `reporting` is `marts`, narrowed or not."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attain import runs
from attain.publish import publish
from attain.settings import Database
from tests.marts import fetch, manifest, model, next_run, run_sql, touch

NARROWED = model("deals", {"key": ["line_key"], "touched_by": "opportunity"}, unique_key="deal_key")
WHOLE = model("totals", {"key": ["deal_key"]})
SHOWN = "line_key, deal_key, amount"

a_deal = st.tuples(st.sampled_from("abcd"), st.lists(st.integers(0, 3), max_size=3))
a_run = st.tuples(st.booleans(), st.lists(a_deal, max_size=3))


def build(database: Database, run_id: int, deals: dict[str, list[int]]) -> None:
    """What dbt does to touched deals: their rows go and come anew, marked with the run."""
    for key, amounts in deals.items():
        run_sql(
            database,
            "delete from marts.deals where deal_key = :key; delete from marts.totals where deal_key = :key",
            key=key,
        )
        for place, amount in enumerate(amounts):
            run_sql(
                database,
                "insert into marts.deals values (:line, :key, :amount, :run)",
                line=f"{key}{place}",
                key=key,
                amount=amount,
                run=run_id,
            )
    run_sql(
        database,
        "truncate marts.totals; insert into marts.totals select deal_key, sum(amount), :run from marts.deals group by 1",
        run=run_id,
    )


@given(history=st.lists(a_run, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
def test_reporting_is_marts_after_every_publication(
    database: Database, tmp_path: Path, history: list[tuple[bool, list[tuple[str, list[int]]]]]
) -> None:
    """Runs that fail leave their rows in marts and reporting as it was; the next one carries them over."""
    run_sql(
        database,
        "drop table if exists marts.deals, marts.totals; "
        "create table marts.deals (line_key text not null, deal_key text, amount int, _run_id bigint); "
        "create table marts.totals (deal_key text not null, amount bigint, _run_id bigint)",
    )
    path = manifest(tmp_path, NARROWED, WHOLE)
    unpublished: set[str] = set()
    publish(database, next_run(database, full_refresh=True), path)
    for fails, changes in history:
        run = next_run(database)
        deals = dict(changes)
        unpublished |= deals.keys()
        touch(database, run, *sorted(unpublished))
        build(database, run.run_id, deals)
        before = fetch(database, f"select {SHOWN} from reporting.deals order by 1")
        if fails:
            runs.fail(database, run, "stopped")
            assert fetch(database, f"select {SHOWN} from reporting.deals order by 1") == before
            continue
        publish(database, run, path)
        unpublished.clear()
        for table, shown in (("deals", SHOWN), ("totals", "deal_key, amount")):
            query = "select {} from {}.{} order by 1"
            built = fetch(database, query.format(shown, "marts", table), "publisher")
            assert fetch(database, query.format(shown, "reporting", table)) == built
