"""What a file is by its name, and which of its columns are ours by theirs, where no mapping says it."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from attain.table import Table
from extract.files.mapping.document import BY_NAME, FileMapping
from extract.files.mapping.value_models import Joined

FILE_NAMES: Mapping[str, tuple[str, ...]] = {
    "accounts": ("account", "accounts", "company", "companies", "organization", "organizations", "customers"),
    "contacts": ("contact", "contacts", "people", "persons"),
    "leads": ("lead", "leads"),
    "opportunities": ("opportunity", "opportunities", "deal", "deals", "potentials"),
    "opportunity_history": ("opportunityhistory", "dealhistory"),
    "opportunity_field_history": ("opportunityfieldhistory", "dealfieldhistory"),
    "opportunity_lines": ("opportunitylineitem", "opportunitylineitems", "opportunitylines", "opportunityproducts", "deallines", "lineitems"),
    "opportunity_splits": ("opportunitysplit", "opportunitysplits", "dealsplits"),
    "orders": ("order", "orders"),
    "order_lines": ("orderitem", "orderitems", "orderline", "orderlines"),
    "invoices": ("invoice", "invoices"),
    "products": ("product", "products", "product2"),
    "reps": ("rep", "reps", "user", "users", "roster", "owner", "owners", "salesreps", "salesteam"),
    "quotas": ("quota", "quotas", "forecastingquota", "targets"),
    "plans": ("plan", "plans", "commissionplans"),
    "plan_assignments": ("planassignment", "planassignments"),
    "exchange_rates": ("exchangerate", "exchangerates", "fxrates", "currencyrates"),
    "campaigns": ("campaign", "campaigns"),
    "touches": ("touch", "touches", "campaignmember", "campaignmembers"),
    "activities": ("activity", "activities", "task", "tasks", "event", "events"),
    "goals": ("goal", "goals", "objective", "objectives"),
    "goal_checkins": ("goalcheckin", "goalcheckins", "checkins", "goalreviews"),
    "subscriptions": ("subscription", "subscriptions", "recurringrevenue"),
    "costs": ("cost", "costs", "expenses"),
    "ad_performance": ("adperformance", "ads", "adspend", "adcosts"),
    "web_sessions": ("websession", "websessions", "sessions", "webtraffic", "traffic"),
}  # fmt: skip
"""Template -> names of files (letters only) that are one: our names, Salesforce's objects, other systems' exports."""

_NOISE = frozenset(
    [
        "export",
        "exports",
        "exported",
        "all",
        "my",
        "crm",
        "hubspot",
        "salesforce",
        "sf",
        "sfdc",
        "pipedrive",
        "zoho",
        "dynamics",
        "data",
        "report",
        "list",
        "table",
        "copy",
        "final",
        "new",
        "csv",
        "the",
        "of",
    ]
)

_TASK = {
    "contact_id": {"column": "WhoId", "starts_with": "003"},
    "lead_id": {"column": "WhoId", "starts_with": "00Q"},
    "opportunity_id": {"column": "WhatId", "starts_with": "006"},
}

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "task": {"columns": {**_TASK, "activity_at": {"first_of": ["ActivityDate", "CreatedDate"]}, "activity_type": {"first_of": ["TaskSubtype", {"value": "Task"}]}}},
    "event": {"columns": {**_TASK, "activity_at": {"first_of": ["ActivityDateTime", "StartDateTime", "ActivityDate"]}, "activity_type": {"first_of": ["Type", {"value": "Event"}]}}},
    "campaignmember": {"columns": {"touched_at": {"first_of": ["FirstRespondedDate", "CreatedDate"]}}},
    "opportunitysplit": {
        "columns": {"split_type": {"first_of": ["SplitType", "SplitType.DeveloperName", {"file": "OpportunitySplitType.csv", "match": {"SplitTypeId": "Id"}, "take": "DeveloperName"}]}},
    },
}  # fmt: skip
"""What Salesforce's own objects need beyond column names, by the letters of the file's name, in mapping.yml's words."""

