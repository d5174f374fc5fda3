"""The SQL carries: the same project on DuckDB makes the tables that PostgreSQL makes."""

from collections.abc import Iterator

import duckdb
import pytest

from tests import duckdb_build
from tests.duckdb_build import Twin
from tests.library import Library
from tests.same_tables import Model

pytestmark = pytest.mark.timeout(600)  # whichever comes first builds the library


@pytest.fixture(scope="module")
def twin(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Twin:
    """The books of the library, built once more."""
    return duckdb_build.build(
        library.database, duckdb_build.last_run(library.database), tmp_path_factory.mktemp("duckdb")
    )


@pytest.fixture
def duck(twin: Twin) -> Iterator[duckdb.DuckDBPyConnection]:
    """The twin, for the test to spoil: left as it was."""
    with twin.opened() as connection:
        connection.execute("begin")
        yield connection
        connection.execute("rollback")


def test_every_table_equals_the_one_postgres_built(twin: Twin, duck: duckdb.DuckDBPyConnection) -> None:
    """All layers, row by row: amounts exactly, ratios within 1e-9."""
    told = twin.differences(duck)
    assert told == [], "\n".join(told)


def test_the_tables_hold_something(twin: Twin, duck: duckdb.DuckDBPyConnection) -> None:
    """Two empty warehouses are equal and prove nothing."""
    rows = {
        model.name: duck.execute(f"select count(*) from {model.schema}.{model.name}").fetchall()[0][0]
        for model in twin.models()
        if model.schema == "marts"
    }
    filled = [name for name, count in rows.items() if count]
    assert {"pipeline_deals", "bookings", "kpi_rep_period", "commission_earnings", "people"} <= set(filled)
    assert len(filled) > len(rows) / 2, sorted(set(rows) - set(filled))


def test_a_millionth_of_an_amount_is_a_difference(twin: Twin, duck: duckdb.DuckDBPyConnection) -> None:
    """It is told by table, column, key and both values."""
    duck.execute(f"update marts.bookings set net_amount = net_amount + 0.000001 where {_one(duck, 'net_amount <> 0')}")
    told = twin.differences(duck)
    assert len(told) == 1
    assert told[0].startswith("marts.bookings: 1 rows differ in net_amount\n    booking_key=")
    assert "net_amount here=" in told[0]
    assert "net_amount there=" in told[0]


def test_a_ratio_may_be_a_billionth_apart_and_no_more(twin: Twin, duck: duckdb.DuckDBPyConnection) -> None:
    deals = _model(twin, "marts.pipeline_deals")
    row = "opportunity_key = (select min(opportunity_key) from marts.pipeline_deals where probability > 0)"
    duck.execute(f"update marts.pipeline_deals set probability = probability - 0.000000001 where {row}")
    assert twin.differences_of(duck, deals) == []
    duck.execute(f"update marts.pipeline_deals set probability = probability - 0.000000001 where {row}")
    assert [line.splitlines()[0] for line in twin.differences_of(duck, deals)] == [
        "marts.pipeline_deals: 1 rows differ in probability"
    ]


def test_a_null_a_lost_row_and_a_doubled_one_are_differences(twin: Twin, duck: duckdb.DuckDBPyConnection) -> None:
    deals, history = _model(twin, "marts.pipeline_deals"), _model(twin, "core.opportunity_changes")
    known = "(select min(opportunity_key) from marts.pipeline_deals where source_stage is not null)"
    duck.execute(f"update marts.pipeline_deals set source_stage = null where opportunity_key = {known}")
    duck.execute("create temporary table one as select * from core.opportunity_changes limit 1")
    duck.execute(
        "insert into core.opportunity_changes select * replace (change_number + 1000000 as change_number) from one"
    )
    duck.execute(
        "delete from core.opportunity_changes using one where opportunity_changes.opportunity_key = one.opportunity_key "
        "and opportunity_changes.change_number = one.change_number"
    )
    assert [line.splitlines()[0] for line in twin.differences_of(duck, deals)] == [
        "marts.pipeline_deals: 1 rows differ in source_stage"
    ]
    assert [line.splitlines()[0] for line in twin.differences_of(duck, history)] == [
        "core.opportunity_changes: 1 rows are missing",
        "core.opportunity_changes: 1 rows are too many",
    ]


def _one(duck: duckdb.DuckDBPyConnection, rows: str) -> str:
    key = duck.execute(f"select min(booking_key) from marts.bookings where {rows}").fetchall()[0][0]
    return f"booking_key = '{key}'"


def _model(twin: Twin, name: str) -> Model:
    return next(model for model in twin.models() if f"{model.schema}.{model.name}" == name)
