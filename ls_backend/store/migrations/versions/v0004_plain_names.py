"""Plain names for columns and states; an index of judgments by item; words a task shows; who did what."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

RENAMED_COLUMNS = (
    ("projects", "found", "original_settings"),
    ("projects", "made", "connections"),
    ("projects", "board", "scorecard_project"),
    ("projects", "measuring", "measurement"),
    ("tasks", "written", "written_digest"),
    ("judgments", "via", "source"),
    ("judgments", "stamp", "revision"),
    ("scorecards", "card", "scorecard"),
    ("scorecards", "written", "written_digest"),
    ("settlements", "made_at", "settled_at"),
    ("settlements", "made_by", "settled_by"),
)
RENAMED_VALUES = (
    ("projects", "routing", "panel", "everyone"),
    ("inbox", "state", "held", "unreadable"),
    ("seeds", "state", "held", "hidden"),
    ("seeds", "state", "astray", "misrouted"),
)
BATCH = 1000


def upgrade() -> None:
    op.rename_table("cards", "scorecards")
    op.drop_column("scorecards", "task")
    op.drop_index("judgments_stamp", "judgments")
    for table, old, new in RENAMED_COLUMNS:
        op.execute(f'ALTER TABLE {table} RENAME COLUMN "{old}" TO "{new}"')
    op.create_index("judgments_revision", "judgments", ["project", "revision"])
    op.create_index("judgments_item", "judgments", ["project", "item"])
    for table, column, old, new in RENAMED_VALUES:
        op.execute(f"UPDATE {table} SET {column} = '{new}' WHERE {column} = '{old}'")  # noqa: S608  (constants)
    op.add_column("audit", sa.Column("actor", sa.Text(), nullable=False, server_default=""))
    op.add_column("tasks", sa.Column("words", sa.Integer(), nullable=True))
    _count_words()


def _count_words() -> None:
    connection = op.get_bind()
    projects = sa.table("projects", sa.column("id"), sa.column("fields", sa.JSON))
    tasks = sa.table("tasks", sa.column("project"), sa.column("id"), sa.column("data", sa.JSON), sa.column("words"))
    one = sa.and_(tasks.c.project == sa.bindparam("of_project"), tasks.c.id == sa.bindparam("of_task"))
    for project, fields in connection.execute(sa.select(projects.c.id, projects.c.fields)).all():
        last = -1
        while True:
            page = connection.execute(
                sa.select(tasks.c.id, tasks.c.data)
                .where(tasks.c.project == project, tasks.c.id > last)
                .order_by(tasks.c.id)
                .limit(BATCH)
            ).all()
            if not page:
                break
            counted = [{"of_project": project, "of_task": task, "n": _words(data, fields)} for task, data in page]
            connection.execute(sa.update(tasks).where(one).values(words=sa.bindparam("n")), counted)
            last = page[-1][0]


def _words(data: dict[str, object], fields: list[str]) -> int:
    texts = (data[f] for f in fields if f in data)
    return sum(len((t if isinstance(t, str) else json.dumps(t, sort_keys=True)).split()) for t in texts)
