"""The open pipeline of a day, reckoned the slow and obvious way: every deal's state as that day ended, added up."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attain.settings import Database
from tests import warehouse

Balance = tuple[int, int, Decimal]
_CENT = Decimal("0.01")


def daily(database: Database, days: list[date]) -> dict[tuple[date, str, str, str], Balance]:
    """Per day, owner, stage and segment: open deals, those without an amount, and the amount in cents."""
    states = warehouse.found(
        database,
        "select changes.rep_key, changes.stage, coalesce(accounts.segment, 'not recorded') as segment, "
        "changes.currency_code, changes.amount_local, changes.change_date, changes.end_date "
        "from core.opportunity_changes as changes inner join core.opportunities as deals using (opportunity_key) "
        "left join core.accounts as accounts on accounts.account_key = deals.account_key where changes.is_open",
    )
    worth = rates(database)
    found: dict[tuple[date, str, str, str], list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
    for day in days:
        for state in states:
            if state["change_date"] <= day and (state["end_date"] is None or state["end_date"] > day):
                balance = found[day, state["rep_key"], state["stage"], state["segment"]]
                balance[0] += 1
                balance[1] += state["amount_local"] is None
                balance[2] += (state["amount_local"] or 0) * worth(state["currency_code"], day)
    return {key: (deals, without, amount.quantize(_CENT)) for key, (deals, without, amount) in found.items()}


def as_published(database: Database, days: list[date]) -> dict[tuple[date, str, str, str], Balance]:
    """The same as pipeline_daily answers it."""
    found = {}
    for day in days:
        rows = warehouse.found(
            database,
            f"select * from marts.pipeline_daily where valid_from <= date '{day}' "
            f"and (valid_to > date '{day}' or valid_to is null)",
        )
        for row in rows:
            key = (day, row["rep_key"], row["stage"], row["segment"])
            found[key] = (row["open_deals"], row["deals_without_amount"], row["open_amount"].quantize(_CENT))
    return found


def sampled(first: date, last: date, step: int) -> list[date]:
    """Days from the first to the last, a step apart."""
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def rates(database: Database) -> Callable[[str, date], Decimal]:
    """What a unit of a currency is worth on a day in the company's."""
    own = warehouse.found(database, "select currency_code from core.company")[0]["currency_code"]
    known = warehouse.found(database, "select currency_code, rate_date, rate from core.daily_rates")
    by_day = {(row["currency_code"], row["rate_date"]): row["rate"] for row in known}
    last = max((row["rate_date"] for row in known), default=date.max)
    return lambda currency, day: Decimal(1) if currency == own else by_day[currency, min(day, last)]
