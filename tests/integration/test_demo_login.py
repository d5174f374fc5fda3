"""Logging in to the demo company by JWT: only its own app's key, for its user, for its address, for three minutes."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from demo import state as states
from demo.login import BEARER
from demo.running import INTEGRATION_USER
from tests.demo_server import DATA, Served, serving


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("demo")) as served:
        yield served


def assertion(
    served: Served,
    *,
    foreign: bool = False,
    algorithm: str = "RS256",
    seconds: int = 120,
    as_text: bool = False,
    **changed: Any,
) -> str:
    """An assertion that ends so many seconds from now."""
    exp = int(time.time()) + seconds
    claims = {
        "iss": served.credentials["client_id"], "sub": INTEGRATION_USER, "aud": served.url, "exp": str(exp) if as_text else exp,
    } | changed  # fmt: skip
    key: Any = generate_private_key(65537, 2048) if foreign else states.open_state(served.folder).key
    return jwt.encode(claims, "" if algorithm == "none" else key, algorithm=algorithm)


def answer(served: Served, text: str) -> httpx.Response:
    return httpx.post(f"{served.url}/services/oauth2/token", data={"grant_type": BEARER, "assertion": text})


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"seconds": 150, "as_text": True},
        {"aud": "https://login.salesforce.com"},
        {"seconds": 170},
    ],
    ids=["as documented", "exp as text", "audience login", "nearly three minutes"],
)
def test_the_app_s_key_opens_a_session(served: Served, changed: dict[str, Any]) -> None:
    """A bearer token that works, and where to go with it."""
    given = answer(served, assertion(served, **changed))
    assert given.status_code == 200
    assert given.json()["instance_url"] == served.url
    session = {"Authorization": f"Bearer {given.json()['access_token']}"}
    assert httpx.get(f"{served.url}{DATA}/limits", headers=session).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error", "description"),
    [
        ({"foreign": True}, "invalid_grant", "invalid assertion"),
        ({"algorithm": "none"}, "invalid_grant", "invalid assertion"),
        ({"iss": "3MVG9nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "somebody@else.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"aud": "https://test.salesforce.com"}, "invalid_grant", "audience is invalid"),
        ({"aud": "https://acme.my.salesforce.com"}, "invalid_grant", "audience is invalid"),
        ({"seconds": -60}, "invalid_grant", "expired authorization code"),
        ({"seconds": 3600}, "invalid_grant", "expired authorization code"),
        ({"exp": "soon"}, "invalid_grant", "expired authorization code"),
    ],
)
def test_any_other_assertion_is_refused(served: Served, changed: dict[str, Any], error: str, description: str) -> None:
    """400, in Salesforce's words, and no token."""
    given = answer(served, assertion(served, **changed))
    assert (given.status_code, given.json()) == (400, {"error": error, "error_description": description})


@pytest.mark.parametrize("text", ["", "a.b.c", "ü", "x" * 100_000])
def test_what_is_no_assertion_is_refused(served: Served, text: str) -> None:
    """Whatever was sent."""
    given = answer(served, text)
    assert (given.status_code, given.json()["error"]) == (400, "invalid_grant")


def test_the_key_is_for_its_owner_only(served: Served) -> None:
    """The file is readable by its user alone."""
    assert states.open_state(served.folder).key
    assert (served.folder / states.KEY).stat().st_mode & 0o777 == 0o600
