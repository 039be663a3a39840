"""Who is signed in, told by the plugin to the service: a signed token that lives for seconds. Both sides import it.

The plugin signs it for each request to a page, so a page believes it and nothing that a browser sends. PyJWT is in Label Studio's
environment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jwt

ALGORITHM = "HS256"
AUDIENCE = "steadyhand-pages"
LIFETIME_SECONDS = 30
SKEW_SECONDS = 30
KEY_PURPOSE = "identity"
SCHEME = "Bearer"


class Role(StrEnum):
    """What somebody is to the guard."""

    ADMIN = "admin"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"
    NOBODY = "nobody"


class IdentityError(ValueError):
    """A token that proves nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The signed-in user of Label Studio, by id and e-mail, and the version of the plugin that says so."""

    user: str
    email: str
    role: Role
    plugin: str

    def signed(self, key: str, *, now: float) -> str:
        """The token, valid for :data:`LIFETIME_SECONDS` from ``now`` (seconds since the epoch)."""
        claims = {
            "aud": AUDIENCE,
            "iat": int(now),
            "exp": int(now) + LIFETIME_SECONDS,
            "sub": self.user,
            "email": self.email,
            "role": self.role,
            "plugin": self.plugin,
        }
        return jwt.encode(claims, key, algorithm=ALGORITHM)

    @classmethod
    def read(cls, token: str, keys: Sequence[str]) -> "Identity":
        """Who a token speaks for; it is signed with one of the keys.

        Raises:
            IdentityError: it is not ours, is too old, or lacks a claim.
        """
        try:
            claims = _claims(token, keys)
            return cls(claims["sub"], str(claims["email"]), Role(claims["role"]), str(claims["plugin"]))
        except jwt.ExpiredSignatureError:
            raise IdentityError(
                "the plugin's word is too old; do the clocks of Label Studio and Steadyhand agree?"
            ) from None
        except (jwt.InvalidTokenError, ValueError):
            raise IdentityError(
                "this is not the plugin's word; do both sides have the same STEADYHAND_SECRET?"
            ) from None


def _claims(token: str, keys: Sequence[str]) -> dict[str, Any]:
    """What a token says. Raises jwt.InvalidTokenError where no key fits, or a claim is missing or wrong."""
    *others, last = keys
    for key in others:
        try:
            return _decode(token, key)
        except jwt.InvalidSignatureError:
            continue
    return _decode(token, last)


def _decode(token: str, key: str) -> dict[str, Any]:
    return dict(
        jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            leeway=SKEW_SECONDS,
            options={"require": ["aud", "exp", "iat", "sub", "email", "role", "plugin"]},
        )
    )
