"""Bulk API to raw over HTTP, the whole way, beside psql's COPY of the same rows plus the very same merge.

The demo company's server is measured alone as well: it must not be what is waited for.
"""

import argparse
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from attain import job, postgres, server_files
from attain.demo_company import COMPANY
from attain.raw import SCHEMA, ensure_table
from attain.settings import Settings
from bench import results
from bench.machine import process_cpu, server_cpu
from bench.pipeline import Place, place
from bench.results import goal
from bench.workplace import asked_folder, workplace

_LARGE = ("Opportunity", "OpportunityHistory", "OpportunityFieldHistory", "OpportunityLineItem", "Account")
_ROWS_PER_PAGE = 100_000
_LIMIT, _MEGABYTES, _SERVED = 0.7, 600.0, 200_000.0
_PEER_LOAD = 0


def measure(settings: Settings, deals: int, folder: Path) -> None:
    """The server alone, the whole way, and the peer; saved at the end."""
    with place(settings, deals) as at_work:
        served = _served(at_work)
        ours = _child(at_work, "whole_way")
        peer = _child(at_work, "peer")
    ratio = peer["seconds"] / ours["seconds"]
    own = f"{ours['rows'] / ours['seconds']:,.0f} rows/s beside {peer['rows'] / peer['seconds']:,.0f}"
    cpu = f"CPU {ours['cpu']:.1f} s and PostgreSQL {ours['cpu_server']:.1f} s beside {peer['cpu_server']:.1f} s"
    alone = f"{served['rows'] / served['seconds']:,.0f} rows/s by the clock"
    goals = [
        goal("Bulk API to raw over HTTP, beside COPY and the same merge", ratio, _LIMIT, note=f"{own}; {cpu}"),
        goal("its peak memory, MB", ours["megabytes"], _MEGABYTES, at_most=True),
        goal("the demo's server alone, rows per CPU second", served["rows"] / served["cpu"], _SERVED, note=alone),
    ]
    results.save(
        folder, f"bulk-{deals}", {"deals": deals, "served": served, "ours": ours, "peer": peer, "goals": goals}
    )


def _served(at_work: Place) -> dict[str, float]:
    """Fetch the large objects' pages and throw them away; the server's own CPU seconds."""
    told = json.loads((at_work.settings.home / "demo" / "serve.log").read_text(encoding="utf-8").splitlines()[0])
    client = json.loads(Path(told["credentials"]).read_text(encoding="utf-8"))
    rows, before = 0, process_cpu(at_work.demo)
    with httpx.Client(base_url=told["url"], timeout=600, trust_env=False) as http:
        form = {
            "grant_type": "client_credentials",
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
        }
        token = http.post("/services/oauth2/token", data=form).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        started = time.perf_counter()
        for name in _LARGE[:3]:
            rows += _fetched(http, name)
        seconds = time.perf_counter() - started
    return {"rows": rows, "seconds": round(seconds, 2), "cpu": round(process_cpu(at_work.demo) - before, 2)}


def _fetched(http: httpx.Client, name: str) -> int:
    """Rows of one query job's pages."""
    from extract.salesforce.objects import OBJECTS

    base = "/services/data/v64.0/jobs/query"
    known = {field["name"] for field in http.get(f"/services/data/v64.0/sobjects/{name}/describe").json()["fields"]}
    fields = [alias for column in OBJECTS[name].columns for alias in column.aliases[:1] if alias in known]
    wish = {"operation": "queryAll", "query": f"SELECT {', '.join(fields)} FROM {name}", "contentType": "CSV"}
    key = http.post(base, json=wish).raise_for_status().json()["id"]
    while http.get(f"{base}/{key}").json()["state"] != "JobComplete":
        time.sleep(0.1)
    rows, locator = 0, ""
    while locator != "null":
        asked = {"maxRecords": str(_ROWS_PER_PAGE)} | ({"locator": locator} if locator else {})
        with http.stream("GET", f"{base}/{key}/results", params=asked) as page:
            for _ in page.iter_raw():
                pass
            rows += int(page.headers["sforce-numberofrecords"])
            locator = page.headers.get("sforce-locator", "null")
    return rows


