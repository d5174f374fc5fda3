"""What an answer means, as a table."""

from datetime import UTC, datetime

import httpx
import pytest

from attain.errors import SettingsError, SourceError, SourceRefused
from attain.http_verdict import TryAgain, clock, retry_after, verdict, wire_error
from extract.salesforce.errors import by_code, judge, of_job

DATE = "Thu, 10 Sep 2026 06:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (200, "use"), (201, "use"), (204, "use"), (301, "refuse"), (302, "refuse"), (400, "refuse"), (401, "relogin"),
        (403, "refuse"), (404, "refuse"), (408, "retry"), (409, "refuse"), (410, "refuse"), (418, "refuse"),
        (423, "retry"), (429, "retry"), (500, "retry"), (502, "retry"), (503, "retry"), (504, "retry"), (599, "retry"),
    ],
)  # fmt: skip
def test_status_has_one_verdict(status: int, action: str) -> None:
    """Each status is used, retried, renewed or refused; an unknown error is never retried."""
    assert verdict(httpx.Response(status)).action == action


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("7", 7.0), (" 1.5 ", 1.5), ("Thu, 10 Sep 2026 06:00:30 GMT", 30.0),
        ("Thu, 10 Sep 2026 05:00:00 GMT", 0.0), ("soon", None), ("-3", None), ("nan", None), ("", None),
        ("Thu, 99 Sep 2026 06:00:30 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_of_the_source(text: str, seconds: float | None) -> None:
    """A date is measured by the source's clock, not by ours; nonsense is as if nothing was said."""
    assert retry_after(httpx.Response(429, headers={"Retry-After": text, "Date": DATE})) == seconds


def test_the_clock_is_the_source_s_own() -> None:
    """The Date header, in UTC, whatever our own clock says."""
    assert clock(httpx.Response(200, headers={"Date": DATE}), "x") == datetime(2026, 9, 10, 6, tzinfo=UTC)


@pytest.mark.parametrize("dates", [[], ["yesterday"], [DATE, DATE]], ids=["none", "nonsense", "two"])
def test_an_unclear_clock_is_an_error(dates: list[str]) -> None:
    """Where two clocks speak, or none, the end of an extraction would be a guess."""
    with pytest.raises(SourceError, match="Date"):
        clock(httpx.Response(200, headers=[("Date", date) for date in dates]), "x")


@pytest.mark.parametrize(
    ("error", "kind", "turned_away"),
    [
        (httpx.ConnectError("x"), TryAgain, True), (httpx.ConnectTimeout("x"), TryAgain, True),
        (httpx.ReadTimeout("x"), TryAgain, False), (httpx.RemoteProtocolError("x"), TryAgain, False),
        (httpx.ReadError("x"), TryAgain, False), (httpx.UnsupportedProtocol("x"), SettingsError, None),
    ],
)  # fmt: skip
def test_a_broken_wire_is_one_of_our_errors(
    error: httpx.HTTPError, kind: type[Exception], turned_away: bool | None
) -> None:
    """Only what never reached the source may be sent again when it must not run twice."""
    ours = wire_error(error, "source.thing")
    assert type(ours) is kind
    assert getattr(ours, "turned_away", None) is turned_away


@pytest.mark.parametrize(
    ("status", "code", "action"),
    [
        (401, "INVALID_SESSION_ID", "relogin"), (403, "REQUEST_LIMIT_EXCEEDED", "later"), (400, "QUERY_TIMEOUT", "retry"),
        (503, "SERVER_UNAVAILABLE", "retry"), (400, "INVALID_FIELD", "refuse"), (400, "MALFORMED_QUERY", "refuse"),
        (403, "API_DISABLED_FOR_ORG", "refuse"), (500, "UNKNOWN_EXCEPTION", "retry"),
    ],
)  # fmt: skip
def test_salesforce_says_more_than_the_status(status: int, code: str, action: str) -> None:
    """Its error code decides before the status does."""
    found = judge(httpx.Response(status, json=[{"errorCode": code, "message": "m"}]))
    assert found is not None
    assert (found.action, found.code) == (action, code)
    assert found.advice


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"[1]", b'"text"', b"null", b'[{"errorCode":"NEW"}]'])
def test_an_unknown_error_is_left_to_the_status(body: bytes) -> None:
    """Whatever the body is, the status still says what to do."""
    assert judge(httpx.Response(400, content=body)) is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("\nSELECT Id, Foo__c FROM X\n ^\nERROR at Row:1:Column:12\nNo such column 'Foo__c' on entity 'X'.", "Foo__c"),
        ("InvalidBatch : Field name not found : Foo__c", "Foo__c"),
        ("INVALID_FIELD: something", "a field is not there"),
    ],
)
def test_the_field_is_named(message: str, reason: str) -> None:
    """Of a message only the field's name is repeated."""
    found = of_job(message)
    assert found.reason.startswith(reason)
    assert "SELECT" not in found.reason + found.advice
    assert isinstance(SourceRefused(found.reason), SourceError)


def test_an_unknown_code_is_unknown() -> None:
    """A code that we do not know is not made up."""
    assert by_code("BRAND_NEW", "") is None
    assert of_job("BRAND_NEW: odd").code == "BRAND_NEW"
