"""Links by which an admin opens the dashboard without the plugin: each opens once, for whoever's token we have."""

import secrets

from itsdangerous import URLSafeTimedSerializer

from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import dashboard_links as stored

LIFETIME_SECONDS = 600


class UsedLinkError(Exception):
    """The link has opened the dashboard before."""


def make(ctx: Context, actor: Actor) -> str:
    """The address of a link, valid for :data:`LIFETIME_SECONDS`."""
    link = _signer(ctx).dumps({"email": actor.name, "nonce": secrets.token_urlsafe(12)})
    return f"{ctx.settings.url.rstrip('/')}/steadyhand/enter?link={link}"


def redeem(ctx: Context, link: str) -> str:
    """Whose link it is, by e-mail; from now on it opens nothing.

    Raises:
        itsdangerous.BadSignature: it is not ours, or too old.
        UsedLinkError: it was used before.
    """
    claims = _signer(ctx).loads(link, max_age=LIFETIME_SECONDS)
    if not stored.use(ctx.store, claims["nonce"]):
        raise UsedLinkError
    return str(claims["email"])


def _signer(ctx: Context) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(ctx.settings.signing_keys("dashboard-links"))
