"""The annotator's side: items called unclear, what annotators chose for themselves, guides, onboarding, what they are told, objections to
figures."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

Long = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("scorecards", sa.Column("told", sa.JSON))
    op.execute("UPDATE scorecards SET told = scorecard")
    with op.batch_alter_table("disputes") as disputes:
        disputes.alter_column("entry", existing_type=Long, nullable=True)
        disputes.add_column(sa.Column("figure", sa.String(32)))
    op.create_table(
        "unclear",
        sa.Column("id", Long, primary_key=True),
        sa.Column("project", sa.Integer, nullable=False),
        sa.Column("task", sa.Integer, nullable=False),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("annotator", sa.Text, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("answered_by", sa.Text),
        sa.Column("answered_at", sa.Float),
    )
    op.create_index("unclear_item", "unclear", ["project", "item"])
    op.create_table(
        "choices",
        sa.Column("annotator", sa.Text, primary_key=True),
        sa.Column("hides_figures", sa.Boolean, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "guides",
        sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "guide_reads",
        sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("annotator", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "exemplars",
        sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.String(32), primary_key=True),
        sa.Column("preferred", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "onboardings",
        sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("training_project", sa.Integer, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "onboarding_items",
        sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.String(32), primary_key=True),
        sa.Column("preferred", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
    )
    op.create_table(
        "newcomers",
        sa.Column("project", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("annotator", sa.Text, primary_key=True),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("of", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("at", sa.Float, nullable=False),
    )
