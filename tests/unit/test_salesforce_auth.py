"""Settings of an org, from the environment and from a connection, and who may receive the secret."""

import pytest

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
