"""From an org over real HTTP into real raw tables: what is new, once, whatever goes wrong on the way."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from attain.errors import SourceError, SourceRefused, SourceUnavailable, UnreadableInput
from attain.postgres import engine, transaction
from attain.runs import Run
from attain.settings import Database
from extract.land import Landed, cursors, extract, land
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.objects import OBJECTS
from extract.salesforce.source import SOURCE
from extract.source import Batch
from tests.salesforce_org import CLIENT_ID, SECRET, START, Org, Row, error, page, serve, stamp

ACCOUNT = "salesforce"
OPPORTUNITY = {
    "Id": "id", "AccountId": "reference", "Name": "string", "StageName": "picklist", "Amount": "currency",
    "Probability": "percent", "CloseDate": "date", "IsWon": "boolean", "OwnerId": "reference",
    "CreatedDate": "datetime", "SystemModstamp": "datetime", "IsDeleted": "boolean", "NextStep": "string",
    "BillingAddress": "address",
}  # fmt: skip
HISTORY = {
    "Id": "id", "OpportunityId": "reference", "Field": "picklist", "OldValue": "anyType", "NewValue": "anyType",
    "CreatedById": "reference", "CreatedDate": "datetime", "IsDeleted": "boolean",
}  # fmt: skip


def deal(number: int, **values: str | None) -> Row:
    made = {"Id": f"006{number:015}", "Name": f"Deal {number}", "Amount": "1000.5", "IsDeleted": "false"}
    return {**made, "StageName": "Qualification", "CloseDate": "2026-12-31", "IsWon": "false", **values}


@pytest.fixture
def org() -> Iterator[Org]:
    """An org with deals and their field history; the other objects are not enabled."""
    with serve(Org({"Opportunity": dict(OPPORTUNITY), "OpportunityFieldHistory": dict(HISTORY)})) as made:
        made.put("Opportunity", *(deal(number) for number in range(1, 6)))
        made.advance(timedelta(hours=1))
        yield made


@pytest.fixture
def settings(org: Org) -> SalesforceSettings:
    return SalesforceSettings(org.url, CLIENT_ID, SECRET, page_rows=2, job_seconds=20)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of a back-off are cut short; what the source itself asks for is kept."""
    from attain import http

    monkeypatch.setattr(http.Patience, "__init__", _short_patience(http.Patience.__init__))


def _short_patience(real: Any) -> Any:
    def made(self: Any, **given: Any) -> None:
        real(self, **({"first": 0.01, "most": 0.05, "jitter": 0.0} | given))

    return made


def take(database: Database, run: Run, settings: SalesforceSettings) -> list[Landed]:
    return extract(database, run, SOURCE, settings, ACCOUNT)


def batches(database: Database, settings: SalesforceSettings) -> Generator[Batch, None, None]:
    """The batches as they come, without what the source says of itself."""
    found = SOURCE.batches(settings, ACCOUNT, cursors(database, "salesforce", ACCOUNT))
    with closing(found):
        yield from (each for each in found if isinstance(each, Batch))


def of_deals(landed: list[Landed]) -> list[Landed]:
    """The landings of opportunities' rows, without the comparison of ids that ends a run."""
    return [one for one in landed if one.table == "salesforce__opportunity" and not one.part.endswith("ids")]


def raw(database: Database, table: str = "salesforce__opportunity") -> list[dict[str, Any]]:
    query = sa.text(f"select * from raw.{table} order by id")
    with transaction(engine(database, "loader")) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def cursor(database: Database, name: str = "Opportunity") -> dict[str, Any]:
    return dict(cursors(database, "salesforce", ACCOUNT).of(OBJECTS[name]))


def test_everything_lands_as_it_is(database: Database, run: Run, settings: SalesforceSettings) -> None:
    """A first run brings every row, typed, with the job and page it came from."""
    landed = take(database, run, settings)
    rows = raw(database)
    assert [row["name"] for row in rows] == [f"Deal {number}" for number in range(1, 6)]
    first = rows[0]
    assert first["amount"] == Decimal("1000.5")
    assert first["close_date"].isoformat() == "2026-12-31"
    assert first["system_modstamp"] == START
    assert first["is_won"] is False
    assert first["next_step"] is None
    assert re.fullmatch(r"job 750\d+ page 1", first["_origin"])
    assert sum(one.inserted for one in landed) == 5
    assert cursor(database)["since"] == (START + timedelta(hours=1)).isoformat()


