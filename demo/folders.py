"""What no CRM holds, as folders: the company's settings and mappings, and the files of sales operations.

`files/` changes with the clock: quotas of a new quarter, a hire, a leaver, a year's plan rates.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from demo.clock import DAY, FAR, FIRST_FISCAL_DAY, as_date, month_start
from demo.company import Life
from demo.frame import View
from demo.goals import CHECKIN_COLUMNS, GOAL_COLUMNS, checkin_rows, goal_rows, goals
from demo.handouts import handouts
from demo.people import AE, ROLES, SENIOR, SYSTEM, Person
from demo.quotas import COMPONENT, PLAN_ID, PLAN_NAME, TIERS, Quota, quotas
from demo.rates import PLAN_RATES, RATE_SCALE
from demo.state import State
from demo.words import REGIONS

_COMPANY = """\
name: Meridian Robotics
time_zone: Europe/Berlin
currency: EUR
fiscal_year_start_month: 1
working_hours: 08:00-18:00
lead_response_hours: 4
minimum_cases: 5
max_deletions: 0.2
max_rejected: 0.05
rates: plan
"""
_SOURCES = """\
sources:
  salesforce:
    account: salesforce
  files:
    path: ../files
    account: files
"""
_MAPPING = """\
# Sales operations' own files; file and column names are the templates', so only this is left to say.
company: demo
account: files
load: full
date_format: YYYY-MM-DD
decimal: "."
refers_to:
  opportunities: salesforce
  accounts: salesforce
  products: salesforce
  campaigns: salesforce
"""
_STAGES = (
    ("Prospecting", "lead_generation", "open", 1, 10), ("Qualification", "qualification", "open", 2, 20),
    ("Site Survey", "needs_analysis", "open", 3, 35), ("Proposal", "proposal_and_negotiation", "open", 4, 50),
    ("Negotiation", "proposal_and_negotiation", "open", 4, 70), ("Verbal Commit", "closing", "open", 5, 90),
    ("Closed Won", "post_sale", "won", 6, 100), ("Closed Lost", "lost", "lost", 0, 0),
)  # fmt: skip
_INTERACTIONS = (
    ("Sent", "awareness"), ("Opened", "awareness"), ("Clicked", "interest"), ("Registered", "interest"),
    ("Attended", "interest"), ("Downloaded", "interest"), ("Demo Requested", "decision"),
)  # fmt: skip
_LEAD_SOURCES = (
    ("Web", "organic", "inbound"), ("Webinar", "event", "inbound"), ("Trade Show", "event", "networking"),
    ("Paid Search", "paid_search", "inbound"), ("Content Download", "content", "inbound"),
    ("Referral", "referral", "referral"), ("Partner", "partner", "networking"), ("Outbound", "phone", "cold_calling"),
    ("Google Ads", "paid_search", "inbound"), ("LinkedIn Ads", "paid_social", "inbound"),
    ("Organic Search", "organic", "inbound"), ("Direct", "direct", "inbound"), ("Email", "email", "inbound"),
)  # fmt: skip
_ROLES = (
    (ROLES[0], "sales_leader"), (ROLES[1], "sales_manager"), (ROLES[2], "account_executive"),
    (SENIOR, "account_executive"), (ROLES[3], "sales_development"), (ROLES[4], "sales_engineer"), (ROLES[5], "system"),
)  # fmt: skip
HOLIDAYS = tuple(
    (f"{year}-{day}", name)
    for year in range(2023, 2028)
    for day, name in (("01-01", "New Year"), ("05-01", "Labour Day"), ("10-03", "German Unity"), ("12-25", "Christmas"), ("12-26", "Christmas"))
)  # fmt: skip


def write_folders(state: State, life: Life) -> None:
    """Write `company/` and `files/` as they stand at the state's clock; unchanged files are left alone."""
    company, files = state.folder / "company", state.folder / "files"
    _write(company / "company.yml", _COMPANY)
    _write(company / "sources.yml", _SOURCES)
    mappings = {
        "stages": (("source_stage", "stage", "outcome", "stage_order", "probability"), _STAGES),
        "interactions": (("interaction", "funnel_stage"), _INTERACTIONS),
        "lead_sources": (("lead_source", "channel", "technique"), _LEAD_SOURCES),
        "roles": (("source_role", "role"), _ROLES),
        "segments": (("source_segment", "segment"), (("SMB", "small_business"), ("Mid-Market", "mid_market"), ("Enterprise", "enterprise"))),
        "holidays": (("holiday_date", "holiday_name"), HOLIDAYS),
    }  # fmt: skip
    for name, (head, rows) in mappings.items():
        _write(company / "mappings" / f"{name}.csv", _csv(head, rows))
    _write(files / "mapping.yml", _MAPPING)
    for name, (head, lines) in tables(life, state.clock).items():
        _write(files / f"{name}.csv", _csv(head, lines))
    for name, table in handouts(View(life, state.clock)).items():
        _write(files / f"{name}.csv", _arrow_csv(table))


