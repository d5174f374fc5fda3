"""The files that others hand to sales operations: billing's subscriptions, the books' costs, advertising, web visits."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import ids
from demo.clock import DAY, FAR, Bools, Ints
from demo.costs import LINE_TYPE, LINES, MEDIA, REFUND, TYPES
from demo.frame import View, dates, money
from demo.names import plain_numbers, words
from demo.objects_marketing import campaign_names
from demo.subscriptions import PERIODS, known
from demo.traffic import CHANNELS, DOUBTFUL_DAYS, PLATFORM_CURRENCY, PLATFORMS, REPORTED_AT, as_told, told_until
from demo.words import CURRENCIES, PRODUCTS, SEGMENTS

LICENCE, CARE = 8, 9
"""Positions in `words.PRODUCTS`."""


def handouts(view: View) -> dict[str, pa.Table]:
    """Each file's table at the view's moment."""
    return {
        "subscriptions": subscription_table(view),
        "costs": cost_table(view),
        "ad_performance": ad_table(view),
        "web_sessions": visit_table(view),
    }


def subscription_table(view: View) -> pa.Table:
    """`subscriptions.csv`: what has been signed, with the ends that are known."""
    s = view.life.subscriptions
    rows, end = known(s, view.clock)
    changed = np.where(end < FAR, s.cancelled[rows], s.signed[rows])
    product = np.array([LICENCE, CARE])[s.product[rows]]
    return pa.table({
        "subscription_id": _numbered("SUB", rows),
        "account_id": ids.column("Account", s.account[rows]),
        "product_id": ids.column("Product2", product),
        "product_name": words([name for name, *_ in PRODUCTS], product),
        "quantity": s.quantity[rows],
        "recurring_amount": money(s.cents[rows]),
        "billing_period": words([name for name, *_ in PERIODS], s.period[rows]),
        "start_date": dates(s.start[rows]),
        "end_date": dates(np.where(end < FAR, end, 0), end == FAR),
        "currency_code": words(CURRENCIES, s.currency[rows]),
        "created_at": _moments(s.signed[rows]),
        "updated_at": _moments(changed),
    })  # fmt: skip


def cost_table(view: View) -> pa.Table:
    """`costs.csv`: the months whose books are closed."""
    c = view.life.costs
    rows = np.flatnonzero(c.known <= view.clock)
    line, of = c.line[rows], c.of[rows]
    teams = [person.team for person in view.life.roster.people]
    paid = np.isin(line, (MEDIA, REFUND))
    return pa.table({
        "cost_id": _numbered("C", rows),
        "cost_date": dates(c.day[rows]),
        "cost_type": words(TYPES, LINE_TYPE[line]),
        "team": words(teams, np.where(LINES.index("salaries") == line, of, -1)),
        "segment": words(SEGMENTS, np.where(LINES.index("delivery") == line, of, -1)),
        "channel": words(PLATFORMS, np.where(paid, of, -1)),
        "amount": money(c.cents[rows]),
        "currency_code": words(CURRENCIES, c.currency[rows]),
        "updated_at": _moments(c.known[rows]),
    })  # fmt: skip


def ad_table(view: View) -> pa.Table:
    """`ad_performance.csv`: every day told so far, the last week of them not yet final."""
    a, last = view.life.ads, told_until(view.clock)
    rows = np.flatnonzero(a.day < last)
    day, campaign, platform = a.day[rows], a.campaign[rows], a.platform[rows]
    return pa.table({
        "performance_date": dates(day),
        "channel": words(PLATFORMS, platform),
        "campaign": words(campaign_names(view.life.campaigns), campaign),
        "campaign_id": ids.column("Campaign", campaign),
        "impressions": as_told(a.impressions[rows], day, view.clock),
        "clicks": as_told(a.clicks[rows], day, view.clock),
        "cost": money(as_told(a.cost[rows], day, view.clock)),
        "currency_code": words(CURRENCIES, PLATFORM_CURRENCY[platform]),
        "updated_at": _moments(np.minimum(day + 1 + DOUBTFUL_DAYS, last) * DAY + REPORTED_AT),
    })  # fmt: skip


def visit_table(view: View) -> pa.Table:
    """`web_sessions.csv`: every day told so far."""
    v = view.life.visits
    rows: Bools = v.day < told_until(view.clock)
    return pa.table({
        "session_date": dates(v.day[rows]),
        "channel": words(CHANNELS, v.channel[rows]),
        "sessions": v.sessions[rows],
        "visitors": v.visitors[rows],
        "new_visitors": v.fresh[rows],
        "page_views": v.pages[rows],
    })  # fmt: skip


def _numbered(prefix: str, rows: Ints) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(plain_numbers(rows + 1), 6, "0"), "-")


def _moments(seconds: Ints) -> pa.Array:
    """Times as files write them: 2026-09-10T06:00:00Z."""
    return pc.strftime(pa.array(seconds.astype("datetime64[s]")), format="%Y-%m-%dT%H:%M:%SZ")
