"""The templates of a folder of files: every table a company can hand in, column by column.

`docs/files.md` is generated from these; the extractor, landing, staging models and checks all read them.
Aliases are the names of Salesforce's and other systems' exports, so that those need no mapping.
"""

from attain.table import Table
from extract.templates.deals import (
    INVOICES,
    OPPORTUNITIES,
    OPPORTUNITY_FIELD_HISTORY,
    OPPORTUNITY_HISTORY,
    OPPORTUNITY_LINES,
    OPPORTUNITY_SPLITS,
    ORDER_LINES,
    ORDERS,
    PRODUCTS,
)
from extract.templates.goals import GOAL_CHECKINS, GOALS
from extract.templates.money import COSTS, SUBSCRIPTIONS
from extract.templates.people import ACCOUNTS, ACTIVITIES, CAMPAIGNS, CONTACTS, LEADS, REPS, TOUCHES
from extract.templates.plans import EXCHANGE_RATES, PLAN_ASSIGNMENTS, PLANS, QUOTAS
from extract.templates.traffic import AD_PERFORMANCE, WEB_SESSIONS

__all__ = [
    "ACCOUNTS",
    "ACTIVITIES",
    "AD_PERFORMANCE",
    "CAMPAIGNS",
    "CONTACTS",
    "COSTS",
    "EXCHANGE_RATES",
    "GOALS",
    "GOAL_CHECKINS",
    "INVOICES",
    "LEADS",
    "OPPORTUNITIES",
    "OPPORTUNITY_FIELD_HISTORY",
    "OPPORTUNITY_HISTORY",
    "OPPORTUNITY_LINES",
    "OPPORTUNITY_SPLITS",
    "ORDERS",
    "ORDER_LINES",
    "PLANS",
    "PLAN_ASSIGNMENTS",
    "PRODUCTS",
    "QUOTAS",
    "REPS",
    "SUBSCRIPTIONS",
    "TEMPLATES",
    "TOUCHES",
    "WEB_SESSIONS",
]

TEMPLATES: tuple[Table, ...] = (
    ACCOUNTS, CONTACTS, LEADS, OPPORTUNITIES, OPPORTUNITY_HISTORY, OPPORTUNITY_FIELD_HISTORY, OPPORTUNITY_LINES,
    OPPORTUNITY_SPLITS, ORDERS, ORDER_LINES, INVOICES, PRODUCTS, REPS, QUOTAS, PLANS, PLAN_ASSIGNMENTS,
    EXCHANGE_RATES, CAMPAIGNS, TOUCHES, ACTIVITIES, GOALS, GOAL_CHECKINS,
    SUBSCRIPTIONS, COSTS, AD_PERFORMANCE, WEB_SESSIONS,
)  # fmt: skip
