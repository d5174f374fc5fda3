"""docker-compose.yml without Docker: each service's own entry point, command, environment and health check, as the file
gives them, with hosts turned into ports of this machine and volumes into folders.

What stands in for an image: PostgreSQL and Redis are those of this machine, the project is this checkout.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from attain import server, server_files
from tests import compose
from tests.compose import PROJECT

PORTS = range(20080, 29999)
HOSTS = (
    "warehouse:5432",
    "metadata:5432",
    "api-server:8080",
    "127.0.0.1:8080",
    "127.0.0.1:8974",
    "demo:8443",
    "redis:6379",
)
SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer", "cleaner", "demo", "worker")
_GRACE = 30


def postgres_programs(account: server_files.Account) -> Path:
    """Of this machine's own PostgreSQL, the oldest that is supported; else the embedded server's."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if int(path.parent.name) >= 15]
    return min(found, key=lambda path: int(path.parent.name)) if found else server_files.programs(account)


@dataclass
class Deployment:
    """One deployment in a folder.

    Args:
        variables: what .env holds.
    """

    folder: Path
    variables: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    accounts: list[server_files.Account] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = compose.services(self.variables)
        ports: list[int] = []
        while len(ports) < len(HOSTS) - 1:
            ports = list({*ports, server.free_port(PORTS)})
        taken = dict(zip((host for host in HOSTS if host != "127.0.0.1:8080"), ports, strict=True))
        self.addresses = taken | {"127.0.0.1:8080": taken["api-server:8080"]}
        for name in ("home", "logs", "companies", "queue"):
            (self.folder / name).mkdir(parents=True)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port('api-server:8080')}"

    def port(self, address: str) -> int:
        return self.addresses[address]

    def here(self, text: str, service: str) -> str:
        """A text of the file with addresses and paths of this machine."""
        scratch = self.folder / "tmp" / service
        scratch.mkdir(parents=True, exist_ok=True)
        if text.startswith("/tmp/"):
            return str(scratch) + text.removeprefix("/tmp")
        for address, port in self.addresses.items():
            text = text.replace(address, f"127.0.0.1:{port}")
        for inside, outside in (
            ("/var/lib/attain", self.home), ("/var/log/attain", self.folder / "logs"), ("/opt/attain", PROJECT),
            ("/srv/companies", self.folder / "companies"),
        ):  # fmt: skip
            text = text.replace(inside, str(outside))
        return text

    def environment(self, service: str) -> dict[str, str]:
        """What the service's processes are told, and of this machine only where its programs are."""
        told = {name: self.here(value, service) for name, value in compose.environment(self.services[service]).items()}
        scratch = self.folder / "tmp" / service
        ports = {
            "AIRFLOW__API__PORT": self.port("api-server:8080"),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": self.port("127.0.0.1:8974"),
        }
        programs = (Path(sys.executable).parent, PROJECT / "docker" / "bin")
        return {
            **told,
            **{name: str(port) for name, port in ports.items() if name in told},
            "PATH": ":".join([*map(str, programs), os.environ["PATH"]]),
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            "ATTAIN_CLEANED": str(scratch / "cleaned"),
            "REDIS_BIND": "127.0.0.1",
            "REDIS_PORT": str(self.port("redis:6379")),
            "REDIS_FOLDER": str(self.folder / "queue"),
        }

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def words(self, service: str) -> list[str]:
        """The entry point with the service's command."""
        command = [self.here(str(word), service) for word in self.services[service]["command"]]
        return [str(PROJECT / "docker" / "entrypoint.sh"), *command]

    def run(self, service: str) -> subprocess.CompletedProcess[str]:
        """A service that ends by itself."""
        return subprocess.run(
            self.words(service), env=self.environment(service), capture_output=True, text=True, check=False, cwd="/",
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, service: str, words: list[str] | None = None, **identity: Any) -> None:
        """A service that stays."""
        with self.log(service).open("ab") as output:
            self.running[service] = subprocess.Popen(
                words or self.words(service), env=self.environment(service), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd="/", start_new_session=True, **identity,
            )  # fmt: skip

    def healthy(self, service: str) -> bool:
        """What the service's own health check says, run as the file gives it, in its working folder."""
        words = compose.health(self.services[service])
        assert words is not None
        if self.services[service]["image"].startswith("postgres:"):
            words = [*words, "-p", str(self.port(f"{service}:5432"))]
        if service == "redis":
            words[-1] = words[-1].replace("redis-cli", f"redis-cli -p {self.port('redis:6379')}")
        told = [self.here(word, service) for word in words]
        done = subprocess.run(told, env=self.environment(service), capture_output=True, check=False, cwd=PROJECT)
        return done.returncode == 0

    def await_health(self, *names: str, seconds: float = 150) -> None:
        """Until these services are healthy; fails with the log of the first that ended or is not."""
        deadline = time.monotonic() + seconds
        waiting = list(names)
        while waiting:
            name = waiting[0]
            code = self.running[name].poll()
            if code is None and self.healthy(name):
                waiting.pop(0)
            elif code is not None or time.monotonic() > deadline:
                raise AssertionError(f"{name}: not healthy, exit code {code}\n{self.tail(name)}")
            else:
                time.sleep(0.5)

    def tail(self, service: str, characters: int = 6000) -> str:
        return self.log(service).read_text(encoding="utf-8", errors="replace")[-characters:]

    def kill(self, service: str, *, seconds: float = _GRACE) -> None:
        """End a service as Compose does: asked, then killed with all it started."""
        process = self.running.pop(service)
        family = _family(process.pid)
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for each in family:
            if each.is_running():
                each.kill()

    def kill_at_once(self, service: str) -> None:
        """kill -9 of everything in the container, as an out-of-memory kill or a lost machine would."""
        process = self.running.pop(service)
        for each in [*_family(process.pid), psutil.Process(process.pid)]:
            if each.is_running():
                each.kill()
        process.wait()

    # ------------------------------------------------------------------ what the images of others would do

    def start_postgres(self, service: str) -> None:
        """As the image of PostgreSQL does when its volume is new: initdb, start, the file's SQL by the superuser."""
        account = server_files.account(self.folder / service)
        self.accounts.append(account)
        programs, told = postgres_programs(account), self.environment(service)
        data, password = account.folder / "data", account.folder / "password"
        password.write_text(told["POSTGRES_PASSWORD"], encoding="utf-8")
        account.own(password)
        version = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        arguments = [
            word for word in told["POSTGRES_INITDB_ARGS"].split()
            if int(version.split()[2].split(".")[0]) >= 17 or "builtin" not in word
        ]  # fmt: skip
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            f"--pwfile={password}",
            "--no-sync",
            *arguments,
        ]
        subprocess.run(initdb, check=True, capture_output=True, cwd=account.folder, **account.identity)
        port = str(self.port(f"{service}:5432"))
        command = [str(word) for word in self.services[service].get("command") or ["postgres"]]
        own = ["-D", str(data), "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        own += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        self.start(service, [str(programs / command[0]), *command[1:], *own], **account.identity)
        self.await_health(service)
        script = PROJECT / next(
            mount["source"] for mount in self.services[service]["volumes"] if mount["target"].endswith(".sql")
        )
        psql: list[str | Path] = [
            programs / "psql",
            "-v",
            "ON_ERROR_STOP=1",
            "-X",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            port,
            "-U",
            "postgres",
        ]
        told["PGPASSWORD"] = told["POSTGRES_PASSWORD"]
        subprocess.run([*psql, "-d", "postgres", "-f", script], env=told, check=True, capture_output=True)

    def start_redis(self) -> None:
        """As the image of Redis does: the file's entry point."""
        self.start("redis", ["sh", str(PROJECT / "docker" / "redis.sh")])
        self.await_health("redis", seconds=20)

    # ------------------------------------------------------------------ what people do

    @contextmanager
    def api(self) -> Iterator[httpx.Client]:
        """Airflow's API, logged in as the first user."""
        told = compose.environment(self.services["init"])
        with httpx.Client(base_url=self.url, timeout=180, trust_env=False) as client:
            answer = client.post(
                "/auth/token",
                json={"username": told["AIRFLOW_ADMIN_USER"], "password": told["AIRFLOW_ADMIN_PASSWORD"]},
            )
            assert answer.status_code < 400, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    def trigger(self, dag: str, seconds: float = 90) -> str:
        """Start the DAG as soon as it has been read; the run's id."""
        deadline = time.monotonic() + seconds
        with self.api() as client:
            while True:
                answer = client.post(f"/api/v2/dags/{dag}/dagRuns", json={"logical_date": None})
                if answer.status_code < 400:
                    return str(answer.json()["dag_run_id"])
                assert time.monotonic() < deadline, f"{answer.text}\n{self.tail('dag-processor')}"
                time.sleep(1)

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        with self.api() as client:
            found = client.get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances?limit=100").json()
            return list(found["task_instances"])

    def await_run(self, dag: str, run: str, seconds: float = 300) -> str:
        """Until the run has ended; its state."""
        deadline = time.monotonic() + seconds
        with self.api() as client:
            while time.monotonic() < deadline:
                state = str(client.get(f"/api/v2/dags/{dag}/dagRuns/{run}").json()["state"])
                if state in {"success", "failed"}:
                    return state
                time.sleep(1)
        raise AssertionError(f"{run} has not ended\n{self.tail('scheduler')}")

    def close(self) -> None:
        """End what runs, databases last, and delete what they kept."""
        for service in reversed(list(self.running)):
            self.kill(service, seconds=_GRACE if service in ("warehouse", "metadata", "redis") else 10)
        for account in self.accounts:
            shutil.rmtree(account.folder, ignore_errors=True)


def _family(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []
