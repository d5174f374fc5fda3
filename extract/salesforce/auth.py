"""How one Salesforce org is reached: the settings of both logins, from the environment or from a connection.

SOAP `login()` is gone since v65, so this is OAuth only: client credentials, or a JWT that we sign (JWT bearer).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from attain.errors import SettingsError
from attain.http import LOOPBACK

VERSION = "68.0"
# Bulk API 2.0 query jobs exist since v47.
OLDEST = 47
PREFIX = "ATTAIN_SALESFORCE_"
VARIABLES = ("ATTAIN_SALESFORCE_URL", "ATTAIN_SALESFORCE_CLIENT_ID", "ATTAIN_SALESFORCE_CLIENT_SECRET")
DEMO = "or use the demo company: make run"
# These serve every org's users, but neither an org's data nor the client-credentials flow.
_SHARED_LOGINS = frozenset({"login.salesforce.com", "test.salesforce.com"})
_LEAST_KEY_BITS = 2048


@dataclass(frozen=True)
class SalesforceSettings:
    """How to reach one Salesforce org, by client credentials or, where there is a private key, by JWT bearer.

    Args:
        url: the org's My Domain address, `https://acme.my.salesforce.com`; plain http only on this machine. May be
            empty with a `login_url`: then the login says where the org is.
        version: of the API, as in `68.0`.
        page_rows: rows of a result page, which is one landing.
        job_seconds: how long to wait for one bulk job; it goes on in the org, and the next run takes it up.
        max_deletions: share of an object's rows that may be gone from the org before the run stops instead.
        username: whom the JWT speaks for.
        private_key: PEM of the RSA key whose certificate the app knows.
        login_url: where to log in, and the JWT's audience; empty means `url`.
        leave_requests: share of the org's requests and query jobs of 24 hours that is left to others.
        compare_ids: how often all ids are compared although the org tells deletions.
        ahead: result pages fetched side by side, ahead of the one that lands.
    """

    url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    version: str = VERSION
    page_rows: int = 50_000
    job_seconds: float = 7200.0
    max_deletions: float = 0.2
    username: str = ""
    private_key: str = field(default="", repr=False)
    login_url: str = ""
    leave_requests: float = 0.1
    compare_ids: timedelta = timedelta(days=7)
    ahead: int = 4

    @property
    def login(self) -> str:
        """The address that is logged in at."""
        return self.login_url or self.url

    @property
    def by_key(self) -> bool:
        """Whether the login is JWT bearer."""
        return bool(self.private_key)


def from_environment(environment: Mapping[str, str]) -> SalesforceSettings | None:
    """Settings from the variables `ATTAIN_SALESFORCE_...`.

    `URL`, `CLIENT_ID` and `CLIENT_SECRET`; or, for JWT bearer, `CLIENT_ID`, `USERNAME`, `PRIVATE_KEY` or
    `PRIVATE_KEY_FILE`, and `URL` or `LOGIN_URL` or both. `VERSION` if it is to be another one.

    None when none of them is set; SettingsError when only some are, or one is unfit.
    """
    names = ("URL", "CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PRIVATE_KEY", "PRIVATE_KEY_FILE", "LOGIN_URL")
    values = {name: environment.get(PREFIX + name, "").strip() for name in names}
    if not any(values.values()):
        return None
    by_key = any(values[name] for name in ("USERNAME", "PRIVATE_KEY", "PRIVATE_KEY_FILE"))
    needed = ("CLIENT_ID", "USERNAME") if by_key else ("URL", "CLIENT_ID", "CLIENT_SECRET")
    absent = [PREFIX + name for name in needed if not values[name]]
    if by_key and not (values["PRIVATE_KEY"] or values["PRIVATE_KEY_FILE"]):
        absent.append(f"{PREFIX}PRIVATE_KEY_FILE")
    if by_key and not (values["URL"] or values["LOGIN_URL"]):
        absent.append(f"{PREFIX}URL")
    if absent:
        raise SettingsError(
            f"salesforce: {' and '.join(absent)} not set. Nothing was read. Export {'it' if len(absent) == 1 else 'them'}, "
            + DEMO
        )
    if by_key and values["CLIENT_SECRET"]:
        raise SettingsError(
            f"salesforce: {PREFIX}CLIENT_SECRET and a private key are both set. Nothing was read. Unset the login that is "
            "not meant."
        )
    version = environment.get(f"{PREFIX}VERSION", "").strip() or VERSION
    key = _key(values["PRIVATE_KEY"], values["PRIVATE_KEY_FILE"]) if by_key else ""
    return _settings(values["URL"], values["CLIENT_ID"], values["CLIENT_SECRET"], version,
                     values["USERNAME"], key, values["LOGIN_URL"])  # fmt: skip


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
        login: the client id; the user name, where the extra fields hold a private key and `consumer_key`.
        password: the client secret; else `consumer_secret`.
        extra: further fields, as a mapping or JSON text: also `version`, and for JWT bearer `private_key` or
            `private_key_file`, `username`, `consumer_key`, `login_url`.
        schema: http or https, where host does not say.
        further: extra fields handed over one by one.

    Raises:
        SettingsError: a part is missing or unfit; the message names the field and no value.
    """
    fields = {name: str(value or "") for name, value in {**_fields(extra), **further}.items()}
    domain = f"https://{fields['domain']}.salesforce.com" if fields.get("domain") else ""
    shared = httpx.URL(domain).host in _SHARED_LOGINS
    key_file = fields.get("private_key_file") or fields.get("private_key_file_path", "")
    by_key = bool(fields.get("private_key") or key_file)
    parts = {
        "host": _with_port(host, schema, port) or fields.get("instance_url") or ("" if shared else domain),
        "login": fields.get("consumer_key") or login or "",
    }
    login_url = fields.get("login_url") or (domain if shared else "")
    username, key = "", ""
    if by_key:
        username = fields.get("username") or (login or "" if fields.get("consumer_key") else "")
        key = _key(fields.get("private_key", ""), key_file)
        parts["username"] = username
        if login_url:
            parts["host"] = parts["host"] or login_url
    else:
        parts["login"] = login or fields.get("consumer_key", "")
        parts["password"] = password or fields.get("consumer_secret", "")
    for name, value in parts.items():
        if not value:
            raise SettingsError(
                f"salesforce: the connection has no {name}. Nothing was read. Put the My Domain address into host, the "
                "client id into login and the client secret into password; for a JWT, see docs/salesforce.md."
            )
    url = "" if by_key and parts["host"] == login_url else parts["host"]
    version = fields.get("version") or VERSION
    return _settings(url, parts["login"], parts.get("password", ""), version, username, key, login_url)