Rows = list[tuple[object, ...]]


def tables(life: Life, clock: int) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """Header and rows of each file that sales operations writes itself, at a moment."""
    today = clock // DAY
    staff = [p for p in life.roster.people if p.role != SYSTEM and p.hire <= today]
    given = quotas(life, today)
    targets = goals(life, given, today)
    return {
        "reps": (
            ("rep_id", "employee_number", "rep_name", "email", "manager_id", "team", "role", "region", "hire_date",
             "leave_date", "ramp_months", "currency_code", "is_active", "valid_from"),
            [row for p in staff for row in _roster_rows(life, p, today)],
        ),
        "quotas": (("rep_id", "measure", "period_start", "period_type", "quota_amount", "currency_code"), _quota_rows(life, given)),
        "plans": (
            ("plan_id", "plan_name", "component", "rate_mode", "measure_window", "tier", "attainment_from",
             "attainment_to", "rate", "effective_from", "effective_to"),
            [(PLAN_ID, PLAN_NAME, COMPONENT, "marginal", "quarter", *tier, as_date(FIRST_FISCAL_DAY), "") for tier in TIERS],
        ),
        "plan_assignments": (
            ("rep_id", "plan_id", "effective_from", "effective_to"),
            [
                (p.employee_number, PLAN_ID, as_date(max(p.hire, FIRST_FISCAL_DAY)), as_date(p.leave + 1) if p.leave <= today else "")
                for p in staff if p.role == AE and p.leave >= FIRST_FISCAL_DAY
            ],
        ),
        "exchange_rates": (("from_currency", "to_currency", "rate_type", "valid_from", "rate"), _rate_rows(today)),
        "goals": (GOAL_COLUMNS, goal_rows(targets)),
        "goal_checkins": (CHECKIN_COLUMNS, checkin_rows(targets, today)),
    }  # fmt: skip


def _roster_rows(life: Life, person: Person, today: int) -> Rows:
    """One row from the hire on, another from the promotion on."""
    manager = life.roster.people[person.manager].employee_number if person.manager >= 0 else ""
    left = person.leave <= today
    starts = [person.hire]
    if person.role == AE and person.promoted <= min(today, person.leave) and person.promoted < FAR:
        starts.append(person.promoted)
    return [
        (
            person.employee_number, person.employee_number, person.name, person.email, manager, person.team,
            person.title(start), REGIONS[person.region] if person.seat >= 0 else "", as_date(person.hire),
            as_date(person.leave) if left else "", person.ramp_months or "", person.currency,
            "false" if left else "true", as_date(start),
        )
        for start in starts
    ]  # fmt: skip


def _quota_rows(life: Life, given: Sequence[Quota]) -> Rows:
    people = life.roster.people
    first_days = month_start(np.array([quota.month for quota in given], dtype=np.int64))
    return [
        (people[quota.person].employee_number, "bookings", as_date(int(day)), "month", f"{quota.euros}.00", "EUR")
        for quota, day in zip(given, first_days, strict=True)
    ]


def _rate_rows(today: int) -> Rows:
    return [
        (currency, "EUR", "plan", f"{year}-01-01", f"{rate / RATE_SCALE:.4f}")
        for currency, by_year in PLAN_RATES.items()
        for year, rate in by_year.items()
        if year <= as_date(today).year
    ]


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _arrow_csv(table: pa.Table) -> str:
    out = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(quoting_style="needed"))
    text: bytes = out.getvalue().to_pybytes()
    return text.decode()


def _write(path: Path, text: str) -> None:
    """Replace a file in one step, only where its text differs (so that its time tells when it changed)."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
