"""Other tasks than pairs, how attentiveness is measured, and what was written since one looked last."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("projects", sa.Column("measuring", sa.JSON(), nullable=True))
    op.add_column("judgments", sa.Column("answer", sa.Text(), nullable=True))
    op.add_column("judgments", sa.Column("latest_answer", sa.Text(), nullable=True))
    stamp = sa.Column("stamp", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, server_default="0")
    op.add_column("judgments", stamp)
    op.create_index("judgments_stamp", "judgments", ["project", "stamp"])
    op.add_column("gold", sa.Column("answer", sa.Text(), nullable=True))
