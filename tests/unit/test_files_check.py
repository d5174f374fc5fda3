"""`attain check`: what it finds, how it shows it, that it gives no personal value away."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from extract.files.check.folder import check, render
from tests.files import DEALS, put


def shown(folder: Path) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(render(check(folder)))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_unmapped_stages_are_named_with_their_rows(tmp_path: Path) -> None:
    """Until `stages:` or the company's mappings make them canonical."""
    put(tmp_path, deals__csv=DEALS.replace("Prospecting", "Kick-off"))
    assert check(tmp_path).unmapped_stages == (("Kick-off", 1),)
    put(tmp_path, mapping__yml="stages: {kick-off: qualification}\n")
    assert check(tmp_path).unmapped_stages == ()


def test_problems_are_shown_without_personal_values(tmp_path: Path) -> None:
    """Row, column, rule and value; not the value of a column that holds personal data."""
    put(tmp_path, deals__csv=DEALS + "D3,Won,soon,1\n", reps__csv="rep_id,rep_name,hire_date\nU1,Secret Name,never\n")
    text = shown(tmp_path)
    assert "row 4 would be set aside: not so that close_date is a date ('soon')" in text
    assert "Secret Name" not in text
    assert "a run would stop here" in text
    assert not check(tmp_path).ok


def test_unreadable_and_skipped_files_are_said(tmp_path: Path) -> None:
    """With what to do; a file whose columns fit a template says which."""
    put(tmp_path, orders__csv="x\n1\n", export__csv=DEALS, other__csv="a,b\n1,2\n")
    report = check(tmp_path)
    assert [file for file, _ in report.unreadable] == ["orders.csv"]
    assert {s.file: s.why for s in report.skipped} == {
        "export.csv": "not a template's name, but 4 of its columns are of opportunities: name the file opportunities, or map it",
        "other.csv": "not a template's name",
    }
    assert "Not ready" in shown(tmp_path)


@pytest.mark.parametrize(
    ("files", "mart", "state", "unlock"),
    [
        ({"deals.csv": DEALS}, "pipeline_current", "partly", "owner_id or owner_name in opportunities.csv"),
        ({"deals.csv": DEALS}, "commission_statements", "no", "plans.csv (one row per tier)"),
        ({"deals.csv": DEALS}, "funnel_conversion", "no", "leads.csv, contacts.csv"),
        ({"orders.csv": "order_id,order_date\n1,2026-01-01\n"}, "bookings", "no", "opportunities.csv, or orders.csv with order_lines.csv"),
        ({"deals.csv": DEALS, "quotas.csv": "rep_name,period_start,quota_amount\nAnn,2026-01,5\n"}, "goal_attainment", "partly", "owner_id or owner_name in opportunities.csv"),
        ({"deals.csv": DEALS, "goals.csv": "goal_id,subject_level\n1,company\n"}, "goal_reviews", "partly", "goal_checkins.csv (goal, day planned, day held)"),
        ({"deals.csv": DEALS, "goals.csv": "goal_id,subject_level\n1,company\n"}, "goal_alignment", "yes", ""),
        ({"deals.csv": DEALS}, "goal_quality", "no", "quotas.csv (rep, month or quarter, amount)"),
        ({"deals.csv": DEALS, "costs.csv": "cost_date,cost_type,amount\n2026-01-01,sales,5\n"}, "customer_economics", "partly", "subscriptions.csv (customer, amount, billing period, start, end)"),
        ({"deals.csv": DEALS}, "customer_economics", "no", "costs.csv (day, type, amount)"),
        ({"deals.csv": DEALS.replace("amount", "owner_name"), "opportunity_history.csv": "opportunity_id,changed_at,stage\nD1,2026-01-01,New\n"}, "pipeline_movements", "yes", ""),
    ],
)  # fmt: skip
def test_what_would_unlock_a_mart(tmp_path: Path, files: dict[str, str], mart: str, state: str, unlock: str) -> None:
    """Which tables the folder can carry, which not, and what file would bring them."""
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    found = next(m for m in check(tmp_path).marts if m.mart == mart)
    assert (found.state, found.unlock) == (state, unlock)


def test_repeated_ids_are_counted(tmp_path: Path) -> None:
    """The newest counts, else the last; the check says how many there are."""
    put(tmp_path, deals__csv=DEALS + "D1,Closed Lost,2026-03-04,5\n")
    assert check(tmp_path).files[0].notes == (
        "1 rows repeat the opportunity_id of another; the newest counts, else the last",
    )


def test_an_empty_folder_is_told_what_to_do(tmp_path: Path) -> None:
    """No crash, no marts, where to read."""
    assert "no file is a template" in shown(tmp_path)
