"""Commission of a book, computed the slow way from docs/commission.md: one payee, one credit, one tier at a time."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.commission_books import CURRENCY, FISCAL_START, RATES, WON, Book, Row

SIX = Decimal("0.000001")
MINOR = {"JPY": Decimal(1), "KWD": Decimal("0.001")}

Line = tuple[str, str, str, date, date, int]
"""rep id, plan id, component, plan version, month, tier"""


@dataclass(frozen=True)
class Credit:
    """What a rep is credited with."""

    day: date
    deal_key: str
    kind: str
    rep: str
    amount: Decimal


def statements(book: Book) -> dict[Line, tuple[Decimal, Decimal]]:
    """Amount in tier and earning of each statement line."""
    earned: dict[Line, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    all_credits = list(credited(book))
    for rep in book.rows["reps"]:
        currency = rep["currency_code"] or CURRENCY
        for plan, component in sorted({(t["plan_id"], t["component"]) for t in book.rows["plans"]}):
            so_far: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
            for credit in sorted(all_credits, key=lambda c: (c.day, c.deal_key, c.kind)):
                if credit.rep != rep["rep_id"] or not _assigned(book, rep["rep_id"], plan, credit.day):
                    continue
                tiers = _version(book, plan, component, credit.day)
                if not tiers:
                    continue
                start, end = window(credit.day, tiers[0]["measure_window"])
                before = so_far[tiers[0]["measure_window"], start]
                after = so_far[tiers[0]["measure_window"], start] = before + credit.amount
                quota = _window_quota(book, rep, plan, start, end)
                if not quota:
                    continue
                for tier in tiers:
                    part = _within(after, tier, quota) - _within(before, tier, quota)
                    if part:
                        line = (
                            rep["rep_id"],
                            plan,
                            component,
                            tier["effective_from"],
                            credit.day.replace(day=1),
                            tier["tier"],
                        )
                        earned[line][0] += part
                        paid = part * tier["rate"] / _rate(currency)
                        earned[line][1] += paid.quantize(MINOR.get(currency, Decimal("0.01")), ROUND_HALF_UP)
    return {line: (amounts[0], amounts[1]) for line, amounts in earned.items()}


def credited(book: Book) -> Iterator[Credit]:
    """Credits of every won deal."""
    known = {rep["rep_id"] for rep in book.rows["reps"]}
    for deal in book.rows["opportunities"]:
        if deal["stage"] != WON or deal.get("is_deleted") or not deal["amount"]:
            continue
        amount = round_six(deal["amount"] * _rate(deal.get("currency_code") or CURRENCY))
        for kind, rep, part in _shares(book, deal, amount):
            who = rep if rep and rep in known else "unknown"
            yield Credit(deal["close_date"], key(book.account, deal["opportunity_id"]), kind, who, part)


def window(day: date, kind: str) -> tuple[date, date]:
    """First day of the fiscal window and first day after it."""
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    start = day.replace(day=1)
    while (start.month - FISCAL_START) % months:
        start = (start - timedelta(days=1)).replace(day=1)
    end = start
    for _ in range(months):
        end = next_month(end)
    return start, end


def next_month(day: date) -> date:
    """First day of the month after."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def key(account: str, row_id: str) -> str:
    """The warehouse's key of a source's id."""
    return hashlib.md5(f"{account}|{row_id}".encode(), usedforsecurity=False).hexdigest()


def round_six(amount: Decimal) -> Decimal:
    """Half up to six decimals."""
    return amount.quantize(SIX, ROUND_HALF_UP)


def _rate(currency: str) -> Decimal:
    return Decimal(1) if currency == CURRENCY else RATES[currency]


