"""`mapping.yml`: what it may say, what it refuses in words, what it makes of files."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.errors import SettingsError, UnreadableInput
from extract.files.mapping import document as mapping
from extract.files.mapping.expressions import NotAnExpression, evaluate, parse
from extract.files.parsing.numbers import EXACT
from tests.files import land, put

HEAD = "opportunity_id,stage,close_date\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "acme"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fils: []", r"mapping.yml: `fils` is not a key of this file. Did you mean `files`\? Known keys: time_zone"),
        ("files: [{file: a.csv, template: oportunities}]", r"`files\[1\] \(a.csv\).template`: 'oportunities' is not a template. Did you mean `opportunities`\?"),
        ("files: [{file: a.csv, template: orders, columns: {ordre_date: x}}]", r"'ordre_date' is not a column of orders. Did you mean `order_date`\?"),
        ("files: [{file: a.csv, template: orders, delimeter: ;}]", r"`files\[1\] \(a.csv\).delimeter` is not a key of this file. Did you mean `delimiter`\?"),
        ("files: [{file: a.csv, template: orders, columns: {order_id: {valu: x}}}]", r"must be a column name, a number, an expression, or one of {value: ..}"),
        ("files: [{template: orders}]", r"`files\[1\].file`: is missing"),
        ("time_zone: Europe/Berln", r"'Europe/Berln' is not a time zone.*Did you mean `Europe/Berlin`\?"),
        ("decimal: x", r"`decimal` must be '.' or ','; found 'x'"),
        ("date_format: soon", r"'soon' does not say the order"),
        ("encoding: utf-9", r"'utf-9' is not an encoding"),
        ("max_rejected: 5", r"`max_rejected`"),
        ("stages: [", r"mapping.yml line 1"),
        ("just text", r"expected lines of `key: value`"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_says_why(folder: Path, text: str, message: str) -> None:
    """File, key, what is allowed, and the nearest known word."""
    put(folder, mapping__yml=text)
    with pytest.raises(SettingsError, match=message):
        mapping.load(folder)


def test_files_may_be_a_list_or_keyed_by_name(folder: Path) -> None:
    """Both ways of writing say the same; one file may fill several templates."""
    put(
        folder,
        mapping__yml="files:\n  a.csv:\n    - {template: orders}\n    - {template: accounts}\n  b.csv: {template: leads}\n",
    )
    assert [(f.file, f.template) for f in mapping.load(folder).files] == [
        ("a.csv", "orders"),
        ("a.csv", "accounts"),
        ("b.csv", "leads"),
    ]


def test_the_company_is_named_by_the_mapping_or_the_folder(folder: Path) -> None:
    """`company:` wins over the folder's name."""
    assert mapping.company_name(folder) == "acme"
    put(folder, mapping__yml="company: other\n")
    assert mapping.company_name(folder) == "other"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("{amount: Betrag}", r"`amount: Betrag`|no column `Betrag`"),
        (
            "{amount: Valeu}",
            r"no column `Valeu`. Did you mean `Value`\? It has: opportunity_id, stage, close_date, Value",
        ),
        ("{amount: Value *}", r"`amount: Value \*` is neither a column nor an expression"),
        ("{amount: {file: x.csv, match: stage, take: y}}", r"looks up x.csv, which is not in the folder"),
        (
            "{amount: {file: z.csv, match: stage, take: y}}",
            r"z.csv: several rows per stage for `amount`: 1 keys have several values.*pick: first",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_the_file_says_so(folder: Path, columns: str, message: str) -> None:
    """A column, file or key that is not there stops the file and shows what is."""
    put(folder, a__csv=HEAD.replace("\n", ",Value\n") + "1,Won,2026-01-01,5\n", z__csv="stage,y\nWon,1\nWon,2\n")
    put(folder, mapping__yml=f"files: [{{file: a.csv, template: opportunities, columns: {columns}}}]")
    with pytest.raises(UnreadableInput, match=message):
        land(folder)


@pytest.mark.parametrize("day", ["2026-03-04", "{value: 2026-03-04}", "{first_of: [stage_date, 2026-03-04]}"])
def test_a_day_may_be_written_as_it_is(folder: Path, day: str) -> None:
    """YAML reads it as a date, we as that day."""
    put(folder, a__csv="opportunity_id,stage,stage_date\n1,Won,\n")
    put(folder, mapping__yml=f"files: [{{file: a.csv, template: opportunities, columns: {{close_date: {day}}}}}]")
    assert land(folder)["opportunities"][0]["close_date"] == date(2026, 3, 4)
    put(folder, mapping__yml="files: [{file: a.csv, template: opportunities, columns: {close_date: '2026-03-04'}}]")
    with pytest.raises(UnreadableInput, match=r"it names no column.*{value: 2026-03-04}"):
        land(folder)


def test_one_flat_file_fills_several_templates(folder: Path) -> None:
    """An order list with headers, lines, customers and products on each row: each counts once."""
    put(
        folder,
        superstore__csv="Row ID,Order ID,Order Date,Customer ID,Customer Name,Segment,Product ID,Product Name,Category,Sales,Quantity,Discount,Profit\n"
        "1,CA-1,11/8/2016,CG,Claire,Consumer,P1,Chair,Furniture,261.96,2,0,41.9136\n2,CA-1,11/18/2016,CG,Claire,Consumer,P2,Desk,Furniture,80,3,0.2,20\n"
        "3,CA-1,11/8/2016,CG,Claire,Consumer,P1,Chair,Furniture,10,1,0,1\n".replace("11/18/2016", "11/8/2016") + "4,CA-2,11/18/2016,DV,Darrin,Corporate,P1,Chair,Furniture,5,1,0,1\n",
        mapping__yml="""
files:
  superstore.csv:
    - {template: orders}
    - {template: accounts}
    - {template: products}
    - template: order_lines
      columns: {order_line_id: Row ID, amount: Sales, list_amount: Sales / (1 - Discount), cost_amount: Sales - Profit}
""",
    )  # fmt: skip
    landed = land(folder)
    assert {name: len(rows) for name, rows in landed.items()} == {
        "rejected": 0,
        "accounts": 2,
        "orders": 2,
        "order_lines": 4,
        "products": 2,
    }
    assert [(x["list_amount"], x["cost_amount"]) for x in landed["order_lines"][:2]] == [
        (Decimal("261.96"), Decimal("220.0464")),
        (100, 60),
    ]


def test_a_pipeline_of_names_only(folder: Path) -> None:
    """Agents, managers, accounts, parents and products by name meet in one company."""
    put(
        folder,
        sales_pipeline__csv="opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "1,Moses Frase,GTX,Cancity,Won,2016-10-20,2017-03-01,1054.0\n2,Anna Snelling,MG,Bioholding,Prospecting,,,\n",
        accounts__csv="account,sector,revenue,employees,subsidiary_of\nCancity,retail,718.62,2448,Isdom\nIsdom,medical,3178.24,4540,\n",
        products__csv="product,series,sales_price\nGTX,GTX,1096\n",
        sales_teams__csv="sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\nMoses Frase,Dustin Brinkmann,Central\n",
        mapping__yml="""
files:
  - file: sales_pipeline.csv
    template: opportunities
    columns: {created_at: engage_date, close_date: {first_of: [close_date, engage_date, 2017-12-31]}}
  - file: sales_pipeline.csv
    template: opportunity_lines
    where: {deal_stage: Won}
    columns: {amount: close_value}
  - {file: sales_teams.csv, template: reps, columns: {region: regional_office}}
  - {file: accounts.csv, template: accounts, columns: {annual_revenue: revenue * 1000000}}
""",
    )  # fmt: skip
    landed = land(folder)
    assert [(d["owner_id"], d["account_id"], d["close_date"]) for d in landed["opportunities"]] == [
        ("name:moses frase", "name:cancity", date(2017, 3, 1)), ("name:anna snelling", "name:bioholding", date(2017, 12, 31)),
    ]  # fmt: skip
    assert {r["rep_id"]: r["manager_id"] for r in landed["reps"]} == {
        "name:anna snelling": "name:dustin brinkmann", "name:moses frase": "name:dustin brinkmann", "name:dustin brinkmann": None,
    }  # fmt: skip
    assert {a["account_id"]: a["parent_account_id"] for a in landed["accounts"]} == {
        "name:cancity": "name:isdom",
        "name:isdom": None,
        "name:bioholding": None,
    }
    assert [(x["product_id"], x["amount"]) for x in landed["opportunity_lines"]] == [("name:gtx", 1054)]
    assert landed["accounts"][0]["annual_revenue"] == 718620000


def test_a_file_that_the_mapping_names_must_be_there(folder: Path) -> None:
    """Else a full load would lose it unnoticed."""
    put(folder, deals__csv=HEAD, mapping__yml="files: [{file: gone.csv, template: orders}]")
    with pytest.raises(UnreadableInput, match=r"names gone.csv, which is not in the folder \(deals.csv\)"):
        land(folder)


def test_every_form_of_value(folder: Path) -> None:
    """Constants, narrowed and translated columns, first of, joined, looked up over two files, expressions."""
    put(
        folder,
        export__csv="Ref,Phase,When,Qty,[Unit] Price,Who,Kind,Cust,Alt,Old\n"
        "1,Signed,04/30/26,3,2.50,003A,New ,C1,,x\n2,open,05/01/26,2,1.25,00QB,Renewal,C2,C1,\n3,,06/01/26,1,1.00,003C,Spam,C9,,y\n",
        customers__csv="cid,seg\nC1,S1\nC2,S2\n",
        segments__csv="sid,label\nS1,Enterprise\nS2,SMB\n",
        mapping__yml="""
files:
  - file: export.csv
    template: opportunities
    where: {Kind: {not: Spam}}
    define: {net: "Qty * [[Unit] Price]"}
    columns:
      opportunity_id: {join: [Ref, Cust], with: /}
      stage: {column: Phase, map: {signed: Closed Won}, default: New}
      close_date: When
      amount: Qty * price
      currency_code: {value: EUR}
      campaign_id: {column: Who, starts_with: "003"}
      is_won: {column: Phase, equals: [Signed, Won]}
      account_id: {first_of: [Alt, Cust]}
      forecast_category: {file: customers.csv, match: {Cust: cid}, take: {file: segments.csv, match: {seg: sid}, take: label}}
      probability: 50
      next_step: null
""".replace("Qty * price", "Qty * [Price]").replace('    define: {net: "Qty * [[Unit] Price]"}\n', '    define: {Price: "[Unit] Price"}\n'),
    )  # fmt: skip
    deals = land(folder)["opportunities"]
    assert [
        (
            d["opportunity_id"],
            d["stage"],
            d["close_date"],
            d["amount"],
            d["currency_code"],
            d["campaign_id"],
            d["is_won"],
            d["account_id"],
            d["forecast_category"],
        )
        for d in deals
    ] == [
        ("1/C1", "Closed Won", date(2026, 4, 30), Decimal("7.5"), "EUR", "003A", True, "C1", "Enterprise"),
        ("2/C2", "open", date(2026, 5, 1), Decimal("2.5"), "EUR", None, False, "C1", "SMB"),
    ]
    assert [d["probability"] for d in deals] == [50, 50]


def test_a_link_table_gives_deals_their_account(folder: Path) -> None:
    """As HubSpot exports associations; where a deal has several, the mapping says which."""
    put(
        folder,
        deal__csv="deal_id,dealname,stage,closedate\n1,A,won,2026-01-01\n2,B,won,2026-01-01\n3,C,won,2026-01-01\n",
        deal_company__csv="deal_id,company_id,category\n1,77,primary\n1,78,other\n2,79,primary\n",
        mapping__yml="""
files:
  - file: deal.csv
    template: opportunities
    columns:
      opportunity_id: deal_id
      opportunity_name: dealname
      account_id: {file: deal_company.csv, match: deal_id, take: company_id, where: {category: primary}}
""",
    )
    assert [d["account_id"] for d in land(folder)["opportunities"]] == ["77", "79", None]


def test_long_form_history_with_values_after_only(folder: Path) -> None:
    """As HubSpot's property history: fields by name, the value before is that of the change before."""
    put(
        folder,
        deal_property_history__csv="deal_id,timestamp,name,value\n1,2026-01-01T00:00:00Z,dealstage,new\n1,2026-01-03T00:00:00Z,dealstage,won\n"
        "1,2026-01-02T00:00:00Z,amount,1200.50\n1,2026-01-02T00:00:00Z,hs_object_id,1\n1,2026-01-02T00:00:00Z,closedate,1767312000000\n",
        mapping__yml="""
files:
  - file: deal_property_history.csv
    template: opportunity_history
    form: long
    fields: {dealstage: stage, amount: amount, closedate: close_date}
    columns: {opportunity_id: deal_id, changed_at: timestamp, field: name, new_value: value}
""",
    )  # fmt: skip
    rows = land(folder)["opportunity_field_history"]
    assert [(r["field"], r["old_value"], r["new_value"], r["changed_at"]) for r in rows] == [
        ("stage", None, "new", datetime(2026, 1, 1, tzinfo=UTC)),
        ("stage", "new", "won", datetime(2026, 1, 3, tzinfo=UTC)),
        ("amount", None, "1200.5", datetime(2026, 1, 2, tzinfo=UTC)),
        ("close_date", None, "2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    ]


def test_a_column_per_month_becomes_a_row_per_month(folder: Path) -> None:
    """Quotas as spreadsheets keep them; empty months are no quotas, a total column is not named."""
    put(folder, quotas__csv="Salesperson,Jan 2026,Feb 2026,Total\nAnn,1000,1500.5,2500.5\nBen,,900,900\n")
    entry = "files: [{file: quotas.csv, template: quotas, unpivot: {columns: ['* 2026'], name: Month, value: Quota}}]"
    put(folder, mapping__yml=entry)
    assert [(q["rep_id"], q["period_start"], q["quota_amount"], q["_origin"]) for q in land(folder)["quotas"]] == [
        ("name:ann", date(2026, 1, 1), 1000, "quotas.csv:2"),
        ("name:ann", date(2026, 2, 1), Decimal("1500.5"), "quotas.csv:2"),
        ("name:ben", date(2026, 2, 1), 900, "quotas.csv:3"),
    ]
    put(folder, mapping__yml=entry.replace("* 2026", "* 2027"))
    with pytest.raises(UnreadableInput, match=r"no column is called so. It has: Salesperson, Jan 2026"):
        land(folder)


def test_formats_per_file_and_column(folder: Path) -> None:
    """A file's word goes before that of all files; a column's before both."""
    put(
        folder,
        deals__csv='Deal ID,Stage,Close Date,Created,Amount\n1,Won,03/04/26,03/04/26,"1,234"\n',
        mapping__yml="""
time_zone: America/New_York
decimal: "."
files:
  - file: deals.csv
    template: opportunities
    decimal: ","
    date_format: {close_date: DD/MM/YY, created_at: MM/DD/YY}
    columns: {created_at: Created}
""",
    )  # fmt: skip
    (deal,) = land(folder)["opportunities"]
    assert (deal["close_date"], deal["created_at"]) == (date(2026, 4, 3), datetime(2026, 3, 4, 5, tzinfo=UTC))
    assert deal["amount"] == Decimal("1.234")


NUMBERS = st.decimals(min_value=-(10**6), max_value=10**6, places=4, allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=20))
def test_expressions_are_exact(rows: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    """The arithmetic is that of decimals, to the last digit of twelve."""
    columns = {
        name: pa.array(values, pa.decimal128(24, 4)).cast(EXACT)
        for name, values in zip("abc", zip(*rows, strict=True), strict=True)
    }
    result = evaluate(parse("a * b - (c + 2) * a"), lambda name: columns[name], len(rows)).to_pylist()
    assert result == [a * b - (c + 2) * a for a, b, c in rows]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2 / 2", "1.75"),
        ("1 - 2 - 3", "-4"),
        ("-2 * 3", "-6"),
        ("1 / 0", None),
        ("2 / 3", "0.666666666667"),
    ],
)
def test_precedence_and_division(text: str, value: str | None) -> None:
    """As in arithmetic; nothing divided by zero."""
    (result,) = evaluate(parse(text), lambda _: pa.array([], EXACT), 1).to_pylist()
    assert result == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["a b", "(a", "1 +", "a $ b", "", "*", "a)"])
def test_what_is_no_expression(text: str) -> None:
    """Refused, with the place."""
    with pytest.raises(NotAnExpression, match="is not an expression"):
        parse(text)
