"""Bulk API 2.0 query jobs of the demo company, and faults on demand."""

import csv
import gzip
import io
import time
from collections.abc import Iterator

import httpx
import pyarrow.csv as pc_csv
import pytest

from tests.demo_server import DATA, Served, bulk_job, query_all, serving

JOBS = f"{DATA}/jobs/query"


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("demo"), deals=2_300) as served:
        yield served


@pytest.fixture(name="client")
def _client(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client
        client.delete("/_demo/faults")


def _pages(client: httpx.Client, key: str, size: int) -> list[httpx.Response]:
    pages, locator = [], ""
    while locator != "null":
        answer = client.get(f"{JOBS}/{key}/results", params={"maxRecords": size, "locator": locator}).raise_for_status()
        pages.append(answer)
        locator = answer.headers["sforce-locator"]
    return pages


def _rows(page: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.content.decode(), newline="")))


def test_a_job_goes_through_its_states(client: httpx.Client) -> None:
    """UploadComplete, InProgress, JobComplete; the number of records when done."""
    job = client.post(JOBS, json={"operation": "query", "query": "SELECT Id FROM Account"}).json()
    states = [job["state"]]
    while states[-1] != "JobComplete":
        job = client.get(f"{JOBS}/{job['id']}").json()
        states.append(job["state"])
    assert list(dict.fromkeys(states)) == ["UploadComplete", "InProgress", "JobComplete"]
    assert job["numberRecordsProcessed"] == len(query_all(client, "SELECT Id FROM Account"))
    assert job["object"] == "Account"
    assert job["id"].startswith("750")


def test_pages_add_up_and_repeat(client: httpx.Client) -> None:
    """Header on each page, counts that add up, the locator null at the end, a page the same when read again."""
    key = bulk_job(client, "SELECT Id, Name FROM Account")
    pages = _pages(client, key, 700)
    assert [int(page.headers["sforce-numberofrecords"]) for page in pages] == [len(_rows(page)) for page in pages]
    assert {page.text.splitlines()[0] for page in pages} == {'"Id","Name"'}
    keys = [row["Id"] for page in pages for row in _rows(page)]
    assert len(keys) == len(set(keys)) == client.get(f"{JOBS}/{key}").json()["numberRecordsProcessed"]
    assert len(pages) > 2
    again = client.get(
        f"{JOBS}/{key}/results", params={"maxRecords": 700, "locator": pages[0].headers["sforce-locator"]}
    )
    assert again.content == pages[1].content


def test_result_pages_lead_to_every_row(client: httpx.Client) -> None:
    """Five addresses at a time, together the whole result."""
    key = bulk_job(client, "SELECT Id FROM Account")
    found: list[str] = []
    url = f"{JOBS}/{key}/resultPages?maxRecords=300"
    while url:
        told = client.get(url).raise_for_status().json()
        assert 1 <= len(told["resultPages"]) <= 5
        for page in told["resultPages"]:
            found += [row["Id"] for row in _rows(client.get(page["resultUrl"]))]
        url = told.get("nextRecordsUrl", "")
    assert sorted(found) == sorted(str(row["Id"]) for row in query_all(client, "SELECT Id FROM Account"))


def test_bulk_and_rest_tell_the_same(client: httpx.Client) -> None:
    """Value by value, in each one's way of writing."""
    text = "SELECT Id, Name, Amount, CloseDate, IsWon, CreatedDate, NextStep FROM Opportunity"
    rest = {str(row["Id"]): row for row in query_all(client, text)}
    rows = [row for page in _pages(client, bulk_job(client, text), 5_000) for row in _rows(page)]
    assert len(rows) == len(rest)
    for row in rows:
        other = rest[row["Id"]]
        assert row["Name"].replace("\x00", "") == other["Name"]
        assert (float(row["Amount"]) if row["Amount"] else None) == other["Amount"]
        assert row["CloseDate"] == other["CloseDate"]
        assert row["IsWon"] == str(other["IsWon"]).lower()
        assert row["CreatedDate"].replace("Z", "+0000") == other["CreatedDate"]
        assert (row["NextStep"].replace("\x00", "") or None) == other["NextStep"]


