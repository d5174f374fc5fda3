"""Rules of entities, deals and bookings, each by a deal or two in one build, then by what a second run brings."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from attain import runs
from attain.errors import TransformFailed
from attain.settings import Database
from extract import templates
from extract.salesforce.objects import OBJECTS
from tests import warehouse
from tests.databases import TestServer

BORN = datetime(2026, 1, 5, 12, tzinfo=UTC)
SALESFORCE = "acme"


def _at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def _deal(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "name": f"Deal {name}", "stage_name": "Prospecting", "amount": Decimal(100), "created_date": BORN,
        "close_date": date(2026, 6, 30), "system_modstamp": BORN, "owner_id": "u1", "is_deleted": False, **more,
    }  # fmt: skip


def _state(name: str, moment: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{name}-{moment:%m%d%H}", "opportunity_id": name, "created_date": moment, "system_modstamp": moment,
        "stage_name": "Prospecting", "amount": Decimal(100), "close_date": date(2026, 6, 30), **more,
    }  # fmt: skip


DEALS = [
    _deal("cleared", amount=None, system_modstamp=_at(3, 1)),
    _deal("late-history", system_modstamp=_at(2, 1)),
    _deal("differs", close_date=date(2026, 3, 31), system_modstamp=_at(3, 2)),
    _deal("only-header", stage_name="Closed Won", close_date=date(2026, 3, 10), system_modstamp=_at(3, 10)),
    _deal("deleted", is_deleted=True, system_modstamp=_at(4, 1)),
    _deal("backwards", stage_name="Closed Won", close_date=date(2025, 1, 1), system_modstamp=_at(1, 6)),
    _deal("dollars", stage_name="Closed Won", currency_iso_code="USD", close_date=date(2026, 4, 1)),
    _deal("lines", stage_name="Closed Won", currency_iso_code="USD", amount=Decimal(1000), account_id="loser"),
    _deal("odd-stage", stage_name="Mystery", owner_id="nobody", account_id="missing"),
    _deal("pushed", close_date=date(2026, 9, 1), system_modstamp=_at(5, 2)),
    _deal("midnight", created_date=_at(1, 31, 23)),
]
STATES = [
    _state("cleared", BORN),
    _state("cleared", _at(3, 1), amount=None),
    _state("late-history", _at(2, 1)),
    _state("differs", BORN),
    _state("deleted", BORN),
    _state("pushed", BORN),
    _state("pushed", _at(5, 1), close_date=date(2026, 8, 1)),
    _state("pushed", _at(5, 2), close_date=date(2026, 9, 1)),
    _state("no-header", BORN),
]
LINES = [
    {"id": "l1", "opportunity_id": "lines", "product2_id": "p1", "quantity": Decimal(3), "list_price": Decimal(200),
     "unit_price": Decimal(150), "total_price": Decimal("333.333333"), "system_modstamp": BORN},
    {"id": "l2", "opportunity_id": "lines", "name": "Training", "total_price": Decimal(600), "system_modstamp": BORN},
    {"id": "l3", "opportunity_id": "no-header", "total_price": Decimal(5), "system_modstamp": BORN},
]  # fmt: skip
USERS = [
    {
        "id": "u1",
        "name": "Ann",
        "email": "ann@x.test",
        "employee_number": "7",
        "manager_id": "u2",
        "system_modstamp": BORN,
    },
    {"id": "u2", "name": "Bea", "email": "info@x.test", "system_modstamp": BORN},
    {"id": "u3", "name": "Cid", "email": "info@x.test", "system_modstamp": BORN},
]
ROSTER = [
    {"rep_id": "r7", "employee_number": "7", "team": "North", "valid_from": date(1900, 1, 1), "ramp_months": 3},
    {"rep_id": "r7", "employee_number": "7", "team": "South", "valid_from": date(2026, 3, 1), "ramp_months": 3},
]
ACCOUNTS = [
    {"id": "winner", "name": "Winner", "segment__c": "Enterprise", "system_modstamp": BORN},
    {"id": "loser", "name": "Loser", "master_record_id": "winner", "is_deleted": True, "system_modstamp": BORN},
]
ORDERS = [
    {"order_id": "100", "order_date": date(2026, 2, 3), "account_name": "Corner shop", "status": "Shipped"},
    {"order_id": "101", "order_date": date(2026, 2, 4), "account_name": "winner", "status": "Cancelled"},
]
ORDER_LINES = [
    {"order_line_id": "1", "order_id": "100", "quantity": Decimal(2), "unit_list_price": Decimal(50),
     "discount_amount": Decimal("4.5"), "product_name": "Bell"},
    {"order_line_id": "2", "order_id": "101", "quantity": Decimal(1), "unit_list_price": Decimal(9)},
    {"order_line_id": "3", "order_id": "102", "quantity": Decimal(1), "unit_list_price": Decimal(11)},
]  # fmt: skip
RATES = [
    {"from_currency": "USD", "to_currency": "EUR", "rate_type": "plan", "valid_from": day, "rate": Decimal(rate)}
    for day, rate in ((date(2025, 4, 1), "0.9"), (date(2026, 4, 1), "0.8"))
]


@pytest.fixture(scope="module")
def built(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Path]]:
    """A company in Berlin that books in euros and starts its year in April, after its first run."""
    folder = tmp_path_factory.mktemp("rules")
    with warehouse.opened(server, template_database) as (database, run):
        settings = {"time_zone": "Europe/Berlin", "currency": "EUR", "fiscal_year_start_month": 4}
        warehouse.land_company(database, run, folder / "company", name="Rules", **settings)
        for name, rows in (
            ("User", USERS), ("Account", ACCOUNTS), ("Opportunity", DEALS), ("OpportunityHistory", STATES),
            ("OpportunityLineItem", LINES),
        ):  # fmt: skip
            warehouse.land_rows(database, run, OBJECTS[name], rows, account=SALESFORCE)
        for table, rows in (
            (templates.REPS, ROSTER), (templates.ORDERS, ORDERS), (templates.ORDER_LINES, ORDER_LINES),
            (templates.EXCHANGE_RATES, RATES),
        ):  # fmt: skip
            warehouse.land_rows(database, run, table, rows)
        warehouse.mark_published(database, warehouse.build(database, run, folder))
        yield database, folder


def _states(database: Database, deal: str) -> list[dict[str, Any]]:
    return warehouse.found(
        database,
        "select changes.* from core.opportunity_changes as changes join core.opportunities using (opportunity_key) "
        f"where opportunity_id = '{deal}' order by change_number",
    )


def _one(database: Database, table: str, where: str) -> dict[str, Any]:
    rows = warehouse.found(database, f"select * from {table} where {where}")
    assert len(rows) == 1, rows
    return rows[0]


def test_null_in_a_recorded_field_means_cleared(built: tuple[Database, Path]) -> None:
    """The amount was taken back on 1 March; before that it stood."""
    states = _states(built[0], "cleared")
    assert [(s["amount_local"], s["valid_from"], s["valid_to"]) for s in states] == [
        (Decimal(100), BORN, _at(3, 1)), (None, _at(3, 1), None),
    ]  # fmt: skip


def test_history_that_begins_late_reaches_back_to_the_creation(built: tuple[Database, Path]) -> None:
    """The first row's state is the one the deal was created with."""
    assert [s["valid_from"] for s in _states(built[0], "late-history")] == [BORN]


