"""Templates of recurring revenue and of what winning and serving it costs."""

from attain.rules import Between, NotBefore, OneOf
from attain.table import DATE, MONEY, TEXT, Column, Table
from extract.templates.shared import CREATED, CURRENCY, DELETED, UPDATED, key, ref

SUBSCRIPTIONS = Table(
    "files__subscriptions",
    (
        key("subscription_id", "The subscription's id; a change of price, quantity or plan is a new subscription.", "Id", "Subscription", "Subscription number", "Contract ID"),
        ref("account_id", "accounts", "The customer.", "AccountId", "Customer ID", required=True),
        ref("product_id", "products", "The product.", "Product2Id"),
        Column("product_name", TEXT, "Its name, where no product id is known.", aliases=("Product", "Plan")),
        Column("quantity", MONEY, "Units or seats; told, not multiplied.", aliases=("Quantity", "Seats")),
        Column("recurring_amount", MONEY, "What all units together cost for one billing period; 0 for a free plan.", required=True, aliases=("Recurring price",)),
        Column("billing_period", TEXT, "What the amount pays for: month, quarter or year; empty: month.", default="month", aliases=("Billing frequency", "Interval")),
        Column("start_date", DATE, "First day of service.", required=True, aliases=("StartDate", "Start")),
        Column("end_date", DATE, "First day without service; empty: it runs on.", aliases=("EndDate", "End", "Cancelled on")),
        CURRENCY, CREATED, UPDATED, DELETED,
    ),
    ("subscription_id",),
    "updated_at",
    "What customers pay again and again.",
    (
        OneOf("billing_period", ("month", "quarter", "year")),
        Between("recurring_amount", 0),
        NotBefore("end_date", "start_date", "quarantine"),
    ),
)  # fmt: skip

COSTS = Table(
    "files__costs",
    (
        key("cost_id", "The cost's id.", "Id"),
        Column("cost_date", DATE, "The day, or the first day of the month; it counts in every period that holds this day.", required=True, aliases=("Date", "Month")),
        Column("cost_type", TEXT, "sales or marketing (salaries, tools, media: what winning customers costs), or cost_of_revenue (what serving them costs).", required=True, aliases=("Type",)),
        Column("team", TEXT, "The team it was spent on, where known."),
        Column("segment", TEXT, "The segment of customers, as the company calls it, where known; a cost without one counts for the company alone."),
        Column("channel", TEXT, "The marketing channel, where known."),
        Column("amount", MONEY, "The cost; negative for a refund.", required=True, aliases=("Amount", "Cost", "Spend")),
        CURRENCY, UPDATED, DELETED,
    ),
    ("cost_id",),
    "updated_at",
    "What sales and marketing cost, and what serving customers costs.",
    (OneOf("cost_type", ("sales", "marketing", "cost_of_revenue")),),
)  # fmt: skip
