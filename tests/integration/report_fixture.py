"""A company's `reporting` schema as a publication leaves it, with figures that add up and can be checked by hand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from attain import ops, postgres
from attain import publish as publishing
from attain.settings import Database

AS_OF = datetime(2026, 9, 10, 6, tzinfo=UTC)
RUN = 30
MONEY = sa.Numeric(20, 2)
REPS = (
    ("Amara Okafor", 702, 600),
    ("Jonas Lindqvist", 588, 600),
    ("Priya Raman", 546, 600),
    ("Mateo Silva", 459, 540),
    ("Hanna Weiss", 410, 540),
    ("Daniel Cohen", 351, 540),
    ("Sofia Marino", 250, 480),
    ("Tom Becker", 96, 300),
)
QUARTERS = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(6, 33, 3)]
STAGES = (
    ("lead_generation", 1, 14, 402, 20, 47),
    ("qualification", 2, 17, 566, 85, 33),
    ("needs_analysis", 3, 15, 634, 222, 18),
    ("proposal_and_negotiation", 4, 9, 468, 281, 11),
    ("closing", 5, 5, 244, 207, 4),
)
MOVEMENTS = {
    "opening": (6240, 150),
    "created": (4386, 104),
    "reopened": (212, 6),
    "restored": (0, 0),
    "transferred_in": (120, 4),
    "transferred_out": (-120, 4),
    "pulled_in": (534, 13),
    "pushed_in": (0, 0),
    "increased": (318, 9),
    "decreased": (-276, 8),
    "revalued": (0, 0),
    "pushed_out": (-1628, 29),
    "pulled_out": (0, 0),
    "won": (-3402, 66),
    "lost": (-4070, 118),
    "deleted": (0, 0),
    "closing": (2314, 60),
}
Rows = Sequence[Mapping[str, Any]]


def publish(database: Database, **tables: Rows) -> None:
    """Tables as a publication would leave them, each with the columns of its rows."""
    with postgres.transaction(postgres.engine(database, "publisher")) as connection:
        for name, rows in tables.items():
            columns = [sa.Column(column, _type(column, rows)) for column in rows[0]]
            table = sa.Table(name, sa.MetaData(schema="reporting"), *columns)
            table.drop(connection, checkfirst=True)
            table.create(connection)
            connection.execute(sa.insert(table), list(rows))


def _type(name: str, rows: Rows) -> sa.types.TypeEngine[Any]:
    value = next((row[name] for row in rows if row[name] is not None), "")
    kinds: tuple[tuple[type, sa.types.TypeEngine[Any]], ...] = (
        (bool, sa.Boolean()),
        (int, sa.BigInteger()),
        (Decimal, MONEY),
        (float, sa.Double()),
        (datetime, sa.DateTime(timezone=True)),
        (date, sa.Date()),
        (str, sa.Text()),
    )
    return next(kind for python, kind in kinds if isinstance(value, python))


def settings(name: str = "Meridian Robotics", **more: str) -> Rows:
    """The company's settings as text."""
    found = {"name": name, "time_zone": "Europe/Berlin", "currency": "EUR", "fiscal_year_start_month": "1", **more}
    return [{"setting": key, "value": value} for key, value in found.items()]


def key(name: str) -> str:
    return name.lower().replace(" ", "-")


def bookings(reps: Iterable[tuple[str, int, int]] = REPS) -> Rows:
    """Each rep's bookings of the quarter in eight parts, and a smaller quarter before."""
    rows = []
    for place, (name, booked, _) in enumerate(reps):
        for part in range(8):
            day = date(2026, 7, 3) + timedelta(days=part * 9 + place % 5)
            for when, share in ((day, Decimal(1)), (day - timedelta(days=91), Decimal("0.92"))):
                amount = Decimal(booked * 1000) / 8 * share
                rows.append({"booking_date": when, "net_amount": amount, "rep_key": key(name)})
    return rows


