"""What the service may do in the database. It may make and change no tables, and what is booked or noted it can only add to.

Migrations run as the tables' owner. This is about PostgreSQL: SQLite has no roles.
"""

import sqlalchemy as sa

from ls_backend.errors import InputError
from ls_backend.store.engine import Store

ADD = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
REMOVE = "SELECT, INSERT, UPDATE, DELETE"
RIGHTS: dict[str, str] = {
    "projects": CHANGE,
    "inbox": CHANGE,
    "tasks": REMOVE,
    "unread_tasks": REMOVE,
    "judgments": CHANGE,
    "gold": CHANGE,
    "seeds": REMOVE,
    "scorecards": REMOVE,
    "leases": REMOVE,
    "audit": ADD,
    "settlements": f"{ADD}, UPDATE (approved_at, approved_by)",
    "ledger": ADD,
    "exports": ADD,
    "disputes": CHANGE,
    "pilots": CHANGE,
    "arms": CHANGE,
    "dashboard_links": ADD,
    "notes": ADD,
    "pauses": CHANGE,
    "sums": CHANGE,
    "erasures": "SELECT",
    "scales": CHANGE,
    "unclear": CHANGE,
    "guides": CHANGE,
    "guide_reads": CHANGE,
    "exemplars": REMOVE,
    "onboardings": REMOVE,
    "onboarding_items": REMOVE,
    "newcomers": CHANGE,
    "choices": CHANGE,
    "alembic_version": "SELECT",
}
"""By table."""


def grant(store: Store, role: str) -> None:
    """Give a role what the service needs, and take from it whatever else it has on our tables. Run it as their owner.

    Raises:
        InputError: this database has no roles, or not this one.
    """
    if store.engine.dialect.name != "postgresql":
        raise InputError("SQLite has no roles; who may read its file is for the file system to say")
    quoted = store.engine.dialect.identifier_preparer.quote_identifier(role)
    statements = [f"GRANT USAGE ON SCHEMA public TO {quoted}"]
    for table, rights in RIGHTS.items():
        statements += [f"REVOKE ALL ON {table} FROM {quoted}", f"GRANT {rights} ON {table} TO {quoted}"]
    statements.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
    try:
        with store.transaction() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
    except sa.exc.ProgrammingError as error:
        reason = str(error.orig).partition("\n")[0]
        raise InputError(
            f"the rights can't be given ({reason}); create the role, and run this as the tables' owner"
        ) from error
