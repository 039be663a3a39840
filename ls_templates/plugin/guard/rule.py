"""What a rule of the guard is, and the tools that rules are made of.

A rule has two parts: one runs before Label Studio's view and may narrow the request or answer in the view's place, the
other runs after it and may narrow the answer.
"""

import json
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse

Json = dict[str, Any]
Before = Callable[[HttpRequest, Any, dict[str, Any]], HttpResponse | None]
After = Callable[[HttpRequest, Any, HttpResponse], HttpResponse]


class Rule(NamedTuple):
    """``before`` takes the request, the user and the view's arguments, and may answer instead of the view; ``after`` takes
    the request, the user and the view's answer, and may change it; ``allowed`` is False for ``no``."""

    before: Before | None = None
    after: After | None = None
    allowed: bool = True


yes = Rule()
no = Rule(allowed=False)


def refuse(detail: str, *, status: int = 403) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)


def read_body(request: HttpRequest) -> Json:
    """The JSON or form body; {} where it is neither."""
    if request.content_type == "application/json":
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    return {k: request.POST.get(k) for k in request.POST}


def set_body(request: HttpRequest, body: Json) -> None:
    """Give the view another body than the one that was sent."""
    content = json.dumps(body).encode()
    request._body = content
    request.META["CONTENT_TYPE"] = "application/json"
    request.META["CONTENT_LENGTH"] = str(len(content))
    request.content_type = "application/json"
    for cached in ("_post", "_files"):
        if hasattr(request, cached):
            delattr(request, cached)


def edit_json(response: HttpResponse, edit: Callable[[Any], Any]) -> HttpResponse:
    """Replace the JSON of a successful answer by what ``edit`` makes of it."""
    if response.status_code in (200, 201) and response.get("Content-Type", "").startswith("application/json"):
        response.content = json.dumps(edit(json.loads(response.content))).encode()
        response["Content-Length"] = str(len(response.content))
    return response


def edited_by(edit: Callable[[Any], Any]) -> After:
    return lambda request, user, response: edit_json(response, edit)


def pick(record: Json, fields: Collection[str]) -> Json:
    """The record with these fields only."""
    return {k: v for k, v in record.items() if k in fields}