def _settings(
    url: str, client_id: str, secret: str, version: str, username: str, key: str, login_url: str
) -> SalesforceSettings:
    if key:
        login = _address(login_url, shared=True) if login_url else ""
        return SalesforceSettings(
            _address(url) if url else "", client_id, version=_version(version), username=username, private_key=key,
            login_url=login,
        )  # fmt: skip
    return SalesforceSettings(_address(url), client_id, secret, _version(version))


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


def _key(text: str, file: str) -> str:
    """The PEM text of an RSA key, from a variable (where line ends may be written `\\n`) or from a file."""
    if not text:
        try:
            text = Path(file).expanduser().read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"salesforce: the private key's file {file} cannot be read ({type(error).__name__}). Nothing was read. "
                "Correct its path, or let this user read it."
            ) from None
    text = text.replace("\\n", "\n").strip() + "\n"
    try:
        key = load_pem_private_key(text.encode("ascii"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_KEY_BITS:
        raise SettingsError(
            f"salesforce: the private key is no RSA key of {_LEAST_KEY_BITS} bits or more, in PEM and without a password. "
            "Nothing was read. Make one as docs/salesforce.md shows."
        )
    return text


def _address(text: str, *, shared: bool = False) -> str:
    """The address without path; `shared` allows those where every org's users may log in."""
    url = httpx.URL(text if "://" in text else f"https://{text}")
    local = url.host in LOOPBACK
    if not re.fullmatch(r"[\w.-]+|::1", url.host) or url.scheme not in ({"https", "http"} if local else {"https"}):
        raise SettingsError(
            "salesforce: the address must be https, since the login is sent to it. Nothing was sent. Set the org's My "
            "Domain address, like https://acme.my.salesforce.com."
        )
    if url.host in _SHARED_LOGINS and not shared:
        raise SettingsError(
            f"salesforce: {url.host} serves no org's data and no client-credentials flow. Nothing was sent. Set the org's "
            f"My Domain address (Setup > My Domain), like https://acme.my.salesforce.com; with a private key, "
            f"{PREFIX}LOGIN_URL may name {url.host}."
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
