"""Settings of an org, from the environment and from a connection, and who may receive the secret."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from attain.errors import SettingsError
from extract.salesforce.auth import SalesforceSettings, from_connection, from_environment

URL, CLIENT, SECRET = "https://acme.my.salesforce.com", "3MVG9.client", "the-very-secret"
ENVIRONMENT = {
    "ATTAIN_SALESFORCE_URL": URL, "ATTAIN_SALESFORCE_CLIENT_ID": CLIENT, "ATTAIN_SALESFORCE_CLIENT_SECRET": SECRET,
}  # fmt: skip


def test_the_environment_is_read() -> None:
    """Three variables make an org, a fourth its version."""
    assert from_environment(ENVIRONMENT) == SalesforceSettings(URL, CLIENT, SECRET)
    found = from_environment(ENVIRONMENT | {"ATTAIN_SALESFORCE_VERSION": "v66.0"})
    assert found is not None
    assert found.version == "66.0"


def test_no_variable_means_no_salesforce() -> None:
    """Nothing set is not an error; whoever asked for Salesforce says so."""
    assert from_environment({"PATH": "/bin", "ATTAIN_SALESFORCE_URL": " "}) is None


@pytest.mark.parametrize("absent", sorted(ENVIRONMENT))
def test_a_missing_variable_is_named(absent: str) -> None:
    """Half a login is a mistake, and its message names what is missing and shows nothing of what is not."""
    with pytest.raises(SettingsError, match=absent) as caught:
        from_environment({name: value for name, value in ENVIRONMENT.items() if name != absent})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        ((URL, CLIENT, SECRET, None), URL),
        (("acme.my.salesforce.com", CLIENT, SECRET, {}), URL),
        ((URL + "/services/?x=1#y", CLIENT, SECRET, "{}"), URL),
        ((None, None, None, {"domain": "acme.my", "consumer_key": CLIENT, "consumer_secret": SECRET}), URL),
        (("", CLIENT, SECRET, '{"instance_url": "https://acme.my.salesforce.com"}'), URL),
        (("http://127.0.0.1:8080/", CLIENT, SECRET, None), "http://127.0.0.1:8080"),
    ],
)
def test_a_connection_is_read(parts: tuple[str | None, str | None, str | None, object], url: str) -> None:
    """Host, login and password, or the fields of Airflow's own Salesforce connection."""
    assert from_connection(*parts) == SalesforceSettings(url, CLIENT, SECRET)  # type: ignore[arg-type]


def test_a_scheduler_s_connection_is_taken_as_it_is() -> None:
    """With its extra fields one by one, its schema and its port, whatever else it holds."""
    found = from_connection(
        host="127.0.0.1", login=CLIENT, password=SECRET, schema="http", port=8080, version="66.0", security_token=None
    )
    assert found == SalesforceSettings("http://127.0.0.1:8080", CLIENT, SECRET, "66.0")
    bare = from_connection(host=URL, login=CLIENT, password=SECRET, schema=None, port=None)
    assert bare == SalesforceSettings(URL, CLIENT, SECRET)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((None, CLIENT, SECRET, None), "no host"), ((URL, "", SECRET, None), "no login"),
        ((URL, CLIENT, None, None), "no password"), ((URL, CLIENT, SECRET, "[1"), "no JSON object"),
        ((URL, CLIENT, SECRET, {"version": "46.0"}), "version"), ((URL, CLIENT, SECRET, {"version": "new"}), "version"),
        (("http://acme.my.salesforce.com", CLIENT, SECRET, None), "https"),
        (("ftp://127.0.0.1", CLIENT, SECRET, None), "https"), (("http://127.0.0.1.evil.example", CLIENT, SECRET, None), "https"),
        (("https://user@", CLIENT, SECRET, None), "https"), (("https://[", CLIENT, SECRET, None), "https"),
        (("https://login.salesforce.com", CLIENT, SECRET, None), "My Domain"),
    ],
)  # fmt: skip
def test_an_unfit_connection_is_refused_before_anything_is_sent(
    parts: tuple[str, str, str, object], message: str
) -> None:
    """The secret goes to a named https host only, and no message repeats it."""
    with pytest.raises(SettingsError, match=message) as caught:
        from_connection(*parts)  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_settings_show_no_secret() -> None:
    """Neither repr nor str of settings, which logs may show, holds the secret."""
    assert SECRET not in repr(from_environment(ENVIRONMENT)) + str(from_environment(ENVIRONMENT))


# ---------- by JWT

USER = "integration@acme.example"
KEY = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
BY_KEY = {
    "ATTAIN_SALESFORCE_URL": URL, "ATTAIN_SALESFORCE_CLIENT_ID": CLIENT, "ATTAIN_SALESFORCE_USERNAME": USER,
    "ATTAIN_SALESFORCE_PRIVATE_KEY": PEM,
}  # fmt: skip