def test_text_that_hurts_comes_through(client: httpx.Client) -> None:
    """Quotes, line breaks, emoji, NUL, lookalikes of null; both our reader and Python's agree."""
    page = client.get(f"{JOBS}/{bulk_job(client, 'SELECT Id, Name FROM Account')}/results")
    names = [row["Name"] for row in _rows(page)]
    assert {"NA", "null", "N/A", 'Quote "Unquote" Foods', "Two\nLines GmbH", "Zero\x00Byte Inc"} <= set(names)
    options = pc_csv.ConvertOptions(strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True)
    parse = pc_csv.ParseOptions(newlines_in_values=True)
    table = pc_csv.read_csv(io.BytesIO(page.content), parse_options=parse, convert_options=options)
    assert table.column("Name").to_pylist() == names


@pytest.mark.parametrize(
    ("wish", "first"),
    [
        ({"columnDelimiter": "TAB"}, '"Id"\t"Name"'),
        ({"columnDelimiter": "SEMICOLON", "lineEnding": "CRLF"}, '"Id";"Name"'),
    ],
)
def test_delimiter_and_line_ending(client: httpx.Client, wish: dict[str, str], first: str) -> None:
    """As the job asked."""
    key = bulk_job(client, "SELECT Id, Name FROM User", **wish)
    text = client.get(f"{JOBS}/{key}/results").content.decode()
    assert text.split("\r\n" if "lineEnding" in wish else "\n")[0] == first


def test_gzip_when_asked_and_plain_when_not(client: httpx.Client) -> None:
    """The same bytes either way."""
    url = f"{JOBS}/{bulk_job(client, 'SELECT Id, Name FROM Account')}/results"
    with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        raw = b"".join(packed.iter_raw())
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content


