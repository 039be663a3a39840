"""The guard: roles for Label Studio Community. Deny by default, by one table, for session and tokens alike.

It is on when admins are named. It runs last in Label Studio's chain of middleware, where the view is known. It also turns the
sealed task ids in annotators' requests back into real ones.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from ls_templates.plugin import protocol
from ls_templates.plugin.guard.roles import is_on, role_of, user_of
from ls_templates.plugin.guard.rule import refuse
from ls_templates.plugin.guard.servings import real_task
from ls_templates.plugin.guard.table import rule_for
from ls_templates.plugin.notices import notice

log = logging.getLogger("steadyhand.guard")
TASK_PATH = re.compile(r"^(/api/tasks/|/tasks/)(\d+)(?=/|$)")


def view_name(view: Any) -> str:
    """Module and name of a view, through the wrappers of Django and its REST framework."""
    inner = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    return f"{inner.__module__}.{getattr(inner, '__name__', type(inner).__name__)}"


class Guard:
    """The middleware: looks up the rule for the view, the method and the user's role, and applies it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_on():
            return self.get_response(request)
        match = TASK_PATH.match(request.path_info)
        # Label Studio's append-slash middleware runs the chain twice on one request: unseal once
        if match and not hasattr(request, "_steadyhand_unsealed") and role_of(user_of(request)) == "annotator":
            request._steadyhand_unsealed = True
            real = real_task(int(match[2]))
            request.path_info = request.path = f"{match[1]}{max(real, 0)}{request.path_info[match.end() :]}"
        response = self.get_response(request)
        after = getattr(request, "_steadyhand_after", None)
        if after is not None:
            del request._steadyhand_after
            response = after(request, user_of(request), response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not is_on():
            return None
        user = user_of(request)
        role = role_of(user)
        if role == "admin":
            return None
        name = view_name(view)
        rule = rule_for(name, request.method, role)
        if not rule.allowed:
            return self._refuse(request, user, role, name)
        answer = rule.before(request, user, kwargs) if rule.before else None
        if answer is None:
            request._steadyhand_after = rule.after
        elif answer.status_code >= 400:
            self._log_refusal(user, role, request.method, name)
        return answer

    def _refuse(self, request: HttpRequest, user: Any, role: str, name: str) -> HttpResponse:
        self._log_refusal(user, role, request.method, name)
        page = "text/html" in request.headers.get("Accept", "")
        if role == "nobody":
            answer = HttpResponseRedirect("/user/login/") if page else refuse("Sign in, or send a token.", status=401)
        elif page:
            answer = notice(
                request,
                "This page is not for your role",
                "You can label, and see your own work and standing. What you asked for needs an administrator.",
                403,
                needs_admin=True,
            )
        else:
            answer = refuse(f"As {role} you can label and see your own work; this needs an administrator.")
        answer[protocol.GUARD_HEADER] = protocol.REFUSED
        return answer

    @staticmethod
    def _log_refusal(user: Any, role: str, method: str, name: str) -> None:
        """The audit log, in Label Studio's own log: who tried what; never the contents."""
        identity = None if user is None else user.id
        log.warning("refused: user %s (%s) %s %s", identity, role, method, name)
