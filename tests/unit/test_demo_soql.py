"""SOQL: what is understood, and what is refused in Salesforce's words."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.soql import Compare, Join, Literal, Not, QueryError, parse


def test_a_whole_query() -> None:
    """Every clause finds its place."""
    query = parse(
        "select Id, Name from Opportunity where (StageName = 'Won' and Amount >= 1.5) or Id in ('a','b') "
        "order by Amount desc nulls last, Id limit 10 offset 5"
    )
    assert query.fields == ("Id", "Name")
    assert query.source == "Opportunity"
    assert isinstance(query.where, Join)
    assert query.where.word == "OR"
    assert [(o.field, o.descending, o.nulls_first) for o in query.order] == [
        ("Amount", True, False),
        ("Id", False, True),
    ]
    assert (query.limit, query.offset) == (10, 5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-09-10T06:00:00Z", datetime(2026, 9, 10, 6, tzinfo=UTC)),
        ("2026-09-10T08:00:00+02:00", datetime(2026, 9, 10, 6, tzinfo=UTC)),
        ("2026-09-10T08:00:00.000 02:00", datetime(2026, 9, 10, 6, tzinfo=UTC)),
        ("null", None), ("TRUE", True), ("-3", -3), ("2.50", 2.5), ("'it\\'s\\n'", "it's\n"), ("''", ""),
    ],
)  # fmt: skip
def test_literals(text: str, value: object) -> None:
    """A plus sign that came as a space (an unencoded URL) is a plus."""
    where = parse(f"SELECT Id FROM Account WHERE X = {text}").where
    assert isinstance(where, Compare)
    assert where.values[0].value == value


def test_not_and_count() -> None:
    """NOT binds to the condition after it; COUNT() has no fields."""
    query = parse("SELECT COUNT() FROM Account WHERE NOT Name LIKE 'A%'")
    assert query.fields == ()
    assert query.where == Not(Compare("Name", "LIKE", (Literal("string", "A%"),)))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "SELECT", "SELECT FROM Account", "SELECT Id", "SELECT Id FROM", "SELECT Id, FROM Account", "DROP TABLE x",
        "SELECT * FROM Account", "SELECT Id FROM Account WHERE", "SELECT Id FROM Account WHERE Name =",
        "SELECT Id FROM Account WHERE Name = 'open", "SELECT Id FROM Account WHERE (Name = 'a'",
        "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "SELECT Id FROM Account LIMIT x",
        "SELECT Id FROM Account LIMIT -1", "SELECT Id FROM Account; DELETE", "SELECT Id FROM Account GROUP BY Id",
        "SELECT Id FROM Account WHERE X = 2026-13-45T00:00:00Z", "SELECT COUNT(), Id FROM Account", "SELECT Id FROM Account)",
        "SELECT Id FROM Account WHERE Id IN ()", "SELECT Id FROM Account WHERE Id = Name", "SELECT Id FROM Account \x00",
    ],
)  # fmt: skip
def test_what_is_no_query_is_malformed(text: str) -> None:
    """Never a crash, always MALFORMED_QUERY."""
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert refused.value.code == "MALFORMED_QUERY"


def test_a_field_twice_is_refused() -> None:
    """As Salesforce does, whatever the case."""
    with pytest.raises(QueryError, match="duplicate field selected"):
        parse("SELECT Id, id FROM Account")


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Nothing but QueryError leaves the parser."""
    for query in (text, f"SELECT Id FROM Account WHERE {text}"):
        with contextlib.suppress(QueryError):
            parse(query)


@given(st.text().filter(lambda text: "\\" not in text and "'" not in text))
def test_quoted_text_comes_through_unchanged(text: str) -> None:
    """Line breaks, emoji and quotes of the other kind."""
    where = parse(f"SELECT Id FROM Account WHERE Name = '{text}'").where
    assert isinstance(where, Compare)
    assert where.values[0].value == text
