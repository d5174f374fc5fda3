"""The client against servers that misbehave on the wire itself."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from attain.errors import SettingsError, SourceError, SourceRefused, SourceUnavailable
from attain.http import Client, Patience, poll
from attain.http_verdict import Refused

QUICK = Patience(attempts=3, first=0.01, most=0.02, jitter=0.0, retry_after=1.0, budget=20)
# They say that the server hangs up: a client that does not know may send its next request where no one listens.
OK = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"a": 1.10}'
BUSY = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Wire:
    """A server that answers each connection with the next of the given bytes, and hangs up."""

    answers: list[bytes | None]
    requests: list[str] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536).decode("latin-1"))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    time.sleep(0.3)
                    continue
                connection.sendall(answer)


@contextmanager
def wire(*answers: bytes | None) -> Iterator[tuple[Wire, Client]]:
    listener = socket.create_server(("127.0.0.1", 0))
    served = Wire(list(answers), port=listener.getsockname()[1])
    threading.Thread(target=served.serve, args=(listener,), daemon=True).start()
    try:
        with Client("acme", f"http://127.0.0.1:{served.port}", patience=QUICK, read_timeout=0.2) as client:
            yield served, client
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(body: bytes, *headers: str, kind: str = "text/csv", status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_an_answer_is_read_exactly() -> None:
    """A fraction of JSON is a decimal, not a float."""
    with wire(OK) as (_, client):
        assert str(client.json("GET", "/")["a"]) == "1.10"


@pytest.mark.parametrize(
    "broken",
    [
        b"", None, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{", BUSY,
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a"', b"nonsense",
        b"HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["hangs up", "no answer in time", "cut by length", "503", "cut chunk", "no HTTP", "429"],
)  # fmt: skip
def test_what_may_run_twice_is_asked_again(broken: bytes | None) -> None:
    """A wire that broke, a late answer, a busy server: the next attempt is taken."""
    with wire(broken, OK) as (served, client):
        assert client.request("GET", "/").status_code == 200
        assert len(served.requests) == 2


@pytest.mark.parametrize("broken", [b"", None, b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"])
def test_what_must_not_run_twice_is_not(broken: bytes | None) -> None:
    """A POST that may have been acted on is never sent again."""
    with wire(broken, OK) as (served, client):
        with pytest.raises(SourceUnavailable, match="acme"):
            client.request("POST", "/")
        assert len(served.requests) == 1


def test_a_post_that_was_turned_away_is_sent_again() -> None:
    """503 says that nothing has happened."""
    with wire(BUSY, OK) as (served, client):
        assert client.request("POST", "/").status_code == 200
        assert len(served.requests) == 2


def test_attempts_end() -> None:
    """After the last attempt the error says what happened, what landed and what to do."""
    with wire(BUSY) as (served, client):
        with pytest.raises(SourceUnavailable, match=r"acme\.thing: 503, its server failed\. Nothing.*Run again"):
            client.request("GET", "/", what="thing")
        assert len(served.requests) == QUICK.attempts


def test_a_long_retry_after_ends_the_run() -> None:
    """An hour is not waited for."""
    with wire(b"HTTP/1.1 429 Slow\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n") as (served, client):
        with pytest.raises(SourceUnavailable):
            client.request("GET", "/")
        assert len(served.requests) == 1


def test_retry_after_is_waited_out() -> None:
    """The wait is the one asked for, not the back-off's."""
    begin = time.monotonic()
    with wire(b"HTTP/1.1 429 Slow\r\nRetry-After: 0.4\r\nContent-Length: 0\r\n\r\n", OK) as (_, client):
        client.request("GET", "/")
    assert time.monotonic() - begin >= 0.4


def test_a_run_has_a_budget() -> None:
    """However many requests there are, the retries of a run are bounded."""
    with wire(BUSY) as (served, client):
        for _ in range(30):
            with pytest.raises(SourceUnavailable):
                client.request("GET", "/")
        assert len(served.requests) == 30 + QUICK.budget


def test_nobody_there_is_said_so() -> None:
    """A closed port is an address to check."""
    with wire(OK) as (served, _):
        pass
    with (
        Client("acme", f"http://127.0.0.1:{served.port}", patience=QUICK) as client,
        pytest.raises(SourceUnavailable, match="cannot be reached"),
    ):
        client.request("GET", "/")


