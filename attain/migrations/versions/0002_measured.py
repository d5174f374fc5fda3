"""What a check measured over all its rows, as typed numbers beside the text that people read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    measured = sa.Column("measured", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))
    op.add_column("validation_results", measured, schema="ops")
