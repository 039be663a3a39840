"""Gold that is withdrawn: its answers count no more. The files of payout exports, to be had again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("gold", sa.Column("withdrawn_at", sa.Float(), nullable=True))
    op.add_column("exports", sa.Column("files", sa.JSON(), nullable=True))