def test_an_address_that_is_none_is_a_setting_to_correct() -> None:
    """It is found before anything is sent."""
    with Client("acme", "ftp://127.0.0.1/", patience=QUICK) as client, pytest.raises(SettingsError, match="acme"):
        client.request("GET", "x")


def test_a_proxy_is_for_the_world_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a company's proxy the demo company on this machine is reached all the same."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with wire(OK) as (_, client):
        assert client.request("GET", "/").status_code == 200


def test_a_redirect_is_not_followed() -> None:
    """A token must not follow to wherever an answer points."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with wire(moved) as (_, client), pytest.raises(Refused, match="redirects"):
        client.request("GET", "/")


def test_messages_hold_no_body_and_no_header() -> None:
    """Whatever a source says in its error page stays out of our logs."""
    with (
        wire(answer(b"pass=hunter2", "X-Secret: hunter2", "Content-Length: 12", status="400 hunter2")) as (_, client),
        pytest.raises(SourceRefused) as caught,
    ):
        client.request("GET", "/?token=hunter2")
    assert "hunter2" not in str(caught.value)


PACKED = gzip.compress(b'"Id"\n"1"\n')


@pytest.mark.parametrize(
    "body",
    [
        answer(PACKED, "Content-Encoding: gzip", f"Content-Length: {len(PACKED)}"),
        answer(b'"Id"\n"1"\n', "Content-Length: 9"),
        answer(PACKED[:7], "Content-Encoding: gzip", f"Content-Length: {len(PACKED) + 1}"),
    ],
    ids=["gzip", "plain", "cut"],
)
def test_a_download_is_whole(body: bytes) -> None:
    """In gzip or not; what was cut is fetched again."""
    good = answer(b'"Id"\n"1"\n', "Content-Length: 9")
    with wire(body, good) as (_, client), client.download("/", kind="csv", what="x").file as file:
        assert file.read() == b'"Id"\n"1"\n'


def test_gzip_members_follow_each_other() -> None:
    """A gzip stream may have several members."""
    two = gzip.compress(b"a") + gzip.compress(b"b")
    packed = answer(two, "Content-Encoding: gzip", f"Content-Length: {len(two)}")
    with wire(packed) as (_, client), client.download("/", kind="csv", what="x").file as file:
        assert file.read() == b"ab"


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (
            answer(PACKED[:-9], "Content-Encoding: gzip", f"Content-Length: {len(PACKED) - 9}"),
            SourceUnavailable,
            "was cut",
        ),
        (answer(b"x" * 30, "Content-Encoding: gzip", "Content-Length: 30"), SourceUnavailable, "is broken"),
        (answer(b"x", "Content-Encoding: br", "Content-Length: 1"), SourceError, "encoded as br"),
        (answer(b"<html>", "Content-Length: 6", kind="text/html"), SourceError, "text/html, not csv"),
    ],
)
def test_a_download_that_stays_broken_is_an_error(body: bytes, error: type[Exception], message: str) -> None:
    """A gzip stream without its end, or no gzip at all, is never taken for a short file."""
    with wire(body) as (_, client), pytest.raises(error, match=message):
        client.download("/", kind="csv", what="x")


def _after(calls: int) -> Callable[[], int | None]:
    asked = iter(range(calls))
    return lambda: None if next(asked, None) is not None else calls


def test_polling_asks_at_once_and_then_less_often() -> None:
    """What is ready is not waited for, and what is not ready in time is None."""
    begin = time.monotonic()
    assert poll(_after(0), seconds=0, first=9) == 0
    assert time.monotonic() - begin < 9
    assert poll(_after(3), seconds=5, first=0.01) == 3
    assert poll(_after(1000), seconds=0.05, first=0.01) is None


def _certificate(folder: Path) -> Path:
    """A key and its own certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), today - timedelta(days=1), today + timedelta(days=1)
    ).add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "tls.pem"
    path.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.wfile.write(OK)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_companys_own_authority_counts_on_this_machine_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named in SSL_CERT_FILE its certificate is good; without, it is refused in words, not tried again."""
    path = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{server.server_port}"
        with Client("org", url) as client, pytest.raises(SourceRefused, match="certificate cannot be verified"):
            client.json("GET", "/")
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with Client("org", url) as client:
            assert client.json("GET", "/") == {"a": Decimal("1.10")}
        server.shutdown()