def deals() -> Rows:
    """Closed deals of nine quarters, with a median cycle that grows, and the open ones."""
    rows: list[dict[str, Any]] = []
    rates = ((58, 96), (60, 97), (62, 105), (66, 93), (70, 120), (68, 104), (63, 113), (65, 107), (66, 118))
    for place, (start, (won, lost)) in enumerate(zip(QUARTERS, rates, strict=True)):
        for number in range(won + lost):
            is_won = number < won
            rows.append(
                _deal(
                    f"{start}-{number}",
                    is_won=is_won,
                    is_lost=not is_won,
                    amount=Decimal(40000 + number),
                    close_date=start + timedelta(days=number % 70),
                    cycle_days=40 + place * 3 + number % 7 - 3,
                )
            )
    rows += [_deal(f"open-{i}", amount=row["amount"], close_date=row["close_date"]) for i, row in enumerate(current())]
    return rows


def _deal(name: str, **values: Any) -> dict[str, Any]:
    deal = {
        "opportunity_key": name,
        "is_won": False,
        "is_lost": False,
        "is_open": name.startswith("open-"),
        "amount": None,
        "close_date": None,
    }
    return deal | {"cycle_days": None, "is_cycle_valid": True} | values


def current() -> Rows:
    """The quarter's open deals, and one due later."""
    rows = []
    for stage, order, count, amount, weighted, _ in STAGES:
        for number in range(count):
            last = number == count - 1
            share = amount * 1000 // count if not last else amount * 1000 - amount * 1000 // count * (count - 1)
            part = weighted * 1000 // count if not last else weighted * 1000 - weighted * 1000 // count * (count - 1)
            rows.append(
                _open(f"{stage}-{number}", stage, order, Decimal(share), Decimal(part), date(2026, 9, 12 + number))
            )
    return [*rows, _open("later", "closing", 5, Decimal(99000), Decimal(80000), date(2026, 11, 3))]


def _open(name: str, stage: str, order: int, amount: Decimal, weighted: Decimal, due: date) -> dict[str, Any]:
    values = {"stage": stage, "stage_order": order, "amount": amount, "weighted_amount": weighted, "close_date": due}
    return {"opportunity_key": name} | values


def movements(**changed: tuple[int, int]) -> Rows:
    """The quarter's target pipeline, gross, of one owner."""
    row: dict[str, Any] = {"scope": "target", "basis": "gross", "period_type": "quarter", "period_start": QUARTERS[-1]}
    for name, (amount, count) in (MOVEMENTS | changed).items():
        row |= {f"{name}_amount": Decimal(amount * 1000), f"{name}_deals": count}
    return [row, row | {"scope": "open", "opening_amount": Decimal(1)}]


def goals(reps: Iterable[tuple[str, int, int]] = REPS) -> Rows:
    """Company goals of nine quarters and each rep's of the current one."""
    shares = (0.94, 0.97, 0.9, 0.95, 1.03, 0.96, 0.93, 0.91, 0.81)
    rows = [_goal("company", "company", "Company", QUARTERS[-1], 3402, 4200)]
    rows += [
        _goal("company", "company", "Company", q, 4200 * s, 4200) for q, s in zip(QUARTERS[:-1], shares, strict=False)
    ]
    return [*rows, *(_goal("rep", key(name), name, QUARTERS[-1], booked, quota) for name, booked, quota in reps)]


def _goal(level: str, subject: str, name: str, start: date, actual: float, target: float) -> dict[str, Any]:
    return {
        "level": level,
        "subject_key": subject,
        "subject_name": name,
        "measure": "bookings",
        "period_type": "quarter",
        "period_start": start,
        "target_amount": Decimal(str(target)) * 1000 if target else None,
        "actual_amount": Decimal(str(round(actual, 3))) * 1000,
        "attainment": actual / target if target else None,
        "expected_share": 52 / 66,
        "pace": actual / target / (52 / 66) if target else None,
        "projected_amount": Decimal(str(round(actual / (52 / 66), 3))) * 1000,
    }


def funnel(decision: int = 214) -> Rows:
    """Cohorts of seven quarters; in Q1 2026 fewer people than usual go from interest to decision."""
    people = {q: (3600 + 40 * i, 1080 + 12 * i, 254 + 3 * i, 89 + i) for i, q in enumerate(QUARTERS)}
    people[date(2026, 1, 1)] = (3840, 1190, decision, 73)
    return [
        {
            "dimension_level": "all",
            "cohort_period_type": "quarter",
            "cohort_start": start,
            "funnel_stage": stage,
            "people_entered": count,
        }
        for start, counts in people.items()
        for stage, count in zip(("awareness", "interest", "decision", "action"), counts, strict=True)
    ]


