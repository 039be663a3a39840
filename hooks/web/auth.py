"""Who may call: secrets are compared in constant time. While the secret is exchanged, the one before opens as well."""

from werkzeug.wrappers import Request

from ls_backend.services.connections import SECRET_HEADER
from ls_backend.settings import Settings, ml_purpose, webhook_purpose
from ls_templates.plugin import protocol


def has_credentials(request: Request) -> bool:
    """Whether there is something that can be checked once it is known which project it is for."""
    return SECRET_HEADER in request.headers or request.authorization is not None


def is_label_studio(request: Request, settings: Settings, project: int) -> bool:
    """The webhook's secret header, or the ML backend's password, of this project."""
    given = request.headers.get(SECRET_HEADER)
    if any(protocol.same(given, secret) for secret in settings.accepted(webhook_purpose(project))):
        return True
    return is_ml_client(request, settings, project)


def is_ml_client(request: Request, settings: Settings, project: int) -> bool:
    credentials = request.authorization
    password = credentials.password if credentials and credentials.type == "basic" else None
    return any(protocol.same(password, expected) for expected in settings.accepted(ml_purpose(project)))


def is_plugin(request: Request, settings: Settings) -> bool:
    return protocol.is_authorized(request.headers.get(protocol.AUTHORIZATION_HEADER), settings.plugin_keys)
