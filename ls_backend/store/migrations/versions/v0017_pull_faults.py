"""What was wrong with a project as a whole when it was pulled last: its label config, and the gold of experts. Scorecards to be copied are read
in the order of their annotators."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
UNWRITTEN = sa.text("written_digest IS NULL OR written_digest != digest")


def upgrade() -> None:
    op.add_column("projects", sa.Column("config_fault", sa.Text(), nullable=True))
    op.add_column("projects", sa.Column("gold_faults", sa.JSON(), nullable=False, server_default="[]"))
    op.drop_index("scorecards_unwritten", "scorecards")
    op.create_index(
        "scorecards_unwritten",
        "scorecards",
        ["project", "annotator"],
        sqlite_where=UNWRITTEN,
        postgresql_where=UNWRITTEN,
    )