def test_header_wins_over_history_by_an_observed_change(built: tuple[Database, Path]) -> None:
    """The close date that no history row knows counts from the header's modified time, and is counted."""
    states = _states(built[0], "differs")
    assert [(s["close_date"], s["is_observed"]) for s in states] == [
        (date(2026, 6, 30), False), (date(2026, 3, 31), True),
    ]  # fmt: skip
    assert states[1]["valid_from"] == _at(3, 2)
    assert _one(built[0], "marts.pipeline_deals", "opportunity_id = 'differs'")["observed_change_count"] == 1


def test_deal_known_by_its_header_alone_was_open_until_it_was_seen_won(built: tuple[Database, Path]) -> None:
    """A company without history still has deals that were created, open for a while, and won."""
    states = _states(built[0], "only-header")
    assert [(s["outcome"], s["valid_from"], s["is_observed"]) for s in states] == [
        ("open", BORN, False), ("won", _at(3, 10), True),
    ]  # fmt: skip


def test_deleted_deal_leaves_the_list_and_the_pipeline_says_when(built: tuple[Database, Path]) -> None:
    """It is no deal any more, and its deletion is a movement of April."""
    assert warehouse.found(built[0], "select 1 from marts.pipeline_deals where opportunity_id = 'deleted'") == []
    deleted = warehouse.found(
        built[0],
        "select sum(deleted_amount) as amount from marts.pipeline_movements where scope = 'open' and basis = 'gross' "
        "and period_type = 'month' and period_start = date '2026-04-01'",
    )
    assert deleted[0]["amount"] == -100


def test_close_date_before_creation_stays_out_of_cycle_lengths(built: tuple[Database, Path]) -> None:
    """It is won all the same."""
    deal = _one(built[0], "marts.pipeline_deals", "opportunity_id = 'backwards'")
    assert (deal["cycle_days"], deal["is_cycle_valid"], deal["is_won"]) == (None, False, True)


def test_amounts_are_converted_at_the_plan_rate_of_the_close_date(built: tuple[Database, Path]) -> None:
    """1 April is the first day of the new plan rate."""
    deal = _one(built[0], "marts.pipeline_deals", "opportunity_id = 'dollars'")
    assert (deal["amount"], deal["amount_local"], deal["currency_code"]) == (80, 100, "USD")


