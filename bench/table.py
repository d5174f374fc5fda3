"""Writes docs/performance.md from the saved results: `python -m bench.table`."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench import results
from bench.transform import exponents
from bench.workplace import asked_folder

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_HEAD = """\
# Performance

Written by `make bench` (`python -m bench.table`) from what it measured; nothing here is typed. Wall seconds depend on
what else the machine did, whose load is beside them; CPU seconds and ratios measured side by side hardly do.

The data is a lean demo company, served over Salesforce's API (Bulk 2.0) and read the whole way: its deals with three history
rows each, the field changes, product lines and splits that go with them, accounts, users, products, and the files of
sales operations; of leads, campaign members, tasks and meetings there is a handful. `CPU` is what our processes used, dbt's
among them; `PostgreSQL` what its sessions used. A day's changes are half a per cent of the deals.
"""


def page(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page."""
    pipelines = sorted((r for name, r in found.items() if name.startswith("pipeline-")), key=lambda r: r["deals"])
    parts = [_HEAD.strip(), "## Goals", *_goals(found)]
    for result in pipelines:
        parts += [f"## The whole job at {result['deals']:,} deals", *_pipeline(result)]
    builds = sorted((r for name, r in found.items() if name.startswith("transform-")), key=lambda r: r["deals"])
    if builds:
        parts += ["## Building the models", *_builds(builds)]
    publications = [r for name, r in found.items() if name.startswith("publish-")]
    if publications:
        parts += ["## Publishing a day's changes, while readers poll", *_publications(publications)]
    parts += ["## Measured on", *_machines(found)]
    return "\n\n".join(parts) + "\n"


