"""Which links to the dashboard were used."""

from ls_backend.store.engine import Store
from ls_backend.store.tables import dashboard_links


def use(store: Store, nonce: str) -> bool:
    """Note that a link was used; False where it was used before."""
    return store.insert_new(dashboard_links, [{"nonce": nonce, "used_at": store.clock()}]) == 1
