"""Campaigns and their members, products, tasks and events, as Salesforce shows them."""

import numpy as np
import pyarrow as pa

from demo import ids, names
from demo.activities import CALL, TODO, Activities
from demo.clock import BIRTH_DAY, DAY, FAR, Bools, Ints
from demo.frame import Field, Make, ObjectType, View, constant, dates, declare, flags, money, nothing, numbers, times
from demo.leads import Campaigns
from demo.objects_deals import Those, deal_deleted, erased, seen
from demo.words import CAMPAIGN_TYPES, MEMBER_STATUSES, PRODUCTS


def _never_deleted(_: View, rows: Ints) -> Bools:
    return np.zeros(len(rows), dtype=bool)


def _never(_: View, rows: Ints) -> Ints:
    return np.full(len(rows), FAR, dtype=np.int64)


def _phase(v: View, rows: Ints) -> Ints:
    """0 planned, 1 in progress, 2 completed."""
    c, today = v.life.campaigns, v.clock // DAY
    return (today >= c.start[rows]).astype(np.int64) + (today > c.end[rows])


def _campaign_stamp(v: View, rows: Ints) -> pa.Array:
    c = v.life.campaigns
    moments = np.stack([c.created[rows], c.start[rows] * DAY, (c.end[rows] + 1) * DAY])
    return times(moments[_phase(v, rows), np.arange(len(rows))])


def campaign_names(c: Campaigns) -> list[str]:
    """The name of every campaign."""
    months = c.start.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return [
        f"{1970 + month // 12} Q{month % 12 // 3 + 1} {CAMPAIGN_TYPES[kind]}"
        for month, kind in zip(months, c.kind, strict=True)
    ]


def _campaign_name(v: View, rows: Ints) -> pa.Array:
    return names.words(campaign_names(v.life.campaigns), rows)


def _actual(v: View, rows: Ints) -> pa.Array:
    """The bill comes when the campaign is over."""
    return money(v.life.campaigns.actual[rows], _phase(v, rows) < 2)


CAMPAIGN = ObjectType(
    "Campaign",
    "Campaign",
    declare([
        Field("Id", "id", lambda _, r: ids.column("Campaign", r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(_never_deleted(v, r))),
        Field("Name", "string", _campaign_name, length=80),
        Field("Type", "picklist", lambda v, r: names.words(CAMPAIGN_TYPES, v.life.campaigns.kind[r]), values=CAMPAIGN_TYPES),
        Field("Status", "picklist", lambda v, r: names.words(("Planned", "In Progress", "Completed"), _phase(v, r))),
        Field("StartDate", "date", lambda v, r: dates(v.life.campaigns.start[r])),
        Field("EndDate", "date", lambda v, r: dates(v.life.campaigns.end[r])),
        Field("BudgetedCost", "currency", lambda v, r: money(v.life.campaigns.budget[r])),
        Field("ActualCost", "currency", _actual),
        Field("IsActive", "boolean", lambda v, r: flags(_phase(v, r) == 1)),
        Field("OwnerId", "reference", lambda _, r: ids.column("User", np.zeros(len(r), np.int64)), refers_to=("User",)),
        Field("CurrencyIsoCode", "picklist", lambda _, r: constant("EUR", r)),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.campaigns.created[r])),
        Field("LastModifiedDate", "datetime", _campaign_stamp),
        Field("SystemModstamp", "datetime", _campaign_stamp),
    ]),
    lambda v: np.flatnonzero(v.life.campaigns.created <= v.clock),
    _never_deleted,
    _never,
)  # fmt: skip


def _responded(v: View, rows: Ints) -> Bools:
    return v.life.touches.responded[rows] <= v.clock


def _member_stamp(v: View, rows: Ints) -> pa.Array:
    t = v.life.touches
    return times(np.where(_responded(v, rows), t.responded[rows], t.created[rows]))


