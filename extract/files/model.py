"""What reading a folder is made of: a sheet to be read as a template, and its rows once read."""

from dataclasses import dataclass, field

import pyarrow as pa

from attain.table import Table
from extract.files.mapping.document import FileMapping
from extract.files.readers.sheet import Sheet

STAND_INS = {
    ("accounts", "account_id"): "account_name",
    ("reps", "rep_id"): "rep_name",
    ("products", "product_id"): "product_name",
    ("campaigns", "campaign_id"): "campaign_name",
    ("contacts", "contact_id"): "email",
    ("leads", "lead_id"): "email",
    ("quotas", "rep_id"): "rep_name",
    ("plan_assignments", "rep_id"): "rep_name",
    ("opportunity_splits", "rep_id"): "rep_name",
}
"""(template, required id) -> the column whose text serves where there is no id."""

MADE: dict[tuple[str, str], tuple[str, ...]] = {
    ("opportunity_history", "history_id"): ("opportunity_id", "changed_at"),
    ("opportunity_field_history", "history_id"): ("opportunity_id", "changed_at", "field"),
    ("opportunity_lines", "line_id"): ("opportunity_id", "product_id", "product_name"),
    ("opportunity_splits", "split_id"): ("opportunity_id", "rep_id", "rep_name", "split_type"),
    ("order_lines", "order_line_id"): ("order_id", "product_id", "product_name"),
    ("touches", "touch_id"): ("campaign_id", "contact_id", "lead_id", "email", "interaction", "touched_at"),
    ("activities", "activity_id"): (
        "activity_at",
        "activity_type",
        "owner_id",
        "owner_name",
        "account_id",
        "opportunity_id",
        "subject",
    ),
    ("goal_checkins", "checkin_id"): ("goal_id", "planned_date"),
    ("costs", "cost_id"): ("cost_date", "cost_type", "team", "segment", "channel"),
}
"""Ids that are made where the file has none, of rows that nothing else refers to, and the columns they are made of.

Only what a row is about goes into its id, so that a corrected amount changes the row and not its id.
"""


@dataclass(frozen=True)
class Job:
    """A sheet and what it is to be read as; `recognised` by its name, without a mapping."""

    sheet: Sheet
    spec: FileMapping
    recognised: bool


@dataclass
class Rows:
    """A file's rows as a template's columns.

    Args:
        columns: typed, by our names; only those the file gives.
        given: the same as they stood in the file.
        bad: values that could not be read, by our column: where, and the rule they break.
        sources: our column -> what it was read from, for people.
        ignored: headers nothing was read from.
    """

    table: Table
    spec: FileMapping
    sheet: Sheet
    columns: dict[str, pa.Array]
    given: dict[str, pa.Array]
    bad: dict[str, tuple[pa.Array, str]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    max_rejected: float = 0.05
    currencies: dict[str, pa.Array] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return self.table.name.removeprefix("files__")

    @property
    def size(self) -> int:
        return self.sheet.rows

    def column(self, name: str) -> pa.Array:
        """The column, nulls where the file does not give it."""
        found = self.columns.get(name)
        return pa.nulls(self.size, self.table.column(name).type) if found is None else found
