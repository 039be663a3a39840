"""Who does something: audit log, approvals and settlements name that one."""

from dataclasses import dataclass
from typing import Self

from ls_backend.services.context import Context


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by e-mail address, or the service itself."""

    name: str

    @classmethod
    def service(cls) -> Self:
        """The service, doing its periodic work."""
        return cls("steadyhand")

    @classmethod
    def token_owner(cls, ctx: Context) -> Self:
        """Whose token we have: the actor of commands."""
        return cls(ctx.gateway.whoami().email)
