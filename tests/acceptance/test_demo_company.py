"""The demo company the whole way: what stands in the marts is what the company knows of itself, also after time passed
and after runs that were killed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from attain import demo_company, migrate, postgres, secrets, settings
from demo import state as states
from demo import truth
from demo.truth import MOVEMENTS, Truth
from demo.truth_response import Responses
from demo.truth_revenue import REVENUE
from tests import companies, duckdb_build, kills
from tests.databases import TestServer
from tests.killed import disturb
from tests.killed.ground import Ground
from tests.killed.moments import Moment

pytestmark = pytest.mark.timeout(1200)

SCALE = "500"
UNDISTURBED, KILLED = "demo", "killed"
SOURCE = "extract salesforce"


@dataclass
class World:
    """The demo company's source, the moments it was read at, and two companies fed by it: one of them is killed."""

    chosen: settings.Settings
    seen: list[int] = field(default_factory=list)

    def truth(self) -> Truth:
        return truth.at(states.open_state(self.chosen.home / "demo"), self.seen)

    def run(self) -> None:
        """One undisturbed run, and the moment it looked at."""
        companies.run(UNDISTURBED)
        self.seen.append(states.open_state(self.chosen.home / "demo").clock)


@pytest.fixture(scope="module")
def world(server: TestServer) -> Iterator[World]:
    with companies.at_home(server.home):
        chosen = settings.load(UNDISTURBED)
        demo_company.build(chosen, SCALE, 42)
        demo_company.start(chosen)
        try:
            yield World(chosen)
        finally:
            demo_company.stop(chosen)


@pytest.fixture(scope="module")
def first(world: World) -> World:
    """After the first run."""
    world.run()
    return world


@pytest.fixture(scope="module")
def killed(first: World) -> str:
    """The company that shares the source, killed through its own first run."""
    world = first
    own = world.chosen.home / "companies" / KILLED
    own.mkdir(parents=True, exist_ok=True)
    files = {"path": str(world.chosen.home / "demo" / "files"), "account": "files"}
    (own / "sources.yml").write_text(
        yaml.safe_dump({"sources": {"salesforce": {"account": "salesforce"}, "files": files}})
    )
    demo_folder = world.chosen.company_folder
    for name in ("company.yml", "mappings"):
        (own / name).symlink_to((demo_folder / name).resolve())
    connections = secrets.secret(world.chosen.home, f"{UNDISTURBED}.connections")
    secrets.keep(world.chosen.home, f"{KILLED}.connections", connections)
    kills.run_through(KILLED, kills.FIRST_RUN)
    return KILLED


