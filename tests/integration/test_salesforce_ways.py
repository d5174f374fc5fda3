"""How an org is reached and read: logins, result pages side by side, the day's allowance, deletions that are told."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.responses import JSONResponse

from attain.errors import SourceError, SourceRefused, SourceUnavailable
from attain.postgres import engine, transaction
from attain.runs import Run
from attain.settings import Database
from extract.land import Landed, cursors, extract, land
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.source import SOURCE
from extract.source import Batch
from tests.salesforce_org import CLIENT_ID, SECRET, USER, Org, Row, error, serve

ACCOUNT = "salesforce"
FIELDS = {
    "Id": "id", "Name": "string", "Amount": "currency", "CreatedDate": "datetime", "SystemModstamp": "datetime",
    "IsDeleted": "boolean",
}  # fmt: skip


def deal(number: int, **values: str | None) -> Row:
    return {"Id": f"006{number:015}", "Name": f"Deal {number}", "Amount": "10", "IsDeleted": "false", **values}


@pytest.fixture
def org() -> Iterator[Org]:
    """An org with twelve deals and nothing else."""
    with serve(Org({"Opportunity": dict(FIELDS)})) as made:
        made.put("Opportunity", *(deal(number) for number in range(1, 13)))
        made.advance(timedelta(hours=1))
        yield made


@pytest.fixture
def settings(org: Org) -> SalesforceSettings:
    return SalesforceSettings(org.url, CLIENT_ID, SECRET, page_rows=4, job_seconds=60)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def by_key(org: Org, key: RSAPrivateKey) -> SalesforceSettings:
    """The login by JWT, of an app that knows the key's certificate."""
    org.key = key.public_key()
    return SalesforceSettings(org.url, CLIENT_ID, username=USER, private_key=pem(key), page_rows=4)


def take(database: Database, run: Run, settings: SalesforceSettings, **more: Any) -> list[Landed]:
    return extract(database, run, SOURCE, settings, ACCOUNT, **more)


def batches(database: Database, settings: SalesforceSettings) -> Generator[Batch, None, None]:
    found = SOURCE.batches(settings, ACCOUNT, cursors(database, "salesforce", ACCOUNT))
    with closing(found):
        yield from (each for each in found if isinstance(each, Batch))


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with transaction(engine(database, "loader")) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def names(database: Database, where: str = "true") -> list[str]:
    query = f"select name from raw.salesforce__opportunity where {where} order by id"
    return [name for (name,) in rows(database, query)]


EVERYTHING = [f"Deal {number}" for number in range(1, 13)]

# ---------- logins


def test_a_jwt_is_signed_by_the_org_s_clock_when_ours_is_off(
    database: Database, run: Run, org: Org, by_key: SalesforceSettings
) -> None:
    """The org's clock is months away from ours: what was refused once is signed anew, within its three minutes."""
    take(database, run, by_key)
    assert names(database) == EVERYTHING
    assert len(org.skews) == 2
    assert 0 < org.skews[1] <= 180


def test_a_refused_jwt_says_why_and_shows_no_key(
    database: Database, run: Run, org: Org, by_key: SalesforceSettings
) -> None:
    """What Salesforce says becomes what to do; neither key nor assertion is in any text."""
    said = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    org.fail("oauth2/token", *[JSONResponse(said, 400)] * 4)
    with pytest.raises(SourceRefused, match=r"login refused, invalid_grant\. Nothing.*Pre-authorise") as caught:
        take(database, run, by_key)
    body = by_key.private_key.splitlines()[1]
    assert body not in str(caught.value) + repr(by_key)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example", "http://acme.my.salesforce.com", "https://acme.my.salesforce.com.evil.example",
        "https://salesforce.com.evil.example:8443", "https://acme.my.salesforce.com:8443", "ftp://127.0.0.1", "nonsense",
    ],
)  # fmt: skip
def test_the_token_is_sent_to_nobody_else(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, elsewhere: str
) -> None:
    """An instance that is neither Salesforce's by https nor where we logged in is refused before anything is sent."""
    org.instance = elsewhere
    with pytest.raises(SourceRefused, match="neither Salesforce's"):
        take(database, run, settings)
    assert org.count("services/data") == 0


def test_requests_go_to_the_instance_that_the_login_names(
    database: Database, run: Run, org: Org, by_key: SalesforceSettings
) -> None:
    """Logged in at one address, without knowing the org's own: it is where the login says."""
    org.audience, here = org.url.replace("127.0.0.1", "localhost"), org.url
    org.instance = here
    take(database, run, replace(by_key, url="", login_url=org.audience))
    assert names(database) == EVERYTHING


KINDS = (
    "GET .*/limits", "describe", "POST .*jobs/query", r"GET .*jobs/query/\w+\?", "resultPages", r"results\?locator=4",
    "deleted", "DELETE",
)  # fmt: skip