def commission(reps: Iterable[tuple[str, int, int]] = REPS) -> Rows:
    """About 6.5 % of bookings over the quarter's three months."""
    return [
        {
            "rep_key": key(name),
            "rep_name": name,
            "period_start": date(2026, month, 1),
            "currency_code": "EUR",
            "earning_amount": Decimal(booked * 1000) * Decimal(share) * (Decimal("0.06") + Decimal(booked) / 70000),
        }
        for name, booked, _ in reps
        for month, share in ((7, "0.45"), (8, "0.40"), (9, "0.15"))
    ]


def stays() -> Rows:
    """Stage stays of this year's won deals, so that each stage has its usual days to close."""
    rows = []
    for deal in deals():
        for stage, _, _, _, _, wait in STAGES if deal["is_won"] else ():
            entered = datetime.combine(deal["close_date"] - timedelta(days=wait), datetime.min.time(), UTC)
            rows.append({"opportunity_key": deal["opportunity_key"], "stage": stage, "entered_at": entered})
    return rows


def marts() -> dict[str, Rows]:
    """Every mart the report reads, of a company that brought everything."""
    return {
        "company_settings": settings(sample="Sample data, seed 42"),
        "bookings": bookings(),
        "pipeline_deals": deals(),
        "pipeline_current": current(),
        "pipeline_movements": movements(),
        "pipeline_deal_stages": stays(),
        "goal_attainment": goals(),
        "funnel_conversion": funnel(),
        "commission_statements": commission(),
    }


def history(database: Database) -> None:
    """Thirty daily runs in `ops`: the last one published with six findings, one stopped eight days before."""
    runs = range(1, RUN + 1)
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        for table, rows in (
            (ops.runs, [_run(number) for number in runs]),
            (ops.run_steps, [row for number in runs for row in _steps(number)]),
            (ops.loads, [row for number in runs for row in _loads(number)]),
            (ops.quarantine, [row for number in runs for row in _set_aside(number)]),
            (ops.validation_results, list(_checks())),
        ):
            connection.execute(sa.insert(table), rows)


def first_run(database: Database) -> None:
    """One run in `ops`, number `RUN`: published, with nothing loaded and nothing checked."""
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        connection.execute(sa.insert(ops.runs), [_run(RUN)])


LOADS = (
    ("salesforce", "salesforce__opportunity", 12480),
    ("salesforce", "salesforce__account", 6214),
    ("salesforce", "salesforce__opportunity_field_history", 29418),
    ("files", "files__quotas", 86),
)


STEPS = {
    "extract salesforce": 0.3,
    "validate raw": 0.02,
    "transform staging": 0.2,
    "validate staging": 0.03,
    "transform core": 0.2,
    "transform marts": 0.2,
    "validate marts": 0.03,
    "publish": 0.02,
}
STOPPED = RUN - 8


def _start(number: int) -> datetime:
    return AS_OF - timedelta(days=RUN - number)


def _seconds(number: int) -> int:
    return 828 if number == RUN else 402 if number == STOPPED else 780 + number % 7 * 6


def _rejected(number: int) -> int:
    return {RUN: 61, RUN - 15: 47}.get(number, number * 7 % 5 if number % 3 == 0 else 0)


def _run(number: int) -> dict[str, Any]:
    start, stopped = _start(number), number == STOPPED
    end = start + timedelta(seconds=_seconds(number))
    return {
        "run_id": number,
        "label": f"{start:%Y-%m-%d-%H%M}",
        "state": "failed" if stopped else "published",
        "as_of": start,
        "token": number,
        "started_at": start,
        "ended_at": end,
        "published_at": None if stopped else end,
        "error": "validate raw: 1 critical check failed" if stopped else None,
        "trigger": "airflow",
    }


def _steps(number: int) -> Iterator[dict[str, Any]]:
    at = _start(number)
    for step, share in list(STEPS.items())[: 4 if number == STOPPED else None]:
        until = at + timedelta(seconds=_seconds(number) * share)
        yield {"run_id": number, "step": step, "attempt": 1, "state": "done", "started_at": at, "ended_at": until}
        at = until


