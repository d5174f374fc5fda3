"""The result pages of one job in their order, the next ones being fetched while one lands."""

import itertools
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from attain.errors import SourceError
from extract.salesforce.bulk_job import BulkJobs, Job, JobGone, PageList, ResultPage

Following = Mapping[str, Any] | None
Fetched = tuple[ResultPage, Following]


def fetched(jobs: BulkJobs, job: Job, at: Following, most: int, ahead: int) -> Generator[Fetched, None, None]:
    """The pages from a place on, each with the place of the page after it (None: it is the last).

    What does not fit into one page is fetched side by side, where the org lists the pages' addresses; else one page
    after the other, of at most `most` rows. However many pages there are, at most `ahead` are held beside the one in hand.

    Raises:
        JobGone: the results have expired.
    """
    place = at or {}
    if "locator" not in place and (job.records > most or place):
        first = jobs.listed(job, place.get("list"))
        if first is not None:
            yield from _side_by_side(jobs, job, place, first, ahead)
            return
        if place:
            raise JobGone(f"salesforce.{job.what}: job {job.id} lists no pages any more. Nothing more of it landed.")
    yield from _one_by_one(jobs, job, place.get("locator"), most)


def _side_by_side(
    jobs: BulkJobs, job: Job, place: Mapping[str, Any], first: PageList, ahead: int
) -> Generator[Fetched, None, None]:
    addresses = _addresses(jobs, job, place, first)
    waiting: deque[tuple[Future[ResultPage], Following]] = deque()
    with ThreadPoolExecutor(ahead, "salesforce-pages") as threads:
        try:
            for url, following in itertools.islice(addresses, ahead):
                waiting.append((threads.submit(jobs.fetch, job, url), following))
            while waiting:
                page, following = waiting[0][0].result(), waiting[0][1]
                waiting.popleft()
                for url, later in itertools.islice(addresses, 1):
                    waiting.append((threads.submit(jobs.fetch, job, url), later))
                yield page, following
        finally:
            for fetching, _ in waiting:
                fetching.cancel()
                fetching.add_done_callback(_forget)


def _addresses(jobs: BulkJobs, job: Job, place: Mapping[str, Any], first: PageList) -> Iterator[tuple[str, Following]]:
    """Each page's address from the place on, and the place after it."""
    url, skip, found = place.get("list"), place.get("at", 0), first
    while True:
        if skip >= len(found.pages):
            raise SourceError(
                f"salesforce.{job.what}: job {job.id} lists no further pages, but has some. Nothing more of it landed. "
                "Run again."
            )
        for number in range(skip, len(found.pages) - 1):
            yield found.pages[number], {"list": url, "at": number + 1}
        yield found.pages[-1], {"list": found.next, "at": 0} if found.next else None
        if found.next is None:
            return
        url, skip = found.next, 0
        found = jobs.listed(job, url) or PageList((), None)


def _one_by_one(jobs: BulkJobs, job: Job, locator: str | None, most: int) -> Generator[Fetched, None, None]:
    with ThreadPoolExecutor(1, "salesforce-pages") as thread:
        page = jobs.page(job, locator, most)
        while page.next is not None:
            following = thread.submit(jobs.page, job, page.next, most)
            try:
                yield page, {"locator": page.next}
            except GeneratorExit:
                following.add_done_callback(_forget)
                raise
            page = following.result()
        yield page, None


def _forget(fetching: Future[ResultPage]) -> None:
    """Give back the space of a page that nobody waits for any more."""
    if not fetching.cancelled() and fetching.exception() is None:
        fetching.result().download.file.close()
