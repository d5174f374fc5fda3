"""A reader of what is published, as a dashboard is: polls without pause until asked to end, then tells its waits.

The address comes on standard input, whose end is the sign to end; milliseconds of each query go out as JSON.
"""

import json
import select
import sys
import time

import psycopg

_QUERIES = (
    "select amount, stage from reporting.pipeline_deals where opportunity_key = %(key)s",
    "select sum(bookings_amount) from reporting.kpi_rep_period where period_type = 'month' and period_start = %(month)s",
    "select closing_amount from reporting.pipeline_movements where movement_key = %(movement)s",
)


def main() -> None:
    """Poll until standard input ends."""
    waits: list[float] = []
    with psycopg.connect(sys.stdin.readline().strip(), autocommit=True) as connection:
        known = _known(connection)
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], 0.002)[0]:
            query = _QUERIES[len(waits) % len(_QUERIES)]
            started = time.perf_counter()
            connection.execute(query, known).fetchall()
            waits.append((time.perf_counter() - started) * 1000)
    print(json.dumps(waits))


def _known(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, object]:
    """A row of each table, to ask for by its key."""
    found = {}
    for name, query in (
        ("key", "select opportunity_key from reporting.pipeline_deals limit 1"),
        ("month", "select max(period_start) from reporting.kpi_rep_period where period_type = 'month'"),
        ("movement", "select movement_key from reporting.pipeline_movements limit 1"),
    ):
        row = connection.execute(query).fetchone()
        found[name] = row[0] if row else None
    return found


if __name__ == "__main__":
    main()
