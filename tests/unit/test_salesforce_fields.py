"""From an org's description to what is asked for."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from attain.errors import SourceError, SourceRefused
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE
from extract.salesforce.fields import Ask, ask, field_type
from extract.salesforce.objects import OBJECTS, raw_name


def described(*fields: Any) -> Any:
    standard = [{"name": "Id", "type": "id"}, {"name": "SystemModstamp", "type": "datetime"}]
    return {"fields": [*standard, *fields]}


def asked(*fields: Any) -> Ask:
    return ask("Opportunity", OBJECTS["Opportunity"], described(*fields))


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ({"type": "currency", "scale": 2, "precision": 18}, MONEY), ({"type": "percent", "scale": 2}, RATE),
        ({"type": "double", "scale": 0, "precision": 18}, WHOLE), ({"type": "double", "scale": 2, "precision": 18}, MONEY),
        ({"type": "double", "scale": 8, "precision": 16}, RATE), ({"type": "double", "scale": 8, "precision": 18}, MONEY),
        ({"type": "int"}, WHOLE), ({"type": "boolean"}, FLAG), ({"type": "date"}, DATE), ({"type": "datetime"}, TIME),
        ({"type": "picklist"}, TEXT), ({"type": "multipicklist"}, TEXT), ({"type": "reference"}, TEXT), ({"type": "url"}, TEXT),
        ({"type": "textarea"}, TEXT), ({"type": "time"}, TEXT), ({"type": "unheard of"}, TEXT),
    ],
)  # fmt: skip
def test_a_field_has_the_type_it_is_described_with(field: dict[str, Any], kind: pa.DataType) -> None:
    """Money, rates, whole numbers, dates, times, flags; everything else is text."""
    assert field_type(field) == kind


def test_only_what_is_there_is_asked_for() -> None:
    """Our columns all stay, the query names those that the org has."""
    found = asked({"name": "Amount", "type": "currency"})
    assert list(found.fields.values()) == ["Id", "Amount", "SystemModstamp"]
    assert found.table.schema.names == OBJECTS["Opportunity"].schema.names


def test_custom_fields_come_along() -> None:
    """Typed and named in snake_case; blobs, compounds, hidden and standard fields that are not ours stay out."""
    found = asked(
        {"name": "Deal_Score__c", "type": "double", "scale": 1, "label": "Deal score"}, {"name": "Map__c", "type": "location"},
        {"name": "File__c", "type": "base64"}, {"name": "Old__c", "type": "string", "deprecatedAndHidden": True},
        {"name": "Fiscal", "type": "string"}, {"name": "Mail__c", "type": "email"}, {"name": "Map__Latitude__s", "type": "double"},
    )  # fmt: skip
    added = found.table.columns[len(OBJECTS["Opportunity"].columns) :]
    assert [(c.name, c.type, c.personal, c.description) for c in added] == [
        ("deal_score__c", MONEY, False, "Deal score"), ("mail__c", TEXT, True, ""), ("map__latitude__s", WHOLE, False, ""),
    ]  # fmt: skip


def test_a_field_we_name_ourselves_is_not_added_twice() -> None:
    """`Loss_Reason__c` is one of ours."""
    found = asked({"name": "Loss_Reason__c", "type": "picklist"})
    assert found.table == OBJECTS["Opportunity"]
    assert found.fields["loss_reason__c"] == "Loss_Reason__c"


def test_names_that_fall_together_stay_apart() -> None:
    """`DealScore__c` and `Deal_Score__c` are two fields, and a name is never cut by PostgreSQL."""
    long = "Ab" * 30 + "__c"
    found = asked(*({"name": name, "type": "string"} for name in ("DealScore__c", "Deal_Score__c", long)))
    added = {column: api for column, api in found.fields.items() if column.endswith("__c")}
    assert added == {long.lower(): long, "dealscore__c": "DealScore__c", "deal_score__c": "Deal_Score__c"}
    assert set(added) <= set(found.table.schema.names)


def test_the_window_is_half_open() -> None:
    """In UTC, to the millisecond, with no lower bound the first time."""
    found = asked()
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert (
        found.query(None, until)
        == "SELECT Id, SystemModstamp FROM Opportunity WHERE SystemModstamp < 2026-01-02T00:00:00.000Z"
    )
    assert "SystemModstamp >= 2026-01-01T00:00:00.000Z AND" in found.query(since, until)


def test_history_goes_by_its_creation() -> None:
    """OpportunityFieldHistory has no SystemModstamp."""
    fields = [{"name": "Id", "type": "id"}, {"name": "CreatedDate", "type": "datetime"}]
    found = ask("OpportunityFieldHistory", OBJECTS["OpportunityFieldHistory"], {"fields": fields})
    assert found.query(None, datetime(2026, 1, 2, tzinfo=UTC)).endswith("WHERE CreatedDate < 2026-01-02T00:00:00.000Z")


def test_an_object_that_hides_its_clock_is_refused() -> None:
    """Without SystemModstamp nothing could be told new from old."""
    with pytest.raises(SourceRefused, match="SystemModstamp"):
        ask("Opportunity", OBJECTS["Opportunity"], {"fields": [{"name": "Id", "type": "id"}]})


@pytest.mark.parametrize("answer", [{}, {"fields": None}, {"fields": [1]}, {"fields": [{"name": "Id"}]}])
def test_no_description_is_an_error(answer: Any) -> None:
    """Something else answered."""
    with pytest.raises(SourceError, match="describes no object"):
        ask("Opportunity", OBJECTS["Opportunity"], answer)


def test_raw_names_are_one_to_one() -> None:
    """No two of the fields we name fall together."""
    for table in OBJECTS.values():
        assert len({raw_name(column.aliases[0]) for column in table.columns}) == len(table.columns)
