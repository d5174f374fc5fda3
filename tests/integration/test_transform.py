"""dbt as a step of a run: whose lease it works under, what it believes of earlier attempts, what it leaves behind."""

import resource
from pathlib import Path

import orjson
import pytest

from attain import runs, transform
from attain.errors import LeaseLost, TransformFailed
from attain.runs import Run
from attain.settings import Database
from tests import warehouse


def _ready(database: Database, run: Run) -> Run:
    return runs.set_as_of(database, run, warehouse.AS_OF)


@pytest.mark.timeout(300)
def test_run_that_was_taken_over_builds_nothing(database: Database, run: Run, tmp_path: Path) -> None:
    """Each model asks for the lease before it writes; the step says why it stopped."""
    ready = _ready(database, run)
    runs.begin(database, "test", "second", "fingerprint")
    with pytest.raises(LeaseLost, match="another run has taken over"):
        transform.transform(database, ready, "staging", tmp_path / "1", lambda _: None)
    assert warehouse.found(database, "select 1 from pg_catalog.pg_tables where schemaname = 'staging'") == []


@pytest.mark.timeout(300)
def test_attempt_starts_from_nothing_and_leaves_no_password(database: Database, run: Run, tmp_path: Path) -> None:
    """What an earlier attempt left is gone; outcomes are told model by model; no artifact holds the password."""
    stale = tmp_path / "1" / "staging" / "target" / "run_results.json"
    stale.parent.mkdir(parents=True)
    stale.write_text('{"results": [], "elapsed_time": 0}')
    told: list[str] = []
    counts = transform.transform(database, _ready(database, run), "staging", tmp_path / "1", told.append)
    results = orjson.loads(stale.read_bytes())["results"]
    built = [result for result in results if result["unique_id"].startswith("model.")]
    assert counts["models"] == len(built) > 30
    assert any("stg_salesforce__opportunities" in line for line in told)
    assert (tmp_path / "partial_parse.msgpack").is_file()
    password = database.password("transformer").encode()
    holding = [path.name for path in tmp_path.rglob("*") if path.is_file() and password in path.read_bytes()]
    assert holding == []


def test_run_without_a_clock_is_refused(database: Database, run: Run, tmp_path: Path) -> None:
    """Nothing is built before the sources have said what time it is."""
    with pytest.raises(TransformFailed, match="no as_of yet"):
        transform.transform(database, run, "staging", tmp_path / "1", lambda _: None)


def test_disk_that_is_full_is_said_so(database: Database, run: Run, tmp_path: Path) -> None:
    """dbt's own log then holds tracebacks of its logging, which say nothing to people."""
    ready = _ready(database, run)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(TransformFailed, match=r"File too large below .*1.staging.*Make room") as caught:
            transform.transform(database, ready, "staging", tmp_path / "1", lambda _: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "stack_trace" not in str(caught.value)
