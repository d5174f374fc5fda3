"""Exports that no one here wrote, through the source and into raw."""

import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from attain.runs import Run
from attain.settings import Database
from extract import company
from extract.files.check.folder import check
from extract.files.source import SOURCE, FilesSettings
from extract.land import Landed, extract
from tests.landing import rows

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data"
MAPPINGS = ROOT / "tests" / "data"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside this checkout")


def folder(tmp_path: Path, name: str, mapping: str | None = None) -> Path:
    """A copy of an export, with a mapping beside it."""
    copied = tmp_path / name
    shutil.copytree(REAL / name, copied)
    copied.chmod(0o755)
    if mapping:
        (copied / "mapping.yml").write_text((MAPPINGS / mapping).read_text())
    return copied


def landed(database: Database, run: Run, path: Path) -> Sequence[Landed]:
    return extract(database, run, SOURCE, FilesSettings(path, company.load(path)), "files")


def one(database: Database, sql: str) -> Any:
    return rows(database, sql)[0]


def test_salesforce_field_history_needs_no_mapping(database: Database, run: Run, tmp_path: Path) -> None:
    """36 deals for 5,760,000, 12 won for 2,815,000, 8 lost for 830,000, two of these without an amount."""
    landed(database, run, folder(tmp_path, "salesforce_field_history"))
    deals = "from raw.files__opportunities"
    assert one(database, f"select count(*), sum(amount) {deals}") == (36, 5_760_000)
    assert one(database, f"select count(*), sum(amount) {deals} where is_won") == (12, 2_815_000)
    lost = f"{deals} where is_closed and not is_won"
    assert one(database, f"select count(*), sum(amount), count(*) - count(amount) {lost}") == (8, 830_000, 2)
    assert one(database, "select count(*), count(distinct opportunity_id) from raw.files__opportunity_history") == (
        48,
        36,
    )
    assert one(database, "select count(*) from ops.quarantine") == (0,)


def test_salesforce_workshop_needs_no_mapping(database: Database, run: Run, tmp_path: Path) -> None:
    """50 deals for 43,603,545.98, 12 won for 10,542,562.98, 3 lost; byte-order marks; members as touches."""
    landed(database, run, folder(tmp_path, "salesforce_workshop"))
    deals = "from raw.files__opportunities"
    assert one(database, f"select count(*), sum(amount) {deals}") == (50, Decimal("43603545.98"))
    assert one(database, f"select count(*), sum(amount) {deals} where is_won") == (12, Decimal("10542562.98"))
    assert one(database, "select count(*), count(lead_id) + count(contact_id) from raw.files__touches") == (68, 68)
    assert one(
        database, "select count(*), count(distinct coalesce(contact_id, lead_id)) > 1 from raw.files__activities"
    ) == (75, True)


def test_adventureworks_by_a_mapping_alone(database: Database, run: Run, tmp_path: Path) -> None:
    """Gross 12,646,112.1607; net of line discounts 12,641,672.212954; 41 orders of 113,690.2202 without a header."""
    landed(database, run, folder(tmp_path, "adventureworks_2011", "adventureworks_mapping.yml"))
    lines = "from raw.files__order_lines l"
    assert one(database, f"select count(*), sum(list_amount), sum(amount), sum(list_amount - discount_amount) {lines}") == (
        5716, Decimal("12646112.1607"), Decimal("12641672.212954"), Decimal("12641672.212954"),
    )  # fmt: skip
    headless = f"{lines} where not exists (select 1 from raw.files__orders o where o.order_id = l.order_id)"
    assert one(database, f"select count(distinct order_id), sum(list_amount) {headless}") == (
        41,
        Decimal("113690.2202"),
    )
    assert one(database, "select count(*) from raw.files__orders") == (1566,)
    assert one(database, "select account_name from raw.files__accounts where account_id = '1'") == ("A Bike Store",)
    assert one(
        database, "select product_family, count(*) from raw.files__products where product_id = '776' group by 1"
    ) == ("Bikes", 1)


def test_a_second_load_of_the_same_folder_changes_nothing(database: Database, run: Run, tmp_path: Path) -> None:
    """The same files again: every row unchanged, none deleted."""
    path = folder(tmp_path, "salesforce_field_history")
    first = landed(database, run, path)
    again = landed(database, run, path)
    assert [(each.inserted, each.updated, each.deleted) for each in again] == [(0, 0, 0)] * len(first)
    assert [each.unchanged for each in again] == [each.rows_in for each in first]


def test_seeds_of_dbt_packages(database: Database, run: Run, tmp_path: Path) -> None:
    """Odd rows, many nulls, hundreds of columns: nothing is set aside, nothing is lost."""
    landed(database, run, folder(tmp_path, "fivetran_salesforce_seeds", "fivetran_salesforce_mapping.yml"))
    assert one(database, "select count(*), sum(amount) from raw.files__opportunities") == (10, 24_530_001)
    assert one(database, "select count(*) from raw.files__opportunity_history") == (10,)
    hubspot = folder(tmp_path, "fivetran_hubspot_seeds", "fivetran_hubspot_mapping.yml")
    extract(database, run, SOURCE, FilesSettings(hubspot, company.load(hubspot)), "hubspot")
    counts = "select (select count(*) from raw.files__{} where _account = 'hubspot')"
    assert [one(database, counts.format(name))[0] for name in ("opportunities", "accounts", "reps", "activities")] == [
        44,
        24,
        100,
        100,
    ]
    assert one(database, "select count(*) from ops.quarantine") == (0,)


def test_the_check_says_what_the_run_does(tmp_path: Path) -> None:
    """`attain check` before any database: marts that the folder can carry, and what would unlock the others."""
    report = check(folder(tmp_path, "salesforce_field_history"))
    assert report.ok
    states = {mart.mart: mart.state for mart in report.marts}
    assert (states["pipeline_deals"], states["goal_attainment"]) == ("partly", "no")
    assert (
        next(m.unlock for m in report.marts if m.mart == "goal_attainment")
        == "quotas.csv (rep, month or quarter, amount)"
    )
    assert [s.file for s in report.skipped] == ["OpportunityHistoryGroup.csv"]
    assert not report.unmapped_stages
