"""On PostgreSQL the service does all of its work with a role that may neither change tables nor what is booked."""

import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hooks.cli import main
from ls_backend.errors import SettingsError
from ls_backend.services.context import Context
from ls_backend.services.detaching import detach
from ls_backend.services.disputes import dispute, resolve
from ls_backend.services.notes import add_note
from ls_backend.services.payouts import export_payouts
from ls_backend.services.processing import process
from ls_backend.services.settling import approve, settle
from ls_backend.services.verifying import verify
from ls_backend.services.write_back import write_back
from ls_backend.store.engine import Store
from ls_backend.store.ledger import lines
from ls_backend.store.tables import ledger
from tests import fakes
from tests.fakes import ADMIN

pytestmark = pytest.mark.integration


@pytest.fixture
def urls(postgres_url: str) -> Iterator[tuple[str, str]]:
    """A database of its own, as its owner and as the role of the service."""
    name, role = f"rights_{secrets.token_hex(4)}", f"service_{secrets.token_hex(4)}"
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        connection.execute(sa.text(f"CREATE ROLE {role} LOGIN"))
    url = sa.make_url(postgres_url).set(database=name)
    yield url.render_as_string(hide_password=False), url.set(username=role).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(sa.text(f"DROP ROLE {role}"))
    server.dispose()


def migrate(url: str, *words: str) -> str:
    environment = {
        "LABEL_STUDIO_URL": "http://127.0.0.1:9",
        "LABEL_STUDIO_API_KEY": "k" * 40,
        "STEADYHAND_SECRET": fakes.SECRET,
        "STEADYHAND_DATABASE_URL": url,
    }
    done = CliRunner().invoke(main, ["migrate", *words], env=environment)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_service_works_with_what_it_is_given_and_can_do_nothing_else(urls: tuple[str, str]) -> None:
    owner, service = urls
    role = str(sa.make_url(service).username)
    with pytest.raises(SettingsError, match="run `steadyhand migrate` once as their owner"):
        Store(service)
    assert f"{role} may do what the service needs" in migrate(owner, "--grant", role)
    clock = fakes.Clock()
    ctx = Context(Store(service, clock=clock), fakes.FakeGateway(clock), fakes.settings(database_url=service), clock)
    try:
        work(ctx)
        refused(ctx.store)
    finally:
        ctx.store.close()


def work(ctx: Context) -> None:
    """From attaching to a payout, a dispute and detaching."""
    project = fakes.attach(ctx, tasks=20, gold=4, annotators=2, routing="everyone")
    gateway, clock = fakes.gateway(ctx), ctx.clock
    assert isinstance(clock, fakes.Clock)
    for task in list(gateway.tasks(project)):
        for annotator in (2, 3):
            clock.tick(20)
            fakes.deliver(ctx, gateway.annotate(task.id, annotator, "left"))
    gone = next(iter(gateway.tasks(project)))
    fakes.deliver(ctx, gateway.remove(gone.id, gone.annotations[0]["id"]))
    process(ctx, ADMIN, project, pull="all")
    write_back(ctx, ADMIN, project)
    add_note(ctx, ADMIN, project, "2", "careful")
    settle(ctx, ADMIN, project, "all", though_running=True)
    approve(ctx, ADMIN, project, "all")
    line = lines(ctx.store, project=project)[0]
    number = dispute(ctx, ADMIN, project, line.id, "why?")
    resolved = resolve(ctx, ADMIN, project, number, minor=5, text="you are right")
    approve(ctx, ADMIN, project, resolved.period)
    export_payouts(ctx, ADMIN, project, resolved.period, form="csv")
    assert verify(ctx, project).faults == ()
    detach(ctx, ADMIN, project)


def refused(store: Store) -> None:
    """What a stranger with the service's role would try."""
    assert store.count(ledger) > 0
    for statement in (
        "UPDATE ledger SET minor = 1000000",
        "DELETE FROM ledger",
        "TRUNCATE audit",
        "UPDATE audit SET actor = 'somebody else'",
        "UPDATE settlements SET evidence = ''",
        "DELETE FROM judgments",
        "DROP TABLE projects",
        "ALTER TABLE projects ADD COLUMN x integer",
        "CREATE TABLE x (y integer)",
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM exports",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
            store.execute(sa.text(statement))
