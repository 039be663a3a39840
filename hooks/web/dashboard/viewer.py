"""Who looks at a page, and what they may do there."""

from dataclasses import dataclass
from enum import StrEnum

from flask import g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden

from ls_backend.services.actor import Actor
from ls_backend.settings import Settings
from ls_templates.plugin.identity import KEY_PURPOSE, SCHEME, Identity, IdentityError, Role

COOKIE = "steadyhand_dashboard"
COOKIE_SECONDS = 12 * 3600
NAMES_PARAMETER = "names"  # ?names=hidden: for screens that are shown


class Permission(StrEnum):
    """What a page or a form needs."""

    OWN = "own"
    """What somebody may know of themself."""
    READ = "read"
    """How annotators and items do, by pseudonym."""
    MANAGE = "manage"
    """Money, the audit log, who is who; and every change."""


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.REVIEWER: frozenset({Permission.OWN, Permission.READ}),
    Role.ANNOTATOR: frozenset({Permission.OWN}),
    Role.NOBODY: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: ``user`` is their id in Label Studio, or their e-mail address where they came by a link of `steadyhand
    dashboard`. ``sees_names`` says that annotators are shown by name and not by pseudonym; ``plugin`` is the version of the plugin
    they came through, None without it."""

    user: str
    email: str
    role: Role
    plugin: str | None
    sees_names: bool

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def actor(self) -> Actor:
        return Actor(self.email)


def viewer() -> Viewer:
    """Whoever sent the request that is answered now."""
    current: Viewer = g.viewer
    return current


def recognise(settings: Settings) -> Viewer:
    """The viewer, by the plugin's word, or by the cookie of who came by a link of `steadyhand dashboard`.

    Raises:
        Forbidden: neither is there, or what is there is not ours.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == SCHEME:
        try:
            identity = Identity.read(token, settings.accepted(KEY_PURPOSE))
        except IdentityError as error:
            raise Forbidden(f"Steadyhand does not know who you are: {error}") from None
        return _viewer(identity.user, identity.email, identity.role, identity.plugin)
    try:
        email = str(cookie_signer(settings).loads(request.cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS))
    except BadSignature:
        raise Forbidden(
            "Sign in to Label Studio and open Quality in its menu. Without the plugin, `steadyhand dashboard` prints a link."
        ) from None
    return _viewer(email, email, Role.ADMIN, None)


def cookie_signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.signing_keys("dashboard-cookie"))


def _viewer(user: str, email: str, role: Role, plugin: str | None) -> Viewer:
    sees_names = role is Role.ADMIN and request.args.get(NAMES_PARAMETER) != "hidden"
    return Viewer(user, email, role, plugin, sees_names)
