"""Margins of tasks: how decided something else takes a pair to be, and how retests follow them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("margin", sa.Float(), nullable=True))
    op.add_column("judgments", sa.Column("margin", sa.Float(), nullable=True))
    op.add_column("projects", sa.Column("margin_source", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("projects", sa.Column("retest_focus", sa.Float(), nullable=False, server_default="0.7"))
    op.add_column("projects", sa.Column("lag", sa.Integer(), nullable=False, server_default="50"))
