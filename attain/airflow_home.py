"""What Airflow's services are told: folders, ports, keys, metadata database, intervals fit for one machine."""

import base64
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from attain import airflow_processes as processes
from attain import postgres, server
from attain.secrets import secret, secrets
from attain.settings import Settings, child_environment, variable

USER = "admin"
_DATABASE = "airflow"
_PROJECT = Path(__file__).resolve().parents[1]
_PORTS = range(20080, 29999)


@dataclass(frozen=True)
class AirflowHome:
    """Airflow's folder inside the home."""

    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.home / "airflow"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port()}"

    @property
    def password(self) -> str:
        return secret(self.settings.home, "airflow.login", 12)

    def log(self, service: str) -> Path:
        return self.folder / "logs" / f"{service}.log"

    def command(self, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", module, *arguments]

    def prepare(self) -> None:
        """Folders, login, metadata database and its tables, which are migrated only for a new version or database."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self._write_login()
        url = self._metadata()
        if self._migrated(url):
            _end_unfinished_runs(url)
            return
        processes.run(self.command("airflow", "db", "migrate"), self.environment(), self.log("db-migrate"))
        self._marker.write_text(self._mark(url), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """The services' environment; tasks inherit it, and with it this company's settings."""
        port, url = self._port(), self._metadata().render_as_string(hide_password=False)
        names = ("airflow.fernet", "airflow.jwt", "airflow.session")
        keys = secrets(self.settings.home, names)
        fernet = base64.urlsafe_b64encode(base64.urlsafe_b64decode(keys[names[0]] + "=")).decode()
        options: Mapping[str, Mapping[str, object]] = {
            "core": {
                "dags_folder": _PROJECT / "dags",
                "executor": "LocalExecutor",
                "parallelism": 4,
                "load_examples": False,
                "dags_are_paused_at_creation": False,
                "fernet_key": fernet,
                "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
                "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
                "simple_auth_manager_users": f"{USER}:admin",
                "simple_auth_manager_passwords_file": self._login_file,
            },
            "api": {
                "host": "127.0.0.1",
                "port": port,
                "workers": 1,
                "base_url": f"http://127.0.0.1:{port}",
                "secret_key": keys[names[2]],
            },
            "api_auth": {"jwt_secret": keys[names[1]]},
            "database": {"sql_alchemy_conn": url, "sql_alchemy_conn_async": url, "check_migrations": False},
            "logging": {"base_log_folder": self.folder / "logs", "logging_level": "INFO"},
            "scheduler": {
                "scheduler_idle_sleep_time": 0.2,
                "task_instance_heartbeat_timeout": 60,
                "task_instance_heartbeat_timeout_detection_interval": 5,
            },
            "dag_processor": {
                "refresh_interval": 30,
                "min_file_process_interval": 30,
                "parsing_processes": 1,
                "dag_bundle_storage_path": self.folder / "bundles",
            },
        }
        told = {
            f"AIRFLOW__{section.upper()}__{name.upper()}": str(value)
            for section, pairs in options.items()
            for name, value in pairs.items()
        }
        ours = {
            "AIRFLOW_HOME": str(self.folder),
            "ATTAIN_HOME": str(self.settings.home),
            "PYTHONPATH": ":".join(filter(None, (str(_PROJECT), variable("PYTHONPATH")))),
            "PYTHONWARNINGS": "ignore",
            **({"ATTAIN_DATABASE_URL": self.settings.database_url} if self.settings.database_url else {}),
        }
        return child_environment(ours | told)

    @property
    def _login_file(self) -> Path:
        return self.folder / "login.json"

    @property
    def _marker(self) -> Path:
        return self.folder / "migrated.json"

    def _write_login(self) -> None:
        self._login_file.touch(mode=0o600)
        self._login_file.write_text(json.dumps({USER: self.password}) + "\n", encoding="utf-8")

    def _port(self) -> int:
        path = self.folder / "port.json"
        if path.exists():
            return int(json.loads(path.read_text(encoding="utf-8"))["port"])
        self.folder.mkdir(parents=True, exist_ok=True)
        port = server.free_port(_PORTS)
        path.write_text(json.dumps({"port": port}) + "\n", encoding="utf-8")
        return port

    def _metadata(self) -> sa.URL:
        if self.settings.airflow_database_url:
            return sa.make_url(self.settings.airflow_database_url)
        return server.own_database(server.start(self.settings.home), _DATABASE)

    def _mark(self, url: sa.URL) -> str:
        return json.dumps({"airflow": version("apache-airflow"), "database": url.render_as_string()}) + "\n"

    def _migrated(self, url: sa.URL) -> bool:
        if not self._marker.exists() or self._marker.read_text(encoding="utf-8") != self._mark(url):
            return False
        with postgres.transaction(postgres.engine_of(url, "attain airflow")) as connection:
            return connection.scalar(sa.text("select to_regclass('dag_run')")) is not None


def _end_unfinished_runs(url: sa.URL) -> None:
    """DAG runs that a killed scheduler left: else the next one would resume them before anything new."""
    ours = "dag_id like 'attain\\_%' and state in ('running', 'queued')"
    waiting = "'running', 'queued', 'scheduled', 'restarting', 'up_for_retry', 'up_for_reschedule', 'deferred'"
    with postgres.transaction(postgres.engine_of(url, "attain airflow")) as connection:
        connection.execute(
            sa.text(
                f"update task_instance set state = 'failed', end_date = now() where (state in ({waiting}) or state is null) "
                f"and (dag_id, run_id) in (select dag_id, run_id from dag_run where {ours})"
            )
        )
        connection.execute(sa.text(f"update dag_run set state = 'failed', end_date = now() where {ours}"))
