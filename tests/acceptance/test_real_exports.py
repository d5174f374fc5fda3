"""Exports that no one here wrote, the whole way, with nothing but what the docs say."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from attain import migrate, settings
from tests import companies, warehouse
from tests.databases import TestServer

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
MAPPINGS = Path(__file__).resolve().parents[1] / "data"
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not here"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module", autouse=True)
def _home(server: TestServer) -> Iterator[None]:
    with companies.at_home(server.home):
        yield


@pytest.fixture(scope="module")
def salesforce_export(server: TestServer) -> str:
    name = companies.of_files(server.home, "field_history", SHARED / "salesforce_field_history")
    companies.run(name, AS_OF)
    return name


@pytest.fixture(scope="module")
def bicycle_maker(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("adventureworks")
    for file in (SHARED / "adventureworks_2011").glob("*.csv"):
        shutil.copyfile(file, folder / file.name)
    shutil.copyfile(MAPPINGS / "adventureworks_mapping.yml", folder / "mapping.yml")
    name = companies.of_files(server.home, "adventureworks", folder)
    companies.run(name, datetime(2012, 1, 1, tzinfo=UTC))
    return name


@pytest.fixture(scope="module")
def three_exports(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One company fed by three folders: an export with campaigns, and the seeds of two dbt packages."""
    folders = {"workshop": SHARED / "salesforce_workshop"}
    for name in ("salesforce", "hubspot"):
        folder = tmp_path_factory.mktemp(name)
        for file in (SHARED / f"fivetran_{name}_seeds").glob("*.csv"):
            shutil.copyfile(file, folder / file.name)
        shutil.copyfile(MAPPINGS / f"fivetran_{name}_mapping.yml", folder / "mapping.yml")
        folders[f"{name}_seeds"] = folder
    name = companies.of_folders(server.home, "three", folders)
    companies.run(name, AS_OF)
    return name


def test_a_salesforce_export_needs_no_mapping(salesforce_export: str) -> None:
    """36 deals for 5,760,000; 12 won for 2,815,000; 8 lost for 830,000, two of them without an amount."""
    outcomes = companies.seen(
        salesforce_export,
        "select outcome, count(*) as deals, sum(amount) as amount, count(*) - count(amount) as unknown "
        "from pipeline_deals group by outcome",
    )
    by_outcome = {row["outcome"]: (row["deals"], row["amount"], row["unknown"]) for row in outcomes}
    assert by_outcome["won"] == (12, Decimal(2_815_000), 0)
    assert by_outcome["lost"] == (8, Decimal(830_000), 2)
    assert sum(row["deals"] for row in outcomes) == 36
    assert sum(row["amount"] for row in outcomes) == Decimal(5_760_000)


def test_its_win_rate_is_60_percent_by_count(salesforce_export: str) -> None:
    """won / (won + lost), over every deal that closed."""
    rate = companies.one(
        salesforce_export,
        "select sum(won_deals) / sum(won_deals + lost_deals) as rate from kpi_rep_period where period_type = 'year'",
    )
    assert rate["rate"] == Decimal("0.6")


def test_deals_that_close_before_they_were_created_are_kept_out_of_cycles(salesforce_export: str) -> None:
    """All twelve wins of this export do; none may give a negative cycle."""
    cycles = companies.one(
        salesforce_export,
        "select count(*) filter (where not is_cycle_valid) as out, count(*) filter (where cycle_days < 0 and is_cycle_valid) "
        "as wrong from pipeline_deals where is_won",
    )
    assert cycles == {"out": 12, "wrong": 0}


def test_its_movements_close(salesforce_export: str) -> None:
    """Opening and all movements give the closing, in every scope and basis, and what is open now is the last closing."""
    last = companies.one(
        salesforce_export,
        "select sum(closing_amount) as closing, sum(closing_deals) as deals from pipeline_movements "
        "where scope = 'open' and basis = 'gross' and period_type = 'year' and :day >= period_start and :day < period_end",
        day=AS_OF.date(),
    )
    still = companies.one(salesforce_export, "select sum(amount) as amount, count(*) as deals from pipeline_current")
    assert (last["closing"], last["deals"]) == (still["amount"], still["deals"])


def test_orders_without_header_wait_in_quarantine(bicycle_maker: str) -> None:
    """Gross 12,646,112.1607, of which 113,690.2202 in 41 orders have no header and are said so."""
    booked = companies.one(bicycle_maker, "select sum(list_amount) as gross, sum(net_amount) as net from bookings")
    assert booked["gross"] + Decimal("113690.2202") == Decimal("12646112.1607")
    waiting = companies.one(
        bicycle_maker,
        "select count(distinct value) as orders from quarantine where table_name like '%order_lines' and resolved_at is null",
    )
    assert waiting["orders"] == 41


def test_bookings_are_net_of_line_discounts(bicycle_maker: str) -> None:
    """list - discount = net on every line, and discounts are there."""
    lines = companies.one(
        bicycle_maker,
        "select count(*) filter (where list_amount - discount_amount <> net_amount) as wrong, sum(discount_amount) as given "
        "from bookings",
    )
    assert lines["wrong"] == 0
    assert lines["given"] > 0


def test_three_exports_in_one_company_lose_no_deal(three_exports: str) -> None:
    """50, 44 and 10 deals came, the 10 deleted at their source; 10 orders are deals of their own, without an amount.

    The 10 lines of these seeds are of deals that are not among them, and wait.
    """
    deals = companies.seen(
        three_exports,
        "select source_account, count(*) filter (where order_key is null) as deals, count(order_key) as orders, "
        "sum(amount) as amount from pipeline_deals group by source_account",
    )
    assert {row.pop("source_account"): row for row in deals} == {
        "workshop": {"deals": 50, "orders": 0, "amount": Decimal("43603545.98")},
        "hubspot": {"deals": 44, "orders": 0, "amount": None},
        "salesforce_seeds": {"deals": 0, "orders": 10, "amount": None},
    }
    waiting = companies.seen(
        three_exports,
        "select table_name, count(*) as lines from quarantine where resolved_at is null group by table_name",
    )
    assert [(row["table_name"].rpartition("__")[2], row["lines"]) for row in waiting] == [("opportunity_lines", 10)]
    gone = warehouse.found(
        migrate.connect(settings.load(three_exports)),
        "select count(*) as deals, sum(amount_local) as amount from core.opportunities "
        "where source_account = 'salesforce_seeds' and is_deleted",
    )
    assert gone == [{"deals": 10, "amount": Decimal(24_530_001)}]


def test_people_and_firms_of_three_exports_are_told_apart_by_their_source(three_exports: str) -> None:
    """Every record that came leads to someone who is there."""
    records = companies.seen(
        three_exports,
        "select entity, record_kind, identities.source_account, record_id, "
        "coalesce(accounts.account_key, people.person_key, reps.rep_key) as found from identities "
        "left join accounts on entity = 'account' and accounts.account_key = entity_key "
        "left join people on entity = 'person' and people.person_key = entity_key "
        "left join reps on entity = 'rep' and reps.rep_key = entity_key",
    )
    assert [row for row in records if row["found"] is None] == []
    assert {row["source_account"] for row in records} == {"workshop", "hubspot", "salesforce_seeds"}
    assert len(records) > 100
