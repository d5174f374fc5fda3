"""Alembic's entry: migrates on the connection that `attain.migrate` hands over."""

from alembic import context

from attain.ops import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_version",
    version_table_schema="ops",
)
with context.begin_transaction():
    context.run_migrations()
