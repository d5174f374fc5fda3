"""What Salesforce's own error codes mean, and the one sentence that helps."""

import re
from collections.abc import Mapping

import httpx

from attain.http_verdict import Action, Verdict

# code -> (what to do, what it means, what a person can do)
_CODES: Mapping[str, tuple[Action, str, str]] = {
    "INVALID_SESSION_ID": ("relogin", "the session is not accepted", "Check that the run-as user may use the API."),
    "REQUEST_LIMIT_EXCEEDED": (
        "later",
        "the org's API requests of the last 24 hours are used up",
        "Run again when they have been restored (Setup > Company Information).",
    ),
    "INVALIDENTITY": ("refuse", "Bulk API 2.0 does not serve this object", "Leave it to REST."),
    "EXCEEDED_ID_LIMIT": ("refuse", "more ids than one answer may hold", "Ask for a shorter span of time."),
    "INVALID_REPLICATION_DATE": ("refuse", "deletions of that time are not known any more", "Compare all ids."),
    "SERVER_UNAVAILABLE": ("retry", "the org is not available just now", "See status.salesforce.com, then run again."),
    "QUERY_TIMEOUT": ("retry", "the query took too long", "Run again when the org is less busy."),
    "UNABLE_TO_LOCK_ROW": ("retry", "a row is locked", "Run again."),
    "UNKNOWN_EXCEPTION": ("retry", "Salesforce failed inside", "Run again."),
    "API_DISABLED_FOR_ORG": (
        "refuse",
        "the org's edition or the user has no API access",
        "Give the run-as user the permission API Enabled; the edition must include the API.",
    ),
    "API_CURRENTLY_DISABLED": (
        "refuse",
        "the API is disabled for this user",
        "Give the run-as user the permission API Enabled.",
    ),
    "INSUFFICIENT_ACCESS": ("refuse", "the run-as user lacks access", "Grant the run-as user read access to it."),
    "UNSUPPORTED_API_VERSION": (
        "refuse",
        "this API version is retired",
        "Set ATTAIN_SALESFORCE_VERSION to a live one.",
    ),
    "INVALID_TYPE": (
        "refuse",
        "the object is not there, or the run-as user may not see it",
        "Enable it in the org or grant read access.",
    ),
    "INVALID_FIELD": (
        "refuse",
        "a field is not there, or the run-as user may not see it",
        "Grant the run-as user read access to it, then run again: each run asks anew which fields there are.",
    ),
    "MALFORMED_QUERY": ("refuse", "the query is not understood", "This is likely our mistake: please report it."),
}
_FIELD = re.compile(r"(?:No such column|Invalid field|field name not found)\s*:?\s*'?\"?(\w+)", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{3,}(?:_[A-Z]+)+\b")


def judge(response: httpx.Response) -> Verdict | None:
    """The verdict by Salesforce's error code; None leaves it to the status."""
    try:
        body = response.json()
    except ValueError:
        return None
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return None
    return by_code(str(first.get("errorCode") or ""), str(first.get("message") or ""))


def by_code(code: str, message: str) -> Verdict | None:
    """The verdict on a code, naming the field that a message complains of; None for a code we do not know."""
    known = _CODES.get(code)
    if known is None:
        return None
    action, reason, advice = known
    field = _FIELD.search(message) if code == "INVALID_FIELD" else None
    return Verdict(action, f"{field[1]}: {reason}" if field else reason, advice, code)


def of_job(message: str) -> Verdict:
    """The verdict on a failed job's errorMessage, of which only a code and a field's name are ever repeated."""
    code = _CODE.search(message)
    name = code[0] if code else ("INVALID_FIELD" if _FIELD.search(message) else "")
    unknown = Verdict("refuse", "it failed", "Setup > Bulk Data Load Jobs says why.", name or None)
    return by_code(name, message) or unknown
