"""The first ops schema: lease, runs, loads, cursors, quarantine, validation results, publications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_CHECK_LEASE = """
create function ops.check_lease(held bigint) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
    -- The share lock makes a run that takes over wait until this transaction has ended.
    perform from ops.lease where id = 1 and token = held for share;
    if not found then
        raise exception 'lease: another run has taken over this company. This transaction wrote nothing. Let the '
            'other run finish, or start anew.' using errcode = 'AT001';
    end if;
end
$$
"""


def upgrade() -> None:
    _runs()
    _loads()
    _quarantine()
    _results()
    op.execute("insert into ops.lease (id, token) values (1, 0)")
    op.execute(_CHECK_LEASE)


def _time(name: str, *, nullable: bool = True, now: bool = False) -> "sa.Column[object]":
    default = sa.func.now() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable and not now, server_default=default)


def _detail() -> "sa.Column[object]":
    return sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))


def _count(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _texts(*names: str, nullable: bool = False) -> "tuple[sa.Column[object], ...]":
    return tuple(sa.Column(name, sa.Text, nullable=nullable) for name in names)


def _of_run(name: str = "run_id", *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.BigInteger, sa.ForeignKey("ops.runs.run_id"), nullable=nullable)


def _runs() -> None:
    op.create_table(
        "company", sa.Column("name", sa.Text, primary_key=True), _time("created_at", now=True), schema="ops"
    )
    op.create_table(
        "lease",
        sa.Column(
            "id",
            sa.Integer,
            sa.CheckConstraint("id = 1", name="lease_is_one_row"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.BigInteger),
        sa.Column("holder", sa.Text),
        _time("taken_at"),
        schema="ops",
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.BigInteger, primary_key=True),
        *_texts("label", "state"),
        _time("as_of"),
        sa.Column("token", sa.BigInteger, nullable=False),
        _time("started_at", now=True),
        _time("ended_at"),
        sa.Column("fingerprint", sa.Text),
        sa.Column("full_refresh", sa.Boolean, nullable=False, server_default=sa.false()),
        _time("published_at"),
        *_texts("error", "trigger", nullable=True),
        _detail(),
        sa.CheckConstraint("state in ('running', 'failed', 'published', 'superseded')", name="runs_state_is_known"),
        schema="ops",
    )
    op.create_table(
        "run_steps",
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("ops.runs.run_id"), primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True),
        *_texts("state"),
        _time("started_at", now=True),
        _time("ended_at"),
        _detail(),
        schema="ops",
    )


def _loads() -> None:
    op.create_table(
        "loads",
        sa.Column("load_id", sa.BigInteger, primary_key=True),
        _of_run(),
        *_texts("source", "account", "table_name", "part", "mode"),
        _time("started_at", now=True),
        _time("committed_at"),
        _time("extracted_until"),
        *(
            _count(f"rows_{what}")
            for what in ("in", "inserted", "updated", "unchanged", "deleted", "stale", "rejected")
        ),
        _of_run("published_run_id", nullable=True),
        schema="ops",
    )
    op.create_index(
        "loads__unpublished", "loads", ["load_id"], schema="ops", postgresql_where=sa.text("published_run_id is null")
    )
    op.create_index("loads__run", "loads", ["run_id"], schema="ops")
    op.create_table(
        "cursors",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("source", "account", "table_name")),
        sa.Column("cursor", JSONB, nullable=False),
        _time("updated_at", now=True),
        sa.Column("load_id", sa.BigInteger),
        schema="ops",
    )
    op.create_table(
        "schema_changes",
        *_texts("table_name", "column_name", "change"),
        _time("at", now=True),
        sa.Column("load_id", sa.BigInteger),
        schema="ops",
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.BigInteger, primary_key=True),
        *_texts("stage"),
        _of_run(),
        sa.Column("load_id", sa.BigInteger),
        *_texts("table_name", "account"),
        *_texts("row_key", "source_file", nullable=True),
        sa.Column("row_number", sa.BigInteger),
        *_texts("column_name", "value", nullable=True),
        *_texts("rule"),
        sa.Column("row", JSONB),
        _time("found_at", now=True),
        _time("resolved_at"),
        *_texts("resolution", nullable=True),
        _of_run("resolved_run_id", nullable=True),
        sa.CheckConstraint("stage in ('raw', 'staging')", name="quarantine_stage_is_known"),
        sa.CheckConstraint(
            "resolution in ('returned', 'released', 'discarded')", name="quarantine_resolution_is_known"
        ),
        schema="ops",
    )
    where = sa.text("coalesce(row_key, (source_file || ':') || row_number)")
    op.create_index(
        "quarantine__open",
        "quarantine",
        ["stage", "table_name", "account", where, "rule"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("resolved_at is null"),
    )


def _results() -> None:
    op.create_table(
        "validation_results",
        _of_run(),
        sa.Column("attempt", sa.Integer, nullable=False),
        *_texts("stage", "table_name", "check_name"),
        *_texts("expectation", nullable=True),
        *_texts("severity"),
        sa.Column("success", sa.Boolean, nullable=False),
        sa.Column("rows_checked", sa.BigInteger),
        sa.Column("rows_failed", sa.BigInteger),
        sa.Column("row_keys", JSONB),
        *_texts("observed", "message", "what_to_do", "owner", nullable=True),
        sa.Column("seconds", sa.Float),
        _time("checked_at", now=True),
        sa.CheckConstraint(
            "severity in ('critical', 'quarantine', 'warn')", name="validation_results_severity_is_known"
        ),
        schema="ops",
    )
    op.create_index("validation_results__run", "validation_results", ["run_id", "stage"], schema="ops")
    op.create_table(
        "publications",
        sa.Column("publication_id", sa.BigInteger, primary_key=True),
        _of_run(),
        _time("as_of"),
        _time("published_at", now=True),
        sa.Column("seconds", sa.Float),
        schema="ops",
    )
    op.create_table(
        "publication_tables",
        sa.Column("publication_id", sa.BigInteger, sa.ForeignKey("ops.publications.publication_id"), primary_key=True),
        sa.Column("table_name", sa.Text, primary_key=True),
        *(_count(f"rows_{what}") for what in ("total", "inserted", "updated", "deleted")),
        sa.Column("seconds", sa.Float),
        schema="ops",
    )
