"""Gold items from a project of experts: which project that is, and which items are from it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("projects", sa.Column("gold_project", sa.Integer(), nullable=True))
    op.add_column("projects", sa.Column("gold_cursor", sa.Text(), nullable=True))
    op.add_column("gold", sa.Column("truth_of_project", sa.Integer(), nullable=True))
