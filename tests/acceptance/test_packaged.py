"""The deployment of docker-compose.yml, started by hand as the file gives it: the demo company's DAG runs through it.

Hosts are ports of this machine and volumes are folders; everything else is the file's: entry point, commands,
environment, health checks. It takes minutes, so it is asked for: ATTAIN_TEST_PACKAGED=1. `python -m
tests.packaged_celery` does the same with Celery, and kills a worker.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from attain import migrate, postgres
from attain.errors import DatabaseError
from attain.settings import Settings
from tests import compose
from tests.compose import PROJECT
from tests.packaged import Deployment

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("ATTAIN_TEST_PACKAGED"), reason="takes minutes: ATTAIN_TEST_PACKAGED=1 runs it"
    ),
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/usr/bin/setsid").exists(), reason="setsid, which the image has, is not here"),
]
LASTING = ("scheduler", "dag-processor", "triggerer", "cleaner", "demo")
DAG = "attain_demo"


def new_env(**changes: str) -> dict[str, str]:
    made = subprocess.run(["sh", "docker/new-env.sh"], cwd=PROJECT, capture_output=True, text=True, check=True)
    return compose.env_file(made.stdout) | changes


@dataclass
class Finished:
    """A deployment whose DAG has run once."""

    deployment: Deployment
    state: str
    tasks: list[dict[str, Any]]
    health: dict[str, bool]

    @property
    def settings(self) -> Settings:
        told = self.deployment.environment("scheduler")
        return Settings(self.deployment.home, "demo", told["ATTAIN_DATABASE_URL"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("packaged")
    deployment = Deployment(folder, new_env(COMPOSE_PROFILES="demo", ATTAIN_DEMO_SCALE="300", ATTAIN_KEEP_DAYS="7"))
    _old_files(deployment)
    try:
        deployment.start_postgres("warehouse")
        deployment.start_postgres("metadata")
        done = deployment.run("init")
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        deployment.start("api-server")
        deployment.await_health("api-server", seconds=600)
        for name in LASTING:
            deployment.start(name)
        deployment.await_health(*LASTING, seconds=600)
        run = deployment.trigger(DAG, seconds=300)
        state = deployment.await_run(DAG, run, seconds=900)
        health = {name: deployment.healthy(name) for name in deployment.running}
        yield Finished(deployment, state, deployment.tasks(DAG, run), health)
    finally:
        deployment.close()


def _old_files(deployment: Deployment) -> None:
    """What the cleaner should find, and what it should leave."""
    for name, days in (("old", 9), ("young", 5)):
        log = deployment.folder / "logs" / "dag_id=x" / name / "attempt=1.log"
        artifacts = deployment.home / "runs" / "attain" / name
        log.parent.mkdir(parents=True)
        log.write_text("a line\n", encoding="utf-8")
        artifacts.mkdir(parents=True)
        moment = time.time() - days * 86400
        for path in (log, artifacts):
            os.utime(path, (moment, moment))


def test_the_dag_of_the_demo_company_succeeds_and_its_pages_are_written(finished: Finished) -> None:
    assert finished.state == "success", [(t["task_id"], t["state"]) for t in finished.tasks]
    assert {task["state"] for task in finished.tasks} == {"success"}
    pages = finished.deployment.home / "reports" / "demo"
    assert {path.name for path in pages.iterdir()} >= {"report.html", "validation.html"}


def test_every_health_check_was_true(finished: Finished) -> None:
    assert finished.health == dict.fromkeys(["warehouse", "metadata", "api-server", *LASTING], True)


def test_the_analyst_reads_reporting_and_nothing_else(finished: Finished) -> None:
    analyst = postgres.engine(migrate.connect(finished.settings), "analyst")
    with postgres.transaction(analyst) as connection:
        assert connection.scalar(sa.text("select count(*) from reporting.pipeline_deals")) > 100
    with pytest.raises(DatabaseError, match="42501"), postgres.transaction(analyst) as connection:
        connection.execute(sa.text('select 1 from raw."opportunity" limit 1'))


def test_the_login_that_services_share_can_do_nothing_but_connect(finished: Finished) -> None:
    shared = postgres.engine_of(sa.make_url(str(finished.settings.database_url)), "test")
    for statement in ("select 1 from reporting.pipeline_deals", "create role another", "create table here (a int)"):
        with pytest.raises(DatabaseError, match="42501"), postgres.transaction(shared) as connection:
            connection.exec_driver_sql(statement)


def test_no_secret_is_in_any_log_or_page(finished: Finished) -> None:
    folder = finished.deployment.folder
    secrets = [
        v for k, v in finished.deployment.variables.items() if any(w in k for w in ("PASSWORD", "KEY", "SECRET"))
    ]
    read = [
        *folder.glob("*.log"),
        *(folder / "logs").rglob("*.log"),
        *(finished.deployment.home / "reports").rglob("*"),
    ]
    assert len(secrets) == 10
    assert len(read) > 20
    for path in read:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        assert not [secret for secret in secrets if secret in text], path


def test_tasks_left_their_logs_where_the_interface_finds_them(finished: Finished) -> None:
    with finished.deployment.api() as client:
        run = finished.tasks[0]["dag_run_id"]
        answer = client.get(
            f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances/publish/logs/1", headers={"Accept": "application/json"}
        )
    assert answer.status_code == 200
    assert "Could not read" not in answer.text
    assert '"event"' in answer.text


def test_the_cleaner_removed_what_is_old_and_left_what_is_young(finished: Finished) -> None:
    folder = finished.deployment.folder
    for parent in (folder / "logs" / "dag_id=x", finished.deployment.home / "runs" / "attain"):
        assert (parent / "young").exists()
        assert not (parent / "old" / "attempt=1.log").exists()
    assert not (finished.deployment.home / "runs" / "attain" / "old").exists()


def test_init_runs_again_and_changes_nothing(finished: Finished) -> None:
    kept = (finished.deployment.home / "secrets.json").read_bytes()
    done = finished.deployment.run("init")
    assert done.returncode == 0, done.stderr[-4000:]
    assert "already exist" in done.stdout
    assert (finished.deployment.home / "secrets.json").read_bytes() == kept


def test_a_service_that_has_ended_is_not_healthy_and_leaves_no_process(finished: Finished) -> None:
    """Last, since it ends the services."""
    deployment = finished.deployment
    for name in ("demo", "scheduler", "api-server"):
        deployment.kill(name)
        assert not deployment.healthy(name)
    for name in ("dag-processor", "triggerer"):  # asked through the API that is gone
        assert not deployment.healthy(name)
    deployment.close()
    assert [process for process in psutil.process_iter() if _belongs(process, deployment.folder)] == []


def _belongs(process: psutil.Process, folder: Path) -> bool:
    try:
        return str(folder) in " ".join(process.environ().values())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
