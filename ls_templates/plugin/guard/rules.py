"""How a request or its answer is narrowed. Each rule is made of two functions: before the view, and after it.

Annotators get tasks as the routing gives them; may answer what they were given, once, in their own name; and read
nothing that tells a seed from an ordinary task.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now

from ls_templates.plugin.guard.pace import SLOWEST, hold
from ls_templates.plugin.guard.seal import seal
from ls_templates.plugin.models import Policy, Reservation, Served

Before = Callable[[HttpRequest, Any, dict[str, Any]], HttpResponse | None]
After = Callable[[HttpRequest, Any, HttpResponse], HttpResponse]


class Rule(NamedTuple):
    """``before`` may answer instead of the view; ``after`` may change the answer; ``allowed`` is False for ``no``."""

    before: Before | None = None
    after: After | None = None
    allowed: bool = True


yes = Rule()
no = Rule(allowed=False)

PROJECT_FIELDS = (
    "id", "title", "description", "label_config", "expert_instruction", "show_instruction", "show_skip_button",
    "enable_empty_annotation", "show_annotation_history", "organization", "color", "maximum_annotations", "is_published",
    "is_draft", "created_at", "show_collab_predictions", "sampling", "show_ground_truth_first", "show_overlap_first",
    "overlap_cohort_percentage", "control_weights", "parsed_label_config", "evaluate_predictions_automatically",
    "config_has_control_tags", "skip_queue", "reveal_preannotations_interactively", "config_suitable_for_bulk_annotation",
    "annotator_evaluation_enabled", "can_delete_tasks", "can_manage_annotations", "can_manage_tasks", "source_syncing",
    "target_syncing", "min_annotations_to_start_training", "start_training_on_annotation_update", "model_version",
    "pinned_at", "state",
)  # fmt: skip
REMEMBERED_SECONDS = 3600
# The first serving counts, unless it was of a task that had this id before: on SQLite Label Studio gives the id of a deleted
# task to a new one.
NOTE_SERVING = """
INSERT INTO steadyhand_served ("user", task, served_at) VALUES (%s, %s, %s)
ON CONFLICT ("user", task) DO UPDATE SET served_at = excluded.served_at, answered_at = NULL
WHERE steadyhand_served.served_at < %s
"""
COUNTS = (
    "task_number", "finished_task_number", "num_tasks_with_annotations", "total_annotations_number",
    "total_predictions_number", "useful_annotation_number", "ground_truth_number", "skipped_annotations_number",
    "queue_total", "queue_done", "task_count", "annotation_count",
)  # fmt: skip
TASK_FIELDS = ("id", "data", "project")
ANNOTATION_FIELDS = (
    "id", "result", "created_at", "updated_at", "completed_by", "lead_time", "was_cancelled", "task", "project", "unique_id",
    "created_username", "created_ago", "draft_created_at",
)  # fmt: skip
DRAFT_FIELDS = (
    "id", "result", "created_at", "updated_at", "user", "task", "annotation", "lead_time", "was_postponed", "created_ago",
    "created_username",
)  # fmt: skip
USER_FIELDS = (
    "id",
    "first_name",
    "last_name",
    "username",
    "email",
    "avatar",
    "initials",
    "active_organization",
    "phone",
)


# --- small tools --------------------------------------------------------------------------------------------------


def refuse(detail: str, *, status: int = 403) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)


def read_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON or form body; {} where it is neither."""
    if request.content_type == "application/json":
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    return {k: request.POST.get(k) for k in request.POST}


