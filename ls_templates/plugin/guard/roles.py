"""Who somebody is to the guard: admin, reviewer, annotator or nobody."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from ls_templates.plugin.identity import Role

TOKEN_CACHE_SECONDS = 30  # whose a token is; whether it is still valid, Label Studio's own view checks again


def is_on() -> bool:
    """The guard is on when admins are named."""
    return bool(settings.STEADYHAND_ADMINS)


def role_of(user: Any) -> Role:
    if user is None or not user.is_authenticated:
        return Role.NOBODY
    email = user.email.lower()
    if email in settings.STEADYHAND_ADMINS or ("owner" in settings.STEADYHAND_ADMINS and _owns(user)):
        return Role.ADMIN
    return Role.REVIEWER if email in settings.STEADYHAND_REVIEWERS else Role.ANNOTATOR


def dashboard_role(user: Any) -> Role:
    """The role on the dashboard. Where the guard is off nobody is named, and the owner of the organisation is its admin."""
    if not is_on() and role_of(user) != Role.NOBODY and _owns(user):
        return Role.ADMIN
    return role_of(user)


def admins_for(user: Any) -> list[str]:
    """Whom a user may ask: the e-mails of the admins, the organisation's owner where nobody else is named."""
    named = sorted(settings.STEADYHAND_ADMINS - {"owner"})
    organization = None if user is None else user.active_organization
    if organization is None or ("owner" not in settings.STEADYHAND_ADMINS and is_on()):
        return named
    return [*named, *({organization.created_by.email.lower()} - {*named})]


def _owns(user: Any) -> bool:
    organization = user.active_organization
    return organization is not None and organization.created_by_id == user.id


def user_of(request: HttpRequest) -> Any:
    """Whoever a token belongs to by Label Studio's own authenticators, else the session's user; None for nobody."""
    if hasattr(request, "_steadyhand_user"):
        return request._steadyhand_user
    user = _user_of_token(request)
    if user is None:
        session = getattr(request, "user", None)
        user = session if session is not None and session.is_authenticated else None
    request._steadyhand_user = user
    return user


def _user_of_token(request: HttpRequest) -> Any:
    """The user a token in the header belongs to. Label Studio's authenticators are asked one by one, without that of the
    session: as a whole they would check for forgery here, too early, and forget the user on failure."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    key = "steadyhand-" + hashlib.sha256(header.encode()).hexdigest()
    user = cache.get(key)
    if user is None:
        user = _ask_authenticators(request)
        if user is not None:
            cache.set(key, user, TOKEN_CACHE_SECONDS)
    return user


def _ask_authenticators(request: HttpRequest) -> Any:
    from rest_framework.authentication import SessionAuthentication
    from rest_framework.exceptions import APIException
    from rest_framework.request import Request
    from rest_framework.settings import api_settings

    for authenticator in api_settings.DEFAULT_AUTHENTICATION_CLASSES:
        if issubclass(authenticator, SessionAuthentication):
            continue
        try:
            user_and_token = authenticator().authenticate(Request(request))
        except APIException:
            return None
        if user_and_token is not None:
            return user_and_token[0]
    return None