CAMPAIGN_MEMBER = ObjectType(
    "CampaignMember",
    "Campaign Member",
    declare([
        Field("Id", "id", lambda _, r: ids.column("CampaignMember", r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(_never_deleted(v, r))),
        Field("CampaignId", "reference", lambda v, r: ids.column("Campaign", v.life.touches.campaign[r]), refers_to=("Campaign",)),
        Field("LeadId", "reference", lambda v, r: ids.column("Lead", v.life.touches.lead[r]), refers_to=("Lead",)),
        Field("ContactId", "reference", lambda v, r: ids.column("Contact", v.life.touches.contact[r]), refers_to=("Contact",)),
        Field("Status", "picklist", lambda v, r: names.words(MEMBER_STATUSES, np.where(_responded(v, r), v.life.touches.status[r], 0)), values=MEMBER_STATUSES),
        Field("HasResponded", "boolean", lambda v, r: flags(_responded(v, r))),
        Field("FirstRespondedDate", "date", lambda v, r: dates(v.life.touches.responded[r] // DAY, ~_responded(v, r))),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.touches.created[r])),
        Field("LastModifiedDate", "datetime", _member_stamp),
        Field("SystemModstamp", "datetime", _member_stamp),
    ]),
    lambda v: np.flatnonzero(v.life.touches.created <= v.clock),
    _never_deleted,
    _never,
)  # fmt: skip

_BIRTH = BIRTH_DAY * DAY - 30 * DAY


def _born(_: View, rows: Ints) -> pa.Array:
    return times(np.full(len(rows), _BIRTH, dtype=np.int64))


def _product(code: int) -> Make:
    return lambda _, r: names.words([str(product[code]) for product in PRODUCTS], r)


PRODUCT = ObjectType(
    "Product2",
    "Product",
    declare([
        Field("Id", "id", lambda _, r: ids.column("Product2", r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(_never_deleted(v, r))),
        Field("Name", "string", _product(0)),
        Field("ProductCode", "string", _product(1)),
        Field("Family", "picklist", _product(2)),
        Field("Description", "textarea", lambda _, r: nothing(r), length=4000),
        Field("IsActive", "boolean", lambda _, r: flags(np.ones(len(r), bool))),
        Field("CreatedDate", "datetime", _born),
        Field("LastModifiedDate", "datetime", _born),
        Field("SystemModstamp", "datetime", _born),
    ]),
    lambda _: np.arange(len(PRODUCTS)),
    _never_deleted,
    _never,
)  # fmt: skip

SPLIT_TYPE = ObjectType(
    "OpportunitySplitType",
    "Opportunity Split Type",
    declare([
        Field("Id", "id", lambda _, r: ids.column("OpportunitySplitType", r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(_never_deleted(v, r))),
        Field("DeveloperName", "string", lambda _, r: names.words(("Revenue", "Overlay"), r)),
        Field("MasterLabel", "string", lambda _, r: names.words(("Revenue", "Overlay"), r)),
        Field("IsActive", "boolean", lambda _, r: flags(np.ones(len(r), bool))),
        Field("IsTotalValidated", "boolean", lambda _, r: flags(r == 0)),
        Field("SplitField", "picklist", lambda _, r: constant("Amount", r)),
        Field("CreatedDate", "datetime", _born),
        Field("SystemModstamp", "datetime", _born),
    ]),
    lambda _: np.arange(2),
    _never_deleted,
    _never,
)  # fmt: skip


def _of(kind: str, v: View) -> Activities:
    return v.life.tasks if kind == "Task" else v.life.meetings


def _activities(kind: str, v: View) -> Ints:
    deal = _of(kind, v).deal
    return _logged(kind, v, lambda v, rows: (deal[rows] < 0) | seen(v, np.maximum(deal[rows], 0)))


def _erased(kind: str, v: View) -> Ints:
    deal = _of(kind, v).deal
    return _logged(kind, v, lambda v, rows: (deal[rows] >= 0) & erased(v, np.maximum(deal[rows], 0)))


def _logged(kind: str, v: View, those: Those) -> Ints:
    rows = np.flatnonzero(_of(kind, v).created <= v.clock)
    return rows[those(v, rows)]


def _gone(kind: str, v: View, rows: Ints) -> Bools:
    deal = _of(kind, v).deal[rows]
    return (deal >= 0) & deal_deleted(v, np.maximum(deal, 0))


def _gone_at(kind: str, v: View, rows: Ints) -> Ints:
    deal = _of(kind, v).deal[rows]
    return np.where(deal >= 0, v.life.deals.deleted[np.maximum(deal, 0)], FAR)


def _who(kind: str, v: View, rows: Ints) -> pa.Array:
    a = _of(kind, v)
    lead, deal = a.lead[rows], a.deal[rows]
    contact = ids.column("Contact", np.where(deal >= 0, v.life.links.contact[np.maximum(deal, 0)], -1))
    return pa.compute.coalesce(contact, ids.column("Lead", lead))


def _what(kind: str, v: View, rows: Ints) -> pa.Array:
    return ids.column("Opportunity", _of(kind, v).deal[rows])


def _account(kind: str, v: View, rows: Ints) -> pa.Array:
    deal = _of(kind, v).deal[rows]
    return ids.column("Account", np.where(deal >= 0, v.life.links.account[np.maximum(deal, 0)], -1))


def _done(v: View, rows: Ints) -> Bools:
    return v.life.tasks.done[rows] <= v.clock


def _touched(v: View, rows: Ints) -> Ints:
    t = v.life.tasks
    return np.where(_done(v, rows), t.done[rows], t.created[rows])


def _stamp(kind: str, v: View, rows: Ints, since: Ints) -> pa.Array:
    deal = _of(kind, v).deal[rows]
    gone = _gone(kind, v, rows)
    return times(np.where(gone, np.maximum(v.life.deals.deleted[np.maximum(deal, 0)], since), since))


_TASK_SUBJECTS = ("Call", "Email: follow-up", "To do: prepare offer")
_EVENT_SUBJECTS = ("Discovery meeting", "Site visit", "Demo", "Proposal review", "Board presentation")


def _common(kind: str) -> list[Field]:
    return [
        Field("Id", "id", lambda _, r: ids.column(kind, r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(_gone(kind, v, r))),
        Field("WhoId", "reference", lambda v, r: _who(kind, v, r), refers_to=("Contact", "Lead")),
        Field("WhatId", "reference", lambda v, r: _what(kind, v, r), refers_to=("Opportunity", "Account")),
        Field("AccountId", "reference", lambda v, r: _account(kind, v, r), refers_to=("Account",)),
        Field("OwnerId", "reference", lambda v, r: ids.column("User", _of(kind, v).owner[r]), refers_to=("User",)),
        Field("ActivityDate", "date", lambda v, r: dates(_of(kind, v).at[r] // DAY)),
        Field("CreatedDate", "datetime", lambda v, r: times(_of(kind, v).created[r])),
    ]


TASK = ObjectType(
    "Task",
    "Task",
    declare([
        *_common("Task"),
        Field("Subject", "combobox", lambda v, r: names.words(_TASK_SUBJECTS, v.life.tasks.kind[r])),
        Field("TaskSubtype", "picklist", lambda v, r: names.words(("Call", "Email", "Task"), v.life.tasks.kind[r]), values=("Call", "Email", "Task")),
        Field("Status", "picklist", lambda v, r: names.words(("Not Started", "Completed"), _done(v, r).astype(np.int64)), values=("Not Started", "Completed")),
        Field("IsClosed", "boolean", lambda v, r: flags(_done(v, r))),
        Field("Priority", "picklist", lambda v, r: names.words(("Normal", "High"), (v.life.tasks.kind[r] == TODO).astype(np.int64))),
        Field("CallDurationInSeconds", "int", lambda v, r: numbers(v.life.tasks.seconds[r], v.life.tasks.kind[r] != CALL)),
        Field("LastModifiedDate", "datetime", lambda v, r: _stamp("Task", v, r, _touched(v, r))),
        Field("SystemModstamp", "datetime", lambda v, r: _stamp("Task", v, r, _touched(v, r))),
    ]),
    lambda v: _activities("Task", v),
    lambda v, r: _gone("Task", v, r),
    lambda v, r: _gone_at("Task", v, r),
    lambda v: _erased("Task", v),
)  # fmt: skip

EVENT = ObjectType(
    "Event",
    "Event",
    declare(
        [
            *_common("Event"),
            Field("Subject", "combobox", lambda _, r: names.words(_EVENT_SUBJECTS, r % len(_EVENT_SUBJECTS))),
            Field("ActivityDateTime", "datetime", lambda v, r: times(v.life.meetings.at[r])),
            Field("DurationInMinutes", "int", lambda v, r: numbers(v.life.meetings.seconds[r])),
            Field("LastModifiedDate", "datetime", lambda v, r: _stamp("Event", v, r, v.life.meetings.created[r])),
            Field("SystemModstamp", "datetime", lambda v, r: _stamp("Event", v, r, v.life.meetings.created[r])),
        ]
    ),
    lambda v: _activities("Event", v),
    lambda v, r: _gone("Event", v, r),
    lambda v, r: _gone_at("Event", v, r),
    lambda v: _erased("Event", v),
)

_TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")

# Salesforce tells neither deletions of it nor its rows in bulk.
TASK_STATUS = ObjectType(
    "TaskStatus",
    "Task Status Value",
    declare([
        Field("Id", "id", lambda _, r: ids.column("TaskStatus", r)),
        Field("ApiName", "string", lambda _, r: names.words(_TASK_STATUSES, r)),
        Field("MasterLabel", "string", lambda _, r: names.words(_TASK_STATUSES, r)),
        Field("IsClosed", "boolean", lambda _, r: flags(r == 2)),
        Field("IsDefault", "boolean", lambda _, r: flags(r == 0)),
        Field("SortOrder", "int", lambda _, r: numbers(r + 1)),
        Field("CreatedDate", "datetime", _born),
        Field("SystemModstamp", "datetime", _born),
    ]),
    lambda _: np.arange(len(_TASK_STATUSES)),
    replicated=False,
    bulk=False,
)  # fmt: skip