@pytest.mark.parametrize("login", ["secret", "key"])
def test_a_session_that_ends_is_renewed_whatever_is_being_asked(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, by_key: SalesforceSettings, login: str
) -> None:
    """Ended at each kind of request of one run, by either login: logged in each time, with the same job."""
    chosen = settings if login == "secret" else by_key
    org.listed, org.deleted = 2, {"Opportunity": {}}
    take(database, run, chosen)
    org.put("Opportunity", *(deal(number, Name="changed") for number in range(1, 13)))
    org.advance(timedelta(hours=1))
    made, started = org.logins, org.count("POST .*jobs/query")
    waiting = list(KINDS)

    def forget(request: Any) -> None:
        line = f"{request.method} {request.url.path}?{request.url.query}"
        for kind in waiting:
            if re.search(kind, line):
                waiting.remove(kind)
                org.token = "another"
                return

    org.faults.append(forget)
    take(database, run, chosen)
    assert waiting == []
    # A thread that meets the same ended session takes the new one.
    assert org.logins == made + 1 + len(KINDS)
    # The one that was turned away, and the same again.
    assert org.count("POST .*jobs/query") == started + 2
    assert names(database) == ["changed"] * 12


# ---------- result pages


def test_pages_are_fetched_side_by_side_and_land_in_order(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Six pages of two lists: never more than set at once, each landed once, in the job's order."""
    org.listed, org.slow = 2, 0.1
    landed = take(database, run, replace(settings, ahead=3))
    assert [one.part.split()[-1] for one in landed] == [str(number) for number in range(1, 7)]
    assert names(database) == EVERYTHING
    assert org.at_once == 3
    assert org.count("resultPages") == 2


def test_what_fits_into_a_page_is_not_listed_first(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """A small job costs no further request."""
    org.listed = 2
    take(database, run, replace(settings, page_rows=50))
    assert (org.count("resultPages"), org.count("GET .*results")) == (0, 1)


@pytest.mark.parametrize("version", ["57.0", "68.0"])
def test_without_lists_pages_come_one_after_the_other(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, version: str
) -> None:
    """An old version is not even asked; a 404 falls back to locators."""
    take(database, run, replace(settings, version=version))
    assert names(database) == EVERYTHING
    assert org.count("resultPages") == (version == "68.0")
    assert org.at_once == 1


@pytest.mark.parametrize("stop", [2, 5])
def test_a_killed_run_goes_on_within_the_lists(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, stop: int
) -> None:
    """Within a list and at its end: the pages to come are read from the same job, and none twice."""
    org.listed = 2
    killed = batches(database, settings)
    for _ in range(stop):
        land(database, run, "salesforce", next(killed))
    asked = len(org.asked)
    landed = take(database, run, settings)
    ours = [one for one in landed if "page" in one.part][: 6 - stop]
    assert [one.part.split()[-1] for one in ours] == [str(number) for number in range(stop + 1, 7)]
    assert sum(one.inserted for one in landed) == 12 - 2 * stop
    again = [line for line in org.asked[asked:] if "/results?" in line and "locator=0&" in line]
    assert again == []
    assert names(database) == EVERYTHING
    assert killed is not None


def test_lists_that_are_gone_are_asked_anew(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """The results of a killed run's job have expired: its window is read again, and no row is lost or doubled."""
    org.listed = 2
    with closing(batches(database, settings)) as killed:
        land(database, run, "salesforce", next(killed))
        land(database, run, "salesforce", next(killed))
        next(killed)
    org.jobs.clear()
    org.advance(timedelta(days=8))
    take(database, run, settings)
    assert names(database) == EVERYTHING


@pytest.mark.parametrize(
    "answer",
    [
        {"resultPages": [{"resultUrl": "https://evil.example/results?locator=1"}], "done": True},
        {"resultPages": [{"resultUrl": "/services/data/v68.0/jobs/query/750other/results?locator=1"}], "done": True},
        {"resultPages": [], "done": True}, {"resultPages": None}, {"done": True}, [],
    ],
    ids=["another host", "another job", "no pages", "null", "absent", "no object"],
)  # fmt: skip
def test_a_list_that_leads_elsewhere_is_refused(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, answer: Any
) -> None:
    """Nothing lands, and nothing is asked of others."""
    org.listed = 2
    org.fail("resultPages", JSONResponse(answer))
    with pytest.raises(SourceError, match=r"salesforce\.Opportunity: job 750"):
        take(database, run, settings)
    assert names(database) == []


# ---------- the day's allowance


def test_the_allowance_is_told_and_kept_with_the_step(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """In words where progress is shown, as figures for the run's record."""
    org.allowance = [15_000, 12_000]
    said: list[str] = []
    detail: dict[str, Any] = {}
    take(database, run, settings, on_progress=said.append, detail=detail)
    assert said[0].startswith(
        "salesforce: left of the last 24 hours: 11,999 of 15,000 API requests and 9,000 of 10,000"
    )
    assert detail["limits"]["DailyApiRequests"] == {"most": 15_000, "left": 11_999}


def test_a_run_that_would_use_what_is_left_to_others_does_not_begin(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Nothing but the login and the question is sent; the message has the figures and what to do."""
    org.allowance = [15_000, 1_600]
    with pytest.raises(
        SourceUnavailable,
        match=r"1,599 of the org's 15,000 API requests.*10% of them \(1,500\).*Nothing was read.*24 hours",
    ):
        take(database, run, settings)
    assert [line.split("?")[0] for line in org.asked] == [
        "POST /services/oauth2/token",
        "GET /services/data/v68.0/limits",
    ]
    take(database, run, replace(settings, leave_requests=0.0))
    assert names(database) == EVERYTHING


def test_a_run_stops_where_the_share_of_others_begins(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Others use the requests up while it runs: it stops by itself, and a later run goes on with the same job."""
    org.allowance = [15_000, 10_000]

    def others(request: Any) -> None:
        if org.allowance and "locator=4" in request.url.query:
            org.allowance[1] = 1_400

    org.faults.append(others)
    with pytest.raises(SourceUnavailable, match="Nothing more was read; what has landed stays"):
        take(database, run, replace(settings, ahead=1))
    held = len(names(database))
    assert 0 < held < 12
    org.faults.clear()
    org.allowance = [15_000, 15_000]
    started = org.count("POST .*jobs/query")
    take(database, run, settings)
    assert names(database) == EVERYTHING
    assert org.count("POST .*jobs/query") == started + 1  # for what is new since


# ---------- deletions that are told


def gone(org: Org, number: int, ago: timedelta = timedelta(minutes=30)) -> None:
    """Erase a deal past the recycle bin."""
    org.rows["Opportunity"] = [row for row in org.rows["Opportunity"] if row["Id"] != f"006{number:015}"]
    org.deleted.setdefault("Opportunity", {})[f"006{number:015}"] = org.now - ago


def test_what_was_erased_is_told_and_marked_without_comparing_ids(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """One request instead of a job; the next one begins where that ended."""
    org.deleted = {"Opportunity": {}}
    take(database, run, settings)
    org.advance(timedelta(hours=1))
    gone(org, 7)
    started = org.count("POST .*jobs/query")
    landed = take(database, run, settings)
    assert names(database, "_deleted_at is not null") == ["Deal 7"]
    assert sum(one.deleted for one in landed) == 1
    assert org.count("POST .*jobs/query") == started + 1
    org.advance(timedelta(hours=1))
    take(database, run, settings)
    last = [line for line in org.asked if "deleted" in line][-1]
    assert "start=2026-09-10T08%3A00%3A00" in last


def test_what_lies_in_the_recycle_bin_is_not_gone(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Its deletion came with its row: it stays, marked as deleted, and comes back when it is restored."""
    org.deleted = {"Opportunity": {}}
    take(database, run, settings)
    org.advance(timedelta(hours=1))
    org.put("Opportunity", deal(5, IsDeleted="true"))
    org.deleted["Opportunity"][f"006{5:015}"] = org.now
    org.advance(timedelta(hours=1))
    take(database, run, settings)
    assert names(database, "_deleted_at is not null") == []
    assert names(database, "is_deleted") == ["Deal 5"]


def test_a_span_that_is_not_told_any_more_compares_all_ids(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """After more than 15 days without a run, and when the org has purged its log."""
    org.deleted = {"Opportunity": {}}
    take(database, run, settings)
    org.advance(timedelta(days=16))
    gone(org, 7, timedelta(days=15, hours=12))
    take(database, run, settings)
    assert names(database, "_deleted_at is not null") == ["Deal 7"]
    assert org.count("deleted") == 0
    org.advance(timedelta(hours=1))
    gone(org, 8)
    org.fail("deleted", error(400, "INVALID_REPLICATION_DATE", "purged"))
    take(database, run, settings)
    assert names(database, "_deleted_at is not null") == ["Deal 7", "Deal 8"]


def test_ids_are_compared_at_the_interval_all_the_same(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """What a log has forgotten is found within a week, or as often as is set."""
    org.deleted = {"Opportunity": {}}
    take(database, run, settings)
    gone(org, 9)
    org.deleted["Opportunity"].clear()
    org.advance(timedelta(days=6))
    take(database, run, settings)
    assert names(database, "_deleted_at is not null") == []
    org.advance(timedelta(days=1))
    take(database, run, settings)
    assert names(database, "_deleted_at is not null") == ["Deal 9"]


@pytest.mark.parametrize("answer", [{}, [], {"deletedRecords": [{"id": "1"}]}, {"deletedRecords": []}])
def test_an_answer_without_deletions_is_an_error(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, answer: Any
) -> None:
    """It is never taken for `nothing was deleted`."""
    org.deleted = {"Opportunity": {}}
    take(database, run, settings)
    org.advance(timedelta(hours=1))
    org.fail("deleted", JSONResponse(answer))
    with pytest.raises(SourceError, match="Opportunity: deletions"):
        take(database, run, settings)
