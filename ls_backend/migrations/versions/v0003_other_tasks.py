"""Other tasks than pairs, and how attentiveness is measured."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("projects", sa.Column("measuring", sa.JSON(), nullable=True))
    op.add_column("judgments", sa.Column("answer", sa.Text(), nullable=True))
    op.add_column("judgments", sa.Column("latest_answer", sa.Text(), nullable=True))
    op.add_column("gold", sa.Column("answer", sa.Text(), nullable=True))
