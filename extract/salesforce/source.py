"""Salesforce by REST `describe` and Bulk API 2.0: what changed, by the org's own clock, page by page.

Limits: 10,000 query jobs and 1 TB of results in 24 hours; results are kept for 7 days.
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/
"""

import logging
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from attain.errors import SettingsError, SourceRefused, SourceUnavailable
from attain.http import Client
from attain.http_verdict import Refused, clock
from attain.table import Table
from extract.company import load, settled
from extract.salesforce import limits, rest
from extract.salesforce.absent import absent
from extract.salesforce.auth import VARIABLES, SalesforceSettings, from_connection, from_environment
from extract.salesforce.bulk_job import BulkJobs, Job, NotByBulk
from extract.salesforce.errors import judge
from extract.salesforce.fields import Ask, ask
from extract.salesforce.landing import NAME, Extraction
from extract.salesforce.limits import Budget
from extract.salesforce.login import Login
from extract.salesforce.objects import OBJECTS
from extract.salesforce.state import Place, State, Window
from extract.source import Batch, Cursors, Planned, Told

log = logging.getLogger("attain.salesforce")

# Without deals there is nothing to warehouse, so an org that hides them is refused and not skipped.
NEEDED = "Opportunity"
# What a run without any change takes: limits, describe, its deletions, its changes by one small job.
REQUESTS_AN_OBJECT = 8
JOBS_AN_OBJECT = 2


class Salesforce:
    """The source: see `extract.source.Source`."""

    name = NAME

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(OBJECTS.values())

    def settings(
        self, planned: Planned, environment: Mapping[str, str], connection: Mapping[str, Any] | None = None
    ) -> SalesforceSettings:
        """The org's address and login, and the company's limits on deletions and requests."""
        found = from_connection(**connection) if connection else from_environment(environment)
        if found is None:
            wanted = ", ".join(planned.variable(name) for name in VARIABLES)
            raise SettingsError(f"{planned.name}: {wanted} are not set. Nothing was read. Export them.")
        found = replace(found, max_deletions=load(settled(planned)).max_deletions)
        if planned.leave_requests is not None:
            found = replace(found, leave_requests=planned.leave_requests)
        if planned.compare_ids_days is not None:
            found = replace(found, compare_ids=timedelta(days=planned.compare_ids_days))
        return found

    def batches(
        self, settings: SalesforceSettings, account: str, cursors: Cursors
    ) -> Generator[Batch | Told, None, None]:
        """What changed since the cursors; jobs for all objects run in the org side by side.

        Raises:
            SourceUnavailable: worth another run later, which goes on where this one stood.
            SourceRefused: a person must change something first.
            SourceError: an answer that cannot be used.
        """
        budget = Budget(settings.leave_requests)
        with client(settings, budget) as api:
            states = {table: State.read(cursor) for table, cursor in cursors.by_table.items()}
            run = Extraction(BulkJobs(api), settings, account, states)
            try:
                allowed = limits.read(api, settings.version)
                yield limits.told(allowed)
                budget.check(allowed, REQUESTS_AN_OBJECT * len(OBJECTS), JOBS_AN_OBJECT * len(OBJECTS))
                asks, until = describe_all(api, settings)
                yield from _changes(run, asks, until)
                yield from absent(run, asks, until)
            except SourceUnavailable:
                # It would not answer to an abort either.
                run.unrecorded.clear()
                raise
            finally:
                run.abandon()


SOURCE = Salesforce()


def client(settings: SalesforceSettings, budget: Budget) -> Client:
    """A client that logs in to the org by itself, and keeps within its allowance."""
    return Client(
        NAME,
        settings.url or settings.login,
        Login(settings),
        judge,
        headers={"Accept": "application/json, text/csv"},
        before=budget.before,
        after=budget.after,
    )


def describe_all(api: Client, settings: SalesforceSettings) -> tuple[list[Ask], datetime]:
    """What to ask this org for, and its clock before any of it is asked."""
    asks: list[Ask] = []
    skipped: list[str] = []
    until: datetime | None = None
    for name, table in OBJECTS.items():
        what = f"{name}: describe"
        try:
            response = api.request("GET", f"/services/data/v{settings.version}/sobjects/{name}/describe", what=what)
        except Refused as error:
            _unless_missing(name, error)
            skipped.append(name)
            continue
        if until is None:
            until = clock(response, f"{NAME}.{what}")
        asks.append(ask(name, table, api.parsed(response, what=what)))
    if until is None:
        raise SourceRefused(f"{NAME}: no object is visible. Nothing was read. Grant the run-as user read access.")
    if skipped:
        log.warning(
            "%s: not in this org, or not visible to the run-as user: %s. Their tables stay as they are.",
            NAME,
            ", ".join(skipped),
        )
    return asks, until


def is_missing(error: Refused) -> bool:
    """Whether an object is refused because it is not there, or the user may not see it."""
    return error.status == httpx.codes.NOT_FOUND or error.code in {"INVALID_TYPE", "INSUFFICIENT_ACCESS"}


def _unless_missing(name: str, error: Refused) -> None:
    if not is_missing(error):
        raise error
    if name == NEEDED:
        raise SourceRefused(
            f"{NAME}.{name}: not in this org, or not visible to the run-as user. Nothing was read. Grant it read access to "
            "all opportunities, and check the API version."
        ) from error


def _changes(run: Extraction, asks: list[Ask], until: datetime) -> Iterator[Batch]:
    """The landings of what changed, first of what a run before this one left; by REST what bulk does not serve."""
    started: list[tuple[Ask, Window, Job]] = []
    by_rest: list[tuple[Ask, Window]] = []
    for asked in asks:
        window = _window(run, asked, until)
        try:
            started.append((asked, window, run.start(asked, window.query(asked))))
        except NotByBulk as error:
            log.info("%s", error)
            by_rest.append((asked, window))
    for asked, window in [*((asked, window) for asked, window, _ in started), *by_rest]:
        yield from _go_on(run, asked, window)
    yield from run.windows(started)
    for asked, window in by_rest:
        yield from rest.land(run, asked, window, Place())


def _window(run: Extraction, asked: Ask, until: datetime) -> Window:
    """What is new; everything when fields have appeared, for old rows hold them too."""
    state = run.states.get(asked.table.name, State())
    left = state.going_on(asked.object)
    since = left[0].until if left else state.since
    appeared = sorted(set(asked.fields.values()) - set(state.fields)) if state.fields else []
    if appeared:
        log.info("%s.%s: read anew from the beginning for new fields: %s", NAME, asked.object, ", ".join(appeared))
    return Window(None if appeared else since, until)


def _go_on(run: Extraction, asked: Ask, following: Window) -> Iterator[Batch]:
    """What is left of the window that a killed run was landing, unless the one that follows holds it all."""
    left = run.states.get(asked.table.name, State()).going_on(asked.object)
    if left is None:
        return
    window, job, place = left
    if following.since is None:
        if job is not None:
            run.jobs.abort(job)
        return
    log.info("%s.%s: going on with %s after page %d", NAME, asked.object, job.id if job else "REST", place.pages)
    if job is None:
        yield from rest.land(run, asked, window, place, last=False)
    else:
        yield from run.land(asked, window, job, place, last=False)
