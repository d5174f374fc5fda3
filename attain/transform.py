"""dbt, one invocation per stage and in its own process: staging, core, marts.

Each attempt starts from nothing in a folder of its own run and stage; only dbt's parsed project is carried from run to
run, to save the seconds of parsing. What a run knows of itself (its number, its clock, its lease) reaches the models as
settings of their database sessions, so that a new run does not invalidate the parsed project, and a model whose run
was taken over writes nothing.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
import sqlalchemy as sa

from attain import ops, settings, unchanged
from attain.errors import AttainError, LeaseLost, TransformFailed
from attain.postgres import LEASE_LOST, engine, transaction
from attain.runs import Run, check_lease
from attain.settings import Database

Stage = Literal["staging", "core", "marts"]
PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"

_THREADS = 3
_PARSED = "partial_parse.msgpack"
_MANIFEST = "target/manifest.json"
_SHOWN_ROWS = 5
_NEVER_PUBLISHED = -1
_SHOWN_COLUMNS = (
    "_key", "_id", "_date", "_from", "_to", "_start", "_number", "amount", "_deals", "currency", "currency_code", "copies",
    "scope", "basis", "period_type", "_field", "records",
)  # fmt: skip
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large", "Read-only file system")
_LEASE_WORDS = "another run has taken over this company"


@dataclass
class _Outcomes:
    """What dbt said of each model and test while it ran."""

    built: int = 0
    passed: int = 0
    warned: int = 0
    slowest: list[tuple[float, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def fingerprint() -> str:
    """A hash of the models, macros, tests and project settings: when it changes, everything is rebuilt."""
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        inside = path.relative_to(PROJECT)
        if path.suffix in (".sql", ".yml") and inside.parts[0] not in ("target", "logs"):
            digest.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def transform(
    database: Database, run: Run, stage: str, run_folder: Path, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Build one stage's models and run their tests; nothing is done when all stands as the last run published it.

    Args:
        run_folder: where this run's artifacts go: <run_folder>/<stage>/target and logs.
        tell: called with a line per finished model, and per test that failed or warned.

    Returns:
        Counts for the run's record: models, tests, warnings, seconds, and the slowest models; `unchanged_since`, a
        run, where nothing had to be built.

    Raises:
        LeaseLost: another run has taken over; this one wrote nothing since.
        TransformFailed: naming the model or test, and the first failing rows.
    """
    folder = run_folder / stage
    standing = _standing(database, run, folder)
    if standing is not None:
        tell(f"nothing new since run {standing}: {stage} stands as it is")
        return {"models": 0, "tests": 0, "warnings": 0, "seconds": 0.0, "slowest": {}, "unchanged_since": standing}
    target = _fresh(folder, run_folder.parent)
    command = _command(stage, folder, run)
    outcomes = _Outcomes()
    with subprocess.Popen(
        command, cwd=PROJECT, env=_environment(database, run), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            for line in _lines(process):
                _note(line, outcomes, tell)
            code = process.wait()
        finally:
            _end(process)
    if (target / _PARSED).is_file():
        shutil.copyfile(target / _PARSED, _kept_parse(run_folder.parent))
    if code != 0:
        raise _failure(database, stage, target, outcomes)
    return _summary(target, outcomes)


def _standing(database: Database, run: Run, folder: Path) -> int | None:
    """The run whose build of this stage is this run's as well, its manifest taken over; None when there is none."""
    with transaction(engine(database, "transformer")) as connection:
        check_lease(connection, run)
        last = unchanged.since(connection, run)
    built = folder.parent.with_name(str(last)) / folder.name / _MANIFEST
    if last is None or not _is_whole(built, folder.name):
        return None
    shutil.rmtree(folder, ignore_errors=True)
    (folder / _MANIFEST).parent.mkdir(parents=True)
    shutil.copyfile(built, folder / _MANIFEST)
    return last


def _is_whole(manifest: Path, stage: str) -> bool:
    """Whether the manifest is of a build that came to each of the stage's models: publishing reads their compiled code."""
    if not manifest.is_file():
        return False
    nodes = orjson.loads(manifest.read_bytes())["nodes"].values()
    models = [
        n for n in nodes if n["resource_type"] == "model" and n["original_file_path"].startswith(f"models/{stage}/")
    ]
    return bool(models) and all(n.get("compiled_code") for n in models if n["config"]["materialized"] != "ephemeral")


def _fresh(folder: Path, company_runs: Path) -> Path:
    """An empty target folder with the last parsed project in it: nothing of an earlier attempt is believed."""
    shutil.rmtree(folder, ignore_errors=True)
    target = folder / "target"
    target.mkdir(parents=True)
    if _kept_parse(company_runs).is_file():
        shutil.copyfile(_kept_parse(company_runs), target / _PARSED)
    return target


def _kept_parse(company_runs: Path) -> Path:
    return company_runs / _PARSED


def _command(stage: str, folder: Path, run: Run) -> list[str]:
    command = [
        sys.executable, "-m", "attain.child", "dbt.cli.main", "--log-format", "json", "--log-level", "info", "--log-level-file", "info",
        "--log-path", str(folder / "logs"), "build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
        "--target-path", str(folder / "target"), "--select", f"path:models/{stage}",
        "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable",
    ]  # fmt: skip
    return [*command, "--full-refresh"] if run.full_refresh else command


def _environment(database: Database, run: Run) -> dict[str, str]:
    """What dbt's process is told; the password only here, under a name that dbt scrubs from its logs."""
    return settings.child_environment(
        {
            "DBT_HOST": database.host,
            "DBT_PORT": str(database.port),
            "DBT_USER": database.user("transformer"),
            "DBT_ENV_SECRET_PASSWORD": database.password("transformer"),
            "DBT_DBNAME": database.name,
            "DBT_THREADS": str(_THREADS),
            "PGOPTIONS": _session_options(database, run),
            "PYTHONUNBUFFERED": "1",
        }
    )


def _session_options(database: Database, run: Run) -> str:
    if run.as_of is None:
        raise TransformFailed("transform: the run has no as_of yet. Nothing was built. Extract first, then rerun.")
    options = {
        "attain.run_id": str(run.run_id),
        "attain.token": str(run.token),
        "attain.as_of": run.as_of.isoformat(),
        "attain.unpublished_after": str(_last_published(database)),
        "jit": "off",
        "work_mem": "64MB",
    }
    ours = " ".join(f"-c {name}={value}" for name, value in options.items())
    return f"{settings.session_options()} {ours}"


def _last_published(database: Database) -> int:
    query = sa.select(sa.func.max(ops.runs.c.run_id)).where(ops.runs.c.published_at.is_not(None))
    with transaction(engine(database, "transformer")) as connection:
        last = connection.scalar(query)
    return _NEVER_PUBLISHED if last is None else int(last)


def _lines(process: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """dbt's events; what is not an event (a traceback, a warning of Python's) comes as a message of its own."""
    assert process.stdout is not None
    for raw in process.stdout:
        try:
            yield orjson.loads(raw)
        except orjson.JSONDecodeError:
            yield {"info": {"name": "Plain", "level": "info", "msg": raw.decode(errors="replace").rstrip()}}


def _note(event: dict[str, Any], outcomes: _Outcomes, tell: Callable[[str], None]) -> None:
    info, data = event.get("info", {}), event.get("data", {})
    name, node = info.get("name"), data.get("node_info", {})
    label = node.get("node_name", "")
    if name == "LogModelResult":
        seconds = float(data.get("execution_time") or 0)
        outcomes.built += 1
        outcomes.slowest.append((seconds, label))
        tell(f"{data.get('status', '').split(' ')[0].lower()} {label} {seconds:.1f} s")
    elif name == "LogTestResult":
        outcomes.passed += data.get("status") == "pass"
        outcomes.warned += data.get("status") == "warn"
        if data.get("status") != "pass":
            tell(f"{data.get('status')} {label}: {data.get('num_failures', 0)} rows")
    elif info.get("level") == "error" or name == "MainEncounteredError":
        outcomes.errors.append(str(info.get("msg", "")))
    elif name == "Plain" and info.get("msg"):
        outcomes.errors.append(info["msg"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    """dbt does not outlive us: it is stopped with all its threads, first gently."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    killer = threading.Timer(10, lambda: os.killpg(process.pid, signal.SIGKILL))
    killer.start()
    try:
        process.wait()
    finally:
        killer.cancel()


def _summary(target: Path, outcomes: _Outcomes) -> dict[str, Any]:
    elapsed = orjson.loads((target / "run_results.json").read_bytes())["elapsed_time"]
    slowest = sorted(outcomes.slowest, reverse=True)[:3]
    return {
        "models": outcomes.built,
        "tests": outcomes.passed + outcomes.warned,
        "warnings": outcomes.warned,
        "seconds": round(float(elapsed), 1),
        "slowest": {name: round(seconds, 1) for seconds, name in slowest},
    }


def _failure(database: Database, stage: str, target: Path, outcomes: _Outcomes) -> AttainError:
    """What went wrong, in terms of models and rows."""
    results = target / "run_results.json"
    failed = [] if not results.is_file() else _failed(orjson.loads(results.read_bytes())["results"])
    told = "\n".join(outcomes.errors) + "".join(str(result.get("message")) for result in failed)
    if _LEASE_WORDS in told or LEASE_LOST in told:
        return LeaseLost(f"transform {stage}: {_LEASE_WORDS}. This run stops; let the other one finish.")
    refused = next((words for words in _NO_ROOM if words in told), None)
    if not failed and refused:
        return TransformFailed(
            f"transform {stage}: {refused} below {target.parent}. Nothing was published. Make room there, then rerun."
        )
    if not failed:
        last = " ".join("\n".join(outcomes.errors[-3:]).split()) or "dbt ended without saying why"
        return TransformFailed(f"transform {stage}: {last[:800]} Nothing was published. Mend the project, then rerun.")
    shown = "\n".join(_described(database, result) for result in failed[:5])
    more = f"\n  and {len(failed) - 5} more" if len(failed) > 5 else ""
    return TransformFailed(f"transform {stage}: {len(failed)} failed. Nothing was published.\n{shown}{more}")


def _failed(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [result for result in results if result["status"] in ("error", "fail", "runtime error")]


def _described(database: Database, result: dict[str, Any]) -> str:
    kind, _, name, *_ = str(result["unique_id"]).split(".")
    if kind != "test":
        message = " ".join(str(result.get("message") or "").split())
        return f"  model {name}: {message[:500]}"
    rows = _failing_rows(database, result.get("compiled_code"))
    counted = result.get("failures")
    return f"  test {name}: {counted if counted is not None else result.get('message')} rows{rows}"


def _failing_rows(database: Database, query: str | None) -> str:
    """The first rows of a failing test, by columns that hold keys, figures, currencies and dates, never a name."""
    if not query:
        return ""
    limited = sa.text(f"select * from ({query}) as failing limit {_SHOWN_ROWS}".replace(":", r"\:"))
    try:
        with transaction(engine(database, "validator")) as connection:
            found = connection.execute(limited).mappings().all()
    except AttainError:
        return ""
    return "".join(f"\n    {', '.join(f'{k}={v}' for k, v in row.items() if _may_show(k))}" for row in found)


def _may_show(column: str) -> bool:
    return column.endswith(_SHOWN_COLUMNS)
