"""The signed-in user's own standing.

The browser asks here, on Label Studio's own origin, and the service is asked from here, server to server, so that nobody
can ask for somebody else's. When the service does not answer, there is no panel, and the service is not asked again for a
while: labelling never waits for it.
"""

import time
from typing import Any

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_templates.plugin import protocol
from ls_templates.plugin.guard.roles import is_on, role_of, user_of

TIMEOUT_SECONDS = 1.0
PAUSE_SECONDS = 15.0


class Panel:
    """Remembers the connection to the service, and until when the service is left alone."""

    def __init__(self) -> None:
        self.paused_until = 0.0
        self.http = requests.Session()

    def own_standing(self, request: HttpRequest) -> HttpResponse:
        """The standing in the project that is asked for, as JSON; 204 where there is nothing to show."""
        user = user_of(request)
        project = request.GET.get("project", "")
        if user is None or not project.isdigit() or (is_on() and role_of(user) == "admin"):
            return HttpResponse(status=204)
        standing = self._ask_service(project, user)
        if standing is None:
            return HttpResponse(status=204)
        response = JsonResponse(standing)
        response["Cache-Control"] = "no-store"
        return response

    def _ask_service(self, project: str, user: Any) -> dict[str, Any] | None:
        if not settings.STEADYHAND_SERVICE_URL or time.monotonic() < self.paused_until:
            return None
        try:
            answer = self.http.get(
                settings.STEADYHAND_SERVICE_URL + protocol.SERVICE_PANEL_PATH,
                params={"project": project, "user": str(user.id)},
                headers=protocol.authorization(settings.STEADYHAND_PLUGIN_KEY),
                timeout=TIMEOUT_SECONDS,
            )
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            self.paused_until = time.monotonic() + PAUSE_SECONDS
            return None
