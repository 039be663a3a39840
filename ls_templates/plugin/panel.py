"""The panel: puts our script into Label Studio's pages and answers ``/steadyhand/...`` on Label Studio's own origin.

The signed-in user asks here, and the service is asked from here, server to server, so that nobody can ask for somebody
else. When the service does not answer, the panel stays away, and the service is left alone for a while: labelling never
waits for it.
"""

import json
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now

from ls_templates.plugin import VERSION, protocol
from ls_templates.plugin.guard.roles import is_on, role_of, user_of

PREFIX = "/steadyhand/"
TIMEOUT_SECONDS = 1.0
QUIET_SECONDS = 15.0
RESERVED_FOR = timedelta(days=90)
RIPENING = 5  # a reserved task comes after 1 to so many others
STATIC = Path(__file__).parent / "static"
FILES = {"panel.js": "text/javascript", "panel.css": "text/css"}
TAGS = (
    f'<link rel="stylesheet" href="{PREFIX}panel.css?v={VERSION}">'
    f'<script src="{PREFIX}panel.js?v={VERSION}" defer></script></body>'
).encode()


class Panel:
    """Middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.quiet_until = 0.0
        self.http = requests.Session()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            return self.answer(request, request.path_info.removeprefix(PREFIX).rstrip("/"))
        response = self.get_response(request)
        if self._is_page(request, response):
            head, end, tail = response.content.rpartition(b"</body>")
            if end:
                response.content = head + TAGS + tail
                response["Content-Length"] = str(len(response.content))
        return response

    @staticmethod
    def _is_page(request: HttpRequest, response: HttpResponse) -> bool:
        return (
            bool(settings.STEADYHAND_SERVICE_URL)
            and response.status_code == 200
            and not response.streaming
            and response.get("Content-Type", "").startswith("text/html")
            and not response.has_header("Content-Encoding")
            and getattr(request, "user", None) is not None
            and request.user.is_authenticated
        )

    def answer(self, request: HttpRequest, name: str) -> HttpResponse:
        if name in FILES and request.method == "GET":
            response = HttpResponse((STATIC / name).read_bytes(), content_type=FILES[name])
            response["Cache-Control"] = "max-age=3600"
            return response
        if name == "panel" and request.method == "GET":
            return self.standing(request)
        if not protocol.is_authorized(
            request.headers.get(protocol.AUTHORIZATION_HEADER), settings.STEADYHAND_PLUGIN_KEY
        ):
            return JsonResponse(
                {"detail": "This is for the Steadyhand service; its secret is not this one."}, status=403
            )
        match request.method, name:
            case "GET", "plugin":
                return JsonResponse({"version": VERSION, "guard": is_on()})
            case "POST", "seeds":
                return make_seed(json.loads(request.body))
            case "POST", "policy":
                return set_policy(json.loads(request.body))
        return JsonResponse({"detail": "Steadyhand has no such page."}, status=404)

    def standing(self, request: HttpRequest) -> HttpResponse:
        """The signed-in user's own standing; 204 where there is nothing to show."""
        user = user_of(request)
        nothing = HttpResponse(status=204)
        project = request.GET.get("project", "")
        if user is None or not project.isdigit() or (is_on() and role_of(user) == "admin"):
            return nothing
        if not settings.STEADYHAND_SERVICE_URL or time.monotonic() < self.quiet_until:
            return nothing
        try:
            found = self.http.get(
                settings.STEADYHAND_SERVICE_URL + protocol.SERVICE_PANEL_PATH,
                params={"project": project, "user": str(user.id)},
                headers=protocol.authorization(settings.STEADYHAND_PLUGIN_KEY),
                timeout=TIMEOUT_SECONDS,
            )
            body = found.json() if found.ok else None
        except (requests.RequestException, ValueError):
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            return nothing
        if body is None:
            return nothing
        response = JsonResponse(body)
        response["Cache-Control"] = "no-store"
        return response


def make_seed(body: dict[str, Any]) -> HttpResponse:
    """Make a task and reserve it for one annotator, in one transaction, so that nobody else is served it in between:
    Label Studio serves it to them next, and passes it over for the others. The same ``key`` makes it once.

    Where the guard can let it out later, it waits for a few more tasks to be served first."""
    from tasks.models import Task, TaskLock
    from users.models import User

    from ls_templates.plugin.models import Reservation, Served

    known = Reservation.objects.filter(key=body["key"]).first()
    if known is not None:
        made = Task.objects.filter(pk=known.task, project=body["project"]).first()
        if made is not None and made.data == body["data"]:
            return JsonResponse({"task": known.task}, status=200)
        known.delete()  # its task is gone: the project was detached, and attached again
    ripe_at = None
    if not is_on():  # it may have been switched off; nobody else would let these out
        held = Reservation.objects.filter(ripe_at__isnull=False)
        Task.objects.filter(pk__in=list(held.values_list("task", flat=True))).update(is_labeled=False)
        held.update(ripe_at=None)
    if is_on() and role_of(User.objects.filter(pk=body["user"]).first()) == "annotator":
        ripe_at = Served.objects.filter(user=body["user"]).count() + 1 + secrets.randbelow(RIPENING)
    with transaction.atomic():
        # Write first: on SQLite a transaction that has read before it writes fails at once when another one wrote
        reservation = Reservation.objects.create(
            key=body["key"], task=0, user=body["user"], project=body["project"], ripe_at=ripe_at
        )
        # nobody is served a task that counts as labelled
        task = Task(project_id=body["project"], data=body["data"], overlap=1, is_labeled=ripe_at is not None)
        task.save()
        TaskLock.objects.create(task=task, user_id=body["user"], expire_at=now() + RESERVED_FOR)
        Reservation.objects.filter(pk=reservation.pk).update(task=task.id)
    return JsonResponse({"task": task.id}, status=201)


def set_policy(body: dict[str, bool | int]) -> HttpResponse:
    from ls_templates.plugin.models import Policy

    wanted = {k: body[k] for k in ("hidden", "corrections") if k in body}
    Policy.objects.update_or_create(project=body["project"], defaults=wanted)
    return JsonResponse({"set": True}, status=201)
