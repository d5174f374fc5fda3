"""The command line as a person meets it: help, words instead of tracebacks, and a role that can only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from attain import job
from attain.cli import app
from tests import companies
from tests.databases import TestServer

NAME = "cli"


@pytest.fixture(scope="module", autouse=True)
def _prepared(server: TestServer) -> Iterator[None]:
    with companies.at_home(server.home):
        job.prepare(NAME)
        yield


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(
    "command", [c.name or c.callback.__name__ for c in app.registered_commands if c.callback is not None]
)
def test_every_command_says_what_it_does(command: str) -> None:
    """A command without help is of no use to a newcomer."""
    told = call(command, "--help")
    assert told.exit_code == 0
    assert len(told.stdout.splitlines()) > 4


def test_sql_reads_reporting_without_naming_the_schema() -> None:
    """The analyst's search path is the schema of published tables."""
    told = call("sql", "select count(*) as n from load_runs", "--company", NAME, "--format", "csv")
    assert told.stdout.splitlines() == ["n", "0"]


def test_sql_takes_a_pattern_as_it_is() -> None:
    """A percent sign and a colon are the analyst's, not ours."""
    told = call("sql", "select 'a:b' like '%:b' as alike, 5 % 3 as rest", "--company", NAME, "--format", "csv")
    assert told.stdout.splitlines() == ["alike,rest", "True,2"]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from raw.files__reps",
        "select * from ops.runs",
        "delete from reporting.load_runs",
        "create table reporting.mine (i int)",
        "select * from no_such_table",
    ],
)
def test_what_an_analyst_may_not_do_is_said_in_words(statement: str) -> None:
    """Other schemas, changes and slips end in one message, never in a traceback or a change."""
    told = call("sql", statement, "--company", NAME)
    assert told.exit_code == 1
    assert "Mend the statement" in " ".join(told.output.split())
    assert "Traceback" not in told.output


def test_runs_are_listed() -> None:
    """`attain runs` works before the first run too."""
    assert call("runs", "--company", NAME).exit_code == 0


def test_url_is_the_analysts() -> None:
    """A BI tool gets the role that reads, and nothing more."""
    told = call("url", "--company", NAME)
    assert told.stdout.startswith(f"postgresql://attain_{NAME}_analyst:")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--source", "files"), "--source files --path FOLDER"),
        (("run", "--company", "nobody_at_all"), "there is no such company"),
        (("sql", "select 1", "--format", "xml"), "table or csv"),
    ],
)
def test_wrong_options_say_what_to_write(words: tuple[str, ...], said: str) -> None:
    """Each refusal names what would be right."""
    told = call(*words)
    assert told.exit_code == 1
    assert said in " ".join(told.output.split())


def test_check_reads_a_folder_and_loads_nothing(tmp_path: Path) -> None:
    """A list of deals alone is enough, and the folder is told what would unlock the rest."""
    (tmp_path / "opportunities.csv").write_text(
        "opportunity_id,amount,stage,close_date\n1,100,Closed Won,2026-03-31\n", encoding="utf-8"
    )
    told = call("check", "--path", str(tmp_path))
    assert told.exit_code == 0, told.output
    assert "quotas.csv" in told.output
