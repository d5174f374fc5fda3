"""A retailer's calendar of weeks from company.yml to the marts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from attain.settings import Database
from extract import templates
from tests import warehouse
from tests.databases import TestServer

AS_OF = datetime(2019, 1, 10, tzinfo=UTC)
RETAIL = {
    "fiscal_year_start_month": 2, "fiscal_calendar": "4-5-4", "week_start": "sunday", "fiscal_year_named_after": "start",
}  # fmt: skip
ORDERS = [
    {"order_id": "before", "order_date": date(2018, 2, 3), "owner_id": "r1"},
    {"order_id": "first", "order_date": date(2018, 2, 4), "owner_id": "r1"},
    {"order_id": "last", "order_date": date(2019, 1, 5), "owner_id": "r1"},
    {"order_id": "current", "order_date": date(2019, 1, 6), "owner_id": "r1"},
]
LINES = [
    {"order_line_id": f"{order['order_id']}-1", "order_id": order["order_id"], "quantity": Decimal(1),
     "unit_list_price": Decimal(amount)}
    for order, amount in zip(ORDERS, (1, 10, 100, 1000), strict=True)
]  # fmt: skip
QUOTAS = [
    {"rep_id": "r1", "measure": "bookings", "period_type": "month", "period_start": date(2019, 1, 1),
     "quota_amount": Decimal(350)},
]  # fmt: skip


@pytest.fixture(scope="module")
def built(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("calendar")
    with warehouse.opened(server, template_database) as (database, run):
        warehouse.land_company(database, run, folder / "company", name="Retail", **RETAIL)
        roster = [{"rep_id": "r1", "rep_name": "Ann", "team": "North", "valid_from": date(1900, 1, 1)}]
        for table, rows in (
            (templates.REPS, roster), (templates.ORDERS, ORDERS), (templates.ORDER_LINES, LINES),
            (templates.QUOTAS, QUOTAS),
        ):  # fmt: skip
            warehouse.land_rows(database, run, table, rows)
        warehouse.build(database, run, folder, AS_OF)
        yield database


def _rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in warehouse.found(database, query)]


def test_months_of_2018_begin_as_the_nrf_has_them(built: Database) -> None:
    """The published calendar, weeks from Sunday, the year named after its start."""
    found = _rows(
        built, "select distinct month_start from marts.calendar_dates where fiscal_year = 2018 order by month_start"
    )
    days = ["02-04", "03-04", "04-08", "05-06", "06-03", "07-08", "08-05", "09-02", "10-07", "11-04", "12-02"]
    assert [day for (day,) in found] == [*(date.fromisoformat(f"2018-{day}") for day in days), date(2019, 1, 6)]


def test_bookings_and_quotas_fall_into_fiscal_months(built: Database) -> None:
    """1 January 2019 lies in the month of 2 December: its five weeks carry the quota, a calendar month the days it holds."""
    found = _rows(
        built,
        "select period_type, period_name, bookings_amount, quota_amount from marts.kpi_rep_period where rep_key in "
        "(select rep_key from core.reps where rep_name = 'Ann') and period_type in ('month', 'calendar_month', 'year') "
        "order by period_type, period_start",
    )
    assert found == [
        ("calendar_month", "2018-02", 11, None),
        ("calendar_month", "2018-12", 0, 300),
        ("calendar_month", "2019-01", 1100, 50),
        ("month", "2017-P12", 1, None),
        ("month", "2018-P01", 10, None),
        ("month", "2018-P11", 100, 350),
        ("month", "2018-P12", 1000, None),
        ("year", "FY2017", 1, None),
        ("year", "FY2018", 1110, 350),
    ]


def test_goals_go_by_fiscal_months(built: Database) -> None:
    """The target meets the bookings of its month; the current month is the one that holds as_of."""
    found = _rows(
        built,
        "select period_name, target_amount, actual_amount, is_current from marts.goal_attainment "
        "where level = 'company' and period_type = 'month' and period_start >= date '2018-12-02' order by period_start",
    )
    assert found == [("2018-P11", 350, 100, False), ("2018-P12", None, 1000, True)]
