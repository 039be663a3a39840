"""What annotators are called: by e-mail where names may be seen, by pseudonym elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.errors import GatewayError
from ls_backend.services.context import Context

MEMBERS_SECONDS = 60  # how long the list of members is taken for current


@dataclass(frozen=True)
class People:
    """Names of annotators by id, as one viewer may see them."""

    ctx: Context
    emails: Mapping[str, str]

    def name(self, annotator: str) -> str:
        return self.emails.get(annotator) or self.ctx.settings.pseudonym(annotator)


def people(ctx: Context, *, by_name: bool) -> People:
    """``by_name``: e-mail addresses, of everybody whom Label Studio still knows; else pseudonyms."""
    return People(ctx, _emails(ctx) if by_name else {})


def _emails(ctx: Context) -> dict[str, str]:
    def ask() -> dict[str, str]:
        try:
            return {str(member.id): member.email for member in ctx.gateway.members()}
        except GatewayError:  # pages must show figures also while Label Studio is down
            return {}

    return ctx.figures_cache.get("members", int(ctx.clock() / MEMBERS_SECONDS), ask, clock=ctx.clock).value
