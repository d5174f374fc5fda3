"""Would a run be able to read this org? Its login, allowance, version, clock, and what the user sees; nothing is read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx

from attain.errors import AttainError, SourceError
from attain.http import Client, Patience
from attain.http_verdict import Refused, date
from extract.salesforce import limits
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.fields import Ask, ask
from extract.salesforce.limits import Budget
from extract.salesforce.objects import OBJECTS
from extract.salesforce.source import JOBS_AN_OBJECT, NEEDED, REQUESTS_AN_OBJECT, client, is_missing
from extract.source import Finding

_SKEW = timedelta(minutes=2)
# What is lost without an object; one that is not here is not used by the figures.
_LOST = {
    "User": "who owns what, and everything by rep or team",
    "Account": "segments, regions and new against existing business",
    "Contact": "the people behind won deals",
    "Lead": "the funnel's first levels",
    "Product2": "bookings by product",
    "Campaign": "where leads and deals came from by campaign",
    "CampaignMember": "touches of campaigns",
    NEEDED: "everything: a run stops",
    "OpportunityHistory": "amounts, stages and close dates as they were, so movements and slippage",
    "OpportunityFieldHistory": "former owners, and who changed what",
    "OpportunityLineItem": "bookings by product",
    "OpportunitySplit": "credit shared between reps",
    "OpportunitySplitType": "which splits add up to the deal",
    "Task": "calls, mails and answer times",
    "Event": "meetings",
}


def probe(settings: SalesforceSettings) -> Iterator[Finding]:
    """What a run would find, one after the other; it ends at the first that stops a run."""
    flow = f"by JWT for {settings.username}" if settings.by_key else "by client credentials"
    yield Finding(True, f"address {settings.url or 'told by the login'}; logs in at {settings.login} {flow}")
    budget = Budget(settings.leave_requests)
    with _hasty(client(settings, budget)) as api:
        try:
            yield from _version(api, settings)
            yield from _allowance(api, settings, budget)
            yield from _objects(api, settings)
        except AttainError as error:
            yield Finding(False, str(error))


def _hasty(api: Client) -> Client:
    api.patience = Patience(attempts=2, first=0.5, most=2.0, retry_after=5.0, budget=3)
    return api


def _version(api: Client, settings: SalesforceSettings) -> Iterator[Finding]:
    """Also the first request, which logs in."""
    response = api.request("GET", "/services/data", what="versions")
    yield Finding(True, "login accepted")
    answer = api.parsed(response, what="versions")
    try:
        known = [str(each["version"]) for each in answer]
        newest = max(known, key=float)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(
            "salesforce: versions: the answer lists none. Nothing was read. Check that the address is the org's My Domain."
        ) from error
    if settings.version in known:
        yield Finding(True, f"API version {settings.version}; the org's newest is {newest}")
    else:
        yield Finding(
            False,
            f"the org has no API version {settings.version}, its newest is {newest}: set ATTAIN_SALESFORCE_VERSION",
        )
    yield _clock(response)


def _clock(response: httpx.Response) -> Finding:
    theirs = date(response)
    if theirs is None:
        return Finding(False, "answers bear no single, readable Date, by which runs know what is new: look for a proxy")
    off = datetime.now(UTC) - theirs
    if abs(off) <= _SKEW:
        return Finding(True, "the org's clock and ours agree")
    which = "ahead of" if off > timedelta(0) else "behind"
    return Finding(None, f"our clock is {abs(off).total_seconds():,.0f} s {which} the org's; runs go by the org's")


def _allowance(api: Client, settings: SalesforceSettings, budget: Budget) -> Iterator[Finding]:
    found = limits.read(api, settings.version)
    yield Finding(True if found else None, limits.told(found).text.removeprefix("salesforce: "))
    budget.check(found, REQUESTS_AN_OBJECT * len(OBJECTS), JOBS_AN_OBJECT * len(OBJECTS))


def _objects(api: Client, settings: SalesforceSettings) -> Iterator[Finding]:
    seen = []
    for name in OBJECTS:
        try:
            answer = api.json("GET", f"/services/data/v{settings.version}/sobjects/{name}/describe", what=name)
        except Refused as error:
            if not is_missing(error):
                raise
            lost = _LOST.get(name, "a list that no figure needs")
            stops: dict[str, bool | None] = {NEEDED: False}
            yield Finding(stops.get(name), f"{name}: not there, or not visible to the user. Lost: {lost}")
            continue
        asked = ask(name, OBJECTS[name], answer)
        seen.append(name)
        yield from _fields(name, asked)
    yield Finding(bool(seen), f"{len(seen)} of {len(OBJECTS)} objects visible: {', '.join(seen) or 'none'}")


def _fields(name: str, asked: Ask) -> Iterator[Finding]:
    absent = [column.aliases[0] for column in OBJECTS[name].columns if column.name not in asked.fields]
    if absent:
        yield Finding(None, f"{name}: left empty, for the user does not see {', '.join(absent)}")
