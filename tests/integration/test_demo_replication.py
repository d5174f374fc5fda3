"""What the demo company tells of deletions and of its daily allowance."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.demo_server import DATA, Served, bulk_job, query_all, serving

NOW = datetime.fromisoformat("2026-09-10T06:00:00+00:00")


@pytest.fixture(name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("demo"), deals=4_000) as served:
        yield served


def deleted(client: httpx.Client, name: str, start: datetime, end: datetime) -> httpx.Response:
    asked = {"start": start.isoformat(), "end": end.isoformat()}
    return client.get(f"{DATA}/sobjects/{name}/deleted", params=asked)


def known(client: httpx.Client, name: str) -> dict[str, dict[str, Any]]:
    text = f"SELECT Id, IsDeleted, SystemModstamp FROM {name}"
    return {str(row["Id"]): row for row in query_all(client, text, "queryAll")}


def test_deletions_of_a_span_are_told_with_those_past_the_recycle_bin(served: Served) -> None:
    """What was there and is gone without a trace is in the log; what is in the bin is there in its deletion's version."""
    with served.client() as client:
        before = {name: known(client, name) for name in ("Opportunity", "OpportunityHistory", "Task")}
        client.post("/_demo/advance", json={"by": "12d"}).raise_for_status()
        end = NOW + timedelta(days=12)
        erased = 0
        for name, rows in before.items():
            now = known(client, name)
            told = deleted(client, name, NOW, end).raise_for_status().json()
            when = {record["id"]: record["deletedDate"] for record in told["deletedRecords"]}
            vanished = {key for key, row in rows.items() if key not in now and not row["IsDeleted"]}
            erased += len(vanished)
            assert vanished <= when.keys()
            binned = {key for key, row in now.items() if row["IsDeleted"] and not rows.get(key, {}).get("IsDeleted")}
            assert binned <= when.keys()
            assert all(str(now[key]["SystemModstamp"]) >= when[key] for key in binned)
            assert not {key for key in when if key in now and not now[key]["IsDeleted"]}
            assert datetime.fromisoformat(told["latestDateCovered"]) == end
            assert datetime.fromisoformat(told["earliestDateAvailable"]) == end - timedelta(days=15)
        assert erased


@pytest.mark.parametrize(
    ("name", "since", "until", "code"),
    [
        ("Opportunity", -16 * 1440, 0, "INVALID_REPLICATION_DATE"), ("Opportunity", -1, 0, "INVALID_REPLICATION_DATE"),
        ("Opportunity", 0, -60, "INVALID_REPLICATION_DATE"), ("TaskStatus", -60, 0, "INVALID_TYPE"),
    ],
)  # fmt: skip
def test_spans_that_cannot_be_told_are_refused(served: Served, name: str, since: int, until: int, code: str) -> None:
    """Older than 15 days, no longer than a minute, backwards, of an object without a log."""
    with served.client() as client:
        answer = deleted(client, name, NOW + timedelta(minutes=since), NOW + timedelta(minutes=until))
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
        described = client.get(f"{DATA}/sobjects/{name}/describe").json()
        assert described["replicateable"] is (name != "TaskStatus")


def left(client: httpx.Client) -> tuple[int, int]:
    told = client.get(f"{DATA}/limits").raise_for_status().json()
    return told["DailyApiRequests"]["Remaining"], told["DailyBulkV2QueryJobs"]["Remaining"]


def test_the_allowance_shrinks_by_what_is_used_and_comes_back_after_a_day(served: Served) -> None:
    """Each request and each job counts; those of more than 24 hours ago do not."""
    with served.client() as client:
        requests, jobs = left(client)
        bulk_job(client, "SELECT Id FROM Account")
        after = left(client)
        assert after[1] == jobs - 1
        assert after[0] < requests - 2
        client.post("/_demo/advance", json={"by": "1d"}).raise_for_status()
        assert left(client) == (999_999, 10_000)


def test_a_spent_allowance_refuses_in_salesforce_s_words(served: Served) -> None:
    """403 REQUEST_LIMIT_EXCEEDED, until the day has passed."""
    with served.client() as client:
        client.post("/_demo/spend", json={"requests": 1_000_000}).raise_for_status()
        answer = client.get(f"{DATA}/sobjects")
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
        client.post("/_demo/advance", json={"by": "1d"}).raise_for_status()
        assert client.get(f"{DATA}/sobjects").status_code == 200


def test_an_object_that_bulk_does_not_serve_is_refused(served: Served) -> None:
    """INVALIDENTITY, and REST has its rows."""
    with served.client() as client:
        wish = {"operation": "queryAll", "query": "SELECT Id FROM TaskStatus"}
        answer = client.post(f"{DATA}/jobs/query", json=wish)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDENTITY")
        assert len(query_all(client, "SELECT Id, ApiName, IsClosed FROM TaskStatus")) == 5
