"""What to ask an org for: our fields as far as it has them, and its own custom fields, typed by `describe`.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/field_types.htm
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from attain.errors import SourceError, SourceRefused
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table
from extract.salesforce.objects import raw_name

log = logging.getLogger("attain.salesforce")

# Bulk queries do not take these: a compound's parts are fields of their own, a blob is no figure.
_LEFT_OUT = frozenset({"address", "location", "base64", "complexvalue"})
_CUSTOM = ("__c", "__pc", "__s")
_PERSONAL = frozenset({"email", "phone", "encryptedstring"})
_TYPES: Mapping[str, pa.DataType] = {
    "boolean": FLAG,
    "int": WHOLE,
    "long": WHOLE,
    "currency": MONEY,
    "percent": RATE,
    "date": DATE,
    "datetime": TIME,
}
# PostgreSQL cuts longer names silently. Such a field, and fields that snake_case makes one (`FooBar__c`, `Foo_Bar__c`),
# are named by their API name in lower case, which Salesforce keeps unique.
_LONGEST_NAME = 63


@dataclass(frozen=True)
class Ask:
    """One object of one org: the table it lands in, and the fields to ask for.

    Args:
        fields: column name -> API name, in the table's order; a column that is not here stays null.
        modstamp: API name of the field by which rows are new.
        tells_deletions: the org says which rows were deleted, and a row's modstamp says whether that was seen.
    """

    object: str
    table: Table
    fields: Mapping[str, str]
    modstamp: str
    tells_deletions: bool = False

    @property
    def ids(self) -> Table:
        """The same table with its key alone."""
        return replace(self.table, columns=tuple(map(self.table.column, self.table.key)), version=None, rules=())

    @property
    def gone(self) -> Table:
        """The same table with its key and its version alone."""
        names = (*self.table.key, self.table.version or "")
        return replace(self.table, columns=tuple(map(self.table.column, names)), rules=())

    def query(self, since: datetime | None, until: datetime) -> str:
        """SOQL for the rows that changed in [since, until); without a lower bound when since is None."""
        lower = f"{self.modstamp} >= {_literal(since)} AND " if since else ""
        names = ", ".join(self.fields.values())
        return f"SELECT {names} FROM {self.object} WHERE {lower}{self.modstamp} < {_literal(until)}"

    def rows_after(self, since: datetime | None, until: datetime, last: tuple[datetime, str] | None, most: int) -> str:
        """The same, in order, after the row of this modstamp and id; at most so many."""
        following = ""
        if last:
            time, key = _literal(last[0]), last[1].replace("'", "")
            following = f" AND ({self.modstamp} > {time} OR ({self.modstamp} = {time} AND Id > '{key}'))"
        return f"{self.query(since, until)}{following} ORDER BY {self.modstamp}, Id LIMIT {most}"

    def ids_after(self, last: str | None, most: int) -> str:
        """SOQL for ids in order, after this one."""
        following = f" WHERE Id > '{last}'" if last else ""
        return f"SELECT Id FROM {self.object}{following} ORDER BY Id LIMIT {most}"


def _literal(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ask(name: str, table: Table, described: Mapping[str, Any]) -> Ask:
    """What to ask an org for, given its description of the object.

    Raises:
        SourceRefused: it hides what no row can do without.
        SourceError: the description is none.
    """
    there = {str(f["name"]): f for f in _described_fields(described, name) if not f.get("deprecatedAndHidden")}
    ours = {column.name: column.aliases[0] for column in table.columns}
    absent = [api for api in ours.values() if api not in there]
    if absent:
        log.info("salesforce.%s: not in this org or not visible, left empty: %s", name, ", ".join(absent))
    modstamp = ours[table.version or "system_modstamp"]
    for needed in ("Id", modstamp):
        if needed in absent:
            raise SourceRefused(
                f"salesforce.{name}: the run-as user does not see {needed}. Nothing of it landed. Grant read access to it."
            )
    custom = _custom_columns(name, there.values(), set(ours.values()), {column.name for column in table.columns})
    fields = {column: api for column, api in ours.items() if api in there}
    fields |= {column.name: column.aliases[0] for column in custom}
    # Without a SystemModstamp a row in the recycle bin would look like one that is gone for good.
    told = described.get("replicateable") is True and modstamp == "SystemModstamp"
    return Ask(name, table.with_columns(custom), fields, modstamp, told)


def _described_fields(described: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    fields = described.get("fields")
    if not isinstance(fields, list) or not all(isinstance(f, dict) and "name" in f and "type" in f for f in fields):
        raise SourceError(
            f"salesforce.{name}: the answer describes no object. Nothing of it landed. Check that the address is the org's "
            "My Domain."
        )
    return fields


def _custom_columns(
    name: str, there: Iterable[Mapping[str, Any]], ours: set[str], taken: set[str]
) -> tuple[Column, ...]:
    custom = {str(f["name"]): f for f in there if str(f["name"]).endswith(_CUSTOM) and f["name"] not in ours}
    left_out = sorted(api for api, described in custom.items() if described["type"] in _LEFT_OUT)
    if left_out:
        log.info("salesforce.%s: compound or binary, left out: %s", name, ", ".join(left_out))
    uses = Counter(raw_name(api) for api in custom) + Counter(taken)
    return tuple(
        Column(
            raw_name(api) if uses[raw_name(api)] == 1 and len(raw_name(api)) <= _LONGEST_NAME else api.lower(),
            field_type(described),
            str(described.get("label") or ""),
            personal=described["type"] in _PERSONAL,
            aliases=(api,),
        )
        for api, described in sorted(custom.items())
        if api not in left_out
    )


def field_type(described: Mapping[str, Any]) -> pa.DataType:
    """The type of a custom field by its description; a double by its scale, whatever is no number or time as text."""
    kind = str(described["type"])
    if kind != "double":
        return _TYPES.get(kind, TEXT)
    scale = int(described.get("scale") or 0)
    if scale == 0:
        return WHOLE
    whole_digits = int(described.get("precision") or 18) - scale
    return RATE if scale > MONEY.scale and whole_digits <= RATE.precision - RATE.scale else MONEY