def test_bookings_of_a_deal_sum_up_to_its_amount_in_both_currencies(built: tuple[Database, Path]) -> None:
    """What the lines leave of the amount is a row of its own; discount is known only where a list price is."""
    rows = warehouse.found(
        built[0],
        "select bookings.* from marts.bookings join marts.pipeline_deals using (opportunity_key) "
        "where opportunity_id = 'lines' order by net_amount_local",
    )
    assert [(r["booking_source"], r["net_amount_local"], r["net_amount"]) for r in rows] == [
        ("unallocated", Decimal("66.666667"), Decimal("53.333334")),
        ("opportunity_line", Decimal("333.333333"), Decimal("266.666666")),
        ("opportunity_line", Decimal(600), Decimal(480)),
    ]  # fmt: skip
    assert [r["discount_amount_local"] for r in rows] == [None, Decimal("266.666667"), None]
    assert rows[2]["product_name"] == "Training"


def test_merged_account_lives_on_in_the_one_it_was_merged_into(built: tuple[Database, Path]) -> None:
    """The deal of the loser is the winner's."""
    deal = _one(built[0], "marts.pipeline_deals", "opportunity_id = 'lines'")
    assert (deal["account_name"], deal["segment"]) == ("Winner", "enterprise")


def test_unmapped_stage_and_unknown_owner_and_account_are_kept_and_named(built: tuple[Database, Path]) -> None:
    """Nothing is dropped for what nobody knows."""
    deal = _one(built[0], "marts.pipeline_deals", "opportunity_id = 'odd-stage'")
    assert (deal["stage"], deal["stage_order"], deal["outcome"]) == ("unmapped", None, "open")
    assert (deal["rep_name"], deal["account_name"]) == ("Unknown", "Unknown")


def test_push_is_a_move_into_a_later_month(built: tuple[Database, Path]) -> None:
    assert _one(built[0], "marts.pipeline_deals", "opportunity_id = 'pushed'")["push_count"] == 2


def test_days_are_those_of_the_companys_time_zone(built: tuple[Database, Path]) -> None:
    """Eleven at night in UTC is the next day in Berlin."""
    assert _one(built[0], "marts.pipeline_deals", "opportunity_id = 'midnight'")["created_date"] == date(2026, 2, 1)


def test_one_person_in_two_sources_is_one_rep_and_the_roster_says_the_team(built: tuple[Database, Path]) -> None:
    """Employee number 7 joins user and roster; info@ joins nobody."""
    reps = warehouse.found(
        built[0], "select rep_id, rep_name, team from marts.reps where rep_id <> 'unknown' order by 1"
    )
    assert [tuple(r.values()) for r in reps] == [("u1", "Ann", "South"), ("u2", "Bea", None), ("u3", "Cid", None)]
    history = warehouse.found(
        built[0],
        "select h.team, h.valid_from, h.valid_to from marts.reps_history as h join marts.reps as r using (rep_key) "
        "where r.rep_id = 'u1' order by h.valid_from",
    )
    assert [tuple(r.values()) for r in history] == [
        ("North", date(1900, 1, 1), date(2026, 3, 1)), ("South", date(2026, 3, 1), None),
    ]  # fmt: skip


def test_reporting_line_leads_from_the_rep_upwards(built: tuple[Database, Path]) -> None:
    """Level 0 is the rep, level 1 the manager."""
    lines = warehouse.found(
        built[0],
        "select l.level, m.rep_name from marts.reporting_lines as l join marts.reps as r on r.rep_key = l.rep_key "
        "join marts.reps as m on m.rep_key = l.manager_rep_key where r.rep_id = 'u1' order by level",
    )
    assert [tuple(r.values()) for r in lines] == [(0, "Ann"), (1, "Bea")]


def test_order_without_a_deal_is_a_deal_born_won_on_its_date(built: tuple[Database, Path]) -> None:
    """In the list, in the bookings net of the line discount, and in the movements of February."""
    deal = _one(built[0], "marts.pipeline_deals", "opportunity_id = '100'")
    assert (deal["amount"], deal["outcome"], deal["close_date"], deal["cycle_days"]) == (
        Decimal("95.5"), "won", date(2026, 2, 3), 0,
    )  # fmt: skip
    booking = _one(built[0], "marts.bookings", "booking_source = 'order_line'")
    assert (booking["list_amount"], booking["discount_amount"], booking["net_amount"]) == (100, 4.5, 95.5)
    assert (booking["product_name"], booking["line_id"]) == ("Bell", "1")
    moved = warehouse.found(
        built[0],
        "select sum(created_amount) as created, sum(won_amount) as won from marts.pipeline_movements where scope = 'open' "
        "and basis = 'gross' and period_type = 'month' and period_start = date '2026-02-01' and rep_name = 'Unknown'",
    )[0]
    assert (moved["created"], moved["won"]) == (Decimal("95.5"), Decimal("-95.5"))


