"""Users, accounts, contacts and leads, as Salesforce shows them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import ids, names
from demo.clock import FAR, Bools, Ints
from demo.frame import (
    Field,
    Make,
    ObjectType,
    View,
    constant,
    current,
    dates,
    declare,
    flags,
    money,
    nothing,
    numbers,
    times,
)
from demo.leads import CONVERTED
from demo.words import (
    COUNTRIES,
    CURRENCIES,
    INDUSTRIES,
    LEAD_SOURCES,
    LEAD_STATUSES,
    REGION_CURRENCY,
    REGIONS,
    SEGMENTS,
    TITLES,
)  # fmt: skip

_COUNTRY_LIST = tuple(country for countries in COUNTRIES for country in countries)


def _user_column(attribute: str) -> Make:
    def make(v: View, rows: Ints) -> pa.Array:
        texts = [str(getattr(p, attribute)) for p in v.life.roster.people]
        return names.words(texts, v.life.users.record[rows])

    return make


def _title(v: View, rows: Ints) -> pa.Array:
    u = v.life.users
    people = v.life.roster.people
    plain = [p.title(0) for p in people]
    senior = [p.title(FAR) for p in people]
    return names.words(plain + senior, u.record[rows] + len(people) * u.state["senior"][rows])


def _manager(v: View, rows: Ints) -> pa.Array:
    managers = np.array([p.manager for p in v.life.roster.people], dtype=np.int64)
    return ids.column("User", managers[v.life.users.record[rows]])


def _division(v: View, rows: Ints) -> pa.Array:
    regions = [REGIONS[p.region] if p.seat >= 0 else "" for p in v.life.roster.people]
    return names.words(regions, v.life.users.record[rows])


def _hired(v: View, rows: Ints) -> pa.Array:
    hired = np.array([p.hire for p in v.life.roster.people], dtype=np.int64) * 86_400 + 6 * 3_600
    return times(hired[v.life.users.record[rows]])


def _user_key(v: View, rows: Ints) -> pa.Array:
    return ids.column("User", v.life.users.record[rows])


USER = ObjectType(
    "User",
    "User",
    declare([
        Field("Id", "id", _user_key),
        Field("Username", "string", lambda v, r: pc.binary_join_element_wise(_user_column("email")(v, r), "sf", ".")),
        Field("Name", "string", _user_column("name")),
        Field("Email", "email", _user_column("email")),
        Field("EmployeeNumber", "string", _user_column("employee_number")),
        Field("ManagerId", "reference", _manager, refers_to=("User",)),
        Field("Title", "string", _title),
        Field("Department", "string", _user_column("team")),
        Field("Division", "string", _division),
        Field("UserRoleId", "reference", lambda _, r: nothing(r), refers_to=("UserRole",)),
        Field("IsActive", "boolean", lambda v, r: flags(v.life.users.state["active"][r] > 0)),
        Field("UserType", "picklist", lambda _, r: constant("Standard", r)),
        Field("DefaultCurrencyIsoCode", "picklist", _user_column("currency")),
        Field("CreatedDate", "datetime", _hired),
        Field("LastModifiedDate", "datetime", lambda v, r: times(v.life.users.since[r])),
        Field("SystemModstamp", "datetime", lambda v, r: times(v.life.users.since[r])),
    ]),
    lambda v: current(v.life.users.since, v.life.users.until, v.clock),
)  # fmt: skip


def _account(v: View, rows: Ints) -> Ints:
    return v.life.accounts.versions.record[rows]


def _region(v: View, rows: Ints) -> Ints:
    return v.life.roster.seat_region[v.life.accounts.seat[_account(v, rows)]]


def _staff_size(v: View, rows: Ints) -> Ints:
    base = np.array([40, 400, 4_000])[v.life.accounts.versions.state["segment"][rows]]
    return base + base * (_account(v, rows) * 37 % 100) // 60


def _none_deleted(_: View, rows: Ints) -> Bools:
    return np.zeros(len(rows), dtype=bool)


def _never(_: View, rows: Ints) -> Ints:
    return np.full(len(rows), FAR, dtype=np.int64)


ACCOUNT = ObjectType(
    "Account",
    "Account",
    declare([
        Field("Id", "id", lambda v, r: ids.column("Account", _account(v, r))),
        Field("IsDeleted", "boolean", lambda v, r: flags(_none_deleted(v, r))),
        Field("MasterRecordId", "reference", lambda _, r: nothing(r), refers_to=("Account",)),
        Field("Name", "string", lambda v, r: names.company_names(_account(v, r))),
        Field("Type", "picklist", lambda v, r: names.words(("Prospect", "Customer"), v.life.accounts.versions.state["customer"][r]), values=("Prospect", "Customer")),
        Field("ParentId", "reference", lambda _, r: nothing(r), refers_to=("Account",)),
        Field("Industry", "picklist", lambda v, r: names.words(INDUSTRIES, _account(v, r) * 11 % len(INDUSTRIES)), values=INDUSTRIES),
        Field("Segment__c", "picklist", lambda v, r: names.words(SEGMENTS, v.life.accounts.versions.state["segment"][r]), "Segment", values=SEGMENTS),
        Field("Region__c", "picklist", lambda v, r: names.words(REGIONS, _region(v, r)), "Region", values=REGIONS),
        Field("BillingCountry", "string", lambda v, r: names.words(_COUNTRY_LIST, _region(v, r) * 3 + _account(v, r) % 3)),
        Field("NumberOfEmployees", "int", lambda v, r: numbers(_staff_size(v, r))),
        Field("AnnualRevenue", "currency", lambda v, r: money(_staff_size(v, r) * 19_000_000, _account(v, r) % 9 == 4)),
        Field("OwnerId", "reference", lambda v, r: ids.column("User", v.life.accounts.versions.state["owner"][r]), refers_to=("User",)),
        Field("CurrencyIsoCode", "picklist", lambda v, r: names.words(REGION_CURRENCY, _region(v, r)), values=CURRENCIES),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.accounts.created[_account(v, r)])),
        Field("LastModifiedDate", "datetime", lambda v, r: times(v.life.accounts.versions.since[r])),
        Field("SystemModstamp", "datetime", lambda v, r: times(v.life.accounts.versions.since[r])),
        Field("Site_Count__c", "double", lambda v, r: numbers(1 + _account(v, r) % 7), "Sites"),
        Field("Fit_Score__c", "double", lambda v, r: numbers(20 + _account(v, r) * 13 % 80), "Fit score"),
    ]),
    lambda v: current(v.life.accounts.versions.since, v.life.accounts.versions.until, v.clock),
    _none_deleted,
    _never,
)  # fmt: skip


def _contact_owner(v: View, rows: Ints) -> Ints:
    a = v.life.accounts
    account = v.life.contacts.account[rows]
    return v.life.roster.held_by(a.seat[account], a.created[account] // 86_400)


CONTACT = ObjectType(
    "Contact",
    "Contact",
    declare([
        Field("Id", "id", lambda _, r: ids.column("Contact", r)),
        Field("IsDeleted", "boolean", lambda v, r: flags(_none_deleted(v, r))),
        Field("MasterRecordId", "reference", lambda _, r: nothing(r), refers_to=("Contact",)),
        Field("AccountId", "reference", lambda v, r: ids.column("Account", v.life.contacts.account[r]), refers_to=("Account",)),
        Field("FirstName", "string", lambda v, r: names.first_names(v.life.contacts.person[r]), length=40),
        Field("LastName", "string", lambda v, r: names.last_names(v.life.contacts.person[r]), length=80),
        Field("Name", "string", lambda v, r: names.person_names(v.life.contacts.person[r])),
        Field("Email", "email", lambda v, r: names.emails(v.life.contacts.person[r], v.life.contacts.mailbox[r]), length=80),
        Field("Title", "string", lambda v, r: names.words(TITLES, v.life.contacts.person[r] * 3 % len(TITLES)), length=128),
        Field("LeadSource", "picklist", lambda v, r: names.words(LEAD_SOURCES, v.life.contacts.person[r] * 5 % len(LEAD_SOURCES)), values=LEAD_SOURCES),
        Field("OwnerId", "reference", lambda v, r: ids.column("User", _contact_owner(v, r)), refers_to=("User",)),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.contacts.created[r])),
        Field("LastModifiedDate", "datetime", lambda v, r: times(v.life.contacts.created[r])),
        Field("SystemModstamp", "datetime", lambda v, r: times(v.life.contacts.created[r])),
    ]),
    lambda v: np.flatnonzero(v.life.contacts.created <= v.clock),
    _none_deleted,
    _never,
)  # fmt: skip


def _lead(v: View, rows: Ints) -> Ints:
    return v.life.leads.versions.record[rows]


def _converted(v: View, rows: Ints) -> Bools:
    done: Bools = v.life.leads.versions.state["status"][rows] == CONVERTED
    return done


def _made(v: View, rows: Ints, kind: str) -> pa.Array:
    """Id of what a converted lead became."""
    deal = v.life.leads.deal[_lead(v, rows)]
    known = np.maximum(deal, 0)
    became = {"Opportunity": known, "Account": v.life.links.account[known], "Contact": v.life.links.contact[known]}
    return ids.column(kind, np.where(_converted(v, rows) & (deal >= 0), became[kind], -1))


def _company(v: View, rows: Ints) -> pa.Array:
    lead = _lead(v, rows)
    deal = v.life.leads.deal[lead]
    return names.company_names(np.where(deal >= 0, v.life.links.account[np.maximum(deal, 0)], 500_000 + lead))


def _lead_deleted(v: View, rows: Ints) -> Bools:
    gone: Bools = v.life.leads.versions.state["deleted"][rows] > 0
    return gone


def _master(v: View, rows: Ints) -> pa.Array:
    return ids.column("Lead", np.where(_lead_deleted(v, rows), v.life.leads.master[_lead(v, rows)], -1))


LEAD = ObjectType(
    "Lead",
    "Lead",
    declare([
        Field("Id", "id", lambda v, r: ids.column("Lead", _lead(v, r))),
        Field("IsDeleted", "boolean", lambda v, r: flags(_lead_deleted(v, r))),
        Field("MasterRecordId", "reference", _master, refers_to=("Lead",)),
        Field("FirstName", "string", lambda v, r: names.first_names(v.life.leads.person[_lead(v, r)]), length=40),
        Field("LastName", "string", lambda v, r: names.last_names(v.life.leads.person[_lead(v, r)]), length=80),
        Field("Name", "string", lambda v, r: names.person_names(v.life.leads.person[_lead(v, r)])),
        Field("Email", "email", lambda v, r: names.emails(v.life.leads.person[_lead(v, r)]), length=80),
        Field("Title", "string", lambda v, r: names.words(TITLES, v.life.leads.person[_lead(v, r)] * 3 % len(TITLES)), length=128),
        Field("Company", "string", _company),
        Field("LeadSource", "picklist", lambda v, r: names.words(LEAD_SOURCES, v.life.leads.source[_lead(v, r)]), values=LEAD_SOURCES),
        Field("Status", "picklist", lambda v, r: names.words(LEAD_STATUSES, v.life.leads.versions.state["status"][r]), values=LEAD_STATUSES),
        Field("Industry", "picklist", lambda v, r: names.words(INDUSTRIES, _lead(v, r) * 11 % len(INDUSTRIES)), values=INDUSTRIES),
        Field("Country", "string", lambda v, r: names.words(_COUNTRY_LIST, v.life.leads.region[_lead(v, r)] * 3 + _lead(v, r) % 3)),
        Field("Segment__c", "picklist", lambda v, r: names.words(SEGMENTS, v.life.leads.segment[_lead(v, r)]), "Segment", values=SEGMENTS),
        Field("Region__c", "picklist", lambda v, r: names.words(REGIONS, v.life.leads.region[_lead(v, r)]), "Region", values=REGIONS),
        Field("Lead_Score__c", "double", lambda v, r: numbers(v.life.leads.score[_lead(v, r)]), "Lead score"),
        Field("OwnerId", "reference", lambda v, r: ids.column("User", v.life.leads.versions.state["owner"][r]), refers_to=("User",)),
        Field("IsConverted", "boolean", lambda v, r: flags(_converted(v, r))),
        Field("ConvertedDate", "date", lambda v, r: dates(v.life.leads.versions.since[r] // 86_400, ~_converted(v, r))),
        Field("ConvertedAccountId", "reference", lambda v, r: _made(v, r, "Account"), refers_to=("Account",)),
        Field("ConvertedContactId", "reference", lambda v, r: _made(v, r, "Contact"), refers_to=("Contact",)),
        Field("ConvertedOpportunityId", "reference", lambda v, r: _made(v, r, "Opportunity"), refers_to=("Opportunity",)),
        Field("CreatedDate", "datetime", lambda v, r: times(v.life.leads.created[_lead(v, r)])),
        Field("LastModifiedDate", "datetime", lambda v, r: times(v.life.leads.versions.since[r])),
        Field("SystemModstamp", "datetime", lambda v, r: times(v.life.leads.versions.since[r])),
    ]),
    lambda v: current(v.life.leads.versions.since, v.life.leads.versions.until, v.clock),
    _lead_deleted,
    lambda v, r: np.where(_lead_deleted(v, r), v.life.leads.versions.since[r], FAR),
)  # fmt: skip