SHAPES: tuple[tuple[str, frozenset[str], Mapping[str, Any]], ...] = (
    (
        "opportunities", frozenset({"wontime", "losttime", "status", "expectedclosedate"}),
        {
            "close_date": {"first_of": ["Won time", "Lost time", "Expected close date"]},
            "is_won": {"column": "Status", "equals": "Won"},
            "is_closed": {"column": "Status", "equals": ["Won", "Lost"]},
        },
    ),
)  # fmt: skip
"""Exports known by their headers (Pipedrive's deals), and what their columns mean: template, headers, values."""

_FULL_NAMES = {"full_name": ("firstname", "lastname"), "rep_name": ("firstname", "lastname")}


def letters(name: str) -> str:
    """The name without case, spaces and signs: how headers and file names are compared."""
    return re.sub(r"[\W_]", "", name.casefold())


def template_of(name: str) -> FileMapping | None:
    """The template a file or sheet of that name is, with its recipe; None for an unknown name."""
    words = re.findall(r"[A-Za-z][a-z]*\d?(?![a-z])|[A-Z]+(?![a-z])", name)
    plain = [w.lower() for w in words]
    bare = "".join(w for w in plain if w not in _NOISE)
    for candidate in (
        letters(name),
        "".join(plain),
        bare,
        re.sub(r"[0-9]", "", letters(name)),
        re.sub(r"[0-9]", "", bare),
    ):
        for template, names in FILE_NAMES.items():
            if candidate in names:
                return FileMapping.model_validate({"file": name, "template": template, **RECIPES.get(candidate, {})})
    return None


def automatic(table: Table, headers: Iterable[str]) -> dict[str, Any]:
    """Our column -> their header, by our names first, then by aliases in their order; each header at most once."""
    by_letters = _by_letters(headers)
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for ours_only in (True, False):
        for column in table.columns:
            names = (column.name,) if ours_only else column.aliases
            matches = [by_letters[n] for n in map(letters, names) if n in by_letters and by_letters[n] not in taken]
            if matches and column.name not in found:
                found[column.name] = matches[0]
                taken.add(matches[0])
    for name, parts in _FULL_NAMES.items():
        if name not in found and any(c.name == name for c in table.columns) and all(p in by_letters for p in parts):
            found[name] = Joined.model_validate({"join": [by_letters[p] for p in parts]})
    return found


def shape_of(template: str, headers: Iterable[str]) -> dict[str, Any]:
    """What the headers alone tell beyond names, as values of a mapping; empty for most files."""
    by_letters = _by_letters(headers)
    for shape_template, needed, columns in SHAPES:
        if shape_template == template and needed <= by_letters.keys():
            return dict(FileMapping.model_validate({"file": "*", "template": template, "columns": columns}).columns)
    return {}


def _by_letters(headers: Iterable[str]) -> dict[str, str]:
    """Letters -> header; `Deal - Title` also as `title` where no other header is."""
    listed = list(headers)
    found: dict[str, str] = {}
    for header in listed:
        found.setdefault(letters(header), header)
    for header in listed:
        found.setdefault(letters(without_object(header)), header)
    return found


def without_object(header: str) -> str:
    """A header without the object it names first, as in `Deal - Title`."""
    return re.sub(r"^\w+ - (?=\S)", "", header)


@cache
def known_names(template: str | None = None) -> frozenset[str]:
    """Every header, in letters, that means something in the template; in any template for None."""
    tables = BY_NAME.values() if template is None else (BY_NAME[template],)
    return frozenset(letters(n) for table in tables for column in table.columns for n in (column.name, *column.aliases))


def likely_template(headers: Iterable[str]) -> tuple[str, int] | None:
    """The template that most of the headers fit and whose required columns are all there, and how many fit."""
    listed = list(headers)
    counts = {name: len(found) for name, table in BY_NAME.items() if (found := _complete(table, listed))}
    best = max(counts, key=lambda name: counts[name], default=None)
    return None if best is None or counts[best] < 3 else (best, counts[best])


def _complete(table: Table, headers: list[str]) -> dict[str, Any]:
    found = automatic(table, headers)
    needed = [c.name for c in table.columns if c.required]
    return found if len(needed) > 1 and all(name in found for name in needed) else {}