def test_cancelled_order_is_no_booking(built: tuple[Database, Path]) -> None:
    assert warehouse.found(built[0], "select 1 from core.opportunities where opportunity_id = '101'") == []


def test_rows_without_a_header_stand_aside(built: tuple[Database, Path]) -> None:
    """A history row, a line and an order line wait; their money is said."""
    rows = warehouse.found(
        built[0], "select subject, row_key, value, amount from staging.quarantine_rows order by 1, 2"
    )
    assert [tuple(r.values()) for r in rows] == [
        ("opportunity history", "no-header-010512", "no-header", None),
        ("opportunity lines", "l3", "no-header", Decimal(5)),
        ("order lines", "3", "102", Decimal(11)),
    ]  # fmt: skip


def test_fiscal_year_begins_in_its_month_and_is_named_after_its_end(built: tuple[Database, Path]) -> None:
    day = _one(built[0], "marts.calendar_dates", "calendar_date = date '2026-05-15'")
    assert (day["fiscal_year"], day["fiscal_quarter"], day["fiscal_month"]) == (2027, 1, 2)
    assert (day["fiscal_quarter_start"], day["fiscal_year_end"]) == (date(2026, 4, 1), date(2027, 4, 1))
    assert (day["fiscal_year_name"], day["fiscal_quarter_name"]) == ("FY2027", "2027-Q1")


def test_business_days_count_both_ends(built: tuple[Database, Path]) -> None:
    """The published case without holidays: 15 January to 30 June 2014 is 119; here the same days of the week, 2025."""
    counted = warehouse.found(
        built[0],
        "select count(*) filter (where is_business_day) as days from marts.calendar_dates "
        "where calendar_date between date '2025-01-15' and date '2025-06-30'",
    )
    assert counted[0]["days"] == _weekdays(date(2025, 1, 15), date(2025, 6, 30)) == 119


def _weekdays(first: date, last: date) -> int:
    return sum((first + timedelta(n)).weekday() < 5 for n in range((last - first).days + 1))


def test_foreign_balance_is_revalued_where_the_plan_rate_changes(built: tuple[Database, Path]) -> None:
    """Within a period under one plan rate nothing is revalued."""
    rows = warehouse.found(
        built[0],
        "select 1 from marts.pipeline_movements where revalued_amount <> 0 and period_type in ('month', 'quarter')",
    )
    assert rows == []


def test_second_run_brings_headers_back_and_a_missing_rate_stops_before_publishing(
    built: tuple[Database, Path],
) -> None:  # fmt: skip
    """The waiting rows return by themselves; a currency nobody has a rate for is named with its days."""
    database, folder = built
    run = runs.begin(database, "test", "second", "fingerprint")
    assert not run.full_refresh
    late = [_deal("no-header", stage_name="Closed Won", amount=Decimal(50)), _deal("francs", currency_iso_code="CHF")]
    warehouse.land_rows(database, run, OBJECTS["Opportunity"], late, account=SALESFORCE)
    with pytest.raises(TransformFailed, match="exchange_rates_are_known") as stopped:
        warehouse.build(database, run, folder)
    assert "from_currency=CHF" in str(stopped.value)
    assert "to_currency=EUR" in str(stopped.value)
    assert "first_date=2026-01-05" in str(stopped.value)
    runs.fail(database, run, "no rate")

    run = runs.begin(database, "test", "third", "fingerprint")
    mended = [{**late[1], "currency_iso_code": "EUR", "system_modstamp": _at(2, 1)}]
    warehouse.land_rows(database, run, OBJECTS["Opportunity"], mended, account=SALESFORCE)
    francs = {"from_currency": "CHF", "to_currency": "EUR", "rate_type": "plan", "valid_from": date(2020, 1, 1)}
    warehouse.land_rows(database, run, templates.EXCHANGE_RATES, [{**francs, "rate": Decimal("1.05")}])
    warehouse.build(database, run, folder)
    waiting = warehouse.found(database, "select subject from staging.quarantine_rows")
    assert [r["subject"] for r in waiting] == ["order lines"]
    booked = warehouse.found(
        database,
        "select booking_source, net_amount from marts.bookings join marts.pipeline_deals using (opportunity_key) "
        "where opportunity_id = 'no-header' order by 2",
    )
    assert [tuple(r.values()) for r in booked] == [("opportunity_line", Decimal(5)), ("unallocated", Decimal(45))]
    assert [s["currency_code"] for s in _states(database, "francs")] == ["CHF", "EUR"]