def test_a_private_key_makes_a_jwt_login(tmp_path: Path) -> None:
    """From a variable, from one with its line ends written out, from a file; all the same settings."""
    found = from_environment(BY_KEY)
    assert found == SalesforceSettings(URL, CLIENT, username=USER, private_key=PEM)
    assert found is not None
    assert (found.by_key, found.login) == (True, URL)
    one_line = BY_KEY | {"ATTAIN_SALESFORCE_PRIVATE_KEY": PEM.replace("\n", "\\n")}
    assert from_environment(one_line) == found
    (tmp_path / "app.key").write_text(PEM)
    file = {
        **BY_KEY,
        "ATTAIN_SALESFORCE_PRIVATE_KEY": "",
        "ATTAIN_SALESFORCE_PRIVATE_KEY_FILE": str(tmp_path / "app.key"),
    }
    assert from_environment(file) == found


def test_the_shared_login_may_say_where_the_org_is() -> None:
    """With a key, login.salesforce.com will do without a My Domain."""
    found = from_environment(
        {**BY_KEY, "ATTAIN_SALESFORCE_URL": "", "ATTAIN_SALESFORCE_LOGIN_URL": "login.salesforce.com"}
    )
    assert found is not None
    assert (found.url, found.login) == ("", "https://login.salesforce.com")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"USERNAME": ""}, "USERNAME"), ({"PRIVATE_KEY": ""}, "PRIVATE_KEY_FILE"), ({"URL": ""}, "SALESFORCE_URL"),
        ({"CLIENT_ID": ""}, "CLIENT_ID"), ({"CLIENT_SECRET": SECRET}, "both set"), ({"PRIVATE_KEY": "nonsense"}, "no RSA key"),
        ({"PRIVATE_KEY": "ü"}, "no RSA key"), ({"PRIVATE_KEY": "", "PRIVATE_KEY_FILE": "/nowhere/app.key"}, "cannot be read"),
        ({"LOGIN_URL": "http://login.salesforce.com"}, "https"), ({"URL": "https://login.salesforce.com"}, "My Domain"),
    ],
)  # fmt: skip
def test_an_unfit_jwt_login_is_refused_and_its_key_not_shown(change: dict[str, str], message: str) -> None:
    """Each message names the variable, none a part of the key."""
    with pytest.raises(SettingsError, match=message) as caught:
        from_environment(BY_KEY | {f"ATTAIN_SALESFORCE_{name}": value for name, value in change.items()})
    assert not any(line in str(caught.value) for line in PEM.splitlines())


@pytest.mark.parametrize(
    "key",
    [
        generate_private_key(65537, 1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["too short", "with a password", "public", "no RSA"],
)
def test_a_key_that_salesforce_would_not_take_is_refused(key: bytes) -> None:
    """Before anything is signed or sent."""
    with pytest.raises(SettingsError, match="no RSA key"):
        from_environment(BY_KEY | {"ATTAIN_SALESFORCE_PRIVATE_KEY": key.decode()})


@pytest.mark.parametrize(
    ("parts", "url", "login"),
    [
        ((URL, CLIENT, None, {"username": USER, "private_key": PEM}), URL, URL),
        ((URL, USER, None, {"consumer_key": CLIENT, "private_key": PEM}), URL, URL),
        ((None, USER, None, {"consumer_key": CLIENT, "private_key": PEM, "domain": "acme.my"}), URL, URL),
        ((None, USER, None, {"consumer_key": CLIENT, "private_key": PEM, "domain": "test"}), "", "https://test.salesforce.com"),
        ((URL, USER, None, {"consumer_key": CLIENT, "private_key": PEM, "login_url": "https://test.salesforce.com"}), URL, "https://test.salesforce.com"),
    ],
)  # fmt: skip
def test_a_connection_with_a_key_is_read(parts: Any, url: str, login: str) -> None:
    """With our own fields, or as Airflow's Salesforce connection has them: login is then the user."""
    found = from_connection(*parts)
    assert (found.url, found.login, found.client_id, found.username) == (url, login, CLIENT, USER)
    assert found.private_key == PEM
    assert PEM.splitlines()[1] not in repr(found)


@pytest.mark.parametrize(("left_out", "message"), [("consumer_key", "no username"), ("private_key", "no password")])
def test_half_a_connection_with_a_key_names_what_is_missing(left_out: str, message: str) -> None:
    """And nothing of the rest."""
    extra = {"consumer_key": CLIENT, "private_key": PEM}
    del extra[left_out]
    with pytest.raises(SettingsError, match=message):
        from_connection(URL, USER, None, extra)