def _goals(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    rows = [(name, goal) for name, result in found.items() for goal in result.get("goals", ())]
    lines = ["| goal | measured | limit | | part |", "| --- | ---: | ---: | --- | --- |"]
    for name, goal in rows:
        bound = "at most" if goal["at_most"] else "at least"
        verdict = "kept" if goal["kept"] else "**missed**"
        note = f" ({goal['note']})" if goal["note"] else ""
        lines.append(
            f"| {goal['goal']}{note} | {goal['measured']:,.2f} | {bound} {goal['limit']:,g} | {verdict} | {name} |"
        )
    yield "\n".join(lines)


def _pipeline(result: Mapping[str, Any]) -> Iterator[str]:
    runs = result["runs"]
    yield f"Measured at commit {result['on']['commit']}, {result['on']['at']}."
    head = "".join(f" {run['what']}: s | CPU | PostgreSQL |" for run in runs)
    lines = [f"| step |{head}", "| --- |" + " ---: | ---: | ---: |" * len(runs)]
    steps = dict.fromkeys(step["step"] for run in runs for step in run["steps"])
    lines += [f"| {name} |" + "".join(_cells(run["steps"], name) for run in runs) for name in steps]
    totals = (run["total"] for run in runs)
    lines.append(
        "| **all** |" + "".join(f" {t['wall']:.0f} | {t['cpu_own']:.0f} | {t['cpu_server']:.0f} |" for t in totals)
    )
    yield "\n".join(lines)
    yield (
        "Load of the machine before and after each run: "
        + "; ".join(f"{run['what']} {run['load'][0]:.1f}, {run['load'][1]:.1f}" for run in runs)
        + ". The demo company's own server used "
        + ", ".join(f"{sum(step['cpu_demo'] for step in run['steps']):.1f}" for run in runs)
        + " CPU s."
    )
    kinds = dict.fromkeys(kind for run in runs for kind in run["peak"])
    lines = ["| peak memory, MB |" + "".join(f" {run['what']} |" for run in runs), "| --- |" + " ---: |" * len(runs)]
    lines += [f"| {kind} |" + "".join(f" {run['peak'].get(kind, 0):,.0f} |" for run in runs) for kind in kinds]
    yield "\n".join(lines)
    yield "Slowest models: " + "; ".join(f"{run['what']}: {_slowest(run)}" for run in runs) + "."
    yield (
        "On disk after the last of these runs, MB: "
        + ", ".join(f"{name} {size:,.0f}" for name, size in result["disk"].items())
        + "."
    )


def _cells(steps: list[Mapping[str, Any]], name: str) -> str:
    for step in steps:
        if step["step"] == name:
            return f" {step['wall']:.1f} | {step['cpu_own']:.1f} | {step['cpu_server']:.1f} |"
    return " | | |"


def _slowest(run: Mapping[str, Any]) -> str:
    built = [step["detail"] for step in run["steps"] if step["step"].startswith("transform")]
    models = sorted(((s, n) for detail in built for n, s in detail["slowest"].items()), reverse=True)[:3]
    return ", ".join(f"{name} {seconds:.0f} s" for seconds, name in models) or "nothing was built"


def _builds(found: list[Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "The models rebuilt one after another by one session, and what the stages of dbt took of a first run and of a "
        "day's changes. Common answers: deals, figures of reps, teams and the company, the pipeline of any day."
    )
    lines = [
        (
            "| deals | four marts and core: s | CPU | PostgreSQL | common answers: PostgreSQL | first run: PostgreSQL | "
            "a day's changes: PostgreSQL | beside the four marts | core and marts, MB |"
        ),
        "| ---: |" + " ---: |" * 8,
    ]
    for result in found:
        whole, common = result["built"]["four marts"], result["built"]["common answers"]
        first, changed = result["first"]["cpu_server"], result["changed"]["cpu_server"]
        lines.append(
            f"| {result['deals']:,} | {whole['wall']:.0f} | {whole['cpu_own']:.0f} | {whole['cpu_server']:.1f} "
            f"| {common['cpu_server']:.1f} | {first:.1f} | {changed:.1f} | {changed / whole['cpu_server']:.2f} "
            f"| {result['disk'].get('core', 0) + result['disk'].get('marts', 0):,.0f} |"
        )
    yield "\n".join(lines)
    for small, large, power in exponents(found):
        yield f"From {small:,} to {large:,} deals PostgreSQL's CPU grows with the power {power:.2f} of their number."
    slowest = found[-1]["built"]["four marts"]["slowest"]
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest.items())
    yield f"The slowest models at {found[-1]['deals']:,} deals: {told}."


def _publications(found: list[Mapping[str, Any]]) -> Iterator[str]:
    lines = [
        "| deals | by the run mark, s | everything compared, s | ratio | readers' median, ms | p99 | most | without: p99 |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for result in sorted(found, key=lambda each: each["deals"]):
        marked, whole = (min(each["seconds"] for each in result[name]) for name in ("marked", "whole"))
        readers = result["readers"]
        lines.append(
            f"| {result['deals']:,} | {marked:.2f} | {whole:.2f} | {result['ratio']:.2f} | {readers['median']:.1f} "
            f"| {readers['p99']:.1f} | {readers['most']:.1f} | {result['readers_without']['p99']:.1f} |"
        )
    yield "\n".join(lines)


def _machines(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    lines = ["| part | at | commit | machine | load at its end |", "| --- | --- | --- | --- | --- |"]
    for name, result in found.items():
        on = result["on"]
        machine = f"{on['system']}, {on['cores']} cores, {on['memory_gb']} GB, Python {on['python']}"
        lines.append(f"| {name} | {on['at']} | {on['commit']} | {machine} | {', '.join(map(str, on['load']))} |")
    yield "\n".join(lines)
    for on in (result["on"] for result in found.values()):
        yield "Versions: " + ", ".join(f"{name} {version}" for name, version in on["versions"].items()) + "."
        return


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=None)
    folder = asked_folder(parser.parse_args().results)
    found = results.load(folder)
    if not found:
        parser.error(f"no results in {folder}; run a part first")
    _PAGE.write_text(page(found), encoding="utf-8")
    print(f"{_PAGE} says what {', '.join(found)} measured")


if __name__ == "__main__":
    main()