def test_a_second_run_lands_only_what_changed(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """By the org's own clock: what changed in between is fetched, what did not is not asked for."""
    take(database, run, settings)
    org.put("Opportunity", deal(3, StageName="Closed Won"), deal(9))
    org.advance(timedelta(hours=1))
    landed = of_deals(take(database, run, settings))
    assert (sum(one.rows_in for one in landed), sum(one.inserted for one in landed)) == (2, 1)
    assert [row["stage_name"] for row in raw(database)] == ["Qualification"] * 2 + ["Closed Won"] + [
        "Qualification"
    ] * 3
    assert raw(database, "salesforce__opportunity__versions")[0]["stage_name"] == "Qualification"


def test_a_commit_that_appears_late_is_not_missed(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """A row stamped within the look-back before the last end, but committed after it, comes with the next run."""
    take(database, run, settings)
    org.put("Opportunity", deal(8, SystemModstamp=stamp(org.now - timedelta(seconds=500))))
    org.advance(timedelta(minutes=1))
    take(database, run, settings)
    assert "Deal 8" in [row["name"] for row in raw(database)]


def test_changes_while_the_job_runs_come_next_time(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """The end of the window is fixed before the query, so a row of that very second is in exactly one window."""
    org.put("Opportunity", deal(7))
    take(database, run, settings)
    assert "Deal 7" not in [row["name"] for row in raw(database)]
    org.advance(timedelta(seconds=1))
    take(database, run, settings)
    assert "Deal 7" in [row["name"] for row in raw(database)]


def test_soft_deleted_rows_are_seen(database: Database, run: Run, org: Org, settings: SalesforceSettings) -> None:
    """A deal in the recycle bin stays in raw, marked."""
    take(database, run, settings)
    org.put("Opportunity", deal(2, IsDeleted="true"))
    org.advance(timedelta(hours=1))
    take(database, run, settings)
    assert [row["is_deleted"] for row in raw(database)] == [False, True, False, False, False]


def test_purged_rows_are_noticed_by_their_absence(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """A deal purged from the recycle bin leaves no trace but its absence; one that is back needs no new stamp."""
    settings = SalesforceSettings(org.url, CLIENT_ID, SECRET)
    org.put("Opportunity", *(deal(number) for number in range(6, 20)))
    org.advance(timedelta(seconds=1))
    take(database, run, settings)
    gone = org.rows["Opportunity"].pop(1)
    org.advance(timedelta(hours=1))
    landed = take(database, run, settings)
    assert [(one.inserted, one.updated, one.deleted) for one in landed if one.deleted] == [(0, 0, 1)]
    marked = {row["id"]: row for row in raw(database) if row["_deleted_at"]}
    assert list(marked) == [gone["Id"]]
    assert marked[str(gone["Id"])]["name"] == "Deal 2"
    org.rows["Opportunity"].append(gone)
    org.advance(timedelta(hours=1))
    take(database, run, settings)
    assert not any(row["_deleted_at"] for row in raw(database))


def test_rows_that_are_only_hidden_are_not_deleted(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """A user who suddenly sees a fifth of the deals has lost a right; the sweep stops and marks nothing, unless allowed."""
    settings = SalesforceSettings(org.url, CLIENT_ID, SECRET)
    org.put("Opportunity", *(deal(number) for number in range(20)))
    org.advance(timedelta(seconds=1))
    take(database, run, settings)
    del org.rows["Opportunity"][4:]
    org.advance(timedelta(hours=1))
    with pytest.raises(UnreadableInput, match="salesforce__opportunity: 16 of 20 rows are missing"):
        take(database, run, settings)
    assert not any(row["_deleted_at"] for row in raw(database))
    take(database, run, replace(settings, max_deletions=0.9))
    assert sum(row["_deleted_at"] is not None for row in raw(database)) == 16


def test_history_without_a_modstamp_is_read_by_its_creation(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Field history has a creation date only; values of any type stay text."""
    org.put("OpportunityFieldHistory", {"Id": "017a", "Field": "Amount", "OldValue": "1.0E7", "NewValue": "NA"})
    org.advance(timedelta(seconds=1))
    take(database, run, settings)
    held = raw(database, "salesforce__opportunity_field_history")
    assert [(row["old_value"], row["new_value"]) for row in held] == [("1.0E7", "NA")]
    assert any("CreatedDate <" in job for job in org.asked) is False
    assert "created_date" in held[0]


def test_a_custom_field_that_appears_fills_old_rows_too(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """A new field adds its column, typed, and the object is read anew, since old rows hold the field as well."""
    take(database, run, settings)
    org.fields["Opportunity"] |= {
        "Score__c": {"type": "double", "scale": 2, "precision": 18}, "Seats__c": {"type": "double", "scale": 0},
        "Signed_On__c": "datetime", "Where__c": "location", "Is_Partner__c": "boolean",
    }  # fmt: skip
    org.rows["Opportunity"][0] |= {
        "Score__c": "1.25E1", "Seats__c": "7.0", "Signed_On__c": "2026-01-01T10:00:30.000Z", "Is_Partner__c": "true"
    }  # fmt: skip
    org.advance(timedelta(hours=1))
    take(database, run, settings)
    first = raw(database)[0]
    assert (first["score__c"], first["seats__c"], first["is_partner__c"]) == (Decimal("12.5"), 7, True)
    assert first["signed_on__c"] == datetime(2026, 1, 1, 10, 0, 30, tzinfo=UTC)
    assert "where__c" not in first


def test_a_field_that_vanishes_is_not_asked_for(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """A field that the org took away neither fails the query nor touches the rows that did not change."""
    take(database, run, settings)
    del org.fields["Opportunity"]["Amount"]
    org.advance(timedelta(hours=1))
    take(database, run, settings)
    assert {row["amount"] for row in raw(database)} == {Decimal("1000.5")}


def test_hostile_values_survive(database: Database, run: Run, org: Org, settings: SalesforceSettings) -> None:
    """Text that other loaders drop, split or turn into numbers arrives as it was; empty alone is null."""
    hostile = {
        1: "NA", 2: "null", 3: 'line\nbreak, "quoted"\r\nand "', 4: "=cmd()|'; drop table deals; --", 5: "\\N",
        6: "Ünïcode 🦊 \u2028 sep", 7: " leading and trailing ", 8: "0123", 9: "a\\", 10: "\t", 11: "N/A", 12: "-",
    }  # fmt: skip
    org.put("Opportunity", *(deal(number, Name=text) for number, text in hostile.items()), deal(13, Name="nul\0byte"))
    org.put("Opportunity", deal(14, Name=None, Amount="1.0E7"), deal(15, Amount="-0.0000001", Name="long" * 30_000))
    org.advance(timedelta(seconds=1))
    take(database, run, settings)
    rows = {int(row["id"][3:]): row for row in raw(database)}
    assert {number: rows[number]["name"] for number in hostile} == hostile
    assert rows[13]["name"] == "nulbyte"
    assert (rows[14]["name"], rows[14]["amount"]) == (None, Decimal(10_000_000))
    assert (rows[15]["amount"], len(rows[15]["name"])) == (Decimal(0), 120_000)


def test_what_is_no_number_is_set_aside(database: Database, run: Run, org: Org, settings: SalesforceSettings) -> None:
    """A value that does not fit its column puts the row into quarantine as it came; the others land."""
    settings = SalesforceSettings(org.url, CLIENT_ID, SECRET)
    org.put("Opportunity", *(deal(number) for number in range(1, 60)), deal(60, Amount="lots", Name="odd"))
    org.advance(timedelta(seconds=1))
    landed = take(database, run, settings)
    assert sum(one.rejected for one in landed) == 1
    with transaction(engine(database, "loader")) as connection:
        aside = connection.execute(sa.text('select row_key, column_name, value, "row" from ops.quarantine')).one()
    assert aside[:3] == (f"006{60:015}", "amount", "lots")
    assert aside[3]["Name"] == "odd"


def test_an_ended_session_is_renewed_in_the_middle_of_a_job(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Between two pages the org forgets us; we log in again and the job goes on."""

    def forget(request: Request) -> None:
        if "locator=2" in request.url.query and org.logins == 1:
            org.token = "another"

    org.faults.append(forget)
    take(database, run, settings)
    assert (len(raw(database)), org.logins, org.started()["Opportunity"]) == (5, 2, 0)
    assert org.count("POST .*jobs/query") == 2


def test_retry_after_is_obeyed(database: Database, run: Run, org: Org, settings: SalesforceSettings) -> None:
    """Told to come back, by seconds or by a date, even the start of a job is sent again."""
    later = format_datetime(org.now + timedelta(seconds=1), usegmt=True)
    org.fail(
        "POST .*jobs/query", error(429, "TOO_MANY", "slow down", Retry_After="0"), error(503, "SERVER_UNAVAILABLE", "")
    )
    org.fail(
        "GET .*results", error(429, "TOO_MANY", "slow down", Retry_After=later), error(500, "UNKNOWN_EXCEPTION", "")
    )
    take(database, run, settings)
    assert len(raw(database)) == 5


@pytest.mark.parametrize(
    "broken",
    [
        page(b'"Id"\n"x"\n' * 5000, {"Sforce-NumberOfRecords": "2", "Sforce-Locator": "2"}, cut=20),
        Response(b"not gzip", media_type="text/csv", headers={"Content-Encoding": "gzip"}),
        Response(b"short", media_type="text/csv", headers={"Content-Length": "5"}, status_code=502),
    ],
    ids=["cut gzip", "no gzip", "bad gateway"],
)
def test_a_broken_page_is_asked_for_again(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, broken: Response
) -> None:
    """A page that did not arrive whole is fetched again before any of it lands."""
    org.fail("GET .*results", broken)
    take(database, run, settings)
    assert len(raw(database)) == 5


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (PlainTextResponse("<html>please log in</html>", media_type="text/html"), "text/html, not csv"),
        (page(b'"Id","Name"\n"1"\n', {"Sforce-NumberOfRecords": "5", "Sforce-Locator": "null"}), "no well-formed CSV"),
        (page(b'"Id"\n"\xff"\n', {"Sforce-NumberOfRecords": "5", "Sforce-Locator": "null"}), "no well-formed CSV"),
        (page(b'"Id"\n"1"\n', {"Sforce-NumberOfRecords": "5", "Sforce-Locator": "null"}), "1 rows instead of 5"),
        (page(b'"Id"\n"1"\n', {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "null"}), "the job counts 5"),
        (page(b'"Id"\n"1"\n', {"Sforce-Locator": "null"}), "does not say how many rows"),
    ],
    ids=["login page", "too few cells", "not UTF-8", "cut rows", "wrong sum", "no count"],
)
def test_an_unusable_page_lands_nothing(
    database: Database, run: Run, org: Org, settings: SalesforceSettings, answer: Response, message: str
) -> None:
    """An answer that does not add up stops the run before its rows are in raw, and the next run heals."""
    org.fail("GET .*results", answer)
    with pytest.raises(SourceError, match=message) as caught:
        take(database, run, settings)
    assert SECRET not in str(caught.value)
    assert raw(database) == []
    take(database, run, settings)
    assert len(raw(database)) == 5


def test_a_killed_run_goes_on_from_its_page(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Stopped after the first of three pages, the next run reads the other two of the same job, and none twice."""
    killed = batches(database, settings)
    land(database, run, "salesforce", next(killed))
    # And no more: the generator is held, so that no clean-up runs, as after kill -9.
    job = cursor(database)["job"]["id"]
    org.put("Opportunity", deal(1, StageName="Lost"))
    org.advance(timedelta(hours=1))
    landed = of_deals(take(database, run, settings))
    assert [one.part for one in landed[:2]] == [f"job {job} page 2", f"job {job} page 3"]
    assert [(one.inserted, one.updated) for one in landed] == [(2, 0), (1, 0), (0, 1)]
    assert len(raw(database)) == 5
    assert cursor(database)["job"] is None
    assert job not in org.jobs
    assert killed is not None


def test_an_expired_job_is_asked_anew_over_the_same_window(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """When the results of a killed run's job are gone, its window is read again, and no row is lost."""
    with closing(batches(database, settings)) as found:
        land(database, run, "salesforce", next(found))
        next(found)
    org.jobs.clear()
    org.advance(timedelta(days=8))
    take(database, run, settings)
    assert len(raw(database)) == 5


def test_a_running_job_is_taken_up_by_the_next_run(database: Database, run: Run, org: Org) -> None:
    """A job that outlasts our patience is no loss: its number is kept before the first page, and the next run waits on."""
    org.looks = 3
    hasty = SalesforceSettings(org.url, CLIENT_ID, SECRET, page_rows=2, job_seconds=0.1)
    with pytest.raises(SourceUnavailable, match="still runs"):
        take(database, run, hasty)
    job = cursor(database)["job"]["id"]
    landed = take(database, run, SalesforceSettings(org.url, CLIENT_ID, SECRET, job_seconds=20))
    assert landed[0].part == f"job {job} page 1"
    assert len(raw(database)) == 5


def test_a_failed_job_says_what_to_grant(database: Database, run: Run, org: Org, settings: SalesforceSettings) -> None:
    """INVALID_FIELD names the field and what to do, and repeats no query, secret or body."""

    def fail(_: Request) -> None:
        for job in org.jobs.values():
            job.state, job.message = (
                "Failed",
                "INVALID_FIELD: \nSELECT Id, Foo__c\nNo such column 'Foo__c' on entity 'X'",
            )

    org.faults.append(fail)
    with pytest.raises(
        SourceRefused, match=r"salesforce\.Opportunity: job 750\d+ Failed: INVALID_FIELD, Foo__c"
    ) as caught:
        take(database, run, settings)
    assert "Grant" in str(caught.value)
    assert "SELECT" not in str(caught.value)


def test_a_field_that_goes_between_describe_and_query_is_named(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """The refusal names object, field and what to do; the next run, which describes anew, lands everything."""
    said = "\nSELECT Id, Foo__c FROM Opportunity\n ^\nERROR at Row:1:Column:12\nNo such column 'Foo__c' on entity"
    org.fail("POST .*jobs/query", error(400, "INVALID_FIELD", said))
    with pytest.raises(
        SourceRefused, match=r"salesforce\.Opportunity.*INVALID_FIELD, Foo__c.*Nothing.*Grant"
    ) as caught:
        take(database, run, settings)
    assert "SELECT" not in str(caught.value)
    take(database, run, settings)
    assert len(raw(database)) == 5


def test_a_wrong_secret_is_said_so_once(database: Database, run: Run, org: Org) -> None:
    """A refused login is not tried again, and the message names what to check and not the secret."""
    wrong = SalesforceSettings(org.url, CLIENT_ID, "wrong-secret")
    with pytest.raises(SourceRefused, match="login refused, invalid_client") as caught:
        take(database, run, wrong)
    assert "wrong-secret" not in str(caught.value) + repr(wrong)
    assert org.count("oauth2/token") == 1


def test_used_up_requests_end_the_run_at_once(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """The limit of 24 hours is not waited for."""
    org.fail("describe", *[error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")] * 3)
    with pytest.raises(SourceUnavailable, match="REQUEST_LIMIT_EXCEEDED"):
        take(database, run, settings)
    assert org.count("describe") == 1


def test_an_org_that_hides_its_deals_is_refused(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """Objects may be missing, deals may not."""
    del org.fields["Opportunity"]
    with pytest.raises(SourceRefused, match=r"salesforce\.Opportunity.*read access"):
        take(database, run, settings)


def test_jobs_that_no_cursor_knows_are_aborted(
    database: Database, run: Run, org: Org, settings: SalesforceSettings
) -> None:
    """An error that stops the run leaves none of its jobs behind in the org."""
    org.fail("GET .*results", PlainTextResponse("", media_type="text/html"))
    with pytest.raises(SourceError):
        take(database, run, settings)
    assert org.started() == {}
    assert cursor(database) == {}
