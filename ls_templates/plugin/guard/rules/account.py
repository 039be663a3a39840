"""People: annotators see their own account, reviewers see names."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_templates.plugin.guard.rule import Rule, edited_by, pick, refuse

USER_FIELDS = (
    "id", "first_name", "last_name", "username", "email", "avatar", "initials", "active_organization", "phone",
)  # fmt: skip


def _only_oneself(request: HttpRequest, user: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    if "pk" in kwargs:
        return None if str(kwargs["pk"]) == str(user.id) else refuse("You can look at your own account only.")
    account = {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": user.username,
        "email": user.email,
        "avatar": None,
        "initials": user.get_initials(),
        "active_organization": user.active_organization_id,
    }
    return JsonResponse([account], safe=False)


def _names(accounts: Any) -> Any:
    if isinstance(accounts, list):
        return [pick(account, USER_FIELDS) for account in accounts]
    return pick(accounts, USER_FIELDS)


only_oneself = Rule(before=_only_oneself)
names_only = Rule(after=edited_by(_names))
