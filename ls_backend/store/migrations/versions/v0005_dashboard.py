"""Whose work is odd, noted with the project; gold that is retired. The dashboard: links to it that were used, notes about annotators, pauses."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Long = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("gold", sa.Column("retired_at", sa.Float(), nullable=True))
    op.add_column("projects", sa.Column("odd_work", sa.JSON(), nullable=True))
    op.create_table(
        "dashboard_links",
        sa.Column("nonce", sa.String(32), primary_key=True),
        sa.Column("used_at", sa.Float, nullable=False),
    )
    op.create_table(
        "notes",
        sa.Column("id", Long, primary_key=True),
        sa.Column("project", sa.Integer, nullable=False),
        sa.Column("annotator", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "pauses",
        sa.Column("id", Long, primary_key=True),
        sa.Column("project", sa.Integer, nullable=False),
        sa.Column("annotator", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("paused_at", sa.Float, nullable=False),
        sa.Column("paused_by", sa.Text, nullable=False),
        sa.Column("resumed_at", sa.Float),
        sa.Column("resumed_by", sa.Text),
    )
    op.create_index("seeds_state", "seeds", ["project", "kind", "state"])
