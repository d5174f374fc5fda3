"""Airflow's services on this machine: started, asked, watched and stopped; everything they need is kept in the home.

Its metadata is in the database `airflow` of the embedded server, or in the one of ATTAIN_AIRFLOW_DATABASE_URL. All
addresses are loopback ones, on ports chosen once.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from attain import airflow_processes as processes
from attain import shared
from attain.airflow_home import USER, AirflowHome
from attain.errors import ServerError
from attain.settings import Settings

NAME = "airflow"
SERVICES: Mapping[str, tuple[str, ...]] = {
    "api-server": ("airflow", "api-server"),
    "scheduler": ("attain.airflow_scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
}
_NEEDED = frozenset({"api-server", "scheduler"})
_START_SECONDS = 180
_FINAL = frozenset({"success", "failed", "upstream_failed", "skipped", "removed"})


@dataclass(frozen=True)
class TaskEvent:
    """A task entered a state.

    Args:
        task: its id, `group.name`.
        state: as Airflow calls it: queued, running, up_for_retry, success, failed, upstream_failed, skipped.
        seconds: how long it has run, once it has ended.
        attempt: 1 for the first.
    """

    task: str
    state: str
    seconds: float | None
    attempt: int


@dataclass(frozen=True)
class Airflow:
    """Airflow's services at work.

    Args:
        started_at: when we started them or found them.
        found: they were running before, so whoever asked for them should not end them.
    """

    settings: Settings
    url: str
    password: str = field(repr=False)
    started_at: datetime
    found: bool = False
    user: str = USER

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run of a DAG as soon as its file has been read.

        Returns: the DAG run's id.

        Raises:
            ServerError: Airflow cannot read the DAG, or refuses the run.
        """
        with self._client() as client:
            self._await_dag(client, dag_id)
            answer = client.post(
                f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": dict(conf or {})}
            )
            if answer.status_code >= 400:
                raise ServerError(
                    f"airflow: {dag_id} was not started (HTTP {answer.status_code}). Nothing ran. "
                    f"Look at {self.url}/dags/{dag_id}."
                )
            return str(answer.json()["dag_run_id"])

    def watch(self, dag_id: str, dag_run_id: str, on_event: Callable[[TaskEvent], None], seconds: float = 7200) -> str:
        """Tell of each state that the tasks of a run enter, in order, until the run has ended.

        Returns: `success` or `failed`.

        Raises:
            ServerError: Airflow's services ended, or the run took longer than `seconds`.
        """
        run, told = f"/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}", set[tuple[str, str, int]]()
        deadline = time.monotonic() + seconds
        with self._client() as client:
            while time.monotonic() < deadline:
                self._must_be_at_work()
                state = str(self._get(client, run)["state"])
                for event in _events(self._get(client, f"{run}/taskInstances?limit=1000")["task_instances"]):
                    if (event.task, event.state, event.attempt) not in told:
                        told.add((event.task, event.state, event.attempt))
                        on_event(event)
                if state in {"success", "failed"}:
                    return state
                _pause(0.3)
        raise ServerError(f"airflow: {dag_run_id} has not ended after {seconds:.0f} s. It goes on. See {self.url}.")

    def _must_be_at_work(self) -> None:
        """Without its scheduler a run stays as it is for ever; the DAG processor has done its part before."""
        dead = sorted(_NEEDED - processes.alive(self.settings.home))
        if dead:
            raise ServerError(
                f"airflow: its {' and '.join(dead)} ended. The run stops there; what had landed stays, and so does the "
                f"last good publication. {_logs(self.settings)} Run again."
            )

    def _await_dag(self, client: httpx.Client, dag_id: str) -> None:
        """Until the DAG has been read since we started: an older reading may be of other code."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            dag = self._get(client, f"/api/v2/dags/{dag_id}", missing={})
            read_at = dag.get("last_parsed_time")
            if read_at and (self.found or datetime.fromisoformat(read_at) > self.started_at):
                if dag.get("is_paused"):
                    client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False})
                return
            for error in self._get(client, "/api/v2/importErrors")["import_errors"]:
                last = str(error["stack_trace"]).strip().splitlines()[-1]
                raise ServerError(f"airflow: {error['filename']} cannot be read: {last}. Nothing ran. Fix it, rerun.")
            _pause(0.2)
        raise ServerError(
            f"airflow: there is no DAG {dag_id}. Nothing ran. Each folder in {self.settings.home / 'companies'} is "
            f"one: check its name; the log of reading them is {AirflowHome(self.settings).log('dag-processor')}."
        )

    def _get(self, client: httpx.Client, path: str, missing: dict[str, Any] | None = None) -> dict[str, Any]:
        for attempt in range(20):
            try:
                answer = client.get(path)
            except httpx.HTTPError:
                self._must_be_at_work()
            else:
                if answer.status_code == 404 and missing is not None:
                    return missing
                if answer.status_code < 400:
                    return dict(answer.json())
            _pause(0.2 * attempt)
        raise ServerError(f"airflow: it does not answer at {self.url}{path}. {_logs(self.settings)}")

    @contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False) as client:
            self._log_in(client)
            yield client

    def _log_in(self, client: httpx.Client) -> None:
        answer = client.post("/auth/token", json={"username": self.user, "password": self.password})
        if answer.status_code >= 400:
            raise ServerError(f"airflow: {self.url} refuses our login. Run `make down`, then rerun.")
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def start(settings: Settings) -> Airflow:
    """Start Airflow's services, or find them at work; returns once the API answers.

    What a killed run left behind is ended first: its processes by their sessions, its unfinished DAG
    runs in the metadata.

    Raises:
        ServerError: a service ended or did not answer in time; the message names its log.
    """
    home = AirflowHome(settings)
    if processes.alive(settings.home) == set(SERVICES) and _healthy(home.url):
        return Airflow(settings, home.url, home.password, datetime.now(UTC), found=True)
    stop(settings)
    home.prepare()
    started_at = datetime.now(UTC)
    for name, arguments in SERVICES.items():
        processes.start(settings.home, name, home.command(*arguments), home.environment(), home.log(name))
    deadline = time.monotonic() + _START_SECONDS
    while not _healthy(home.url):
        dead = set(SERVICES) - processes.alive(settings.home)
        if dead or time.monotonic() > deadline:
            stop(settings)
            raise ServerError(f"airflow: {', '.join(sorted(dead)) or 'the API'} did not start. {_logs(settings)}")
        _pause(0.1)
    _warm(home.url)
    return Airflow(settings, home.url, home.password, started_at)


def stop(settings: Settings) -> None:
    """End Airflow's services and all they started; nothing happens when there are none."""
    processes.stop(settings.home)


