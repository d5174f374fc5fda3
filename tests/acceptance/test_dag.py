"""The DAG file: cheap and quiet to read, shaped as the architecture says, and run by a real Airflow."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from attain import airflow, airflow_processes, migrate, ops, postgres, server
from attain.airflow import TaskEvent
from attain.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
DAG_FILES = sorted((PROJECT / "dags").glob("*.py"))

READ = """
import json, socket, sys, time
import airflow.sdk
def refuse(*_):
    raise AssertionError("reading a DAG file opened a connection")
socket.socket.connect = refuse
started = time.perf_counter()
import dags.company as read
seconds = time.perf_counter() - started
print(json.dumps({
    "seconds": seconds,
    "heavy": [name for name in ("pyarrow", "great_expectations", "dbt", "adbc_driver_postgresql", "attain.job")
              if name in sys.modules],
    "dags": {
        dag.dag_id: {
            "doc": dag.doc_md, "max_active_runs": dag.max_active_runs, "catchup": dag.catchup,
            "tasks": {t.task_id: {
                "after": sorted(t.upstream_task_ids), "retries": t.retries, "backoff": bool(t.retry_exponential_backoff),
                "outlets": [o.uri for o in t.outlets], "tells": bool(t.on_failure_callback)} for t in dag.tasks},
        } for dag in vars(read).values() if isinstance(dag, airflow.sdk.DAG)
    }}))
"""


def _home(folder: Path, companies: dict[str, str]) -> Path:
    for name, sources in companies.items():
        (folder / "companies" / name).mkdir(parents=True)
        (folder / "companies" / name / "sources.yml").write_text(sources, encoding="utf-8")
    return folder


def _read(home: Path, airflow_home: Path) -> dict[str, Any]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "ATTAIN_HOME": str(home),
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What reading the DAG file yields for two companies and one whose sources.yml is broken."""
    companies = {
        "Acme": "sources:\n  salesforce:\n  files:\n    path: ../exports\n",
        "snapshots": "sources:\n  files:\n    path: ../exports\n",
        "broken": "sources: [",
    }
    return _read(_home(tmp_path_factory.mktemp("home"), companies), tmp_path_factory.mktemp("airflow"))


def test_reading_the_file_takes_less_than_a_second_and_loads_nothing_heavy(read: dict[str, Any]) -> None:
    assert read["seconds"] < 1
    assert read["heavy"] == []


def test_one_dag_per_company_folder(read: dict[str, Any]) -> None:
    assert set(read["dags"]) == {"attain_acme", "attain_snapshots", "attain_broken"}
    for dag in read["dags"].values():
        assert dag["max_active_runs"] == 1
        assert not dag["catchup"]
        for question in ("**When**", "**When it fails**", "**Whom to ask**"):
            assert question in dag["doc"]


def test_stations_follow_each_other_and_sources_go_side_by_side(read: dict[str, Any]) -> None:
    tasks = {name: set(task["after"]) - {"begin"} for name, task in read["dags"]["attain_acme"]["tasks"].items()}
    sources = {"extract.company", "extract.salesforce", "extract.files"}
    assert all(tasks[source] == set() for source in sources)
    assert tasks["raw.settle_clock"] == sources
    way = [
        "raw.settle_clock", "raw.validate", "staging.transform", "staging.validate", "core.transform",
        "marts.transform", "marts.validate", "publish", "report", "end",
    ]  # fmt: skip
    assert [tasks[after] for after in way[1:]] == [{before} for before in way[:-1]]
    assert set(tasks) == {"begin", *sources, *way}


def test_every_task_is_retried_with_back_off_and_says_why_it_failed(read: dict[str, Any]) -> None:
    tasks = [task for dag in read["dags"].values() for task in dag["tasks"].values()]
    assert all(task["retries"] >= 1 and task["backoff"] and task["tells"] for task in tasks)


def test_landing_and_publishing_update_assets(read: dict[str, Any]) -> None:
    tasks = read["dags"]["attain_acme"]["tasks"]
    assert tasks["extract.files"]["outlets"] == ["attain://attain_acme/raw/files"]
    assert tasks["publish"]["outlets"] == ["attain://attain_acme/reporting"]


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_dags_import_airflow_by_its_sdk_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert all(m.split(".")[:2] == ["airflow", "sdk"] for m in modules if m.split(".")[0] == "airflow"), modules


@pytest.mark.timeout(900)
def test_real_airflow_runs_the_dag_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file without its required columns: no second attempt, the reason stands in `ops`, and all processes end."""
    home = _home(tmp_path / "home", {"hollow": "sources:\n  files:\n    path: exports\n"})
    exports = home / "companies/hollow/exports"
    exports.mkdir()
    (exports / "opportunities.csv").write_text("Id,Name\n1,Anvils\n", encoding="utf-8")
    settings = Settings(home, "hollow")
    events: list[TaskEvent] = []
    try:
        with airflow.running(settings) as scheduler:
            leaders = tuple(airflow_processes._remembered(home).values())
            state = scheduler.watch("attain_hollow", scheduler.trigger("attain_hollow"), events.append, seconds=240)
        assert state == "failed"
        assert not airflow_processes._members(leaders)
        assert {(e.task, e.attempt) for e in events if e.state == "failed"} == {("extract.files", 1)}
        with postgres.transaction(postgres.engine(migrate.connect(settings), "loader")) as connection:
            error = connection.scalar(sa.select(ops.runs.c.error).where(ops.runs.c.state == "failed"))
        assert "opportunities.csv" in str(error)
        assert scheduler.password not in (home / "airflow/logs/scheduler.log").read_text(encoding="utf-8")
    finally:
        airflow.stop(settings)
        server.remove(home)
