"""The signed-in user's own standing, and the items that are unclear to them.

The browser asks here, on Label Studio's own origin, and the service is asked from here, server to server, so that nobody
can ask for somebody else's. When the service does not answer, there is no panel but the reason why somebody is served
nothing, which is noted here, and the service is not asked again for a while: labelling never waits for it.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_templates.plugin import protocol
from ls_templates.plugin.guard.pauses import reason_of_pause
from ls_templates.plugin.guard.readings import is_kept_to_read, to_read
from ls_templates.plugin.guard.roles import is_on, role_of, user_of
from ls_templates.plugin.guard.servings import real_task, served
from ls_templates.plugin.guard.trainings import admit, trained_for, training_before
from ls_templates.plugin.identity import Role
from ls_templates.plugin.pages import is_from_here
from ls_templates.plugin.service import Service


class Panel:
    """Answers the panel's script."""

    def __init__(self) -> None:
        self.service = Service()

    def own_standing(self, request: HttpRequest) -> HttpResponse:
        """The standing in the project that is asked for, as JSON; 204 where there is nothing to show."""
        user = user_of(request)
        project = request.GET.get("project", "")
        if user is None or not project.isdigit() or (is_on() and role_of(user) == "admin"):
            return HttpResponse(status=204)
        standing = self._training(user, int(project)) or self._standing(user, int(project))
        if standing is None:
            return HttpResponse(status=204)
        response = JsonResponse(standing)
        response["Cache-Control"] = "no-store"
        return response

    def _standing(self, user: Any, project: int) -> dict[str, Any] | None:
        """What the service says of who is at work, and what they have yet to read before they go on. Where it says nothing, whoever is kept
        from tasks is told why all the same."""
        asked = {"project": str(project), "user": str(user.id), protocol.LINKS_PARAMETER: "1"}
        standing = self.service.ask("GET", protocol.SERVICE_PANEL_PATH, params=asked)
        if standing is not None:
            return {**standing, protocol.TO_READ: to_read(user, project)}
        paused = reason_of_pause(user, project)
        version = (
            to_read(user, project) if is_kept_to_read(user, project) else None
        )  # by a service too busy for figures
        if paused is None and version is None:
            return None
        guide = None if version is None else {"version": version, "is_new": True}
        return {"hidden": True, "paused": paused, "guide": guide, protocol.TO_READ: version}

    def _training(self, user: Any, project: int) -> dict[str, Any] | None:
        """What stands in the panel of who is not through the training yet, or is in it; None for everybody else."""
        first = training_before(user, project)
        if first is not None:
            return {"hidden": True, "paused": None, "training": {"project": first}}
        trained = trained_for(project)
        if trained is None:
            return None
        asked = protocol.OnboardingRequest(trained, user.id, _answers_of(user, project))
        told = self.service.ask("POST", protocol.SERVICE_ONBOARDING_PATH, json=asked.to_json())
        if told is None:
            return None
        if told["stage"] == protocol.PASSED:
            admit(user, trained)
        return {"hidden": True, "paused": None, "onboarding": {**told, "project": trained}}

    def call_unclear(self, request: HttpRequest) -> HttpResponse:
        """Pass on that a task is unclear to whoever is signed in. The task must have been given to them."""
        user = user_of(request)
        if user is None or not is_from_here(request):
            return _refuse("Sign in, and send this from the labelling screen.", 403)
        try:
            body = json.loads(request.body)
            number, reason, text = int(body["task"]), str(body["reason"]), str(body.get("text", ""))
        except (ValueError, KeyError, TypeError):
            return _refuse("Name the task and the reason, as the panel does.", 400)
        task = _task_of(user, number)
        if task is None:
            return _refuse("This task was not given to you.", 404)
        asked = protocol.UnclearRequest(task.project_id, user.id, task.id, task.data, reason, text)
        answer = self.service.ask("POST", protocol.SERVICE_UNCLEAR_PATH, json=asked.to_json())
        return _refuse("It can't be noted just now.", 503) if answer is None else JsonResponse({"noted": True})


def _answers_of(user: Any, project: int) -> list[dict[str, Any]]:
    """A user's own answers in a project, oldest first."""
    from tasks.models import Annotation

    rows = Annotation.objects.filter(project=project, completed_by=user.id).order_by("created_at", "id")
    return [
        {"id": row.id, "created_at": row.created_at.isoformat(), "result": row.result, "data": row.task.data}
        for row in rows.select_related("task")
    ]


def _task_of(user: Any, number: int) -> Any:
    """The task that this user sees under a number; None where there is none, or the guard never gave it to them."""
    from tasks.models import Task

    if is_on() and role_of(user) == Role.ANNOTATOR:
        number = real_task(number)
        if not served(user, number):
            return None
    return Task.objects.filter(pk=number, project__organization=user.active_organization).first()


def _refuse(detail: str, status: int) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)
