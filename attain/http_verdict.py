"""What an answer, or its absence, means: use it, try again, come back later or have a person change something."""

import email.utils
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx

from attain.errors import SettingsError, SourceError, SourceRefused, SourceUnavailable

Action = Literal["use", "retry", "later", "refuse", "relogin"]


@dataclass(frozen=True)
class Verdict:
    """What to do with an answer.

    Args:
        action: `use` it, `retry` after a wait, come back `later` (another run), `refuse`, or `relogin`.
        reason: what the source said, in words that hold no body, header or secret.
        advice: what a person should do next.
        code: the source's own error code.
        wait: seconds the source asks us to stay away.
    """

    action: Action
    reason: str = ""
    advice: str = ""
    code: str | None = None
    wait: float | None = None


class TryAgain(SourceUnavailable):
    """A failed attempt that another one may heal; the last one surfaces as SourceUnavailable.

    Args:
        wait: seconds the source asks us to stay away; None leaves it to the back-off.
        turned_away: the source has not acted on the request.
    """

    def __init__(self, message: str, wait: float | None = None, *, turned_away: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.turned_away = turned_away


class Refused(SourceRefused):
    """An answer that no retry heals, with its status and the source's own code, for callers that know a way round."""

    def __init__(self, message: str, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


_BY_STATUS: dict[int, Verdict] = {
    401: Verdict("relogin", "it does not accept our login", "Check the client id and secret."),
    403: Verdict("refuse", "access is denied", "Grant the user read access to it."),
    404: Verdict("refuse", "it is not there", "Check the address and what the user may see."),
    408: Verdict("retry", "it timed out"),
    410: Verdict("refuse", "this API version is retired", "Set a version that the source still serves."),
    423: Verdict("retry", "it is locked", wait=2.0),
    425: Verdict("retry", "it is too early"),
    429: Verdict("retry", "too many requests", "Wait until the limit resets, then run again."),
}


def verdict(response: httpx.Response) -> Verdict:
    """The verdict on a status, for every source alike; a source's own judge is asked first."""
    status = response.status_code
    if status < 300:
        return Verdict("use")
    if status < 400:
        return Verdict("refuse", "it redirects elsewhere", "Set the address that it redirects to.")
    known = _BY_STATUS.get(status)
    if known is None:
        unknown = Verdict("refuse", "the request is not accepted", "This is likely our mistake: please report it.")
        known = Verdict("retry", "its server failed") if status >= 500 else unknown
    return known


def retry_after(response: httpx.Response) -> float | None:
    """Seconds to stay away by `Retry-After` (seconds or a date, against the source's own clock), or None."""
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until - (date(response) or datetime.now(UTC))).total_seconds())


def clock(response: httpx.Response, where: str) -> datetime:
    """The source's own time by its `Date` header; SourceError when there is none, or more than one."""
    found = date(response)
    if found is None:
        raise SourceError(
            f"{where}: the answer bears no single, readable Date. Nothing was read, because the end of the "
            "extraction is taken from the source's clock. Look for a proxy that adds or strips the Date header."
        )
    return found


def date(response: httpx.Response) -> datetime | None:
    """The time of an answer by its `Date` header, or None when there is not exactly one."""
    dates = response.headers.get_list("date")
    if len(dates) != 1:
        return None
    try:
        return email.utils.parsedate_to_datetime(dates[0]).astimezone(UTC)
    except ValueError:
        return None


def wire_error(error: httpx.HTTPError, where: str) -> Exception:
    """What broke between us and the source, as one of our errors; a request that never left may always be repeated."""
    if isinstance(error, httpx.UnsupportedProtocol):
        return SettingsError(f"{where}: the address must begin with https://. Nothing was read. Correct the URL.")
    if _certificate(error):
        return SourceRefused(
            f"{where}: its certificate cannot be verified. Nothing was read. Check the host's name, or add the "
            "company's certificate authority to SSL_CERT_FILE."
        )
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if unsent:
        text = "cannot be reached. Nothing was read. Check the URL and the network, then run again."
    elif isinstance(error, httpx.TimeoutException):
        text = "did not answer in time. Nothing of it landed. Run again later."
    else:
        text = "broke the connection off. Nothing of it landed. Run again."
    return TryAgain(f"{where}: the source {text}", turned_away=unsent)


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
