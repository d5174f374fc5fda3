"""The demo company's REST side over HTTP, as extractors and careless people use it."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.demo_server import DATA, Served, query_all, serving


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("demo")) as served:
        yield served


@pytest.fixture(name="client")
def _client(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


# ---------- login


def test_login_by_form_and_by_basic(served: Served) -> None:
    """Both ways the client-credentials flow allows."""
    by_form = served.login()
    assert by_form.status_code == 200
    assert by_form.json()["token_type"] == "Bearer"
    assert by_form.json()["instance_url"] == served.url
    pair = (served.credentials["client_id"], served.credentials["client_secret"])
    url = f"{served.url}/services/oauth2/token"
    by_basic = httpx.post(url, data={"grant_type": "client_credentials"}, auth=pair)
    assert by_basic.status_code == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client_id"),
        ({"client_id": "", "client_secret": ""}, "invalid_client_id"),
        ({"client_secret": "ü'\"\x00"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_login_is_refused_as_oauth_says(served: Served, change: dict[str, str], error: str) -> None:
    """400 with error and error_description, and no token."""
    answer = served.login(**change)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert "access_token" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe%%%=&&&=", "application/x-www-form-urlencoded"),
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials&client_id[]=1", "text/plain"),
        (b"a=" + b"x" * 2_000_000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_login_that_makes_no_sense_is_refused(served: Served, content: bytes, kind: str) -> None:
    """400 and JSON, whatever was sent."""
    url = f"{served.url}/services/oauth2/token"
    answer = httpx.post(url, content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "query", ["q=%ff%fe", "q=SELECT%00Id", "q=" + "x" * 50_000, "q=SELECT+Id+FROM+Account&q=SELECT", "", "%%%"]
)
def test_a_query_string_that_makes_no_sense_is_refused(client: httpx.Client, query: str) -> None:
    """400 and MALFORMED_QUERY."""
    answer = client.get(f"{DATA}/query?{query}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_what_is_not_offered_is_not_found(client: httpx.Client, method: str) -> None:
    """An array with NOT_FOUND, no HTML."""
    answer = client.request(method, f"{DATA}/sobjects/Account")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic QTpC"}])
def test_without_a_session_nothing_is_told(served: Served, header: dict[str, str]) -> None:
    """An array with INVALID_SESSION_ID, everywhere below a version."""
    for path in ("/query?q=SELECT+Id+FROM+Account", "/sobjects", "/limits", "/jobs/query", "/nowhere"):
        answer = httpx.get(served.url + DATA + path, headers=header)
        assert answer.status_code == 401
        assert answer.json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_the_credentials_are_for_their_owner_only(served: Served) -> None:
    """The file is readable by its user alone."""
    assert (served.folder / "credentials.json").stat().st_mode & 0o777 == 0o600


# ---------- versions and clock


def test_every_answer_carries_one_date_of_the_virtual_clock(served: Served, client: httpx.Client) -> None:
    """One Date header, whatever was asked."""
    for answer in (client.get(f"{DATA}/limits"), client.get(f"{DATA}/nowhere"), served.login()):
        dates = answer.headers.get_list("date")
        assert [parsedate_to_datetime(date).isoformat() for date in dates] == ["2026-09-10T06:00:00+00:00"]


def test_usage_is_told_and_grows(client: httpx.Client) -> None:
    """Sforce-Limit-Info on every answer below /services/data."""
    told = [client.get(f"{DATA}/limits").headers["sforce-limit-info"] for _ in range(2)]
    used = [int(text.removeprefix("api-usage=").split("/")[0]) for text in told]
    assert used[1] == used[0] + 1


@pytest.mark.parametrize(("version", "status"), [("v30.0", 410), ("v69.0", 404), ("vx", 404), ("v60.0", 200)])
def test_versions(client: httpx.Client, version: str, status: int) -> None:
    """Retired ones answer 410, ones to come 404."""
    assert client.get(f"/services/data/{version}/limits").status_code == status


def test_trailing_slashes_are_borne(client: httpx.Client) -> None:
    """simple-salesforce writes query/ and limits/."""
    assert client.get(f"{DATA}/limits/").status_code == 200
    assert client.get(f"{DATA}/sobjects/").json()["sobjects"]
    assert client.get(f"{DATA}/query/", params={"q": "SELECT Id FROM User"}).status_code == 200
    assert client.get("/services/data/").json()[-1]["version"] == "68.0"


# ---------- query


def test_paging_gives_every_row_once(client: httpx.Client) -> None:
    """Pages of 2,000, or fewer when asked, none lost, none twice."""
    text = "SELECT Id FROM Task"
    first = client.get(f"{DATA}/query", params={"q": text}).json()
    assert len(first["records"]) == 2_000
    assert not first["done"]
    keys = [str(record["Id"]) for record in query_all(client, text)]
    assert len(keys) == len(set(keys)) == first["totalSize"]
    small = client.get(f"{DATA}/query", params={"q": text}, headers={"Sforce-Query-Options": "batchSize=250"}).json()
    assert len(small["records"]) == 250


def test_values_are_typed_as_rest_types_them(client: httpx.Client) -> None:
    """Amounts are numbers, probability a percentage, times with +0000, null where nothing is known."""
    rows = query_all(
        client, "SELECT Id, Amount, Probability, CloseDate, CreatedDate, IsWon, CampaignId FROM Opportunity"
    )
    first = rows[0]
    assert first["attributes"] == {"type": "Opportunity", "url": f"{DATA}/sobjects/Opportunity/{first['Id']}"}
    assert {type(row["Amount"]) for row in rows} <= {float, type(None)}
    assert {row["Probability"] for row in rows} >= {0, 100}
    assert all(isinstance(row["IsWon"], bool) for row in rows)
    datetime.strptime(str(first["CreatedDate"]), "%Y-%m-%dT%H:%M:%S.000+0000")  # noqa: DTZ007
    assert any(row["CampaignId"] is None for row in rows)


def test_filters_agree_with_filtering_afterwards(client: httpx.Client) -> None:
    """Comparisons, IN, LIKE, null and dates."""
    rows = query_all(client, "SELECT Id, StageName, Amount, CloseDate, OwnerId FROM Opportunity")

    def count(where: str) -> int:
        q = f"SELECT COUNT() FROM Opportunity WHERE {where}"
        size: int = client.get(f"{DATA}/query", params={"q": q}).raise_for_status().json()["totalSize"]
        return size

    assert count("StageName = 'closed won'") == sum(r["StageName"] == "Closed Won" for r in rows)
    assert count("StageName != 'Closed Won'") == sum(r["StageName"] != "Closed Won" for r in rows)
    assert count("StageName IN ('Proposal', 'Negotiation')") == sum(
        r["StageName"] in ("Proposal", "Negotiation") for r in rows
    )
    assert count("StageName NOT IN ('Proposal')") == sum(r["StageName"] != "Proposal" for r in rows)
    assert count("StageName LIKE 'Closed%'") == sum(str(r["StageName"]).startswith("Closed") for r in rows)
    assert count("Amount = null") == sum(r["Amount"] is None for r in rows)
    assert count("Amount > 50000.5") == sum(isinstance(a := r["Amount"], float) and a > 50000.5 for r in rows)
    assert count("CloseDate >= 2026-01-01 AND CloseDate < 2026-07-01") == sum(
        "2026-01-01" <= str(r["CloseDate"]) < "2026-07-01" for r in rows
    )
    assert count("NOT (StageName = 'Closed Won' OR Amount = null)") == sum(
        r["StageName"] != "Closed Won" and r["Amount"] is not None for r in rows
    )
    owner = str(rows[0]["OwnerId"])
    assert (
        count(f"OwnerId = '{owner}'") == count(f"OwnerId = '{owner[:15]}'") == sum(r["OwnerId"] == owner for r in rows)
    )


def test_order_limit_and_offset(client: httpx.Client) -> None:
    """Nulls first when ascending, last when descending, as Salesforce orders."""
    rows = query_all(client, "SELECT Amount FROM Opportunity ORDER BY Amount DESC NULLS LAST, Id")
    known = [row["Amount"] for row in rows if row["Amount"] is not None]
    assert known == sorted(known, key=lambda amount: -float(str(amount)))
    assert rows[-1]["Amount"] is None
    part = query_all(client, "SELECT Amount FROM Opportunity ORDER BY Amount DESC NULLS LAST, Id LIMIT 3 OFFSET 2")
    assert [row["Amount"] for row in part] == [row["Amount"] for row in rows[2:5]]


def test_deleted_rows_only_when_asked_for(client: httpx.Client) -> None:
    """query hides them, queryAll and ALL ROWS show them, `deleted` names those of the last days."""
    text = "SELECT Id, IsDeleted, SystemModstamp FROM Opportunity"
    alive, everything = query_all(client, text), query_all(client, text, "queryAll")
    gone = [row for row in everything if row["IsDeleted"]]
    assert len(alive) + len(gone) == len(everything)
    assert gone
    assert len(query_all(client, text + " ALL ROWS")) == len(everything)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY"),
        ("SELECT Nope__c FROM Account", "INVALID_FIELD"),
        ("SELECT Owner.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE Amount = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE IsWon = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 99999999999999999999999", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_bad_queries_are_refused_in_salesforces_words(client: httpx.Client, text: str, code: str) -> None:
    """400 and an array with errorCode and message."""
    answer = client.get(f"{DATA}/query", params={"q": text})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert answer.json()[0]["message"]


def test_fields_all_up_to_200_rows(client: httpx.Client) -> None:
    """FIELDS(ALL) has the custom fields, FIELDS(STANDARD) not."""
    everything = query_all(client, "SELECT FIELDS(ALL) FROM Opportunity LIMIT 200")[0]
    standard = query_all(client, "SELECT FIELDS(STANDARD) FROM Opportunity LIMIT 1")[0]
    assert "Competitor__c" in everything
    assert "Competitor__c" not in standard


@pytest.mark.parametrize("locator", ["nothing", "01g000000000000AAA-2000", "01g-x", "%00"])
def test_a_cursor_nobody_gave_is_refused(client: httpx.Client, locator: str) -> None:
    """INVALID_QUERY_LOCATOR, no crash."""
    answer = client.get(f"{DATA}/query/{locator}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


# ---------- describe, records


def test_describe_tells_every_field_and_each_can_be_queried(client: httpx.Client) -> None:
    """All objects, all fields, with the ids' prefixes."""
    for listed in client.get(f"{DATA}/sobjects").json()["sobjects"]:
        told = client.get(listed["urls"]["describe"]).json()
        names = [field["name"] for field in told["fields"]]
        rows = query_all(client, f"SELECT {', '.join(names)} FROM {listed['name']} LIMIT 5")
        assert rows
        assert all(str(row["Id"]).startswith(told["keyPrefix"]) for row in rows)


def test_one_record(client: httpx.Client) -> None:
    """By its id; a wrong one is 404, no id at all 400."""
    row = query_all(client, "SELECT Id, Name FROM Account LIMIT 1")[0]
    assert client.get(f"{DATA}/sobjects/Account/{row['Id']}").json()["Name"] == row["Name"]
    assert client.get(f"{DATA}/sobjects/Account/{row['Id']}?fields=Id,Name").json()["Name"] == row["Name"]
    assert client.get(f"{DATA}/sobjects/Account/0015g00000zzzzzAAA").status_code == 404
    assert client.get(f"{DATA}/sobjects/Account/' OR Id != '").status_code == 400
    assert client.get(f"{DATA}/sobjects/Nothing/describe").status_code == 404


def test_hostile_names_survive_json(client: httpx.Client) -> None:
    """Quotes, line breaks, emoji, lookalikes of null; no NUL in JSON."""
    names = {str(row["Name"]) for row in query_all(client, "SELECT Name FROM Account")}
    assert 'Quote "Unquote" Foods' in names
    assert not any("\x00" in name for name in names)
