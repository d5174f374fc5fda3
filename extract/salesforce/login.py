"""Logging in to Salesforce, by client credentials or by a JWT that we sign, and renewing a session that has ended.

There is no refresh token: a session that ended is renewed by logging in again, in the middle of whatever was asked.
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm
"""

import logging
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt

from attain.errors import SourceRefused
from attain.http import LOOPBACK
from attain.http_verdict import Refused, TryAgain, date, retry_after, verdict
from extract.salesforce.auth import SalesforceSettings

log = logging.getLogger("attain.salesforce")

Flow = Generator[httpx.Request, httpx.Response, "Session"]

_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Salesforce takes assertions that end within three minutes of its own clock.
_VALID = timedelta(seconds=150)
_SKEW = timedelta(seconds=30)
_SALESFORCE = (".salesforce.com", ".force.com", ".salesforce.mil", ".sfcrmproducts.cn")


@dataclass(frozen=True)
class Session:
    """What a login gave: a token, and where the org is."""

    token: str
    instance: httpx.URL

    def __repr__(self) -> str:
        return f"Session({self.instance.host})"

    def signed(self, request: httpx.Request) -> httpx.Request:
        """The request with the token, on its way to where the org is."""
        at = self.instance
        request.url = request.url.copy_with(scheme=at.scheme, host=at.host, port=at.port)
        request.headers["Host"] = at.netloc.decode("ascii")
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Login(httpx.Auth):
    """Logs in before the first request, and once more when a session has ended, whatever was being asked.

    Threads may share it: of several that find a session ended, one logs in and the others take its session.
    """

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._session: Session | None = None
        self._lock = threading.Lock()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        session = self._session or (yield from self._renewed(None))
        response = yield session.signed(request)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            session = yield from self._renewed(session)
            yield session.signed(request)

    def _renewed(self, ended: Session | None) -> Flow:
        with self._lock:
            if self._session is None or self._session is ended:
                if ended is not None:
                    log.info("salesforce: the session ended; logging in again")
                self._session = None
                self._session = yield from self._login()
            return self._session

    def _login(self) -> Flow:
        response = yield self._asking(datetime.now(UTC))
        response.read()
        theirs = date(response)
        late = theirs is not None and abs(theirs - datetime.now(UTC)) > _SKEW
        if theirs and late and self._settings.by_key and _object(response).get("error") == "invalid_grant":
            log.info("salesforce: our clock and the org's differ; the login is signed again by the org's")
            response = yield self._asking(theirs)
            response.read()
        return _session(response, self._settings)

    def _asking(self, now: datetime) -> httpx.Request:
        return httpx.Request(
            "POST",
            f"{self._settings.login}/services/oauth2/token",
            data=_form(self._settings, now),
            headers={"Accept": "application/json"},
            extensions={"timeout": httpx.Timeout(60.0, connect=10.0).as_dict()},
        )


def _form(settings: SalesforceSettings, now: datetime) -> dict[str, str]:
    if not settings.by_key:
        secret = {"client_id": settings.client_id, "client_secret": settings.client_secret}
        return {"grant_type": "client_credentials", **secret}
    claims = {
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": settings.login,
        "exp": int((now + _VALID).timestamp()),
    }
    return {"grant_type": _BEARER, "assertion": jwt.encode(claims, settings.private_key, algorithm="RS256")}


_ADVICE = {
    "invalid_client_id": "Check the client id (the app's consumer key).",
    "invalid_client": "Check the client id and secret of the app.",
    "unsupported_grant_type": "Enable the flow on the app.",
    "inactive_user": "Activate the user that the app runs as.",
    "inactive_org": "The org is locked or closed: ask its administrator.",
    "no_oauth_enabled": "Enable OAuth on the app.",
    "app_not_found": "Install the app in this org.",
    "invalid_app_access": "Let the user use the app: a permission set, under the app's policies.",
}
_NO_GRANT = "Enable the client-credentials flow on the app and give it a run-as user (docs/salesforce.md)."
# What Salesforce says beside invalid_grant, to a JWT.
_NO_GRANT_BY_KEY = {
    "user hasn't approved this consumer": "Pre-authorise the user in the app's policies (docs/salesforce.md).",
    "audience is invalid": "Set ATTAIN_SALESFORCE_LOGIN_URL to https://login.salesforce.com, or https://test.salesforce.com for a sandbox.",
    "invalid assertion": "Upload the certificate of this private key to the app.",
    "expired authorization code": "Correct this machine's clock.",
    "user is locked": "Unlock the user.",
}


def _advice(code: str, body: Mapping[str, Any], settings: SalesforceSettings) -> str:
    if code != "invalid_grant":
        unknown = "Check that the address is the org's My Domain and that its app allows this flow."
        return _ADVICE.get(code, unknown)
    if not settings.by_key:
        return _NO_GRANT
    unknown = "Check the user's name, its approval for the app, the app's certificate and the login address."
    return _NO_GRANT_BY_KEY.get(str(body.get("error_description")), unknown)


def _session(response: httpx.Response, settings: SalesforceSettings) -> Session:
    """The session of a login answer; errors name Salesforce's code and what to do, never what was sent."""
    body = _object(response)
    code = str(body.get("error") or "")
    action = verdict(response).action
    if action == "retry":
        raise TryAgain(
            f"salesforce: the login answered {response.status_code}. Nothing was read. Run again later.",
            retry_after(response),
            turned_away=True,
        )
    token = body.get("access_token")
    if action == "use" and isinstance(token, str) and token:
        return Session(token, _instance(body.get("instance_url"), settings))
    known = code if code in _ADVICE or code == "invalid_grant" else f"status {response.status_code}"
    raise Refused(
        f"salesforce: login refused, {known}. Nothing was read. {_advice(code, body, settings)}",
        response.status_code,
        code or None,
    )


def _instance(said: object, settings: SalesforceSettings) -> httpx.URL:
    """Where the org is, by the login's answer; the token goes to Salesforce or to where the login was, nowhere else."""
    asked = httpx.URL(settings.url or settings.login)
    if not said and settings.url:
        return asked
    try:
        there = httpx.URL(str(said))
    except httpx.InvalidURL:
        there = httpx.URL()
    same = there.netloc in {asked.netloc, httpx.URL(settings.login).netloc}
    local = there.host in LOOPBACK and httpx.URL(settings.login).host in LOOPBACK
    theirs = there.host.endswith(_SALESFORCE) and there.port is None
    if (there.scheme == "https" and (same or theirs)) or (local and there.scheme in {"http", "https"}):
        return there
    raise SourceRefused(
        "salesforce: the login names an address that is neither Salesforce's, by https, nor the one logged in at. Nothing "
        "was sent there. Set ATTAIN_SALESFORCE_URL to the org's My Domain, and look for a proxy that changes answers."
    )


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
