"""Annotations and drafts: annotators answer what they were given, once, in their own name."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from ls_templates.plugin.guard.pace import AnswerKind, Step, delay
from ls_templates.plugin.guard.redaction import annotation_for_annotator, draft_for_annotator
from ls_templates.plugin.guard.rule import Rule, edit_json, edited_by, pick, read_body, refuse, set_body
from ls_templates.plugin.guard.rules.stream import refuse_not_served
from ls_templates.plugin.guard.servings import serving_of
from ls_templates.plugin.models import Policy, Served


def _answer(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """One answer on a task that was served, in one's own name, with the server's own lead time."""
    request._steadyhand_started = time.perf_counter()
    serving = serving_of(user, kwargs["pk"])
    if serving is None:
        return refuse("This task was not given to you; it can't be answered.")
    unanswered = Served.objects.filter(user=user.id, task=kwargs["pk"], answered_at=None)
    if not unanswered.update(answered_at=now()):
        return refuse("You have answered this task already.", status=409)
    answer = pick(read_body(request), ("result", "draft_id"))
    lead_time = (now() - serving.at).total_seconds()
    set_body(request, {**answer, "lead_time": round(lead_time, 3)})
    request._steadyhand_answered = (kwargs["pk"], serving)
    return None


def _answer_stored(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    """Reopen the task where the answer was not stored; let every answer take as long to store as the slowest kind."""
    from tasks.models import Annotation, Task

    task, serving = request._steadyhand_answered
    if response.status_code != 201:
        if not Annotation.objects.filter(task=task, completed_by=user.id).exists():  # it may fail after it was stored
            Served.objects.filter(user=user.id, task=task).update(answered_at=None)
        return response
    response = edit_json(response, annotation_for_annotator)
    project, finished = Task.objects.values_list("project", "is_labeled").get(pk=task)
    kind = AnswerKind.UNFINISHED if not finished else AnswerKind.RESERVED if serving.reserved else AnswerKind.SLOWEST
    delay(Step.STORING, project, time.perf_counter() - request._steadyhand_started, kind)
    return response


def _own(user: Any, annotation: object) -> Any:
    """The annotation, if it is the user's own."""
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
    set_body(request, pick(read_body(request), ("result", "draft_id", "was_cancelled")))
    return None


def _edit_own(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if _own(user, kwargs["pk"]) is None:
        return refuse("Reviewers change annotations of their own only.")
    set_body(request, pick(read_body(request), ("result", "draft_id", "was_cancelled", "lead_time")))
    return None


def _annotate(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    set_body(request, pick(read_body(request), ("result", "draft_id", "lead_time", "was_cancelled")))
    return None


def _draft(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if "annotation_id" in kwargs and _own(user, kwargs["annotation_id"]) is None:
        return refuse("This annotation is not yours.", status=404)
    refusal = refuse_not_served(request, user, kwargs)
    if refusal is None:
        set_body(request, pick(read_body(request), ("result", "lead_time", "was_postponed", "draft_id")))
    return refusal


def _own_draft(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    from tasks.models import AnnotationDraft

    if not AnnotationDraft.objects.filter(pk=kwargs["pk"], user=user).exists():
        return refuse("This draft is not yours.", status=404)
    if request.method == "PATCH":
        set_body(request, pick(read_body(request), ("result", "lead_time", "was_postponed")))
    return None


answer = Rule(before=_answer, after=_answer_stored)
annotate = Rule(before=_annotate)
own_annotation = Rule(before=_own_annotation, after=edited_by(annotation_for_annotator))
correct = Rule(before=_correct, after=edited_by(annotation_for_annotator))
edit_own = Rule(before=_edit_own)
draft = Rule(before=_draft, after=edited_by(draft_for_annotator))
own_draft = Rule(before=_own_draft, after=edited_by(draft_for_annotator))
