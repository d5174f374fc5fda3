"""What the org lets us ask in 24 hours, and the share of it that is left to others.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from attain.errors import SourceUnavailable
from attain.http import Client
from attain.http_verdict import Refused
from extract.source import Told

log = logging.getLogger("attain.salesforce")

REQUESTS, JOBS = "DailyApiRequests", "DailyBulkV2QueryJobs"
_WORDS = {REQUESTS: "API requests", JOBS: "bulk query jobs"}
_USAGE = re.compile(r"(?:^|[\s;,])api-usage=(\d+)/(\d+)")
_ADVICE = (
    "Each comes back 24 hours after it was used: run again in some hours, or let runs use more (leave_requests in "
    "sources.yml)."
)


@dataclass(frozen=True)
class Allowance:
    """How many of something the org allows in any 24 hours, and how many are left."""

    most: int
    left: int

    def spare(self, share: float) -> int:
        """How many may be used so that the share of all stays."""
        return self.left - round(self.most * share)


class Budget:
    """Keeps a run within the org's allowance; threads may share it.

    Args:
        leave: share of each allowance that stays for others.
    """

    def __init__(self, leave: float) -> None:
        self._leave = leave
        self._requests: Allowance | None = None

    def before(self, request: httpx.Request) -> None:
        """Stops before a request that would use what is left to others; giving jobs back is always let through.

        Raises:
            SourceUnavailable: no more may be asked.
        """
        if self._requests is None or request.method not in {"GET", "POST"} or not _counts(request):
            return
        if self._requests.spare(self._leave) <= 0:
            raise _spent(REQUESTS, self._requests, self._leave, "Nothing more was read; what has landed stays.")

    def after(self, response: httpx.Response) -> None:
        """Takes note of what an answer says has been used."""
        used = _USAGE.search(response.headers.get("sforce-limit-info", ""))
        if used:
            self._requests = Allowance(int(used[2]), int(used[2]) - int(used[1]))

    def check(self, found: Mapping[str, Allowance], requests: int, jobs: int) -> None:
        """Stops a run that could not do its work with what there is.

        Args:
            requests, jobs: how many it needs at least.

        Raises:
            SourceUnavailable: too few are left.
        """
        for name, needed in ((REQUESTS, requests), (JOBS, jobs)):
            if name in found and found[name].spare(self._leave) < needed:
                raise _spent(name, found[name], self._leave, f"A run needs about {needed}. Nothing was read.")


def read(api: Client, version: str) -> Mapping[str, Allowance]:
    """What is left of the requests and query jobs; empty when the user may not see it."""
    try:
        answer = api.json("GET", f"/services/data/v{version}/limits", what="limits")
    except Refused as error:
        if error.status not in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}:
            raise
        log.info("%s What answers say of themselves is heeded instead.", error)
        return {}
    found = {}
    for name in (REQUESTS, JOBS):
        said = answer.get(name) if isinstance(answer, dict) else None
        if isinstance(said, dict) and isinstance(said.get("Max"), int) and isinstance(said.get("Remaining"), int):
            found[name] = Allowance(said["Max"], said["Remaining"])
    return found


def told(found: Mapping[str, Allowance]) -> Told:
    """The allowance in words and figures."""
    if not found:
        return Told("salesforce: the org does not say what is left of its daily requests")
    words = [f"{each.left:,} of {each.most:,} {_WORDS[name]}" for name, each in found.items()]
    detail: dict[str, Any] = {name: {"most": each.most, "left": each.left} for name, each in found.items()}
    return Told(f"salesforce: left of the last 24 hours: {' and '.join(words)}", {"limits": detail})


def _counts(request: httpx.Request) -> bool:
    return request.url.path.startswith("/services/data")


def _spent(name: str, found: Allowance, leave: float, state: str) -> SourceUnavailable:
    kept = f", and {leave:.0%} of them ({round(found.most * leave):,}) are left to others" if leave else ""
    return SourceUnavailable(
        f"salesforce: {found.left:,} of the org's {found.most:,} {_WORDS[name]} of the last 24 hours are left{kept}. "
        f"{state} {_ADVICE}"
    )
