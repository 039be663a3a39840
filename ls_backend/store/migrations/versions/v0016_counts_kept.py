"""How many events were applied or dropped is kept, and an index has only those that are open. Others tell which scorecards there are, which
were copied, and when one changed last, without reading them; and one has the audit log by project."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
OPEN = sa.text("state = 'pending' OR state = 'unreadable'")
UNWRITTEN = sa.text("written_digest IS NULL OR written_digest != digest")


def upgrade() -> None:
    op.create_table(
        "event_counts",
        sa.Column("project", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("events", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    )
    op.execute(
        "INSERT INTO event_counts (project, state, events) "
        "SELECT project, state, count(*) FROM inbox WHERE state IN ('applied', 'dropped') GROUP BY state, project"
    )
    op.drop_index("inbox_pending", "inbox")
    op.create_index("inbox_open", "inbox", ["project", "state", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("scorecards_digest", "scorecards", ["project", "digest"])
    op.create_index(
        "scorecards_unwritten", "scorecards", ["project"], sqlite_where=UNWRITTEN, postgresql_where=UNWRITTEN
    )
    op.create_index("scorecards_changed", "scorecards", ["project", "changed_at"])
    op.create_index("audit_project", "audit", ["project"])
