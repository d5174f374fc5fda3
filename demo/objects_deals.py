"""Opportunities and what hangs on them, as Salesforce shows them."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import ids, names
from demo.clock import DAY, FAR, Bools, Ints
from demo.frame import Field, ObjectType, View, current, dates, declare, flags, money, nothing, numbers, times
from demo.history import AMOUNT_ROW, CLOSE_ROW, CREATED_ROW, OWNER_ROW, STAGE_ROW
from demo.words import (
    COMPETITORS,
    CURRENCIES,
    FORECAST_NAMES,
    FORECASTS,
    LEAD_SOURCES,
    LOSS_REASONS,
    LOST,
    NEXT_STEPS,
    PRODUCTS,
    STAGES,
    USE_CASES,
    WON,
)  # fmt: skip

Those = Callable[[View, Ints], Bools]
"""Which deals, by their numbers."""


def _deal(v: View, rows: Ints) -> Ints:
    return v.life.changes.deal[rows]


def seen(v: View, deal: Ints) -> Bools:
    """Deals that have not vanished from the recycle bin."""
    return v.life.deals.purged[deal] > v.clock


def erased(v: View, deal: Ints) -> Bools:
    """Deals that were deleted past the recycle bin."""
    d = v.life.deals
    gone: Bools = (d.purged[deal] <= v.clock) & (d.purged[deal] == d.deleted[deal])
    return gone


def deal_deleted(v: View, deal: Ints) -> Bools:
    return v.life.deals.deleted[deal] <= v.clock


def stamp(v: View, since: Ints, deal: Ints) -> pa.Array:
    """SystemModstamp of a child row: a deletion of the deal touches its children too."""
    gone = v.life.deals.deleted[deal]
    return times(np.where(gone <= v.clock, np.maximum(gone, since), since))


def _opportunities(v: View, those: Those = seen) -> Ints:
    c = v.life.changes
    rows = current(c.since, c.until, v.clock)
    return rows[those(v, c.deal[rows])]


def _amount(v: View, rows: Ints) -> pa.Array:
    amount = v.life.changes.amount[rows]
    return money(amount, amount < 0)


def _expected(v: View, rows: Ints) -> pa.Array:
    c = v.life.changes
    cents = np.maximum(c.amount[rows], 0) * c.probability[rows]
    return money((cents + 50) // 100, c.amount[rows] < 0)


def _last_activity(v: View, rows: Ints) -> pa.Array:
    """Day of the last task logged when this version was written."""
    life, c = v.life, v.life.changes
    cache = v.kept
    if "activity" not in cache:
        mine = life.tasks.deal >= 0
        keys = (life.tasks.deal[mine] << 32) | life.tasks.created[mine]
        cache["activity"] = np.sort(keys)
    keys = cache["activity"]
    at = np.searchsorted(keys, (c.deal[rows] << 32) | c.since[rows], side="right") - 1
    found = keys[np.maximum(at, 0)] if len(keys) else np.zeros(len(rows), np.int64)
    known = (at >= 0) & ((found >> 32) == c.deal[rows])
    return dates((found & 0xFFFFFFFF) // DAY, ~known)


def _next_step(v: View, rows: Ints) -> pa.Array:
    c = v.life.changes
    flat = [step for steps in NEXT_STEPS for step in steps]
    flat.append("Call back\x00 after the board meeting")
    codes = c.stage[rows] * 3 + c.deal[rows] % 3
    return names.words(flat, np.where(c.deal[rows] % 211 == 7, len(flat) - 1, codes))


def _campaign(v: View, rows: Ints) -> pa.Array:
    lead = v.life.links.lead[_deal(v, rows)]
    return ids.column("Campaign", np.where(lead >= 0, v.life.leads.campaign[np.maximum(lead, 0)], -1))


def _kind(v: View, rows: Ints) -> pa.Array:
    deal = _deal(v, rows)
    founder = v.life.accounts.founder[v.life.links.account[deal]]
    return names.words(("New Business", "Expansion"), (founder != deal).astype(np.int64))


def _loss(v: View, rows: Ints) -> pa.Array:
    lost = v.life.changes.stage[rows] == LOST
    return names.words(LOSS_REASONS, np.where(lost, v.life.deals.loss_reason[_deal(v, rows)], -1))


def _rival(v: View, rows: Ints) -> pa.Array:
    known = v.life.changes.stage[rows] >= 2
    return names.words(COMPETITORS, np.where(known, v.life.deals.competitor[_deal(v, rows)], -1))


def _closed(v: View, rows: Ints) -> Bools:
    return v.life.changes.stage[rows] >= WON


OPPORTUNITY = ObjectType(
    "Opportunity",
    "Opportunity",
    declare([
        Field("Id", "id", lambda v, r: ids.column("Opportunity", _deal(v, r))),
        Field("IsDeleted", "boolean", lambda v, r: flags(v.life.changes.deleted[r])),
        Field("AccountId", "reference", lambda v, r: ids.column("Account", v.life.links.account[_deal(v, r)]), refers_to=("Account",)),
        Field("Name", "string", lambda v, r: names.deal_names(v.life.links.account[_deal(v, r)], v.life.deals.use_case[_deal(v, r)], _deal(v, r)), length=120),
        Field("Description", "textarea", lambda _, r: nothing(r), length=32000),
        Field("StageName", "picklist", lambda v, r: names.words(STAGES, v.life.changes.stage[r]), values=STAGES),
        Field("Amount", "currency", _amount),
        Field("Probability", "percent", lambda v, r: numbers(v.life.changes.probability[r])),
        Field("ExpectedRevenue", "currency", _expected),
        Field("CloseDate", "date", lambda v, r: dates(v.life.changes.close[r])),
        Field("Type", "picklist", _kind, values=("New Business", "Expansion")),
        Field("NextStep", "string", _next_step),
        Field("LeadSource", "picklist", lambda v, r: names.words(LEAD_SOURCES, v.life.deals.source[_deal(v, r)]), values=LEAD_SOURCES),
        Field("IsClosed", "boolean", lambda v, r: flags(_closed(v, r))),
        Field("IsWon", "boolean", lambda v, r: flags(v.life.changes.stage[r] == WON)),
        Field("ForecastCategory", "picklist", lambda v, r: names.words(FORECASTS, v.life.changes.forecast[r]), values=FORECASTS),
        Field("ForecastCategoryName", "picklist", lambda v, r: names.words(FORECAST_NAMES, v.life.changes.forecast[r]), values=FORECAST_NAMES),
        Field("CurrencyIsoCode", "picklist", lambda v, r: names.words(CURRENCIES, v.life.deals.currency[_deal(v, r)]), values=CURRENCIES),
        Field("CampaignId", "reference", _campaign, refers_to=("Campaign",)),
        Field("HasOpportunityLineItem", "boolean", lambda v, r: flags(np.isin(_deal(v, r), v.life.lines.deal[v.life.lines.since <= v.clock]))),
        Field("OwnerId", "reference", lambda v, r: ids.column("User", v.life.changes.owner[r]), refers_to=("User",)),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.deals.created[_deal(v, r)])),
        Field("CreatedById", "reference", lambda v, r: ids.column("User", v.life.deals.owner[_deal(v, r)]), refers_to=("User",)),
        Field("LastModifiedDate", "datetime", lambda v, r: times(v.life.changes.since[r])),
        Field("LastModifiedById", "reference", lambda v, r: ids.column("User", v.life.changes.owner[r]), refers_to=("User",)),
        Field("SystemModstamp", "datetime", lambda v, r: times(v.life.changes.since[r])),
        Field("LastActivityDate", "date", _last_activity),
        Field("Loss_Reason__c", "picklist", _loss, "Loss reason", values=LOSS_REASONS),
        Field("Competitor__c", "string", _rival, "Competitor"),
        Field("Use_Case__c", "picklist", lambda v, r: names.words(USE_CASES, v.life.deals.use_case[_deal(v, r)]), "Use case", values=USE_CASES),
        Field("Robots_Planned__c", "double", lambda v, r: numbers(1 + _deal(v, r) * 7 % 12), "Robots planned"),
        Field("Go_Live__c", "date", lambda v, r: dates(v.life.changes.close[r] + 60, v.life.changes.stage[r] < 3), "Go-live"),
        Field("Security_Review__c", "boolean", lambda v, r: flags(_deal(v, r) % 5 == 0), "Security review"),
    ]),
    _opportunities,
    lambda v, r: v.life.changes.deleted[r],
    lambda v, r: v.life.deals.deleted[_deal(v, r)],
    lambda v: _opportunities(v, erased),
)  # fmt: skip


def _history(v: View, those: Those = seen) -> Ints:
    c = v.life.changes
    rows = np.flatnonzero(c.tracked & (c.since <= v.clock))
    return rows[those(v, c.deal[rows])]


HISTORY = ObjectType(
    "OpportunityHistory",
    "Opportunity: Stage History",
    declare([
        Field("Id", "id", lambda _, r: ids.column("OpportunityHistory", r)),
        Field("OpportunityId", "reference", lambda v, r: ids.column("Opportunity", _deal(v, r)), refers_to=("Opportunity",)),
        Field("CreatedById", "reference", lambda v, r: ids.column("User", v.life.changes.owner[r]), refers_to=("User",)),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.changes.since[r])),
        Field("StageName", "picklist", lambda v, r: names.words(STAGES, v.life.changes.stage[r]), values=STAGES),
        Field("Amount", "currency", _amount),
        Field("ExpectedRevenue", "currency", _expected),
        Field("CloseDate", "date", lambda v, r: dates(v.life.changes.close[r])),
        Field("Probability", "percent", lambda v, r: numbers(v.life.changes.probability[r])),
        Field("ForecastCategory", "picklist", lambda v, r: names.words(FORECASTS, v.life.changes.forecast[r]), values=FORECASTS),
        Field("CurrencyIsoCode", "picklist", lambda v, r: names.words(CURRENCIES, v.life.deals.currency[_deal(v, r)]), values=CURRENCIES),
        Field("SystemModstamp", "datetime", lambda v, r: stamp(v, v.life.changes.since[r], _deal(v, r))),
        Field("IsDeleted", "boolean", lambda v, r: flags(deal_deleted(v, _deal(v, r)))),
    ]),
    _history,
    lambda v, r: deal_deleted(v, _deal(v, r)),
    lambda v, r: v.life.deals.deleted[_deal(v, r)],
    lambda v: _history(v, erased),
)  # fmt: skip

_FIELD_NAMES = ("created", "StageName", "Amount", "CloseDate", "Owner", "Owner")


def _field_history(v: View, those: Those = seen) -> Ints:
    c, f = v.life.changes, v.life.field_rows
    rows = np.flatnonzero(c.since[f.row] <= v.clock)
    return rows[those(v, c.deal[f.row[rows]])]


def _change_deal(v: View, rows: Ints) -> Ints:
    return v.life.changes.deal[v.life.field_rows.row[rows]]


def _value(v: View, rows: Ints, *, new: bool) -> pa.Array:
    """Text of the field after (or before) the change."""
    c, f = v.life.changes, v.life.field_rows
    kind = f.kind[rows]
    at = f.row[rows] if new else np.maximum(c.previous[f.row[rows]], 0)
    out = nothing(rows)
    people = [p.name for p in v.life.roster.people]
    made: dict[int, Callable[[], pa.Array]] = {
        STAGE_ROW: lambda: names.words(STAGES, c.stage[at]),
        AMOUNT_ROW: lambda: money(c.amount[at], c.amount[at] < 0).cast(pa.string()),
        CLOSE_ROW: lambda: dates(c.close[at]).cast(pa.string()),
        OWNER_ROW: lambda: names.words(people, c.owner[at]),
        OWNER_ROW + 1: lambda: ids.column("User", c.owner[at]),
    }
    for code, make in made.items():
        if (kind == code).any():
            out = pc.if_else(pa.array(kind == code), make(), out)
    return out


FIELD_HISTORY = ObjectType(
    "OpportunityFieldHistory",
    "Opportunity Field History",
    declare([
        Field("Id", "id", lambda _, r: ids.column("OpportunityFieldHistory", r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(deal_deleted(v, _change_deal(v, r)))),
        Field("OpportunityId", "reference", lambda v, r: ids.column("Opportunity", _change_deal(v, r)), refers_to=("Opportunity",)),
        Field("CreatedById", "reference", lambda v, r: ids.column("User", v.life.changes.owner[v.life.field_rows.row[r]]), refers_to=("User",)),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.changes.since[v.life.field_rows.row[r]])),
        Field("Field", "picklist", lambda v, r: names.words(_FIELD_NAMES, v.life.field_rows.kind[r]), values=tuple(dict.fromkeys(_FIELD_NAMES))),
        Field("DataType", "picklist", lambda v, r: names.words(("Text", "DynamicEnum", "Currency", "DateOnly", "Text", "EntityId"), v.life.field_rows.kind[r])),
        Field("OldValue", "anyType", lambda v, r: pc.if_else(pa.array(v.life.field_rows.kind[r] == CREATED_ROW), nothing(r), _value(v, r, new=False))),
        Field("NewValue", "anyType", lambda v, r: _value(v, r, new=True)),
    ]),
    _field_history,
    lambda v, r: deal_deleted(v, _change_deal(v, r)),
    lambda v, r: v.life.deals.deleted[_change_deal(v, r)],
    lambda v: _field_history(v, erased),
)  # fmt: skip


def _lines(v: View, those: Those = seen) -> Ints:
    rows = np.flatnonzero(
        (v.life.lines.since <= v.clock) & (v.life.lines.since < v.life.deals.deleted[v.life.lines.deal])
    )
    return rows[those(v, v.life.lines.deal[rows])]


def _priced_at(v: View, rows: Ints) -> Ints:
    lines = v.life.lines
    gone = v.life.deals.deleted[lines.deal[rows]]
    now = (lines.repriced[rows] <= v.clock) & (lines.repriced[rows] < gone)
    return np.where(now, lines.repriced[rows], lines.since[rows])


def _unit(v: View, rows: Ints) -> Ints:
    lines = v.life.lines
    return np.where(_priced_at(v, rows) == lines.since[rows], lines.unit[rows], lines.unit_after[rows])


def _catalogue(code: int) -> list[str]:
    return [str(product[code]) for product in PRODUCTS]


LINE_ITEM = ObjectType(
    "OpportunityLineItem",
    "Opportunity Product",
    declare([
        Field("Id", "id", lambda _, r: ids.column("OpportunityLineItem", r)),
        Field("OpportunityId", "reference", lambda v, r: ids.column("Opportunity", v.life.lines.deal[r]), refers_to=("Opportunity",)),
        Field("Product2Id", "reference", lambda v, r: ids.column("Product2", v.life.lines.product[r]), refers_to=("Product2",)),
        Field("ProductCode", "string", lambda v, r: names.words(_catalogue(1), v.life.lines.product[r])),
        Field("Name", "string", lambda v, r: names.words(_catalogue(0), v.life.lines.product[r])),
        Field("CurrencyIsoCode", "picklist", lambda v, r: names.words(CURRENCIES, v.life.deals.currency[v.life.lines.deal[r]])),
        Field("Quantity", "double", lambda v, r: money(v.life.lines.quantity[r] * 100)),
        Field("Discount", "percent", lambda _, r: pa.nulls(len(r), pa.int64())),
        Field("ListPrice", "currency", lambda v, r: money(v.life.lines.list_price[r])),
        Field("UnitPrice", "currency", lambda v, r: money(_unit(v, r))),
        Field("TotalPrice", "currency", lambda v, r: money(_unit(v, r) * v.life.lines.quantity[r])),
        Field("ServiceDate", "date", lambda _, r: pa.nulls(len(r), pa.date32())),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.lines.since[r])),
        Field("LastModifiedDate", "datetime", lambda v, r: times(_priced_at(v, r))),
        Field("SystemModstamp", "datetime", lambda v, r: stamp(v, _priced_at(v, r), v.life.lines.deal[r])),
        Field("IsDeleted", "boolean", lambda v, r: flags(deal_deleted(v, v.life.lines.deal[r]))),
    ]),
    _lines,
    lambda v, r: deal_deleted(v, v.life.lines.deal[r]),
    lambda v, r: v.life.deals.deleted[v.life.lines.deal[r]],
    lambda v: _lines(v, erased),
)  # fmt: skip


def _split_amount(v: View, rows: Ints) -> pa.Array:
    """Share of the amount the deal closed with."""
    c, s = v.life.changes, v.life.splits
    base = int(c.since.min())
    at = (
        np.searchsorted((c.deal << 28) | (c.since - base), (s.deal[rows] << 28) | (s.since[rows] - base), side="right")
        - 1
    )
    return money((np.maximum(c.amount[at], 0) * s.percent[rows] + 50) // 100)


SPLIT = ObjectType(
    "OpportunitySplit",
    "Opportunity Split",
    declare([
        Field("Id", "id", lambda _, r: ids.column("OpportunitySplit", r)),
        Field("IsDeleted", "boolean", lambda _, r: flags(np.zeros(len(r), bool))),
        Field("OpportunityId", "reference", lambda v, r: ids.column("Opportunity", v.life.splits.deal[r]), refers_to=("Opportunity",)),
        Field("SplitOwnerId", "reference", lambda v, r: ids.column("User", v.life.splits.person[r]), refers_to=("User",)),
        Field("SplitTypeId", "reference", lambda v, r: ids.column("OpportunitySplitType", v.life.splits.overlay[r].astype(np.int64)), refers_to=("OpportunitySplitType",)),
        Field("SplitPercentage", "percent", lambda v, r: numbers(v.life.splits.percent[r])),
        Field("SplitAmount", "currency", _split_amount),
        Field("SplitNote", "string", lambda _, r: nothing(r)),
        Field("CurrencyIsoCode", "picklist", lambda v, r: names.words(CURRENCIES, v.life.deals.currency[v.life.splits.deal[r]])),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.splits.since[r])),
        Field("SystemModstamp", "datetime", lambda v, r: times(v.life.splits.since[r])),
    ]),
    lambda v: np.flatnonzero(v.life.splits.since <= v.clock),
    lambda _, r: np.zeros(len(r), bool),
    lambda _, r: np.full(len(r), FAR),
)  # fmt: skip
