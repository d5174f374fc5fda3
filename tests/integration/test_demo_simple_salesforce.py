"""simple-salesforce, unmodified, logs in to the demo company, queries it and reads it in bulk."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from demo import state as states
from demo.running import INTEGRATION_USER
from tests.demo_server import Served, serving


class ToOurServer(HTTPAdapter):
    """Sends whatever goes to https:// to the demo company instead: the client hard-codes its hosts."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = self.base + request.path_url
        return super().send(request, *args, **options)


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("demo")) as served:
        yield served


@pytest.fixture(scope="module", name="salesforce")
def _salesforce(served: Served) -> Salesforce:
    session = requests.Session()
    session.mount("https://", ToOurServer(served.url))
    return Salesforce(
        consumer_key=served.credentials["client_id"], consumer_secret=served.credentials["client_secret"],
        domain="acme.my", session=session, version="68.0",
    )  # fmt: skip


def test_login_by_jwt(served: Served) -> None:
    """With the app's key; the client writes `exp` as text."""
    session = requests.Session()
    session.mount("https://", ToOurServer(served.url))
    assert states.open_state(served.folder).key.key_size == 2048
    salesforce: Any = Salesforce(
        username=INTEGRATION_USER, consumer_key=served.credentials["client_id"],
        privatekey_file=str(served.folder / states.KEY), session=session, version="68.0",
    )  # fmt: skip
    assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] > 0


def test_query_page_by_page(salesforce: Any) -> None:
    """query, query_more and query_all see the same rows."""
    first = salesforce.query("SELECT Id, Subject FROM Task")
    assert not first["done"]
    more = salesforce.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    everything = salesforce.query_all("SELECT Id, Subject FROM Task")
    assert everything["totalSize"] == len(everything["records"]) == first["totalSize"]
    assert everything["records"][len(first["records"])]["Id"] == more["records"][0]["Id"]
    assert sum(1 for _ in salesforce.query_all_iter("SELECT Id FROM Task")) == first["totalSize"]
    deleted = salesforce.query_all("SELECT Id FROM Opportunity", include_deleted=True)
    assert deleted["totalSize"] > salesforce.query_all("SELECT Id FROM Opportunity")["totalSize"]


def test_objects_describe_limits_and_records(salesforce: Any) -> None:
    """What people try first."""
    assert {"Opportunity", "OpportunityFieldHistory"} <= {o["name"] for o in salesforce.describe()["sobjects"]}
    fields = {field["name"] for field in salesforce.Opportunity.describe()["fields"]}
    assert {"Id", "Amount", "Loss_Reason__c"} <= fields
    key = salesforce.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]
    assert salesforce.Account.get(key)["Id"] == key
    assert salesforce.limits()["DailyApiRequests"]["Max"] > 0


def test_bulk2_query(salesforce: Any) -> None:
    """Page after page of CSV, together every row, NUL removed by the client."""
    pages = list(salesforce.bulk2.Account.query("SELECT Id, Name FROM Account", max_records=100))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert len(pages) > 1
    assert len(rows) == salesforce.query("SELECT COUNT() FROM Account")["totalSize"]


def test_bulk2_query_all_and_download(salesforce: Any, tmp_path: Any) -> None:
    """Deleted rows too, and pages to files."""
    rows = [
        row
        for page in salesforce.bulk2.Opportunity.query_all("SELECT Id, IsDeleted FROM Opportunity", wait=0.1)
        for row in csv.DictReader(io.StringIO(page))
    ]
    assert any(row["IsDeleted"] == "true" for row in rows)
    files = salesforce.bulk2.Account.download("SELECT Id FROM Account", path=str(tmp_path), max_records=150, wait=0.1)
    assert (
        sum(found["number_of_records"] for found in files)
        == salesforce.query("SELECT COUNT() FROM Account")["totalSize"]
    )


def test_a_bad_query_is_the_clients_own_exception(salesforce: Any) -> None:
    """The answer's form is what the client expects."""
    with pytest.raises(SalesforceMalformedRequest) as refused:
        salesforce.query("SELECT Id FROM Account WHERE")
    content: Any = refused.value.content
    assert content[0]["errorCode"] == "MALFORMED_QUERY"