def _loads(number: int) -> Iterator[dict[str, Any]]:
    start = _start(number)
    for place, (source, table, rows) in enumerate(LOADS):
        first, rejected = number == 1, _rejected(number) if place == 0 else 0
        landed = rows if first else rows // 200
        yield {
            "load_id": number * 10 + place,
            "run_id": number,
            "source": source,
            "account": source,
            "table_name": table,
            "part": "all",
            "mode": "incremental",
            "started_at": start,
            "committed_at": start + timedelta(seconds=60),
            "extracted_until": start,
            "rows_in": landed + rejected,
            "rows_inserted": landed if first else landed - landed // 3,
            "rows_updated": 0 if first else landed // 3,
            "rows_deleted": 3 if number % 10 == 0 else 0,
            "rows_rejected": rejected,
            "published_run_id": number,
        }


def _set_aside(number: int) -> Iterator[dict[str, Any]]:
    for row in range(_rejected(number)):
        returned = number < RUN - 15 and row % 2 == 0
        yield {
            "stage": "raw",
            "run_id": number,
            "load_id": number * 10,
            "table_name": LOADS[0][1],
            "account": "salesforce",
            "row_key": f"{number}-{row}",
            "column_name": "account_id",
            "value": "secret value",
            "rule": "account exists" if row < 38 else "close_date is not before created_date",
            "found_at": _start(number),
            "resolved_at": _start(number) + timedelta(days=1) if returned else None,
            "resolution": "returned" if returned else None,
            "resolved_run_id": number + 1 if returned else None,
        }


FINDINGS = (
    (
        "staging",
        "stg_salesforce__opportunities",
        "account exists",
        "quarantine",
        38,
        "38 opportunities name an account that is not there.",
    ),
    (
        "staging",
        "stg_salesforce__opportunities",
        "close date order",
        "quarantine",
        23,
        "23 opportunities close before they were created.",
    ),
    (
        "raw",
        "salesforce__opportunity",
        "rows within usual band",
        "warn",
        0,
        "12,480 rows arrived; 10,000 to 12,000 is usual.",
    ),
    ("raw", "files__quotas", "age under 31 days", "warn", 0, "The newest quota is 40 days old."),
    (
        "staging",
        "stg_salesforce__accounts",
        "country known",
        "warn",
        455,
        "455 of 6,214 accounts (7.3%) have no country.",
    ),
    (
        "marts",
        "pipeline_movements",
        "pushed-out deals within band",
        "warn",
        29,
        "29 deals were pushed out; 12 to 24 is usual.",
    ),
)
_TODO = {"quarantine": "Correct it in the CRM; the next run takes the rows back.", "warn": "Look at it within a week."}


MEASURED = {"rows_raw": 52867, "rows_alive": 52831, "rows_aside": 0, "rows_deleted": 36}
CHECKED = {
    "raw": tuple(table for _, table, _ in LOADS),
    "staging": ("stg_salesforce__opportunities", "stg_salesforce__accounts", "stg_files__quotas"),
    "marts": ("bookings", "pipeline_movements", "funnel_conversion", "goal_attainment", "commission_statements"),
}


def _checks() -> Iterator[dict[str, Any]]:
    """Rules that hold on each table, and the findings; the last two of these for five runs already."""
    for run in range(RUN - 4, RUN + 1):
        for stage, names in CHECKED.items():
            for place, table in enumerate(names):
                for number in range(4 + place * 2):
                    told = {"measured": MEASURED if stage == "staging" and number == 0 else {}}
                    yield (
                        result(run, stage, table, f"rule {number}") | {"severity": "critical", "success": True} | told
                    )
        for place, (stage, table, name, severity, failed, message) in enumerate(FINDINGS):
            if run == RUN or place > 3:
                found = {"severity": severity, "success": False, "rows_failed": failed, "message": message}
                yield (
                    result(run, stage, table, name)
                    | found
                    | {
                        "what_to_do": _TODO[severity],
                        "owner": "CRM operations",
                    }
                )


def result(run: int, stage: str, table: str, name: str) -> dict[str, Any]:
    """A check's recorded result; what is not said is that it found nothing."""
    return {
        "run_id": run,
        "attempt": 1,
        "stage": stage,
        "table_name": table,
        "check_name": name,
        "rows_checked": 12480,
        "rows_failed": 0,
        "observed": "secret value",
        "measured": {},
        "message": name,
        "what_to_do": "",
        "owner": "",
        "seconds": 0.4,
        "checked_at": AS_OF,
    }


def views(database: Database) -> None:
    """The operations views, as publishing makes them."""
    publishing.ensure_views(database)
