"""A company whose files know people, accounts and products by name only, the whole way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests import companies
from tests.databases import TestServer
from tests.files import put

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", autouse=True)
def _home(server: TestServer) -> Iterator[None]:
    with companies.at_home(server.home):
        yield


@pytest.fixture(scope="module")
def company(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("names")
    put(
        folder,
        sales_pipeline__csv="opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "1,Moses Frase,GTX,Cancity,Won,2016-10-20,2017-03-01,1054.0\n2,moses frase,MG,CANCITY ,Lost,2016-10-25,2017-03-07,0.0\n"
        "3,James Ascencio,MG,,Engaging,2016-11-03,,\n4,Anna Snelling,MG,Bioholding,Prospecting,,,\n",
        accounts__csv="account,sector,subsidiary_of\nCancity,retail,Isdom\n",
        products__csv="product,series,sales_price\nGTX,GTX Series,1096\n",
        sales_teams__csv="sales_agent,manager,regional_office\nMoses Frase,Dustin Brinkmann,Central\n",
        quotas__csv="Rep,Month,Quota\nMoses Frase,2017-03,1000\nNobody Else,2017-03,500\n",
        mapping__yml="""
files:
  - file: sales_pipeline.csv
    template: opportunities
    columns: {created_at: engage_date, close_date: {first_of: [close_date, engage_date, 2017-12-31]}}
  - file: sales_pipeline.csv
    template: opportunity_lines
    where: {deal_stage: Won}
    columns: {amount: close_value}
  - {file: sales_teams.csv, template: reps, columns: {region: regional_office}}
""",
    )  # fmt: skip
    name = companies.of_files(server.home, "names", folder)
    companies.run(name, datetime(2017, 4, 1, tzinfo=UTC))
    return name


def test_deals_have_their_people_and_accounts(company: str) -> None:
    """One account and one rep per name, however it is spelt; none is the unknown member."""
    deals = companies.seen(
        company, "select opportunity_id, rep_name, account_name, outcome from pipeline_deals order by 1"
    )
    assert [tuple(deal.values()) for deal in deals] == [
        ("1", "Moses Frase", "Cancity", "won"),
        ("2", "Moses Frase", "Cancity", "lost"),
        ("3", "James Ascencio", "Unknown", "open"),
        ("4", "Anna Snelling", "Bioholding", "open"),
    ]


def test_each_name_is_one_member(company: str) -> None:
    """Those that a list, a deal, a quota or a manager's column names."""
    reps = companies.seen(company, "select rep_name, region from reps where rep_id <> 'unknown' order by 1")
    assert [tuple(rep.values()) for rep in reps] == [
        ("Anna Snelling", None), ("Dustin Brinkmann", None), ("James Ascencio", None), ("Moses Frase", "Central"), ("Nobody Else", None),
    ]  # fmt: skip
    accounts = companies.seen(company, "select account_name from accounts where account_id <> 'unknown' order by 1")
    assert [account["account_name"] for account in accounts] == ["Bioholding", "Cancity", "Isdom"]


def test_bookings_and_attainment_meet_by_name(company: str) -> None:
    """The product's family, the rep's quota."""
    booked = companies.one(company, "select product_family, sum(net_amount) as amount from bookings group by 1")
    assert booked == {"product_family": "GTX Series", "amount": Decimal(1054)}
    march = companies.one(
        company,
        "select quota_amount, quota_attainment from kpi_rep_period "
        "where rep_name = 'Moses Frase' and period_type = 'month' and period_start = date '2017-03-01'",
    )
    assert (march["quota_amount"], march["quota_attainment"]) == (Decimal(1000), Decimal("1.054"))
