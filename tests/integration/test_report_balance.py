"""The validation page's balance of rows, from what the check between raw and staging measured."""

from pathlib import Path

from attain.settings import Database
from expectations.run import validate
from report import validation
from tests.integration import report_fixture as company
from tests.integration.test_expectations import STAGED, given, person
from tests.integration.test_report_page import text
from tests.marts import fetch, next_run, run_sql

MEASURED = "select check_name, measured from ops.validation_results where measured <> '{}' order by 1"


def test_rows_deleted_at_the_source_come_from_the_check(database: Database, tmp_path: Path) -> None:
    """Three rows came: one is alive, one set aside, one deleted; the check keeps the numbers, the page writes them."""
    run = next_run(database)
    given(database, run, person(1), person(2), person(3))
    run_sql(database, STAGED, run=run.run_id)
    aside = "insert into staging.quarantine_rows values ('files__people', 'files', 'p1', 'boss', 'x', 'a rule')"
    run_sql(database, aside)
    run_sql(database, "update staging.stg_files__people set is_deleted = true where person_key = 'p3'")
    validate(database, run, "staging")
    numbers = {"rows_raw": 3, "rows_alive": 1, "rows_aside": 1, "rows_deleted": 1}
    assert [found for _, found in fetch(database, MEASURED, "validator")] == [numbers, numbers]
    company.views(database)
    seen = text(validation.write(database, run.run_id, tmp_path / "validation.html").read_text())
    assert "3 rows in = 1 waiting to be published + 1 set aside + 1 deleted at the source." in seen


def test_the_balance_does_not_read_words(database: Database, tmp_path: Path) -> None:
    """What a check observed is for people: its wording may change without a number going missing."""
    company.history(database)
    run_sql(database, "update ops.validation_results set observed = 'in other words'", "validator")
    company.views(database)
    seen = text(validation.write(database, company.RUN, tmp_path / "validation.html").read_text())
    assert "52,989 rows in = 52,831 published + 122 set aside + 36 deleted at the source." in seen
