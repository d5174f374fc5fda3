"""Logging in to Salesforce: the settings, where they come from, and the client-credentials flow.

SOAP `login()` is gone since v65, so this is OAuth only; there is no refresh token, a session that ended is renewed by
logging in again. https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm
"""

import json
import logging
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from attain.errors import SettingsError
from attain.http import LOOPBACK
from attain.http_verdict import Refused, TryAgain, retry_after, verdict

log = logging.getLogger("attain.salesforce")

VERSION = "68.0"
# Bulk API 2.0 query jobs exist since v47.
OLDEST = 47
VARIABLES = ("ATTAIN_SALESFORCE_URL", "ATTAIN_SALESFORCE_CLIENT_ID", "ATTAIN_SALESFORCE_CLIENT_SECRET")
DEMO = "or use the demo company: make run"


@dataclass(frozen=True)
class SalesforceSettings:
    """How to reach one Salesforce org.

    Args:
        url: the org's My Domain address, `https://acme.my.salesforce.com`; plain http only on this machine.
        version: of the API, as in `68.0`.
        page_rows: rows of a result page, which is one landing.
        job_seconds: how long to wait for one bulk job; it goes on in the org, and the next run takes it up.
        max_deletions: share of an object's rows that may be gone from the org before the run stops instead.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    version: str = VERSION
    page_rows: int = 50_000
    job_seconds: float = 7200.0
    max_deletions: float = 0.2


def from_environment(environment: Mapping[str, str]) -> SalesforceSettings | None:
    """Settings from `ATTAIN_SALESFORCE_URL`, `_CLIENT_ID`, `_CLIENT_SECRET` and, if given, `_VERSION`.

    None when none of the three is set; SettingsError when only some are, or one is unfit.
    """
    values = {name: environment.get(name, "").strip() for name in VARIABLES}
    absent = [name for name, value in values.items() if not value]
    if len(absent) == len(VARIABLES):
        return None
    if absent:
        raise SettingsError(
            f"salesforce: {' and '.join(absent)} not set. Nothing was read. Export {'it' if len(absent) == 1 else 'them'}, "
            + DEMO
        )
    url, client_id, secret = values.values()
    version = environment.get("ATTAIN_SALESFORCE_VERSION", "").strip()
    return SalesforceSettings(_address(url), client_id, secret, _version(version or VERSION))


def from_connection(
    host: str | None = None,
    login: str | None = None,
    password: str | None = None,
    extra: Mapping[str, Any] | str | None = None,
    *,
    schema: str | None = None,
    port: int | None = None,
    **further: Any,
) -> SalesforceSettings:
    """Settings from the parts of a connection as a scheduler's store has them.

    Args:
        host: the My Domain address, with or without scheme and port; else `instance_url` or `domain` of the extra fields.
        login: the client id; else `consumer_key`.
        password: the client secret; else `consumer_secret`.
        extra: further fields, as a mapping or JSON text: also `version`.
        schema: http or https, where host does not say.
        further: extra fields handed over one by one.

    Raises:
        SettingsError: a part is missing or unfit; the message names the field and no value.
    """
    fields = {name: str(value or "") for name, value in {**_fields(extra), **further}.items()}
    domain = f"{fields['domain']}.salesforce.com" if fields.get("domain") else ""
    parts = {
        "host": _with_port(host, schema, port) or fields.get("instance_url") or domain,
        "login": login or fields.get("consumer_key", ""),
        "password": password or fields.get("consumer_secret", ""),
    }
    for name, value in parts.items():
        if not value:
            raise SettingsError(
                f"salesforce: the connection has no {name}. Nothing was read. Put the My Domain address into host, the "
                "client id into login and the client secret into password."
            )
    version = _version(fields.get("version") or VERSION)
    return SalesforceSettings(_address(parts["host"]), parts["login"], parts["password"], version)


def _with_port(host: str | None, schema: str | None, port: int | None) -> str:
    if not host:
        return ""
    address = host if "://" in host or not schema else f"{schema}://{host}"
    return f"{address}:{port}" if port and not re.search(r":\d+/?$", address) else address


def _fields(extra: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    if not isinstance(extra, str):
        return extra or {}
    try:
        parsed = json.loads(extra or "{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise SettingsError("salesforce: the connection's extra is no JSON object. Nothing was read. Correct it.")
    return parsed


def _address(text: str) -> str:
    url = httpx.URL(text if "://" in text else f"https://{text}")
    local = url.host in LOOPBACK
    if not re.fullmatch(r"[\w.-]+|::1", url.host) or url.scheme not in ({"https", "http"} if local else {"https"}):
        raise SettingsError(
            "salesforce: the address must be https, since the client secret is sent to it. Nothing was sent. Set "
            "the org's My Domain address, like https://acme.my.salesforce.com."
        )
    if url.host in {"login.salesforce.com", "test.salesforce.com"}:
        raise SettingsError(
            f"salesforce: {url.host} does not serve the client-credentials flow. Nothing was sent. Set the org's My "
            "Domain address (Setup > My Domain), like https://acme.my.salesforce.com."
        )
    return str(url.copy_with(path="/", query=None, fragment=None, userinfo=b"")).rstrip("/")


def _version(text: str) -> str:
    found = re.fullmatch(r"v?(\d+)(?:\.0)?", text)
    if not found or int(found[1]) < OLDEST:
        raise SettingsError(
            f"salesforce: the API version must be {OLDEST}.0 or later, like {VERSION}. Nothing was read. Correct it or "
            "leave it out."
        )
    return f"{found[1]}.0"


class ClientCredentials(httpx.Auth):
    """Logs in before the first request, and once more when a session has ended, whatever was being asked."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._token: str | None = None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        fresh = self._token is None
        if fresh:
            yield from self._login()
        response = yield self._signed(request)
        if response.status_code == httpx.codes.UNAUTHORIZED and not fresh:
            log.info("salesforce: the session ended; logging in again")
            yield from self._login()
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _login(self) -> Generator[httpx.Request, httpx.Response, None]:
        self._token = None
        response = yield httpx.Request(
            "POST",
            f"{self._settings.url}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
            },
            headers={"Accept": "application/json"},
            extensions={"timeout": httpx.Timeout(60.0, connect=10.0).as_dict()},
        )
        response.read()
        self._token = _token(response)


_LOGIN_ADVICE = {
    "invalid_client_id": "Check the client id (the app's consumer key).",
    "invalid_client": "Check the client id and secret of the app.",
    "invalid_grant": "Enable the client-credentials flow on the app and give it a run-as user (docs/salesforce.md).",
    "unsupported_grant_type": "Enable the client-credentials flow on the app.",
    "inactive_user": "Activate the run-as user of the app.",
    "inactive_org": "The org is locked or closed: ask its administrator.",
    "no_oauth_enabled": "Enable OAuth on the app.",
    "app_not_found": "Install the app in this org.",
}


def _token(response: httpx.Response) -> str:
    """The access token of a login answer; errors name Salesforce's code and what to do, never what was sent."""
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
        return token
    known = code if code in _LOGIN_ADVICE else f"status {response.status_code}"
    advice = _LOGIN_ADVICE.get(code, "Check that the address is the org's My Domain and that its app allows this flow.")
    raise Refused(f"salesforce: login refused, {known}. Nothing was read. {advice}", response.status_code, code or None)


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
