"""Who may call: secrets are compared in constant time."""

import hmac

from flask import Request

from ls_backend.services.connections import SECRET_HEADER
from ls_backend.settings import Settings
from ls_templates.plugin import protocol


def same(given: str | None, expected: str) -> bool:
    return hmac.compare_digest((given or "").encode(), expected.encode())


def is_label_studio(request: Request, settings: Settings, project: int) -> bool:
    """The webhook's secret header, or the ML backend's password, of this project."""
    if same(request.headers.get(SECRET_HEADER), settings.webhook_secret(project)):
        return True
    return is_ml_client(request, settings, project)


def is_ml_client(request: Request, settings: Settings, project: int) -> bool:
    credentials = request.authorization
    password = credentials.password if credentials and credentials.type == "basic" else None
    return same(password, settings.ml_password(project))


def is_plugin(request: Request, settings: Settings) -> bool:
    return protocol.is_authorized(request.headers.get(protocol.AUTHORIZATION_HEADER), settings.plugin_key)
