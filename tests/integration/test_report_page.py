"""The report from published tables: its figures, its refusals, what it does with hostile and with missing data."""

# ruff: noqa: RUF001 (the signs that readers see are meant)

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from attain import ops, postgres
from attain.errors import PageRefused
from attain.settings import Database
from report import page, validation
from tests.databases import TestServer, clone, drop
from tests.integration import report_fixture as company
from tests.integration.report_fixture import RUN

HOSTILE = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'&"


@pytest.fixture(scope="module")
def whole_company(server: TestServer, template_database: Database) -> Iterator[Database]:
    """A company that brought everything, thirty runs old; tests only read it."""
    made = clone(server, template_database)
    company.publish(made, **company.marts())
    company.history(made)
    company.views(made)
    yield made
    drop(server, made)


@pytest.fixture
def published(server: TestServer, whole_company: Database) -> Iterator[Database]:
    """The same company, for a test of its own to change."""
    made = clone(server, whole_company)
    yield made
    drop(server, made)


def text(html: str) -> str:
    """What a reader sees, on one line."""
    body = re.sub(r"<style.*?</style>|<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class Elements(HTMLParser):
    """The tags of a page, and every address it names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action", "data")
        ]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_every_block_states_its_finding(whole_company: Database, tmp_path: Path) -> None:
    """The headings and key figures follow from the tables, to the digit."""
    html = page.write(whole_company, RUN, tmp_path / "report.html").read_text()
    seen = text(html)
    for expected in (
        "Q3 bookings are €3.40M: 81% of target with 79% of working days gone. The likely finish is €4.22M to €4.32M against €4.20M.",
        "Data to 10 Sep 2026: 52 of 66 working days, so pace is 78.8%. All money in euro.",
        "Likely finish €4.22–4.32M ▲ above the target €4.32M at this pace and €4.22M with open deals weighted",
        "The step that holds growth back is Interest to Decision , where 18.0% of people go on instead of the usual 23.6%.",
        "▲ €93k ahead of pace",
        "66 won of 184 closed; Q2 37.8%",
        "▼ 1.9 points below Q2",
        "64 days ▲ 3 days longer than Q2",
        "2.9× ▲ above the 2.8× needed",
        "Pipeline fell to €2.31M: €5.45M was added, €9.38M was lost, won, pushed out or cut",
        "It closes. 6,240 + 5,450 − 9,376 = 2,314, in money and in deals (150 + 123 − 213 = 60).",
        "Won, 3,402, is the bookings figure above. Open on 10 Sep, 2,314, is the sum of the stages below.",
        "€968k of €2.31M (42%) sits in stages that need more than the 20 days left",
        "Bookings 3,402 + weighted 815 = 4,217",
        "Interest to Decision is the bottleneck: it cost about 23 wins",
        "Four of eight reps are ahead of pace; Tom Becker and Sofia Marino are more than 25 points behind",
        "€229k earned so far in Q3, 6.7% of bookings",
        "Published 10 Sep 2026, 06:13 UTC: 86 of 92 checks passed, 61 rows were set aside",
    ):
        assert expected in seen, seen[:600]


def test_it_asks_for_nothing_and_is_small(whole_company: Database, tmp_path: Path) -> None:
    """No script, no request, under 300 KB; its links stay among its own pages."""
    out = page.write(whole_company, RUN, tmp_path / "report.html")
    html = out.read_text()
    assert out.stat().st_size < 300_000
    elements = Elements(html)
    assert not elements.tags & {"script", "img", "iframe", "object", "embed", "video", "audio", "base", "form"}
    assert set(elements.addresses) <= {"report.html", "validation.html", "data:,"}
    assert "@import" not in html
    assert {url[:5] for url in re.findall(r"url\(\s*['\"]?([^)'\"]+)", html)} == {"data:"}


def test_pictures_follow_the_theme_and_exist_for_each_width(whole_company: Database, tmp_path: Path) -> None:
    """Colours in pictures are variables, so dark needs no second picture; each labelled chart has three widths."""
    html = page.write(whole_company, RUN, tmp_path / "report.html").read_text()
    pictures = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert not [p for p in pictures if re.search(r'(fill|stroke)="#', p)]
    assert re.findall(r'<div class="(wide|middle|phone)"><svg width="(\d+)"', html) == [
        ("wide", "1120"), ("middle", "700"), ("phone", "350"), ("wide", "540"), ("middle", "700"), ("phone", "350"),
    ]  # fmt: skip
    assert all('role="img" aria-label="' in p or 'aria-hidden="true"' in p for p in pictures)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"pipeline_movements": company.movements(closing=(2315, 60))}, "pipeline movements, amounts"),
        ({"pipeline_movements": company.movements(lost=(-4070, 117))}, "pipeline movements, deals"),
        ({"pipeline_movements": company.movements(transferred_in=(121, 4))}, "transferred between owners"),
        ({"pipeline_current": company.current()[1:]}, "open pipeline by movements and by deal"),
        ({"funnel_conversion": company.funnel(decision=1191)}, "funnel of Q1 2026"),
    ],
)
def test_a_table_that_does_not_add_up_is_refused(
    published: Database, tmp_path: Path, changed: dict[str, company.Rows], complaint: str
) -> None:
    """The page is not written, the last good one stays, and the message names the table."""
    out = tmp_path / "report.html"
    out.write_text("the last good page")
    company.publish(published, **changed)
    with pytest.raises(PageRefused, match=complaint):
        page.write(published, RUN, out)
    assert out.read_text() == "the last good page"
    assert [f.name for f in tmp_path.iterdir()] == ["report.html"]


def test_hostile_names_stay_text(published: Database, tmp_path: Path) -> None:
    """Markup in names of companies, reps and stages is shown as text and never becomes an element."""
    reps = ((HOSTILE, 702, 600), *company.REPS[1:])
    stages = [{**row, "stage": HOSTILE if row["stage"] == "closing" else row["stage"]} for row in company.current()]
    company.publish(
        published,
        company_settings=company.settings(name=HOSTILE, sample=HOSTILE),
        goal_attainment=company.goals(reps),
        commission_statements=company.commission(reps),
        pipeline_current=stages,
    )
    html = page.write(published, RUN, tmp_path / "report.html").read_text()
    elements = Elements(html)
    assert not elements.tags & {"script", "img"}
    assert not elements.handlers
    assert html.count("&lt;script&gt;alert(2)") >= 5


def test_a_company_with_opportunities_only(database: Database, tmp_path: Path) -> None:
    """No goals, funnel, history or commission: the blocks are absent or say which file fills them."""
    everything = company.marts()
    some = {name: everything[name] for name in ("bookings", "pipeline_deals", "pipeline_current")}
    company.publish(database, **some)
    company.history(database)
    company.views(database)
    seen = text(page.write(database, RUN, tmp_path / "report.html").read_text())
    assert "Q3 bookings are $3.40M with 79% of working days gone: 9% above Q2 at this point." in seen
    assert "Attainment not recorded A company target in quotas.csv fills this." in seen
    assert "$2.31M is open for Q3, $815k of it weighted" in seen
    for absent in ("Why did the pipeline change?", "Where do we lose people", "Who is on pace?", "commission?"):
        assert absent not in seen


def test_old_exports_show_their_last_quarter(published: Database, tmp_path: Path) -> None:
    """Data that ends years ago is shown by its last quarter, and what is missing names the file that fills it."""
    before = date(2020, 1, 1)
    company.publish(
        published,
        goal_attainment=[{**row, "period_start": date(2019, 1, 1)} for row in company.goals()],
        funnel_conversion=[{**row, "cohort_start": before} for row in company.funnel()],
        commission_statements=[{**row, "period_start": date(2019, 1, 1)} for row in company.commission()],
        pipeline_movements=[{**row, "period_start": date(2030, 1, 1)} for row in company.movements()],
        pipeline_current=[{**row, "close_date": before} for row in company.current()],
        bookings=[{**row, "booking_date": before} for row in company.bookings()],
        pipeline_deals=[{**row, "close_date": before} for row in company.deals()],
    )
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    for expected in (
        "Q1 2020 bookings were €6.53M. In all 1,592 deals for €63.78M: 578 won for",
        "Q1 2020, 1 Jan to 31 Mar: the last quarter with bookings or closed deals.",
        "No quota is recorded for Q1 2020 quotas.csv fills this",
        "No commission was earned in Q1 2020",
        "No change of the pipeline is recorded",
        "61 deals are open for €2.41M, all of them past their close date",
        "Q1 is over: nothing is left to cover",
    ):
        assert expected in seen, seen[:600]


def test_few_cases_are_counted_and_not_ranked(published: Database, tmp_path: Path) -> None:
    """Under 30 cases there is no verdict on win rate, cycle or funnel step."""
    few = [
        d
        for d in company.deals()
        if not (d["is_won"] or d["is_lost"]) or int(d["opportunity_key"].split("-")[-1]) % 9 == 0
    ]
    company.publish(
        published,
        pipeline_deals=few,
        funnel_conversion=[{**row, "people_entered": row["people_entered"] // 200} for row in company.funnel()],
    )
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    assert "21 cases, too few to compare" in seen
    assert "8 cases, too few to compare" in seen
    assert "19 people first reached in Q1 2026: too few to say where Needs 30 people in one quarter, has 19." in seen
    assert "bottleneck" not in seen


def test_a_large_team_is_folded_and_still_adds_up(published: Database, tmp_path: Path) -> None:
    """Forty reps make 15 rows: both ends, and the middle in one; commission follows the same rows."""
    reps = tuple((f"Rep {n:02}", 40 + n * 2, 100) for n in range(40))
    company.publish(
        published,
        goal_attainment=company.goals(reps),
        commission_statements=company.commission(reps),
        bookings=company.bookings(reps),
    )
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    assert seen.count("26 more, 54% to 104%") == 2
    assert "Team 3,160 4,000 79%" in seen


def test_commission_in_two_currencies_is_not_added(published: Database, tmp_path: Path) -> None:
    """Euro and dollars stand side by side, in no common total."""
    lines = [
        {**row, "currency_code": "USD" if row["rep_key"] == "tom-becker" else "EUR"} for row in company.commission()
    ]
    company.publish(published, commission_statements=lines)
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    assert "€223k and $5.9k earned so far in Q3" in seen
    assert "Paid in other currencies, not in this table: $5,891.66 by 1 payee." in seen


def test_bookings_by_close_date_beside_wins_by_record(published: Database, tmp_path: Path) -> None:
    """Where a win was recorded on another day than its close date, both numbers stand."""
    company.publish(published, bookings=[*company.bookings(), {**company.bookings()[0], "net_amount": Decimal(48_000)}])
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    assert "Won, 3,402, counts wins by the day they were recorded; bookings, 3,450, by close date." in seen


def test_an_unknown_run_is_refused(whole_company: Database, tmp_path: Path) -> None:
    """A run that does not exist has no page."""
    with pytest.raises(PageRefused, match="no run 999"):
        page.write(whole_company, 999, tmp_path / "report.html")


def test_changes_recorded_in_another_quarter_are_shown(published: Database, tmp_path: Path) -> None:
    """Where no deal is due, the bridge spans all open deals over the last quarter in which something changed."""
    moved = {
        **company.movements()[0],
        "scope": "open",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 4, 1),
    }
    idle = {
        name: Decimal(0) if name.endswith("_amount") else 0 if name.endswith("_deals") else value
        for name, value in moved.items()
    }
    later = {**idle, "period_start": date(2026, 7, 1), "period_end": date(2026, 10, 1)}
    company.publish(published, pipeline_movements=[moved, later])
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    assert "all open deals whenever due, by the day a change was recorded, 1 Jan to 31 Mar 2026" in seen
    assert "It closes. 6,240 + 5,450 − 9,376 = 2,314" in seen


def test_a_later_run_that_stopped_is_named_on_the_last_good_page(published: Database, tmp_path: Path) -> None:
    """The page of a publication says which run after it stopped, and where."""
    stopped = RUN - 8
    with postgres.transaction(postgres.engine(published, "owner")) as connection:
        steps = ops.run_steps
        connection.execute(
            steps.update().where(steps.c.run_id == stopped, steps.c.step == "validate staging").values(state="failed")
        )
    seen = text(page.write(published, stopped - 1, tmp_path / "report.html").read_text())
    assert (
        "Run 2026-09-02-0600 stopped at validate staging; this page stays that of the publication of 1 Sep 2026" in seen
    )
    assert "this page stays" not in text(page.write(published, RUN, tmp_path / "report.html").read_text())


def test_a_run_that_stopped_before_its_clock_was_known_has_a_page(published: Database, tmp_path: Path) -> None:
    """Without as_of, the run's start stands in for it."""
    with postgres.transaction(postgres.engine(published, "owner")) as connection:
        connection.execute(ops.runs.update().where(ops.runs.c.run_id == RUN - 8).values(as_of=None))
    html = validation.write(published, RUN - 8, tmp_path / "validation.html").read_text()
    assert "nothing was published" in text(html)


def test_orders_alone_make_no_win_rate_and_no_cycle(published: Database, tmp_path: Path) -> None:
    """Where nothing was ever lost and all was won on the day it was made, both figures are not recorded."""
    won = [{**deal, "cycle_days": 0} for deal in company.deals() if deal["is_won"]]
    company.publish(published, pipeline_deals=won)
    seen = text(page.write(published, RUN, tmp_path / "report.html").read_text())
    assert "Win rate not recorded No lost deal is recorded" in seen
    assert "Sales cycle not recorded All deals were won on the day they were created." in seen
