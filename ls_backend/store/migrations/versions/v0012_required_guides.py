"""Versions of a guide that are to be read before going on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("guides", sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.false()))
