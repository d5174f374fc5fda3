"""Templates of quotas, commission plans and exchange rates."""

from attain.rules import Between, NotBefore, OneOf
from attain.table import DATE, MONEY, RATE, TEXT, WHOLE, Column, Table
from extract.templates.shared import CURRENCY, key, name_of, ref

QUOTAS = Table(
    "files__quotas",
    (
        ref("rep_id", "reps", "Whose quota.", "OwnerId", "QuotaOwnerId", required=True),
        name_of("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep", "Owner", "Name", "Owner name"),
        Column("measure", TEXT, "What is counted; empty: bookings.", default="bookings"),
        Column("period_start", DATE, "First day of the quota's month or quarter.", required=True, aliases=("StartDate", "Month", "Quarter", "Period")),
        Column("period_type", TEXT, "month or quarter; empty: month.", default="month"),
        Column("quota_amount", MONEY, "Full quota for the period, before ramp and proration.", required=True, aliases=("QuotaAmount", "Quota", "Target", "Target amount", "Goal")),
        CURRENCY,
    ),
    ("rep_id", "measure", "period_start"),
    None,
    "Targets per rep and period.",
    (OneOf("period_type", ("month", "quarter")), Between("quota_amount", 0)),
)  # fmt: skip

PLANS = Table(
    "files__plans",
    (
        key("plan_id", "The plan's id."),
        Column("plan_name", TEXT, "Name.", required=True),
        Column("component", TEXT, "Component of the plan.", required=True),
        Column("rate_mode", TEXT, "marginal: each tier's rate on the part inside it.", required=True),
        Column("measure_window", TEXT, "month, quarter or year over which credits accumulate.", required=True),
        Column("tier", WHOLE, "Tier number from 1.", required=True),
        Column("attainment_from", RATE, "Lower bound of the tier as a fraction of quota (1.0 = 100 %).", required=True),
        Column("attainment_to", RATE, "Upper bound; empty for the last tier."),
        Column("rate", RATE, "Commission rate inside the tier as a fraction.", required=True),
        Column("effective_from", DATE, "First day the plan holds.", required=True),
        Column("effective_to", DATE, "First day it no longer holds; empty: still in force."),
    ),
    ("plan_id", "component", "tier", "effective_from"),
    None,
    "Commission plans, one row per tier.",
    (OneOf("rate_mode", ("marginal",)), OneOf("measure_window", ("month", "quarter", "year")), Between("rate", 0, 10)),
)  # fmt: skip

PLAN_ASSIGNMENTS = Table(
    "files__plan_assignments",
    (
        ref("rep_id", "reps", "Who is on the plan.", required=True),
        name_of("rep_name", "The rep's name, where no id is known.", "Sales rep", "Salesperson", "Rep", "Owner", "Name", "Owner name"),
        Column("plan_id", TEXT, "The plan.", required=True),
        Column("effective_from", DATE, "First day.", required=True),
        Column("effective_to", DATE, "First day no longer on it; empty: still on it."),
    ),
    ("rep_id", "plan_id", "effective_from"),
    None,
    "Who is on which plan from when.",
    (NotBefore("effective_to", "effective_from", "quarantine"),),
)  # fmt: skip

EXCHANGE_RATES = Table(
    "files__exchange_rates",
    (
        Column("from_currency", TEXT, "ISO 4217 code.", required=True),
        Column("to_currency", TEXT, "ISO 4217 code.", required=True),
        Column("rate_type", TEXT, "plan (per fiscal period) or spot; empty: plan.", default="plan"),
        Column("valid_from", DATE, "First day the rate holds; until the next row.", required=True),
        Column("rate", RATE, "Units of to_currency for one unit of from_currency.", required=True),
    ),
    ("from_currency", "to_currency", "rate_type", "valid_from"),
    None,
    "Exchange rates.",
    (OneOf("rate_type", ("plan", "spot")), Between("rate", 0)),
)  # fmt: skip