def _child(at_work: Place, part: str) -> dict[str, Any]:
    """One part in a process of its own, so that its peak memory is its own."""
    environment = os.environ | {"ATTAIN_HOME": str(at_work.settings.home), "ATTAIN_COMPANY": COMPANY}
    before = server_cpu(at_work.postmaster)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bulk", "--part", part], stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.exit(f"{part} failed")
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    cpu = round(usage.ru_utime + usage.ru_stime, 2)
    return found | {
        "megabytes": usage.ru_maxrss / 1024,
        "cpu": cpu,
        "cpu_server": server_cpu(at_work.postmaster) - before,
    }


def whole_way() -> dict[str, Any]:
    """Extract Salesforce as a run does; which tables it landed is kept for the peer."""
    from extract import land

    tables, rows, real = {}, 0, land.land

    def noting(database: Any, run: Any, name: str, batch: Any) -> Any:
        nonlocal rows
        landed = real(database, run, name, batch)
        tables[batch.table.name] = (batch.table, batch.account)
        rows += landed.rows_in
        return landed

    run = job.begin(COMPANY, "bench", "bench")
    land.land = noting  # type: ignore[assignment]
    started = time.perf_counter()
    job.extract(COMPANY, run, "salesforce")
    seconds = time.perf_counter() - started
    _kept().write_bytes(pickle.dumps(tables))
    return {"rows": rows, "seconds": seconds}


def peer() -> dict[str, Any]:
    """psql's \\copy of the same rows from files into the same kind of staging table, then the landing's own merge."""
    from extract.merge import merge
    from extract.source import Batch
    from extract.stage import stage

    chosen, database = job.opened(COMPANY)
    psql = str(server_files.programs(server_files.account(chosen.home)) / "psql")
    loader, rows, seconds = postgres.engine(database, "loader"), 0, 0.0
    address = database.libpq_uri("loader")
    for table, account in pickle.loads(_kept().read_bytes()).values():
        names = ", ".join(f'"{name}"' for name in table.schema.names)
        file = chosen.home / "peer.csv"
        subprocess.run(
            [psql, "-qXc", f"\\copy {SCHEMA}.{table.name} ({names}) to '{file}' (format csv)", address], check=True
        )
        made = stage(table, _PEER_LOAD)
        with postgres.transaction(loader) as connection:
            connection.execute(sa.text(f'drop table {SCHEMA}."{table.name}" cascade'))
            for each in (made.rows, made.plan, made.rejects):
                connection.execute(sa.schema.DropTable(each, if_exists=True))
            made.rows.create(connection)
        started = time.perf_counter()
        into = f"\\copy {SCHEMA}.{made.rows.name} ({names}) from '{file}' (format csv)"
        subprocess.run([psql, "-qXv", "ON_ERROR_STOP=1", "-c", into, address], check=True)
        with postgres.transaction(loader) as connection:
            connection.execute(sa.text("set local work_mem = '64MB'"))
            ensure_table(connection, table)
            rows += merge(connection, table, made, Batch(table, account, "upsert", "peer", iter(()))).inserted
        seconds += time.perf_counter() - started
    return {"rows": rows, "seconds": seconds}


def _kept() -> Path:
    return job.opened(COMPANY)[0].home / "tables.pickle"


def main() -> None:
    """Measure at each size asked for; `--part` is one part in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, action="append")
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--part", choices=("whole_way", "peer"), default=None)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps({"whole_way": whole_way, "peer": peer}[asked.part]()))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))
    for deals in asked.deals or [10_000, 100_000]:
        with workplace(None) as settings:
            measure(settings, deals, asked_folder(asked.results))


if __name__ == "__main__":
    main()
