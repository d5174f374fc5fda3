"""Salesforce by REST `describe` and Bulk API 2.0: what changed, by the org's own clock, page by page.

Limits: 10,000 query jobs and 1 TB of results in 24 hours; results are kept for 7 days.
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/
"""

import logging
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from attain.errors import SettingsError, SourceRefused, SourceUnavailable
from attain.http import Client
from attain.http_verdict import Refused, clock
from attain.table import Table
from extract.company import load, settled
from extract.salesforce.auth import VARIABLES, ClientCredentials, SalesforceSettings, from_connection, from_environment
from extract.salesforce.bulk_job import BulkJobs, Job
from extract.salesforce.errors import judge
from extract.salesforce.fields import Ask, ask
from extract.salesforce.landing import NAME, Extraction, State, Window
from extract.salesforce.objects import OBJECTS
from extract.source import Batch, Cursors, Planned

log = logging.getLogger("attain.salesforce")

# Without deals there is nothing to warehouse, so an org that hides them is refused and not skipped.
NEEDED = "Opportunity"
NEARLY_SPENT = 0.9


class Salesforce:
    """The source: see `extract.source.Source`."""

    name = NAME

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(OBJECTS.values())

    def settings(
        self, planned: Planned, environment: Mapping[str, str], connection: Mapping[str, Any] | None = None
    ) -> SalesforceSettings:
        """The org's address and login, and the company's limit on deletions."""
        found = from_connection(**connection) if connection else from_environment(environment)
        if found is None:
            raise SettingsError(f"salesforce: {', '.join(VARIABLES)} are not set. Nothing was read. Export them.")
        return replace(found, max_deletions=load(settled(planned)).max_deletions)

    def batches(self, settings: SalesforceSettings, account: str, cursors: Cursors) -> Generator[Batch, None, None]:
        """What changed since the cursors; jobs for all objects run in the org side by side.

        Raises:
            SourceUnavailable: worth another run later, which goes on where this one stood.
            SourceRefused: a person must change something first.
            SourceError: an answer that cannot be used.
        """
        with client(settings) as api:
            states = {table: State.read(cursor) for table, cursor in cursors.by_table.items()}
            run = Extraction(BulkJobs(api), settings, account, states)
            try:
                asks, until = describe_all(api, settings)
                started = [(asked, *_start(run, asked, until)) for asked in asks]
                for asked, window, _ in started:
                    yield from _go_on(run, asked, window)
                yield from run.windows(started)
                yield from run.sweep(asks, until)
            except SourceUnavailable:
                # It would not answer to an abort either.
                run.unrecorded.clear()
                raise
            finally:
                run.abandon()


SOURCE = Salesforce()


def client(settings: SalesforceSettings) -> Client:
    """A client that logs in to the org by itself."""
    return Client(
        NAME, settings.url, ClientCredentials(settings), judge, headers={"Accept": "application/json, text/csv"}
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
            _warn_of_limit(response)
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


def _unless_missing(name: str, error: Refused) -> None:
    missing = error.status == httpx.codes.NOT_FOUND or error.code in {"INVALID_TYPE", "INSUFFICIENT_ACCESS"}
    if not missing:
        raise error
    if name == NEEDED:
        raise SourceRefused(
            f"{NAME}.{name}: not in this org, or not visible to the run-as user. Nothing was read. Grant it read access to "
            "all opportunities, and check the API version."
        ) from error


def _warn_of_limit(response: httpx.Response) -> None:
    used = re.search(r"api-usage=(\d+)/(\d+)", response.headers.get("sforce-limit-info", ""))
    if used and int(used[1]) > NEARLY_SPENT * int(used[2]):
        log.warning("%s: %s of %s API requests of the last 24 hours are used", NAME, used[1], used[2])


def _start(run: Extraction, asked: Ask, until: datetime) -> tuple[Window, Job]:
    """The job for what is new, over everything when fields have appeared: old rows hold them too."""
    state = run.states.get(asked.table.name, State())
    left = state.going_on(asked.object)
    since = left[0].until if left else state.since
    appeared = sorted(set(asked.fields.values()) - set(state.fields)) if state.fields else []
    if appeared:
        log.info("%s.%s: read anew from the beginning for new fields: %s", NAME, asked.object, ", ".join(appeared))
    window = Window(None if appeared else since, until)
    return window, run.start(asked, window.query(asked))


def _go_on(run: Extraction, asked: Ask, following: Window) -> Iterator[Batch]:
    """What is left of the job that a killed run was landing, unless the window that follows holds it all."""
    left = run.states.get(asked.table.name, State()).going_on(asked.object)
    if left is None:
        return
    window, job, place = left
    if following.since is None:
        run.jobs.abort(job)
        return
    log.info("%s.%s: going on with job %s after page %d", NAME, asked.object, job.id, place.pages)
    yield from run.land(asked, window, job, place, last=False)