@pytest.fixture(scope="module")
def ground(first: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Nine days on: an undisturbed incremental run, and the warehouse as it was before each of its steps."""
    made = Ground(first.chosen, tmp_path_factory.mktemp("scratch"))
    demo_company.advance(first.chosen, "9d")
    made.run_undisturbed()
    first.seen.append(states.open_state(first.chosen.home / "demo").clock)
    try:
        yield made
    finally:
        made.rest()


@pytest.fixture(scope="module")
def later(first: World, ground: Ground) -> World:
    """After that run."""
    return first


def hold(told: Truth) -> None:
    """Every figure of the truth stands in what analysts read."""
    deals = companies.seen(
        UNDISTURBED,
        "select outcome, count(*) as n, coalesce(sum(amount), 0) as amount from pipeline_deals group by outcome",
    )
    assert {row["outcome"]: (row["n"], row["amount"]) for row in deals} == told.deals
    assert _bookings() == {key: amount for key, amount in told.bookings.items() if amount}
    assert _commission() == {key: amount for key, amount in told.commission.items() if amount}
    assert _movements() == _with_anything(told.movements)
    assert _revenue() == {month: balance for month, balance in told.revenue.items() if any(balance.values())}
    assert _traffic() == told.traffic
    assert _costs() == told.costs
    assert _responses() == told.responses


def _bookings() -> dict[tuple[str, date], Decimal]:
    rows = companies.seen(
        UNDISTURBED,
        "select coalesce(reps.employee_number, '') as owner, fiscal_quarter_start as quarter, sum(net_amount) as amount "
        "from bookings left join reps using (rep_key) join calendar_dates on calendar_date = booking_date "
        "group by 1, 2 having sum(net_amount) <> 0",
    )
    return {(row["owner"], row["quarter"]): row["amount"] for row in rows}


def _commission() -> dict[tuple[str, date], Decimal]:
    rows = companies.seen(
        UNDISTURBED,
        "select coalesce(reps.employee_number, '') as owner, period_start as month, sum(earning_amount) as amount "
        "from commission_statements left join reps using (rep_key) group by 1, 2 having sum(earning_amount) <> 0",
    )
    return {(row["owner"], row["month"]): row["amount"] for row in rows}


def _movements() -> dict[tuple[str, date], dict[str, Decimal]]:
    columns = ("opening", *MOVEMENTS, "closing")
    sums = ", ".join(f"sum({name}_amount) as {name}" for name in columns)
    rows = companies.seen(
        UNDISTURBED,
        f"select coalesce(reps.employee_number, '') as owner, period_start as quarter, {sums} from pipeline_movements "
        "left join reps using (rep_key) where scope = 'open' and basis = 'gross' and period_type = 'quarter' group by 1, 2",
    )
    return _with_anything({(row["owner"], row["quarter"]): {name: row[name] for name in columns} for row in rows})


def _revenue() -> dict[date, dict[str, Decimal]]:
    """Movements of recurring revenue by month, over all customers."""
    sums = ", ".join(f"sum({name}_mrr) as {name}" for name in REVENUE)
    rows = companies.seen(UNDISTURBED, f"select month_start, {sums} from revenue_movements group by month_start")
    return {row["month_start"]: {name: row[name] for name in REVENUE} for row in rows}


def _traffic() -> dict[tuple[date, str], dict[str, Decimal | None]]:
    names = ("impressions", "clicks", "cost", "sessions", "page_views")
    rows = companies.seen(UNDISTURBED, f"select traffic_date, channel, {', '.join(names)} from funnel_traffic")
    return {(row["traffic_date"], row["channel"]): {name: row[name] for name in names} for row in rows}


def _responses() -> Responses:
    rows = companies.seen(
        UNDISTURBED,
        "select lead_id, extract(epoch from first_response_at) as moment, response_seconds from lead_response_times",
    )
    return {row["lead_id"]: (int(row["moment"]), row["response_seconds"]) if row["moment"] else None for row in rows}


def _costs() -> dict[tuple[date, str], Decimal]:
    """What marts of cost are made of; it is not published itself."""
    database = migrate.connect(settings.load(UNDISTURBED))
    with postgres.transaction(postgres.engine(database, "validator")) as connection:
        query = "select cost_date, cost_type, sum(amount) as amount from core.costs group by cost_date, cost_type"
        return {(row.cost_date, row.cost_type): row.amount for row in connection.execute(sa.text(query))}


def _with_anything(movements: dict[tuple[str, date], dict[str, Decimal]]) -> dict[tuple[str, date], dict[str, Decimal]]:
    return {key: amounts for key, amounts in movements.items() if any(amounts.values())}


def test_the_marts_equal_what_the_company_knows(first: World) -> None:
    """Counts, sums, movements, bookings and commission to the cent, after the first run."""
    hold(first.truth())


def test_duckdb_makes_the_same_tables_of_the_same_raw_rows(first: World, tmp_path: Path) -> None:
    """Staging, core and marts, row by row: amounts exactly, ratios within 1e-9."""
    database = migrate.connect(first.chosen)
    twin = duckdb_build.build(database, duckdb_build.last_run(database), tmp_path)
    with twin.opened() as duck:
        told = twin.differences(duck)
    assert told == [], "\n".join(told)


def test_a_first_run_killed_at_each_stage_ends_in_the_same_marts(killed: str) -> None:
    """Killed while extracting, in staging and in core: every published row is that of an undisturbed run."""
    assert companies.published(killed) == companies.published(UNDISTURBED)


def test_after_time_passed_the_marts_still_equal_it(later: World) -> None:
    """The incremental run carries over what changed, and nothing else is lost."""
    hold(later.truth())


def test_what_the_page_says_adds_up(later: World) -> None:
    """Rows in raw = rows that staging lets through + rows set aside + rows deleted at the source, by the checks' own words."""
    failed = companies.seen(
        UNDISTURBED,
        "select table_name, check_name, observed from validation_results where stage = 'staging' and not success "
        "and severity = 'critical'",
    )
    assert failed == []


CHAINS = (
    (Moment(1, "kill run", "publish", 0.5, "reporting.pipeline_deals"), Moment(2, "source cuts a page", SOURCE, 0.4)),
    (Moment(3, "kill session", "transform marts", 0.6), Moment(4, "kill database", "begin", 0.5, "ops.lease")),
)


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: " then ".join(f"{m.kind} in {m.step}" for m in chain))
def test_disturbed_anywhere_the_next_run_publishes_what_an_undisturbed_one_does(
    ground: Ground, chain: tuple[Moment, ...]
) -> None:
    """Nothing lost, doubled, half published or left behind; `make killed` does fifty of these."""
    outcomes = disturb.perform(ground, chain)
    assert [outcome.problems for outcome in outcomes] == [[] for _ in chain]
    assert outcomes[0].polls > 0