def _shares(book: Book, deal: Row, amount: Decimal) -> Iterator[tuple[str, str | None, Decimal]]:
    known = {rep["rep_id"] for rep in book.rows["reps"]}
    shares: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for split in book.rows.get("opportunity_splits", []):
        if split["opportunity_id"] == deal["opportunity_id"] and not split.get("is_deleted") and split["split_percent"]:
            rep = split["rep_id"] if split["rep_id"] in known else "unknown"
            shares[split["split_type"], rep] += (split["split_percent"] / 100).quantize(Decimal("1e-9"), ROUND_HALF_UP)
    for (kind, rep), share in shares.items():
        if kind == "overlay":
            yield kind, rep, round_six(amount * share)
    revenue = {rep: share for (kind, rep), share in shares.items() if kind == "revenue"}
    if not revenue:
        yield "owner", deal["owner_id"], amount
        return
    total = sum(revenue.values())
    parts = {rep: round_six(amount * share / max(Decimal(1), total)) for rep, share in revenue.items()}
    rest = amount - sum(parts.values())
    if total < Decimal("0.9999"):
        yield "owner_remainder", deal["owner_id"], rest
    else:
        parts[min(revenue, key=lambda rep: (-revenue[rep], _rep_key(book, rep)))] += rest
    for rep, part in parts.items():
        yield "revenue", rep, part


def _rep_key(book: Book, rep: str) -> str:
    return hashlib.md5(b"unknown", usedforsecurity=False).hexdigest() if rep == "unknown" else key(book.account, rep)


def _assigned(book: Book, rep: str, plan: str, day: date) -> bool:
    return any(
        a["rep_id"] == rep and a["plan_id"] == plan and a["effective_from"] <= day
        and (a["effective_to"] is None or day < a["effective_to"])
        for a in book.rows["plan_assignments"]
    )  # fmt: skip


def _version(book: Book, plan: str, component: str, day: date) -> list[Row]:
    tiers = [
        t
        for t in book.rows["plans"]
        if (t["plan_id"], t["component"]) == (plan, component) and t["effective_from"] <= day
    ]
    latest = max((t["effective_from"] for t in tiers), default=None)
    return [t for t in tiers if t["effective_from"] == latest]


def _within(measure: Decimal, tier: Row, quota: Decimal) -> Decimal:
    if tier["attainment_from"] > 0:
        measure = max(measure, round_six(tier["attainment_from"] * quota))
    return measure if tier["attainment_to"] is None else min(measure, round_six(tier["attainment_to"] * quota))


def _window_quota(book: Book, rep: Row, plan: str, start: date, end: date) -> Decimal:
    total, month = Decimal(0), start
    while month < end:
        quota, active = _month_quota(book, rep, month)
        days = [month + timedelta(days=n) for n in range((next_month(month) - month).days)]
        on_plan = sum(_active(rep, day) and _assigned(book, rep["rep_id"], plan, day) for day in days)
        total += round_six(quota * on_plan / active) if active else 0
        month = next_month(month)
    return total


def _month_quota(book: Book, rep: Row, month: date) -> tuple[Decimal, int]:
    """The prorated quota of a month and its active days."""
    full = _full_quota(book, rep["rep_id"], month)
    length = (next_month(month) - month).days
    active = sum(_active(rep, month + timedelta(days=n)) for n in range(length))
    ramp, hired = rep["ramp_months"], rep["hire_date"]
    steps = (month.year - hired.year) * 12 + month.month - hired.month if hired else 0
    reached = min(ramp, max(0, steps)) if ramp and hired else 1
    return round_six(full * reached * active / ((ramp if ramp and hired else 1) * length)), active


def _full_quota(book: Book, rep: str, month: date) -> Decimal:
    shares = Decimal(0)
    for quota in book.rows["quotas"]:
        if quota["rep_id"] != rep:
            continue
        amount = round_six(quota["quota_amount"] * _rate(quota["currency_code"] or CURRENCY))
        if quota["period_type"] == "month":
            if quota["period_start"] == month:
                return amount
            continue
        third = round_six(amount / 3)
        second = next_month(quota["period_start"])
        parts = {quota["period_start"]: third, second: third, next_month(second): amount - 2 * third}
        shares += parts.get(month, Decimal(0))
    return shares


def _active(rep: Row, day: date) -> bool:
    return (rep["hire_date"] is None or rep["hire_date"] <= day) and (
        rep["leave_date"] is None or day <= rep["leave_date"]
    )