def test_a_job_is_a_snapshot_of_its_creation(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Time that passes afterwards does not change its pages."""
    with serving(tmp_path_factory.mktemp("demo")) as served, served.client() as client:
        key = bulk_job(client, "SELECT Id FROM Task")
        before = client.get(f"{JOBS}/{key}/results").content
        client.post("/_demo/advance", json={"by": "7d"}).raise_for_status()
        assert client.get(f"{JOBS}/{key}/results").content == before
        assert len(client.get(f"{JOBS}/{bulk_job(client, 'SELECT Id FROM Task')}/results").content) > len(before)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"operation": "query"}, "INVALIDJOB"),
        ({"operation": "insert", "query": "SELECT Id FROM Account"}, "INVALIDJOB"),
        ({"operation": "query", "query": 5}, "INVALIDJOB"),
        ({"operation": "query", "query": "SELECT Id FROM Account", "columnDelimiter": "STAR"}, "INVALIDJOB"),
        ({"operation": "query", "query": "SELECT Id FROM Account", "nope": 1}, "JSON_PARSER_ERROR"),
        ({"operation": "query", "query": "SELECT Nope__c FROM Account"}, "API_ERROR"),
        ({"operation": "query", "query": "SELECT Id FROM"}, "API_ERROR"),
        ({"operation": "query", "query": "SELECT Id FROM Nothing"}, "INVALIDENTITY"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_a_bad_job_is_refused(client: httpx.Client, wish: object, code: str) -> None:
    """400 in an array, nothing made."""
    answer = client.post(JOBS, json=wish)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert client.post(JOBS, content=b"{not json").status_code == 400


def test_results_only_of_a_finished_job_of_this_version(client: httpx.Client) -> None:
    """400 too early, 409 with another version, 404 for a stranger, 400 for an invented locator."""
    key = client.post(JOBS, json={"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
    assert client.get(f"{JOBS}/{key}/results").status_code == 400
    done = bulk_job(client, "SELECT Id FROM Account")
    assert client.get(f"{JOBS}/{done}/results".replace("v68.0", "v67.0")).status_code == 409
    assert client.get(f"{JOBS}/7505g000000zzzzAAA/results").status_code == 404
    for locator in ("%%%", "zzz", "LTU"):
        assert client.get(f"{JOBS}/{done}/results", params={"locator": locator}).status_code == 400
    assert client.get(f"{JOBS}/{done}/results", params={"maxRecords": "-1"}).status_code == 400


def test_abort_and_delete(client: httpx.Client) -> None:
    """An aborted job stays aborted; only ended jobs can be deleted."""
    key = client.post(JOBS, json={"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
    assert client.delete(f"{JOBS}/{key}").status_code == 400
    assert client.patch(f"{JOBS}/{key}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert client.get(f"{JOBS}/{key}").json()["state"] == "Aborted"
    assert client.patch(f"{JOBS}/{key}", json={"state": "Aborted"}).status_code == 400
    assert client.delete(f"{JOBS}/{key}").status_code == 204
    assert client.get(f"{JOBS}/{key}").status_code == 404


# ---------- faults


def _fault(client: httpx.Client, **wish: object) -> None:
    client.post("/_demo/faults", json=wish).raise_for_status()


def test_no_fault_unless_asked_for(client: httpx.Client) -> None:
    """The same request many times, always 200."""
    assert {client.get(f"{DATA}/limits").status_code for _ in range(30)} == {200}


def test_status_fault_strikes_as_often_as_asked(client: httpx.Client) -> None:
    """After `skip` requests, `times` times, on its path alone."""
    _fault(client, kind="status", path="/limits$", status=429, retry_after=7, skip=1, times=2)
    answers = [client.get(f"{DATA}/limits") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "7"
    assert answers[1].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_cut_page_is_a_broken_answer(client: httpx.Client, encoding: str) -> None:
    """The connection ends in the middle; read again, the page is whole."""
    url = f"{JOBS}/{bulk_job(client, 'SELECT Id, Name FROM Account')}/results"
    _fault(client, kind="cut", path="/results", bytes=2_000)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(url, headers={"Accept-Encoding": encoding})
    assert len(_rows(client.get(url))) > 1_000


def test_a_cleanly_cut_page_is_short_of_its_count(client: httpx.Client) -> None:
    """The worst kind: nothing broken but the number of rows."""
    url = f"{JOBS}/{bulk_job(client, 'SELECT Id, Name FROM Account')}/results"
    _fault(client, kind="cut", path="/results", bytes=2_000, clean=True)
    answer = client.get(url, headers={"Accept-Encoding": "identity"})
    assert len(_rows(answer)) < int(answer.headers["sforce-numberofrecords"])


def test_a_session_can_expire_in_the_middle_of_a_job(served: Served, client: httpx.Client) -> None:
    """401, then a new login reads the same job on."""
    key = bulk_job(client, "SELECT Id FROM Account")
    _fault(client, kind="expire", path="/results")
    answer = client.get(f"{JOBS}/{key}/results")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    with served.client() as again:
        assert again.get(f"{JOBS}/{key}/results").status_code == 200


def test_hang_and_failing_job(client: httpx.Client) -> None:
    """An answer that does not come in time; a job that ends Failed with a reason."""
    _fault(client, kind="hang", path="/limits", seconds=3)
    start = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        client.get(f"{DATA}/limits", timeout=0.3)
    assert time.monotonic() - start < 2.9
    _fault(client, kind="job", message="QUERY_TIMEOUT: too slow")
    key = client.post(JOBS, json={"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
    job: dict[str, object] = {}
    while job.get("state") not in {"Failed", "JobComplete"}:
        job = client.get(f"{JOBS}/{key}").json()
    assert (job["state"], job["errorMessage"]) == ("Failed", "QUERY_TIMEOUT: too slow")


def test_an_unknown_fault_is_refused(client: httpx.Client) -> None:
    """400 with the known kinds."""
    answer = client.post("/_demo/faults", json={"kind": "earthquake"})
    assert answer.status_code == 400
    assert "status" in answer.json()["error"]
