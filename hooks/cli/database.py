"""Commands about the database itself."""

import click

from ls_backend.settings import Settings


@click.command()
@click.option(
    "--grant", "role", metavar="ROLE", help="Give a role of PostgreSQL what the service needs, and nothing else."
)
def migrate(role: str | None) -> None:
    """Bring the database's tables to this version.

    Run it as their owner where the service has a role of its own, which may not; else the service does it when it starts.
    """
    from ls_backend.store import Store
    from ls_backend.store.engine import newest_schema_version
    from ls_backend.store.rights import grant

    store = Store(Settings.read().database_url)
    click.echo(f"The tables are of version {newest_schema_version()}.")
    if role:
        grant(store, role)
        click.echo(f"{role} may do what the service needs, and nothing else.")
    store.close()
