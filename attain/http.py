"""HTTP for every source: one client, one table of verdicts, one way to retry, wait and fetch a page whole.

A source hands in its `judge` for what is special about its errors; everything else is written here once.
"""

import json
import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import stamina

from attain.errors import SettingsError, SourceError, SourceUnavailable
from attain.http_verdict import Refused, TryAgain, Verdict, retry_after, verdict, wire_error

log = logging.getLogger("attain.http")

T = TypeVar("T")
Judge = Callable[[httpx.Response], "Verdict | None"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Several pages may be held at once; whatever is larger waits on disk.
SPOOL = 4 * 2**20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
# These say that the request was turned away unread, so that even one that must not run twice may be sent again.
TURNED_AWAY = frozenset({429, 503})


@dataclass(frozen=True)
class Patience:
    """How long to bear with a source.

    Args:
        attempts: tries of one request.
        first, most, jitter: seconds of the first back-off, of the longest, and what chance adds.
        retry_after: the longest `Retry-After` that is waited out; a longer one ends the run.
        budget: retries of a whole run.
    """

    attempts: int = 6
    first: float = 0.5
    most: float = 30.0
    jitter: float = 1.0
    retry_after: float = 300.0
    budget: int = 100


@dataclass
class Download:
    """An answer fetched whole: it was complete before anyone reads it.

    Args:
        file: the decoded body at its start; in memory while small, else on disk and gone when closed.
    """

    headers: Mapping[str, str]
    file: Any


@dataclass
class Client:
    """A client for one source; threads may share it, and with it the run's budget of retries.

    Args:
        source: the source's name, which begins each message.
        base_url: address that paths are joined to.
        auth: must bear being used by several threads.
        judge: the source's own verdicts; None leaves an answer to `verdict`.
        before, after: are shown each request before it leaves, and each answer before it is judged; logins too. What
            `before` raises keeps the request from being sent.
    """

    source: str
    base_url: str
    auth: httpx.Auth | None = None
    judge: Judge | None = None
    patience: Patience = field(default_factory=Patience)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[httpx.Request], None] | None = None
    after: Callable[[httpx.Response], None] | None = None

    def __post_init__(self) -> None:
        self._retries = 0
        self._counting = threading.Lock()
        # Its own hook would say on standard output what we log in words.
        stamina.instrumentation.set_on_retry_hooks([])
        self._http = httpx.Client(
            base_url=self.base_url,
            # A company's proxy is for the world outside, and could not reach this machine.
            trust_env=httpx.URL(self.base_url).host not in LOOPBACK,
            # The authorities that SSL_CERT_FILE names count for this machine too.
            verify=httpx.create_ssl_context(),
            auth=self.auth,
            timeout=httpx.Timeout(self.read_timeout, connect=self.connect_timeout),
            headers={"User-Agent": "attain", "Accept-Encoding": "gzip", **self.headers},
            event_hooks={"request": list(filter(None, [self.before])), "response": list(filter(None, [self.after]))},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def request(
        self, method: str, url: str, *, what: str = "", repeatable: bool | None = None, **options: Any
    ) -> httpx.Response:
        """One answer, read whole, after as many attempts as it takes.

        Args:
            what: names the request in messages ("Opportunity: describe").
            repeatable: whether it may run twice; by default what its method promises.
            options: as for `httpx.Client.build_request` (params, json, data, headers).

        Raises:
            SourceUnavailable: it kept failing in ways that time may heal.
            Refused: no retry would help.
        """
        where = f"{self.source}.{what}" if what else self.source

        def attempt() -> httpx.Response:
            with self._open(method, url, where, **options) as response:
                response.read()
                return response

        return self._persist(attempt, method in SAFE_METHODS if repeatable is None else repeatable)

    def json(self, method: str, url: str, *, what: str = "", **options: Any) -> Any:
        """The answer's JSON, integers and decimals exact (a fraction is a Decimal); errors as `request`."""
        return self.parsed(self.request(method, url, what=what, **options), what=what)

    def parsed(self, response: httpx.Response, *, what: str = "") -> Any:
        """The JSON of an answer in hand, as `json` does."""
        where = f"{self.source}.{what}" if what else self.source
        _check_type(response, "json", where)
        try:
            return json.loads(response.content.decode("utf-8"), parse_float=Decimal)
        except ValueError as error:
            raise SourceError(
                f"{where}: the answer is no JSON in UTF-8, or was cut. Nothing of it landed. Run again; "
                "if it stays, look for a proxy between us and the source."
            ) from error

    def download(self, url: str, *, kind: str, what: str, **options: Any) -> Download:
        """A body too large for memory, decoded and complete; an answer that was cut is asked for again.

        Args:
            kind: a word that its content type must hold ("csv").
        """
        where = f"{self.source}.{what}"

        def attempt() -> Download:
            with self._open("GET", url, where, **options) as response:
                if response.status_code != httpx.codes.NO_CONTENT:
                    _check_type(response, kind, where)
                return _spool(response, where)

        return self._persist(attempt, repeatable=True)

    @contextmanager
    def _open(self, method: str, url: str, where: str, **options: Any) -> Iterator[httpx.Response]:
        """The answer to one attempt, its body unread, judged; what went wrong on the wire becomes our errors."""
        try:
            with self._http.stream(method, url, **options) as response:
                self._judge(response, where)
                yield response
        except httpx.HTTPError as error:
            raise wire_error(error, where) from error
        except httpx.InvalidURL as error:
            raise SettingsError(
                f"{where}: the address is no URL. Nothing was read. Set one like https://..."
            ) from error

    def _judge(self, response: httpx.Response, where: str) -> None:
        if response.status_code < 300:
            return
        response.read()
        found = (self.judge(response) if self.judge else None) or verdict(response)
        status = response.status_code
        said = f"{where}: {found.code or status}, {found.reason}. Nothing of it landed."
        match found.action:
            case "use":
                return
            case "retry":
                wait = retry_after(response)
                raise TryAgain(
                    f"{said} {found.advice or 'Run again later.'}",
                    found.wait if wait is None else wait,
                    turned_away=status in TURNED_AWAY,
                )
            case "later":
                raise SourceUnavailable(f"{said} {found.advice or 'Run again later.'}")
            case _:
                raise Refused(f"{said} {found.advice}".rstrip(), status, found.code)

    def _persist(self, attempt: Callable[[], T], repeatable: bool) -> T:
        patience, number = self.patience, 1

        def again(error: Exception) -> bool | float:
            if not isinstance(error, TryAgain) or not (repeatable or error.turned_away):
                return False
            if number == patience.attempts or (error.wait or 0) > patience.retry_after:
                return False
            if not self._take_a_retry():
                log.error("%s: the run's budget of %d retries is spent", self.source, patience.budget)
                return False
            log.warning("%s Trying again.", error)
            return True if error.wait is None else error.wait

        for trial in stamina.retry_context(
            on=again,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first,
            wait_max=patience.most,
            wait_jitter=patience.jitter,
        ):
            number = trial.num
            with trial:
                return attempt()
        raise AssertionError("stamina ends by a result or an error")

    def _take_a_retry(self) -> bool:
        with self._counting:
            left = self._retries < self.patience.budget
            self._retries += left
            return left


def poll(check: Callable[[], T | None], *, seconds: float, first: float = 0.2, most: float = 10.0) -> T | None:
    """Ask until the answer is not None, at once and then ever less often; None when the time is up."""
    end = time.monotonic() + seconds
    wait = first
    while (found := check()) is None:
        if time.monotonic() + wait > end:
            return None
        time.sleep(wait)  # noqa: TID251 - between two questions whether a job has ended
        wait = min(wait * 1.5, most)
    return found


def _check_type(response: httpx.Response, kind: str, where: str) -> None:
    found = response.headers.get("content-type", "").split(";")[0].strip()
    if kind not in found.lower():
        raise SourceError(
            f"{where}: the answer is {found or 'of no stated type'}, not {kind}. Nothing of it landed. Check that the "
            "address is the API's own and not a login page or a proxy's."
        )


def _spool(response: httpx.Response, where: str) -> Download:
    """Write the body out decoded, and make sure that it is whole."""
    file = SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - the reader closes it
    result = Download(response.headers, file)
    try:
        for block in _decoded(response, where):
            file.write(block)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return result


def _decoded(response: httpx.Response, where: str) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        yield from response.iter_raw()
        return
    if encoding != "gzip":
        raise SourceError(f"{where}: the answer is encoded as {encoding}, which we did not ask for. Nothing landed.")
    inflate = zlib.decompressobj(wbits=31)
    try:
        for chunk in response.iter_raw():
            rest = chunk
            while rest:
                if inflate.eof:
                    inflate = zlib.decompressobj(wbits=31)
                yield inflate.decompress(rest)
                rest = inflate.unused_data
    except zlib.error as error:
        raise TryAgain(f"{where}: the answer's gzip stream is broken. Nothing of it landed. Run again.") from error
    if not inflate.eof:
        raise TryAgain(f"{where}: the answer's gzip stream was cut. Nothing of it landed. Run again.")
