"""What annotators are called: by e-mail where names may be seen, by pseudonym elsewhere."""

from collections.abc import Mapping

from ls_backend.errors import GatewayError
from ls_backend.services.context import Context

MEMBERS_SECONDS = 60  # how long the list of members is taken for current


class People:
    """Names of annotators by id, as one viewer may see them."""

    def __init__(self, ctx: Context, *, by_name: bool) -> None:
        self._ctx = ctx
        self._emails: Mapping[str, str] = _emails(ctx) if by_name else {}
        self._may_ask = by_name

    def name(self, annotator: str) -> str:
        if self._may_ask and annotator not in self._emails:  # who has just joined, or is there no more
            self._may_ask = False
            self._emails = _emails(self._ctx, lacking=annotator)
        return self._emails.get(annotator) or self._ctx.settings.pseudonym(annotator)


def people(ctx: Context, *, by_name: bool) -> People:
    """``by_name``: e-mail addresses, of everybody whom Label Studio still knows; else pseudonyms."""
    return People(ctx, by_name=by_name)


def _emails(ctx: Context, *, lacking: str = "") -> dict[str, str]:
    """As they were asked for in this minute; once more where somebody was ``lacking`` in it."""

    def ask() -> dict[str, str]:
        try:
            return {str(member.id): member.email for member in ctx.gateway.members()}
        except GatewayError:  # pages must show figures also while Label Studio is down
            return {}

    return ctx.figures_cache.get(("members", lacking), int(ctx.clock() / MEMBERS_SECONDS), ask, clock=ctx.clock).value
