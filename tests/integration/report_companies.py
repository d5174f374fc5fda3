"""Companies whose pages are hard to lay out: hostile names, negative amounts, nothing but deals, nothing at all."""

# ruff: noqa: RUF001 (hostile on purpose)

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from attain import ops, postgres
from attain.settings import Database
from tests.integration import report_fixture as company

HOSTILE = "\"><img src=x onerror=hacked=1><script>hacked=1</script>'&{{ 7*7 }}"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
NAMES = (
    HOSTILE, "אברהם בן־דוד (מנהל), 12%", "محمد بن عبد الله", LONG, "👩‍🚀 Zoë 🚀 岡田", "\N{RIGHT-TO-LEFT OVERRIDE}desrever",
    "Maximiliane Alexandra von Hohenstein-Wolkenkuckucksheim", "O’Brien; drop table reps; --",
)  # fmt: skip


def whole(database: Database) -> None:
    """Brought everything, thirty runs old."""
    company.publish(database, **company.marts())
    company.history(database)


def stopped(database: Database) -> None:
    """The same; one run was stopped by a critical check, and a source lags behind."""
    whole(database)
    run = company.STOPPED
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        of_run = (ops.run_steps.c.run_id == run, ops.run_steps.c.step == "validate staging")
        connection.execute(ops.run_steps.update().where(*of_run).values(state="failed"))
        found = {"severity": "critical", "success": False, "rows_failed": 3, "owner": "data engineering"}
        broken = company.result(run, "staging", "stg_salesforce__opportunities", "each row has its key") | found
        connection.execute(sa.insert(ops.validation_results), [broken])
        lagging = datetime(2026, 8, 27, tzinfo=UTC)
        connection.execute(ops.loads.update().where(ops.loads.c.source == "files").values(extracted_until=lagging))


def hostile(database: Database) -> None:
    """Names that attack, turn, or do not end; amounts below zero; money without cents; forty-five findings."""
    amounts = ((702, 600), (-588, 600), (546, 600), (459, 540), (410, 0), (351, 540), (0, 480), (2600, 300))
    reps = tuple((name, *amount) for name, amount in zip(NAMES, amounts, strict=True))
    stages = [
        {**row, "stage": {"closing": HOSTILE, "qualification": LONG}.get(row["stage"], row["stage"])}
        for row in company.current()
    ]
    moved = company.movements(opening=(-200, 150), created=(4386 + 6440, 104))
    marts = company.marts() | {
        "company_settings": company.settings(name=HOSTILE + NAMES[1], sample=NAMES[2], currency="JPY"),
        "goal_attainment": company.goals(reps),
        "commission_statements": [
            {**row, "currency_code": "BHD" if place % 5 == 0 else "JPY"}
            for place, row in enumerate(company.commission(reps))
        ],
        "bookings": company.bookings(reps),
        "pipeline_current": stages,
        "pipeline_movements": moved,
    }
    company.publish(database, **marts)
    company.history(database)
    kept, aside = ops.validation_results, ops.quarantine
    many = [
        company.result(company.RUN, "marts", "bookings", f"{HOSTILE} {number:02}")
        | {"severity": "warn", "success": False, "message": f"{NAMES[1]} {LONG} {number:02}", "rows_failed": 0,
           "what_to_do": f"Do{number:02} {LONG}", "owner": f"Owner{number:02} {NAMES[4]}"}
        for number in range(39)
    ]  # fmt: skip
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        connection.execute(kept.update().where(~kept.c.success).values(message=HOSTILE, owner=LONG, what_to_do=HOSTILE))
        connection.execute(sa.insert(kept), many)
        key = sa.cast(aside.c.quarantine_id, sa.Text)
        connection.execute(aside.update().values(rule=HOSTILE + LONG, stage="raw", row_key=key))


def deals_only(database: Database) -> None:
    """A folder with one file of deals, loaded for the first time."""
    everything = company.marts()
    company.publish(database, **{name: everything[name] for name in ("bookings", "pipeline_deals", "pipeline_current")})
    company.first_run(database)


def empty(database: Database) -> None:
    """Every table is there and none has a row."""
    company.publish(database, **company.marts())
    with postgres.transaction(postgres.engine(database, "publisher")) as connection:
        for name in company.marts():
            connection.exec_driver_sql(f'delete from reporting."{name}"')
    company.first_run(database)


COMPANIES: dict[str, Callable[[Database], None]] = {
    "whole": whole, "stopped": stopped, "hostile": hostile, "deals only": deals_only, "empty": empty,
}  # fmt: skip
