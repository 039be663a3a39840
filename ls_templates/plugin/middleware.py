"""The plugin's middleware: answers ``/steadyhand/...`` on Label Studio's own origin, and puts our script and styles into
Label Studio's pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ls_templates.plugin import VERSION, plugin_api, protocol
from ls_templates.plugin.guard.roles import dashboard_role, is_on, role_of, user_of
from ls_templates.plugin.identity import Role
from ls_templates.plugin.pages import Pages
from ls_templates.plugin.panel import Panel

CONTENT_TYPES = {
    "panel.js": "text/javascript",
    "menu.js": "text/javascript",
    "words.en.json": "application/json",
    "words.de.json": "application/json",
    "panel.css": "text/css",
    "restricted.css": "text/css",
}
PANEL_TAGS = (
    f'<link rel="stylesheet" href="{protocol.PLUGIN_PREFIX}panel.css?v={VERSION}">'
    f'<script src="{protocol.PLUGIN_PREFIX}panel.js?v={VERSION}" defer></script>'
).encode()
MENU_ADDRESSES = {
    Role.ADMIN: protocol.PLUGIN_PREFIX,
    Role.REVIEWER: protocol.PLUGIN_PREFIX,
    Role.ANNOTATOR: f"{protocol.PLUGIN_PREFIX}me/",
}
"""Where the entry in Label Studio's menu leads, by role."""
# in the head, so that it applies before anything is shown
RESTRICTED_TAGS = f'<link rel="stylesheet" href="{protocol.PLUGIN_PREFIX}restricted.css?v={VERSION}">'.encode()


class PluginMiddleware:
    """It answers before Django's CSRF check runs. So of requests other than GET it serves the service's own, by their
    authorization header, and forms of the dashboard and of the panel, which have checks of their own
    (:mod:`ls_templates.plugin.pages`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.panel = Panel()
        self.pages = Pages()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(protocol.PLUGIN_PREFIX):
            return self._answer(request, request.path_info.rstrip("/"))
        response = self.get_response(request)
        if _is_page(request, response):
            if _is_restricted(request):
                _insert(response, before=b"</head>", tags=RESTRICTED_TAGS)
            if settings.STEADYHAND_SERVICE_URL:
                _insert(response, before=b"</body>", tags=PANEL_TAGS + _menu_tags(dashboard_role(user_of(request))))
        return response

    def _answer(self, request: HttpRequest, path: str) -> HttpResponse:
        if request.method == "GET":
            name = path.removeprefix(protocol.PLUGIN_PREFIX)
            if name in CONTENT_TYPES:
                return _static_file(name)
            if path == protocol.OWN_STANDING_PATH:
                return self.panel.own_standing(request)
        if request.method == "POST" and path == protocol.UNCLEAR_PATH:
            return self.panel.call_unclear(request)
        if path in plugin_api.PATHS:
            return plugin_api.answer(request, path)
        return self.pages.answer(request)


def _menu_tags(role: Role) -> bytes:
    address = MENU_ADDRESSES.get(role)
    source = f"{protocol.PLUGIN_PREFIX}menu.js?v={VERSION}"
    return f'<script src="{source}" data-address="{address}" defer></script>'.encode() if address else b""


def _static_file(name: str) -> HttpResponse:
    response = HttpResponse((protocol.STATIC / name).read_bytes(), content_type=CONTENT_TYPES[name])
    response["Cache-Control"] = "max-age=3600"
    return response


def _is_page(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether this is a page of Label Studio's for somebody who has signed in."""
    return (
        response.status_code == 200
        and not response.streaming
        and response.get("Content-Type", "").startswith("text/html")
        and not response.has_header("Content-Encoding")
        and getattr(request, "user", None) is not None
        and request.user.is_authenticated
    )


def _is_restricted(request: HttpRequest) -> bool:
    """Whether the guard refuses this user things that Label Studio's pages offer."""
    return is_on() and role_of(user_of(request)) != "admin"


def _insert(response: HttpResponse, *, before: bytes, tags: bytes) -> None:
    """Put tags into a page, before the last place where the given tag stands."""
    head, end, tail = response.content.rpartition(before)
    if end:
        response.content = head + tags + end + tail
        response["Content-Length"] = str(len(response.content))
