"""Checks on marts: each can fail, each tie-out sees a cent; what is not built yet is not checked."""

from collections.abc import Mapping

import pytest

from attain.errors import ValidationStopped
from attain.runs import Run
from attain.settings import Database
from expectations.run import validate
from tests.marts import fetch, next_run, run_sql

KEYS_OF = {"bookings of each month are its won deals and orders, to the cent": ["2026-03-01", "2026-04-01"]}
KEYS = "dimension_level text, cohort_period_type text, cohort_start date, funnel_stage text, channel text, segment text, region text, rep_key text"
MOVES = (
    "opening", "created", "reopened", "restored", "transferred_in", "transferred_out", "pulled_in", "pushed_in", "increased",
    "decreased", "revalued", "pushed_out", "pulled_out", "won", "lost", "deleted", "closing",
)  # fmt: skip
MARTS: Mapping[str, str] = {
    "pipeline_deals": """
        create table marts.pipeline_deals (opportunity_key text, amount numeric, probability numeric, stage text,
            created_date date, close_date date, is_open boolean, is_won boolean, is_lost boolean, _run_id bigint,
            amount_local numeric, currency_code text);
        insert into marts.pipeline_deals values
            ('won', 100.10, 1, 'post_sale', '2026-01-01', '2026-04-30', false, true, false, 9, 100.10, 'EUR'),
            ('open', 44, 0.5, 'closing', '2026-01-01', '2027-02-01', true, false, false, 9, 40, 'USD')""",
    # The open deal closes in a year with another rate: 44, and 50 by the day of the run.
    "rates": """
        create table core.company (time_zone text);
        insert into core.company values ('Europe/Berlin');
        create table core.exchange_rates (from_currency text, valid_from date, valid_to date, rate numeric);
        insert into core.exchange_rates values ('EUR', '0001-01-01', null, 1), ('USD', '2025-01-01', '2026-01-01', 1.5),
            ('USD', '2026-01-01', '2027-01-01', 1.25), ('USD', '2027-01-01', null, 1.1)""",
    "bookings": """
        create table marts.bookings (booking_key text, booking_date date, net_amount numeric, rep_key text, account_key text,
            _run_id bigint);
        insert into marts.bookings values ('b1', '2026-04-30', 60.05, 'ann', 'acme', 9), ('b2', '2026-04-30', 40.05, 'ben', 'acme', 9)""",
    "pipeline_movements": f"""
        create table marts.pipeline_movements (scope text, basis text, period_type text, period_start date, rep_key text,
            {", ".join(f"{name}_amount numeric" for name in MOVES)}, _run_id bigint);
        insert into marts.pipeline_movements (scope, basis, period_type, period_start, rep_key, opening_amount, created_amount,
            won_amount, closing_amount) values
            ('open', 'gross', 'month', '2026-03-01', 'ann', 0, 70, 0, 70), ('open', 'gross', 'month', '2026-04-01', 'ann', 70, 80.10, -100.10, 50)""",
    "commission_statements": """
        create table marts.commission_statements (rep_key text, plan_id text, component text, period_start date, earning_amount numeric);
        insert into marts.commission_statements values ('ann', 'p', 'c', '2026-04-01', 5.01)""",
    "commission_earnings": """
        create table marts.commission_earnings (rep_key text, plan_id text, component text, period_start date, earning_amount numeric);
        insert into marts.commission_earnings values ('ann', 'p', 'c', '2026-04-01', 2), ('ann', 'p', 'c', '2026-04-01', 3.01)""",
    "kpi_rep_period": """
        create table marts.kpi_rep_period (period_type text, period_start date, period_end date, rep_key text,
            bookings_amount numeric, win_rate numeric, win_rate_value numeric, discount_rate numeric);
        insert into marts.kpi_rep_period values ('month', '2026-04-01', '2026-05-01', 'ann', 60.05, 1, 1, null),
            ('month', '2026-04-01', '2026-05-01', 'ben', 40.05, null, null, 0.1), ('month', '2026-03-01', '2026-04-01', 'ann', 0, 0, 0, 0)""",
    "funnel_conversion": f"""
        create table marts.funnel_conversion ({KEYS}, people_entered bigint, people_converted bigint, conversion_rate numeric);
        insert into marts.funnel_conversion values ('all', 'month', '2026-04-01', 'awareness', null, null, null, null, 10, 3, 0.3)""",
}  # fmt: skip


@pytest.fixture
def clocked(database: Database) -> Run:
    """Sound marts, and a run that looks at them."""
    for made in MARTS.values():
        run_sql(database, made)
    return next_run(database)


