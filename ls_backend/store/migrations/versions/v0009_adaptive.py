"""Whether a project's checks are spent where they decide."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("projects", sa.Column("adaptive", sa.Boolean(), nullable=False, server_default=sa.false()))
