"""The validation page: counts that add up, never a value, and a page also for a run that stopped."""

# ruff: noqa: RUF001 (the signs that readers see are meant)

from collections.abc import Iterator
from pathlib import Path

import pytest

from attain import ops, postgres
from attain.settings import Database
from report import validation
from tests.databases import TestServer, clone, drop
from tests.integration import report_fixture as company
from tests.integration.report_fixture import RUN
from tests.integration.test_report_page import HOSTILE, Elements, text


@pytest.fixture(scope="module")
def all_runs(server: TestServer, template_database: Database) -> Iterator[Database]:
    """Thirty runs, with nothing published but the operations views; tests only read it."""
    made = clone(server, template_database)
    company.history(made)
    company.views(made)
    yield made
    drop(server, made)


@pytest.fixture
def recorded(server: TestServer, all_runs: Database) -> Iterator[Database]:
    """The same, for a test of its own to change."""
    made = clone(server, all_runs)
    yield made
    drop(server, made)


def test_outcomes_findings_and_balance(all_runs: Database, tmp_path: Path) -> None:
    """The strip, the findings with since when, and sums that close."""
    seen = text(validation.write(all_runs, RUN, tmp_path / "validation.html").read_text())
    for expected in (
        "Published on 10 Sep 2026 at 06:13 UTC. Nothing stopped the run. 61 rows were set aside and four checks warned.",
        "Passed 86 of 92 checks, 93.5% 7 of 12 tables have no finding",
        "Time taken 13 min 48 s usual 13 min 18 s",
        "Two checks set 61 rows aside; four warned",
        "38 of 12,480 rows break: account exists. staging.stg_salesforce__opportunities",
        "Checks: 30 + 21 + 41 = 92.",
        "Open before this run 61 − returned 0 + new 61 = open now 122, 0.23% of rows held.",
        "It closes. 52,989 rows in = 52,831 published + 122 set aside + 36 deleted at the source.",
        "This run: 301 rows read = 161 new + 79 changed + 61 set aside; 12 rows were deleted at the source.",
        "29 of 30 runs published; 61 rows set aside, the most so far",
        "Loading raw takes longest, 4 min 08 s; checks take 8%",
    ):
        assert expected in seen
    assert "5 runs" in seen
    assert "7 of 12 tables are clean; two checks set rows aside on staging.stg_salesforce__opportunities" in seen


def test_counts_never_values(all_runs: Database, tmp_path: Path) -> None:
    """Neither quarantined values nor observed ones nor keys of rows reach the page."""
    html = validation.write(all_runs, RUN, tmp_path / "validation.html").read_text()
    assert "secret value" not in html
    assert "30-17" not in html


def test_a_stopped_run_says_what_stays_up(recorded: Database, tmp_path: Path) -> None:
    """A run that did not publish still has its page, which names the step and not the error's text."""
    stopped = RUN - 8
    with postgres.transaction(postgres.engine(recorded, "owner")) as connection:
        connection.execute(ops.runs.update().where(ops.runs.c.run_id == stopped).values(error="row 17: secret value"))
        connection.execute(
            ops.run_steps.update()
            .where(ops.run_steps.c.run_id == stopped, ops.run_steps.c.step == "validate staging")
            .values(state="failed")
        )
    html = validation.write(recorded, stopped, tmp_path / "validation.html").read_text()
    seen = text(html)
    assert "The run stopped at validate staging; nothing was published. The pages of 1 Sep 2026 stay up." in seen
    assert "secret value" not in html


def test_first_run_without_checks(all_runs: Database, tmp_path: Path) -> None:
    """Nothing to compare with and nothing checked is said in words."""
    seen = text(validation.write(all_runs, 1, tmp_path / "validation.html").read_text())
    for expected in (
        "This is the first run; from the second on, runs are compared here",
        "No check is recorded for this run",
        "the usual time needs 5 runs, has 0",
        "A check that fails stands here, with what to do and who does it.",
    ):
        assert expected in seen


def test_hostile_messages_stay_text(recorded: Database, tmp_path: Path) -> None:
    """Markup in rules, tables and messages never becomes an element; the page asks for nothing."""
    with postgres.transaction(postgres.engine(recorded, "owner")) as connection:
        connection.execute(ops.validation_results.update().values(message=HOSTILE, owner=HOSTILE, check_name=HOSTILE))
        connection.execute(
            ops.quarantine.update().values(
                rule=HOSTILE, stage="raw", row_key=ops.quarantine.c.quarantine_id.cast(ops.quarantine.c.row_key.type)
            )
        )
    out = validation.write(recorded, RUN, tmp_path / "validation.html")
    elements = Elements(out.read_text())
    assert not elements.tags & {"script", "img"}
    assert not elements.handlers
    assert set(elements.addresses) <= {"report.html", "validation.html", "data:,"}
    assert out.stat().st_size < 300_000
