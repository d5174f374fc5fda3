"""The tables of schema `ops`: what the warehouse knows of its own work. Alembic makes them (`attain/migrations`)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(schema="ops")


def _time(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.func.now() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable and not now, server_default=default)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


company = sa.Table("company", metadata, sa.Column("name", sa.Text, primary_key=True), _time("created_at", now=True))

lease = sa.Table(
    "lease",
    metadata,
    sa.Column(
        "id", sa.Integer, sa.CheckConstraint("id = 1", name="lease_is_one_row"), primary_key=True, autoincrement=False
    ),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("run_id", sa.BigInteger),
    sa.Column("holder", sa.Text),
    _time("taken_at"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _time("as_of"),
    sa.Column("token", sa.BigInteger, nullable=False),
    _time("started_at", now=True),
    _time("ended_at"),
    sa.Column("fingerprint", sa.Text),
    sa.Column("full_refresh", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("published_at"),
    sa.Column("error", sa.Text),
    sa.Column("trigger", sa.Text),
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.CheckConstraint("state in ('running', 'failed', 'published', 'superseded')", name="runs_state_is_known"),
)

run_steps = sa.Table(
    "run_steps",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    _time("started_at", now=True),
    _time("ended_at"),
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
)

loads = sa.Table(
    "loads",
    metadata,
    sa.Column("load_id", sa.BigInteger, primary_key=True),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    _time("started_at", now=True),
    _time("committed_at"),
    _time("extracted_until"),
    *(_count(f"rows_{what}") for what in ("in", "inserted", "updated", "unchanged", "deleted", "stale", "rejected")),
    sa.Column("published_run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id)),
    sa.Index("loads__unpublished", "load_id", postgresql_where=sa.text("published_run_id is null")),
    sa.Index("loads__run", "run_id"),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("cursor", JSONB, nullable=False),
    _time("updated_at", now=True),
    sa.Column("load_id", sa.BigInteger),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("quarantine_id", sa.BigInteger, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id), nullable=False),
    sa.Column("load_id", sa.BigInteger),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("row_key", sa.Text),
    sa.Column("source_file", sa.Text),
    sa.Column("row_number", sa.BigInteger),
    sa.Column("column_name", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("row", JSONB),
    _time("found_at", now=True),
    _time("resolved_at"),
    sa.Column("resolution", sa.Text),
    sa.Column("resolved_run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id)),
    sa.CheckConstraint("stage in ('raw', 'staging')", name="quarantine_stage_is_known"),
    sa.CheckConstraint("resolution in ('returned', 'released', 'discarded')", name="quarantine_resolution_is_known"),
)
sa.Index(
    "quarantine__open",
    quarantine.c.stage,
    quarantine.c.table_name,
    quarantine.c.account,
    sa.text("coalesce(row_key, (source_file || ':') || row_number)"),
    quarantine.c.rule,
    unique=True,
    postgresql_where=sa.text("resolved_at is null"),
)

schema_changes = sa.Table(
    "schema_changes",
    metadata,
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("column_name", sa.Text, nullable=False),
    sa.Column("change", sa.Text, nullable=False),
    _time("at", now=True),
    sa.Column("load_id", sa.BigInteger),
)

validation_results = sa.Table(
    "validation_results",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("check_name", sa.Text, nullable=False),
    sa.Column("expectation", sa.Text),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("success", sa.Boolean, nullable=False),
    sa.Column("rows_checked", sa.BigInteger),
    sa.Column("rows_failed", sa.BigInteger),
    sa.Column("row_keys", JSONB),
    sa.Column("observed", sa.Text),
    sa.Column("message", sa.Text),
    sa.Column("what_to_do", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("seconds", sa.Float),
    _time("checked_at", now=True),
    sa.Column("measured", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.CheckConstraint("severity in ('critical', 'quarantine', 'warn')", name="validation_results_severity_is_known"),
    sa.Index("validation_results__run", "run_id", "stage"),
)

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("publication_id", sa.BigInteger, primary_key=True),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(runs.c.run_id), nullable=False),
    _time("as_of"),
    _time("published_at", now=True),
    sa.Column("seconds", sa.Float),
)

publication_tables = sa.Table(
    "publication_tables",
    metadata,
    sa.Column("publication_id", sa.BigInteger, sa.ForeignKey(publications.c.publication_id), primary_key=True),
    sa.Column("table_name", sa.Text, primary_key=True),
    _count("rows_total"),
    _count("rows_inserted"),
    _count("rows_updated"),
    _count("rows_deleted"),
    sa.Column("seconds", sa.Float),
)
