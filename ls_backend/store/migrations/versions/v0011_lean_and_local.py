"""Events lose their bodies after a while, and keep a digest. Sums by annotator are kept, and what rests on everybody; they are taken when
the project is scored next. Tasks say that their consensus is due."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
Long = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("digest", sa.String(64), nullable=True))
    _partial_index("inbox_bodies", "inbox", "received_at", "body != ''")
    op.add_column("tasks", sa.Column("due", Long, nullable=True))
    _partial_index("tasks_due", "tasks", "project", "due IS NOT NULL")
    op.create_index("seeds_annotator", "seeds", ["project", "annotator"])
    op.create_table(
        "sums",
        sa.Column("project", sa.Integer(), primary_key=True),
        sa.Column("annotator", sa.Text(), primary_key=True),
        sa.Column("marked", Long, nullable=False),
        sa.Column("folded", Long, nullable=False),
        sa.Column("judgments", sa.Integer(), nullable=False),
        sa.Column("caught_up", sa.Integer(), nullable=False),
        sa.Column("interfered", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=True),
    )
    _partial_index("sums_stale", "sums", "project", "marked > folded")
    op.create_table(
        "scales",
        sa.Column("project", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fold", sa.String(64), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("terms", sa.String(64), nullable=False),
        sa.Column("scale", sa.JSON(), nullable=True),
        sa.Column("revision", Long, nullable=False),
        sa.Column("judgments", Long, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("id", Long, primary_key=True),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("project", "previous"),
    )


def _partial_index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
