"""Projects and the Data Manager's views of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_templates.plugin.guard.redaction import project_for_annotator
from ls_templates.plugin.guard.rule import Rule, edit_json, edited_by, read_body, refuse, set_body
from ls_templates.plugin.models import Policy

CREDENTIALS = ("task_data_login", "task_data_password")


def is_hidden(project: object) -> bool:
    return Policy.objects.filter(project=project, hidden=True).exists()


def refuse_hidden(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """A refusal where the project is hidden from annotators."""
    project = kwargs.get("pk") or request.GET.get("project")
    return refuse("This project is not for labelling.", status=404) if is_hidden(project) else None


def _open_project(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    return edit_json(response, lambda record: project_for_annotator(record, user))


def _open_projects(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    return edit_json(response, lambda answer: _visible(answer, user))


def _visible(answer: Any, user: Any) -> Any:
    if not isinstance(answer, dict) or "results" not in answer:
        return [project_for_annotator(p, user) for p in answer] if isinstance(answer, list) else {}
    hidden = set(Policy.objects.filter(hidden=True).values_list("project", flat=True))
    visible = [project_for_annotator(p, user) for p in answer["results"] if p.get("id") not in hidden]
    return {**answer, "results": visible, "count": len(visible)}


def _without_credentials(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {k: _without_credentials(v) for k, v in answer.items() if k not in CREDENTIALS}
    return [_without_credentials(x) for x in answer] if isinstance(answer, list) else answer


def _without_schema(answer: Any) -> Any:
    """The Data Manager's columns without the lists of members and model versions in them."""
    return {"columns": [{k: v for k, v in c.items() if k != "schema"} for c in answer.get("columns", [])]}


def _views_of_user(request: HttpRequest, user: Any, response: HttpResponse) -> HttpResponse:
    return edit_json(response, lambda views: [v for v in views if v.get("user") == user.id])


def _default_view(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """Label Studio's page makes a view for each user on first sight; nothing of it may filter or sort."""
    project = request.GET.get("project") or read_body(request).get("project")
    if kwargs or not str(project).isdigit():
        return refuse("Annotators have no views to order.")
    set_body(request, {"project": int(str(project)), "data": {"title": "Default", "type": "list", "target": "tasks"}})
    return None


def _own_view(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    from data_manager.models import View

    is_own = View.objects.filter(pk=kwargs.get("pk"), user=user).exists()
    return None if is_own else refuse("You can change views of your own only.")


open_projects = Rule(after=_open_projects)
open_project = Rule(before=refuse_hidden, after=_open_project)
no_secrets = Rule(after=edited_by(_without_credentials))
empty_list = Rule(before=lambda request, user, kwargs: JsonResponse([], safe=False))
empty_page = Rule(
    before=lambda request, user, kwargs: JsonResponse({"count": 0, "next": None, "previous": None, "results": []})
)
no_tasks = Rule(
    before=lambda request, user, kwargs: JsonResponse(
        {"total_annotations": 0, "total_predictions": 0, "total": 0, "tasks": []}
    )
)
plain_columns = Rule(before=refuse_hidden, after=edited_by(_without_schema))
own_views = Rule(before=refuse_hidden, after=_views_of_user)
one_view = Rule(before=_default_view)
own_view = Rule(before=_own_view)
