"""Gold that was retired because its ground truth, or its experts, say so no longer: it comes back with them. What an admin retired stays so."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

GOLD = sa.table(
    "gold",
    sa.column("lapsed", sa.Boolean),
    sa.column("retired_at", sa.Float),
    sa.column("truth_of_task", sa.Integer),
    sa.column("truth_of_project", sa.Integer),
)


def upgrade() -> None:
    op.add_column("gold", sa.Column("lapsed", sa.Boolean(), nullable=False, server_default=sa.false()))
    left_by_experts = sa.and_(
        GOLD.c.retired_at.is_not(None), GOLD.c.truth_of_project.is_not(None), GOLD.c.truth_of_task.is_(None)
    )
    op.execute(sa.update(GOLD).where(left_by_experts).values(lapsed=True))
