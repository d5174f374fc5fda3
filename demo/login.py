"""The token endpoint: client credentials and JWT bearer of the one connected app, refused in Salesforce's words."""

import base64
import binascii
import time
from typing import Any
from urllib.parse import parse_qsl

import jwt
from fastapi import APIRouter, Request
from fastapi.responses import Response

from demo.answers import answer, company_of
from demo.running import INTEGRATION_USER, ORGANISATION, Running, issued_at

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# An assertion may end three minutes from now at most; both ways some seconds are forgiven.
LONGEST, FORGIVEN = 180, 5

router = APIRouter()


class LoginError(Exception):
    """What OAuth answers: its error code, its description, the status."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.description, self.status = code, description, status


@router.post("/services/oauth2/token")
async def token(request: Request) -> Response:
    """A session, if the app and, by JWT, the user may have one."""
    form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
    company = company_of(request)
    base = f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"
    try:
        _check(company, request, form, base)
    except LoginError as e:
        return answer({"error": e.code, "error_description": e.description}, e.status)
    return answer({
        "access_token": company.new_session(), "signature": "-", "scope": "api", "instance_url": base,
        "id": f"{base}/id/{ORGANISATION}/0055g0000000001AAA", "token_type": "Bearer", "issued_at": issued_at(),
    })  # fmt: skip


def _check(company: Running, request: Request, form: dict[str, str], base: str) -> None:
    match form.get("grant_type"):
        case "client_credentials":
            _by_secret(company, request, form)
        case kind if kind == BEARER:
            _by_assertion(company, form.get("assertion", ""), base)
        case _:
            raise LoginError("unsupported_grant_type", "grant type not supported")


def _by_secret(company: Running, request: Request, form: dict[str, str]) -> None:
    client, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    known, right = company.knows(client, secret)
    if not known:
        raise LoginError("invalid_client_id", "client identifier invalid")
    if not right:
        status = 401 if request.headers.get("authorization") else 400
        raise LoginError("invalid_client", "invalid client credentials", status)


def _by_assertion(company: Running, assertion: str, base: str) -> None:
    """Signature by the app's certificate, then who, for whom and until when; a session's life runs on real time."""
    refused = LoginError("invalid_grant", "invalid assertion")
    try:
        unproven = jwt.decode(assertion, options={"verify_signature": False})
        if not company.knows(str(unproven.get("iss", "")), "")[0]:
            raise LoginError("invalid_client_id", "client identifier invalid")
        claims = jwt.decode(
            assertion, company.certificate, algorithms=["RS256"],
            options={"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False},
        )  # fmt: skip
    except jwt.PyJWTError:
        raise refused from None
    if claims.get("aud") not in ("https://login.salesforce.com", base):
        raise LoginError("invalid_grant", "audience is invalid")
    left = _seconds(claims.get("exp")) - time.time()
    if not -FORGIVEN < left <= LONGEST + FORGIVEN:
        raise LoginError("invalid_grant", "expired authorization code")
    if claims.get("sub") != INTEGRATION_USER:
        raise LoginError("invalid_grant", "user hasn't approved this consumer")


def _seconds(exp: Any) -> float:
    """Seconds since 1970, as a number or as text; 0 for anything else."""
    try:
        return float(exp)
    except (TypeError, ValueError):
        return 0.0


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret
