"""The labelling stream: annotators get tasks as the routing gives them."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ls_templates.plugin import protocol
from ls_templates.plugin.guard.pace import AnswerKind, Step, delay
from ls_templates.plugin.guard.pauses import reason_of_pause
from ls_templates.plugin.guard.readings import is_kept_to_read
from ls_templates.plugin.guard.redaction import sealed, task_for_annotator
from ls_templates.plugin.guard.rule import Json, Rule, edit_json, edited_by, refuse, set_body
from ls_templates.plugin.guard.rules.projects import is_hidden, refuse_hidden
from ls_templates.plugin.guard.servings import record_serving, release_reservations, served
from ls_templates.plugin.guard.trainings import is_admitted, trained_for, training_before


def refuse_not_served(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """A refusal where the task was never given to this user."""
    task = kwargs.get("pk", kwargs.get("task_id"))
    return None if served(user, task) else refuse("This task was not given to you.", status=404)


def _stream_page(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """Of the Data Manager an annotator sees the stream, whatever link they came by."""
    if is_hidden(kwargs.get("pk")):
        return refuse("This project is not for labelling.", status=404)
    if request.GET.dict() == {"labeling": "1"} and request.path.rstrip("/").endswith("/data"):
        return None
    return HttpResponseRedirect(f"/projects/{kwargs['pk']}/data?labeling=1")


def _ask_for_next(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    project = request.GET.get("project", "")
    if request.GET.getlist("id") != ["next_task"] or not project.isdigit():
        return refuse("Annotators may label; other actions need an administrator.")
    if is_hidden(project):
        return refuse("This project is not for labelling.", status=404)
    reason = reason_of_pause(user, int(project))
    if reason is not None:  # as if there were nothing left; the panel says why
        return refuse(f"Labelling is paused for you in this project: {reason}", status=404)
    before = training_before(user, project)
    if before is not None:
        return refuse(f"Newcomers go through a training first, in project {before}.", status=404)
    trained = trained_for(project)
    if trained is not None and is_admitted(user, trained):
        return refuse("You have passed; your work is served in the project itself.", status=404)
    if is_kept_to_read(user, int(project)):
        return refuse(f"Read the guide of this project first: {protocol.PLUGIN_PREFIX}guide/{project}/", status=404)
    set_body(request, {"project": project})  # no filters, orderings or selected items: the routing decides
    request._steadyhand_started = time.perf_counter()
    release_reservations(user, int(project))
    return None


def _serve_next(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    """Record what is served, redact it, and let a reserved task take as long to find as an ordinary one."""
    if response.status_code == 404 and release_reservations(user, int(request.GET["project"]), ripe_or_not=True):
        response = _run_view_again(request)  # there are no ordinary tasks any more
    if response.status_code != 200:
        return response
    task: Json = {}

    def redact(answer: Json) -> Json:
        task.update(answer)
        return task_for_annotator(answer, user)

    response = edit_json(response, redact)
    locked = "Task lock" in task.get("queue", "")  # reserved for this user, or served to them before
    record_serving(user, task, locked=locked)
    took = time.perf_counter() - request._steadyhand_started
    delay(Step.FINDING, task["project"], took, AnswerKind.RESERVED if locked else AnswerKind.SLOWEST)
    return response


def _run_view_again(request: HttpRequest) -> HttpResponse:
    view, args, kwargs = request.resolver_match
    response: HttpResponse = view(request, *args, **kwargs)
    if hasattr(response, "render"):
        response.render()
    return response


def _only_next(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if request.GET.getlist("id") != ["next_task"]:
        return refuse("Reviewers read and annotate; other actions need an administrator.")
    return None


def _sealed_history(answer: Any) -> Any:
    return [{**entry, "taskId": sealed(entry.get("taskId"))} for entry in answer] if isinstance(answer, list) else []


def _redact_task(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    return edit_json(response, lambda task: task_for_annotator(task, user))


stream_page = Rule(before=_stream_page)
next_task = Rule(before=_ask_for_next, after=_serve_next)
next_task_as_asked = Rule(before=_only_next)
own_history = Rule(before=refuse_hidden, after=edited_by(_sealed_history))
served_task = Rule(before=refuse_not_served, after=_redact_task)
served_file = Rule(before=refuse_not_served)