def status(settings: Settings) -> set[str]:
    """The services at work."""
    return processes.alive(settings.home)


@contextmanager
def running(settings: Settings) -> Iterator[Airflow]:
    """Airflow for as long as the block lasts, however it ends; the last who uses it ends it, if they started it."""

    def identity() -> str | None:
        whole = processes.alive(settings.home) == set(SERVICES) and _healthy(AirflowHome(settings).url)
        return processes.leader(settings.home, "scheduler") if whole else None

    started: list[Airflow] = []
    with processes.ended_with_us():
        begin, end = (lambda: started.append(start(settings))), (lambda: stop(settings))
        with shared.used(settings.home, NAME, identity, begin, end):
            yield started[0] if started else start(settings)


def _events(instances: list[dict[str, Any]]) -> Iterator[TaskEvent]:
    for instance in sorted(instances, key=lambda i: (i.get("start_date") or "9", i["task_id"])):
        if instance["state"]:
            ended = instance["state"] in _FINAL
            seconds = float(instance["duration"]) if ended and instance.get("duration") is not None else None
            name = instance["task_id"]
            if instance.get("map_index", -1) >= 0:
                name += f" {instance.get('rendered_map_index') or instance['map_index']}"
            yield TaskEvent(name, instance["state"], seconds, max(1, int(instance.get("try_number") or 1)))


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/version", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _warm(url: str) -> None:
    """The API for tasks builds its models at its first request (three CPU seconds); by now the scheduler still loads."""
    with suppress(httpx.HTTPError):
        httpx.get(f"{url}/execution/health", timeout=60, trust_env=False)


def _logs(settings: Settings) -> str:
    home = AirflowHome(settings)
    return "See " + ", ".join(str(home.log(name)) for name in SERVICES) + "."


def _pause(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - Airflow's API has nothing to wait on