def set_body(request: HttpRequest, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    request._body = content
    request.META["CONTENT_TYPE"] = "application/json"
    request.META["CONTENT_LENGTH"] = str(len(content))
    request.content_type = "application/json"
    for cached in ("_post", "_files"):
        if hasattr(request, cached):
            delattr(request, cached)


def change(response: HttpResponse, edit: Callable[[Any], Any]) -> HttpResponse:
    """Replace the JSON of a good answer."""
    if response.status_code in (200, 201) and response.get("Content-Type", "").startswith("application/json"):
        response.content = json.dumps(edit(json.loads(response.content))).encode()
        response["Content-Length"] = str(len(response.content))
    return response


def answered_by(edit: Callable[[Any], Any]) -> After:
    return lambda request, user, response: change(response, edit)


def keep(record: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if k in fields}


def sealed(task: int | None) -> int | None:
    return None if task is None else seal(task, settings.STEADYHAND_TASK_KEY)


def is_hidden(project: object) -> bool:
    return Policy.objects.filter(project=project, hidden=True).exists()


# --- oneself and projects -------------------------------------------------------------------------------------------


def _only_oneself(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if "pk" in kwargs:
        return None if str(kwargs["pk"]) == str(user.id) else refuse("You can look at your own account only.")
    me = {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": user.username,
        "email": user.email,
        "avatar": None,
        "initials": user.get_initials(),
        "active_organization": user.active_organization_id,
    }
    return JsonResponse([me], safe=False)


only_oneself = Rule(before=_only_oneself)


def _names(found: Any) -> Any:
    return [keep(u, USER_FIELDS) for u in found] if isinstance(found, list) else keep(found, USER_FIELDS)


names_only = Rule(after=answered_by(_names))


def _project(record: dict[str, Any]) -> dict[str, Any]:
    """A project as an annotator sees it: counts would grow with each seed, names and credentials are nobody's business."""
    return {**keep(record, PROJECT_FIELDS), **{k: 0 for k in COUNTS if k in record}}


def _open_projects(found: Any) -> Any:
    if not isinstance(found, dict) or "results" not in found:
        return [_project(p) for p in found] if isinstance(found, list) else {}
    hidden = set(Policy.objects.filter(hidden=True).values_list("project", flat=True))
    left = [_project(p) for p in found["results"] if p.get("id") not in hidden]
    return {**found, "results": left, "count": len(left)}


def _visible(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    project = kwargs.get("pk") or request.GET.get("project")
    return refuse("This project is not for labelling.", status=404) if is_hidden(project) else None


def _without_secrets(found: Any) -> Any:
    secret = ("task_data_login", "task_data_password")
    if isinstance(found, dict):
        return {k: _without_secrets(v) for k, v in found.items() if k not in secret}
    return [_without_secrets(x) for x in found] if isinstance(found, list) else found


open_projects = Rule(after=answered_by(_open_projects))
open_project = Rule(before=_visible, after=answered_by(_project))
no_secrets = Rule(after=answered_by(_without_secrets))
empty_list = Rule(before=lambda request, user, kwargs: JsonResponse([], safe=False))
empty_page = Rule(
    before=lambda request, user, kwargs: JsonResponse({"count": 0, "next": None, "previous": None, "results": []})
)
no_tasks = Rule(
    before=lambda request, user, kwargs: JsonResponse(
        {"total_annotations": 0, "total_predictions": 0, "total": 0, "tasks": []}
    )
)


def _columns(found: Any) -> Any:
    """The Data Manager's columns without the lists of members and model versions in them."""
    return {"columns": [{k: v for k, v in c.items() if k != "schema"} for c in found.get("columns", [])]}


plain_columns = Rule(before=_visible, after=answered_by(_columns))


def _mine(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    return change(response, lambda views: [v for v in views if v.get("user") == user.id])


def _one_view(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """Label Studio's page makes a view of its own on first sight; nothing of it may filter or sort."""
    project = request.GET.get("project") or read_body(request).get("project")
    if kwargs or not str(project).isdigit():
        return refuse("Annotators have no views to order.")
    set_body(request, {"project": int(str(project)), "data": {"title": "Default", "type": "list", "target": "tasks"}})
    return None


def _own_view(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    from data_manager.models import View

    mine = View.objects.filter(pk=kwargs.get("pk"), user=user).exists()
    return None if mine else refuse("You can change views of your own only.")


own_views = Rule(before=_visible, after=_mine)
one_view = Rule(before=_one_view)
own_view = Rule(before=_own_view)


# --- the labelling stream -------------------------------------------------------------------------------------------


def _stream_page(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """Of the Data Manager an annotator sees the stream, whatever link they came by."""
    if is_hidden(kwargs.get("pk")):
        return refuse("This project is not for labelling.", status=404)
    if request.GET.dict() == {"labeling": "1"} and request.path.rstrip("/").endswith("/data"):
        return None
    return HttpResponseRedirect(f"/projects/{kwargs['pk']}/data?labeling=1")


def _next_task(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    project = request.GET.get("project", "")
    if request.GET.getlist("id") != ["next_task"] or not project.isdigit():
        return refuse("Annotators may label; other actions need an administrator.")
    if is_hidden(project):
        return refuse("This project is not for labelling.", status=404)
    set_body(request, {"project": project})  # no filters, orderings or selected items: the routing decides
    request._steadyhand_started = time.perf_counter()
    _let_out(user, int(project))
    return None


def _let_out(user: Any, project: int, *, all_of_them: bool = False) -> int:
    """Let the user's ripe reservations into the stream; returns how many."""
    from tasks.models import Task

    waiting = Reservation.objects.filter(user=user.id, project=project, ripe_at__isnull=False)
    held = list(waiting.values_list("pk", "task", "ripe_at"))
    if held and not all_of_them:
        served = Served.objects.filter(user=user.id).count()
        held = [h for h in held if h[2] <= served][:1]  # one at a time: two would come in a row
    if held:
        with transaction.atomic():
            Reservation.objects.filter(pk__in=[h[0] for h in held]).update(ripe_at=None)
            # by its lock: on SQLite Label Studio gives the id of a deleted task to a new one
            mine = Task.objects.filter(pk__in=[h[1] for h in held], locks__user=user.id)
            mine.update(is_labeled=False)
    return len(held)


def _given(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    """Note what was served, cut it down, and let a reserved task take as long to find as an ordinary one."""
    if response.status_code == 404 and _let_out(user, int(request.GET["project"]), all_of_them=True):
        response = _once_more(request)  # ordinary tasks are at an end
    if response.status_code != 200:
        return response
    found: dict[str, Any] = {}

    def cut(task: dict[str, Any]) -> dict[str, Any]:
        found.update(task)
        return _task_for(task, user)

    response = change(response, cut)
    locked = "Task lock" in found.get("queue", "")  # made for this user, or served to them before
    at, made = now(), parse_datetime(str(found.get("created_at")))
    with connection.cursor() as cursor:
        moments = (connection.ops.adapt_datetimefield_value(moment) for moment in (at, made))
        cursor.execute(NOTE_SERVING, [user.id, found["id"], *moments])
    key = _serving_key(user, found["id"])
    first = None if locked else Serving(at, reserved=False)
    if first is None or not cache.add(key, first, REMEMBERED_SECONDS):
        known = _serving(user, found["id"])
        if known is not None and made is not None and known.at < made:  # of an earlier task with this id
            cache.delete(key)
            _serving(user, found["id"])
    took = time.perf_counter() - request._steadyhand_started
    hold(("finding", found["project"]), took, "reserved" if locked else SLOWEST)
    return response


class Serving(NamedTuple):
    """When a task was first given to a user, and whether it was made for them; remembered so that answering costs less."""

    at: datetime
    reserved: bool


def _serving_key(user: Any, task: object) -> str:
    return f"steadyhand-serving-{user.id}-{task}"


def _serving(user: Any, task: object) -> Serving | None:
    known: Serving | None = cache.get(_serving_key(user, task))
    if known is not None:
        return known
    served = _served(user, task)
    if served is None:
        return None
    found = Serving(served.served_at, reserved=Reservation.objects.filter(task=task).exists())
    cache.add(_serving_key(user, task), found, REMEMBERED_SECONDS)
    return found


def _once_more(request: HttpRequest) -> HttpResponse:
    view, args, kwargs = request.resolver_match
    response: HttpResponse = view(request, *args, **kwargs)
    if hasattr(response, "render"):
        response.render()
    return response


def _task_for(task: dict[str, Any], user: Any) -> dict[str, Any]:
    """A task as its annotator sees it: own annotations and drafts, nobody's predictions, a sealed id."""
    own = [
        a for a in task.get("annotations") or [] if isinstance(a, dict) and _author(a.get("completed_by")) == user.id
    ]
    drafts = [
        d for d in task.get("drafts") or [] if isinstance(d, dict) and _author(d.get("user")) in (user.id, user.email)
    ]
    return {
        **keep(task, TASK_FIELDS),
        "id": sealed(task["id"]),
        "annotations": [_annotation(a) for a in own],
        "drafts": [_with_task(keep(d, DRAFT_FIELDS)) for d in drafts],
        "predictions": [],
    }


def _author(person: Any) -> Any:
    return person.get("id") if isinstance(person, dict) else person


def _with_task(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "task": sealed(record["task"])} if isinstance(record.get("task"), int) else record


def _annotation(record: dict[str, Any]) -> dict[str, Any]:
    """Lead times in whole seconds: their fractions, beside one's own clock, would tell how long a task was held back."""
    told = keep(record, ANNOTATION_FIELDS)
    if told.get("lead_time") is not None:
        told["lead_time"] = round(told["lead_time"])
    return _with_task(told)


def _history(found: Any) -> Any:
    return [{**h, "taskId": sealed(h.get("taskId"))} for h in found] if isinstance(found, list) else []


def _served(user: Any, task: object) -> Served | None:
    return Served.objects.filter(user=user.id, task=task).first()


def _was_served(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    task = kwargs.get("pk", kwargs.get("task_id"))
    return None if _served(user, task) else refuse("This task was not given to you.", status=404)


def _answer(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """One answer on a task that was served, in one's own name, with the server's own lead time."""
    request._steadyhand_started = time.perf_counter()
    serving = _serving(user, kwargs["pk"])
    if serving is None:
        return refuse("This task was not given to you; it can't be answered.")
    mine = Served.objects.filter(user=user.id, task=kwargs["pk"])
    if not mine.filter(answered_at=None).update(answered_at=now()):
        return refuse("You have answered this task already.", status=409)
    given = read_body(request)
    lead = (now() - serving.at).total_seconds()
    set_body(request, {**keep(given, ("result", "draft_id")), "lead_time": round(lead, 3)})
    request._steadyhand_answered = (kwargs["pk"], serving)
    return None


def _answered(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    from tasks.models import Annotation, Task

    task, serving = request._steadyhand_answered
    if response.status_code != 201:
        if not Annotation.objects.filter(task=task, completed_by=user.id).exists():  # it may fail after it was stored
            Served.objects.filter(user=user.id, task=task).update(answered_at=None)
        return response
    response = change(response, _annotation)
    project, finished = Task.objects.values_list("project", "is_labeled").get(pk=task)
    kind = "unfinished" if not finished else "reserved" if serving.reserved else SLOWEST
    hold(("storing", project), time.perf_counter() - request._steadyhand_started, kind)
    return response


def _own(user: Any, annotation: object) -> Any:
    from tasks.models import Annotation

    return Annotation.objects.filter(pk=annotation, completed_by=user).only("id", "project_id").first()


def _own_annotation(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    return None if _own(user, kwargs["pk"]) else refuse("This annotation is not yours.", status=404)


def _correct(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """An own answer may be corrected where the project allows it; only its result changes."""
    annotation = _own(user, kwargs["pk"])
    if annotation is None:
        return refuse("This annotation is not yours.", status=404)
    if Policy.objects.filter(project=annotation.project_id, corrections=False).exists():
        return refuse("Answers of this project can't be changed any more.")
    set_body(request, keep(read_body(request), ("result", "draft_id", "was_cancelled")))
    return None


def _edit_own(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if _own(user, kwargs["pk"]) is None:
        return refuse("Reviewers change annotations of their own only.")
    set_body(request, keep(read_body(request), ("result", "draft_id", "was_cancelled", "lead_time")))
    return None


def _annotate(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    set_body(request, keep(read_body(request), ("result", "draft_id", "lead_time", "was_cancelled")))
    return None


def _draft(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if "annotation_id" in kwargs and _own(user, kwargs["annotation_id"]) is None:
        return refuse("This annotation is not yours.", status=404)
    refusal = _was_served(request, user, kwargs)
    if refusal is None:
        body = read_body(request)
        set_body(request, keep(body, ("result", "lead_time", "was_postponed", "draft_id")))
    return refusal


def _own_draft(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    from tasks.models import AnnotationDraft

    if not AnnotationDraft.objects.filter(pk=kwargs["pk"], user=user).exists():
        return refuse("This draft is not yours.", status=404)
    if request.method == "PATCH":
        set_body(request, keep(read_body(request), ("result", "lead_time", "was_postponed")))
    return None


def _next_as_asked(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if request.GET.getlist("id") != ["next_task"]:
        return refuse("Reviewers read and annotate; other actions need an administrator.")
    return None


def _seal_draft(found: Any) -> Any:
    return _with_task(keep(found, DRAFT_FIELDS)) if isinstance(found, dict) else found


def _served_task_after(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    return change(response, lambda task: _task_for(task, user))


stream_page = Rule(before=_stream_page)
next_task = Rule(before=_next_task, after=_given)
next_task_as_asked = Rule(before=_next_as_asked)
own_history = Rule(before=_visible, after=answered_by(_history))
served_task = Rule(before=_was_served, after=_served_task_after)
served_file = Rule(before=_was_served)
answer = Rule(before=_answer, after=_answered)
annotate = Rule(before=_annotate)
own_annotation = Rule(before=_own_annotation, after=answered_by(_annotation))
correct = Rule(before=_correct, after=answered_by(_annotation))
edit_own = Rule(before=_edit_own)
draft = Rule(before=_draft, after=answered_by(_seal_draft))
own_draft = Rule(before=_own_draft, after=answered_by(_seal_draft))