def failed(database: Database) -> list[tuple[object, ...]]:
    query = (
        "select table_name, check_name, severity, row_keys from ops.validation_results where not success order by 1, 2"
    )
    return fetch(database, query, "validator")


def test_sound_marts_pass(database: Database, clocked: Run) -> None:
    """Every suite whose marts are built is evaluated."""
    verdict = validate(database, clocked, "marts")
    assert failed(database) == []
    assert verdict.checks == verdict.passed == 22


def test_nothing_built_nothing_checked(database: Database) -> None:
    """A check waits for its mart; it neither fails nor passes for nothing."""
    assert validate(database, next_run(database), "marts").checks == 0


@pytest.mark.parametrize(
    ("wrong", "table", "words", "key"),
    [
        ("update marts.bookings set booking_date = '2026-03-31'; delete from marts.kpi_rep_period",
         "bookings", "bookings of each month are its won deals and orders, to the cent", "2026-03-01"),
        ("update marts.kpi_rep_period set bookings_amount = 0.01 where period_start = '2026-03-01'",
         "kpi_rep_period", "the reps' bookings add up to the company's, to the cent", "month|2026-03-01"),
        ("update marts.pipeline_movements set won_amount = -100.11 where won_amount < 0",
         "pipeline_movements", "opening and movements make closing, to the cent", "open|gross|month|2026-04-01|ann"),
        ("update marts.pipeline_movements set created_amount = 80.11, closing_amount = 50.01 where won_amount < 0",
         "pipeline_movements", "the movements end with what is open now, to the cent", "gross|month"),
        ("update marts.commission_statements set earning_amount = 5.02",
         "commission_statements", "statements are the earnings behind them, to the cent", "ann|p|c|2026-04-01"),
        ("delete from marts.commission_statements",
         "commission_statements", "statements are the earnings behind them, to the cent", "ann|p|c|2026-04-01"),
        ("update marts.pipeline_deals set is_lost = true where opportunity_key = 'open'",
         "pipeline_deals", "each deal is either open, won or lost", "open"),
        ("update marts.pipeline_deals set probability = 50 where opportunity_key = 'open'",
         "pipeline_deals", "probability is a share between 0 and 1", "open"),
        ("update marts.pipeline_deals set opportunity_key = null where opportunity_key = 'open'",
         "pipeline_deals", "opportunity_key is present", ""),
        ("update marts.bookings set rep_key = null where booking_key = 'b2'", "bookings", "rep_key is present", "b2"),
        ("update marts.kpi_rep_period set win_rate = 100 where win_rate = 1",
         "kpi_rep_period", "win_rate is a share between 0 and 1", "month|2026-04-01|ann"),
        ("update marts.funnel_conversion set people_converted = 11",
         "funnel_conversion", "no more people convert than entered", "all|month|2026-04-01|awareness||||"),
    ],
)  # fmt: skip
def test_what_is_wrong_stops_the_run(
    database: Database, clocked: Run, wrong: str, table: str, words: str, key: str
) -> None:
    """One cent is enough; the message names the check, the mart and the row."""
    run_sql(database, wrong)
    with pytest.raises(ValidationStopped, match=words):
        validate(database, clocked, "marts")
    assert failed(database) == [(f"marts.{table}", words, "critical", KEYS_OF.get(words, [key]))]


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("update marts.pipeline_deals set close_date = '2025-01-01' where is_open", "close_date is not before created_date"),
        ("update marts.pipeline_deals set stage = 'unmapped' where is_open", "each deal's stage is mapped"),
        ("insert into marts.pipeline_deals values ('odd', -1, 0, 'lost', '2026-01-01', '2026-02-01', false, false, true, 9, -1, 'EUR')",
         "no deal has a negative amount"),
    ],
)  # fmt: skip
def test_what_is_only_odd_is_warned_about(database: Database, clocked: Run, odd: str, words: str) -> None:
    """The run goes on; the row is named."""
    run_sql(database, odd)
    assert validate(database, clocked, "marts").warned == 1
    assert [row[1] for row in failed(database)] == [words]


def test_mart_that_shrank_is_warned_about(database: Database, clocked: Run) -> None:
    """Compared with what is published."""
    run_sql(
        database,
        "insert into ops.publications (run_id) values (:run); "
        "insert into ops.publication_tables (publication_id, table_name, rows_total) select publication_id, 'bookings', 1000 "
        "from ops.publications",
        "publisher",
        run=clocked.run_id,
    )
    assert validate(database, clocked, "marts").warned == 1
    assert failed(database)[0][3] == ["bookings"]
