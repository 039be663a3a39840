"""Gold items from Label Studio's ground truths: whose answer each was, and of which task."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("gold", sa.Column("author", sa.Text(), nullable=True))
    op.add_column("gold", sa.Column("truth_of_task", sa.Integer(), nullable=True))
    taken: sa.Column[bool] = sa.Column("takes_ground_truths", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("projects", taken)
