"""Results as JSON, one file a part, with what they were measured on: `docs/performance.md` is written from them."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGES = ("dbt-core", "apache-airflow", "great-expectations", "pyarrow", "adbc-driver-postgresql", "dlt")
_ROOT = Path(__file__).resolve().parents[1]


def save(folder: Path, name: str, measured: dict[str, Any]) -> None:
    """Write one part's result, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{name}.tmp"
    fresh.write_text(json.dumps({"part": name, **measured, "on": machine()}, indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / f"{name}.json")


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """Every saved result by its name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def goal(name: str, ratio: float, limit: float, *, at_most: bool = False, note: str = "") -> dict[str, Any]:
    """A goal with what was measured for it, printed at once."""
    kept = ratio <= limit if at_most else ratio >= limit
    told = {"goal": name, "measured": round(ratio, 3), "limit": limit, "at_most": at_most, "kept": kept, "note": note}
    print(line(told), flush=True)
    return told


def line(told: dict[str, Any]) -> str:
    """A goal as a line of text."""
    bound = "at most" if told["at_most"] else "at least"
    verdict = "kept" if told["kept"] else "missed"
    note = f"; {told['note']}" if told["note"] else ""
    return f"{told['goal']:<64} {told['measured']:>10,.2f} ({bound} {told['limit']:g}: {verdict}){note}"


def machine() -> dict[str, Any]:
    """Machine, moment, commit and versions."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": [round(each, 1) for each in os.getloadavg()],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD") + ("+" if _git("status", "--porcelain", "-uno") else ""),
        "versions": {name: version(name) for name in _PACKAGES},
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
