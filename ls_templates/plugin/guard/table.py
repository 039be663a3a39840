"""What each role may do, by view and method. What does not stand here is refused, whatever Label Studio adds.

``yes`` lets a request through as it is; the other rules narrow the request or the answer
(:mod:`ls_templates.plugin.guard.rules`). Admins are not looked up: they may do everything. ``nobody`` is who has not signed in.
"""

from typing import NamedTuple

from ls_templates.plugin.guard.rule import Rule, no, yes
from ls_templates.plugin.guard.rules.account import names_only, only_oneself
from ls_templates.plugin.guard.rules.answers import (
    annotate,
    answer,
    correct,
    draft,
    edit_own,
    own_annotation,
    own_draft,
)
from ls_templates.plugin.guard.rules.projects import (
    empty_list,
    empty_page,
    no_secrets,
    no_tasks,
    one_view,
    open_project,
    open_projects,
    own_view,
    own_views,
    plain_columns,
)
from ls_templates.plugin.guard.rules.stream import (
    next_task,
    next_task_as_asked,
    own_history,
    served_file,
    served_task,
    stream_page,
)


class Row(NamedTuple):
    view: str
    methods: str
    annotator: Rule
    reviewer: Rule
    nobody: Rule = no


# fmt: off
ROWS = (
    # Signing in and out, and what every page needs
    Row("core.middleware.wrapper",                    "GET POST",  yes,              yes,                yes),  # log in, sign up
    Row("users.views.logout",                         "GET POST",  yes,              yes,                yes),
    Row("jwt_auth.views.DecoratedTokenRefreshView",   "POST",      yes,              yes,                yes),
    Row("core.utils.static_serve.serve",              "GET",       yes,              yes,                yes),
    Row("core.views.serve_file",                      "GET",       yes,              yes,                yes),
    Row("django.views.generic.base.RedirectView",     "GET",       yes,              yes,                yes),
    Row("core.views.health",                          "GET",       yes,              yes,                yes),
    Row("core.views.main",                            "GET",       yes,              yes,                yes),  # to log-in or projects
    Row("core.views.version_page",                    "GET",       yes,              yes),
    Row("core.views.heidi_tips",                      "GET",       yes,              yes,                yes),
    Row("core.views.collect_metrics",                 "GET POST",  yes,              yes),
    Row("core.views.feature_flags",                   "GET",       yes,              yes),
    # Oneself
    Row("users.api.UserWhoAmIAPI",                    "GET",       yes,              yes),
    Row("users.api.UserGetTokenAPI",                  "GET",       yes,              yes),
    Row("users.api.UserResetTokenAPI",                "POST",      yes,              yes),
    Row("users.api.UserHotkeysAPI",                   "GET PATCH", yes,              yes),
    Row("users.product_tours.api.ProductTourAPI",     "GET PATCH", yes,              yes),
    Row("users.views.user_account",                   "GET",       yes,              yes),
    Row("users.api.UserAPI",                          "GET",       only_oneself,     names_only),
    Row("jwt_auth.views.JWTSettingsAPI",              "GET",       yes,              yes),
    Row("jwt_auth.views.LSAPITokenView",              "GET POST",  yes,              yes),
    # Projects
    Row("projects.views.project_list",                "GET",       yes,              yes),
    Row("projects.api.ProjectListAPI",                "GET",       open_projects,    no_secrets),
    Row("projects.api.ProjectCountsListAPI",          "GET",       open_projects,    yes),
    Row("projects.api.ProjectAPI",                    "GET",       open_project,     no_secrets),
    Row("data_manager.api.ProjectStateAPI",           "GET",       open_project,     no_secrets),
    Row("data_manager.api.ProjectColumnsAPI",         "GET",       plain_columns,    yes),
    Row("data_manager.api.ViewAPI",                   "GET",       own_views,        yes),
    Row("data_manager.api.ViewAPI",                   "POST",      one_view,         yes),
    Row("data_manager.api.ViewAPI",                   "PATCH PUT", no,               own_view),
    Row("ml.api.MLBackendListAPI",                    "GET",       empty_list,       empty_list),
    Row("labels_manager.api.LabelLinkAPI",            "GET",       empty_page,       yes),
    # The labelling stream
    Row("data_manager.views.task_page",               "GET",       stream_page,      yes),
    Row("data_manager.api.ProjectActionsAPI",         "POST",      next_task,        next_task_as_asked),
    Row("projects.api.LabelStreamHistoryAPI",         "GET",       own_history,      yes),
    Row("tasks.api.TaskAPI",                          "GET",       served_task,      yes),
    Row("tasks.api.TaskListAPI",                      "GET",       no_tasks,         yes),
    Row("projects.api.ProjectTaskListAPI",            "GET",       no,               yes),
    Row("tasks.api.AnnotationsListAPI",               "GET",       no,               yes),
    Row("tasks.api.AnnotationsListAPI",               "POST",      answer,           annotate),
    Row("tasks.api.AnnotationAPI",                    "GET",       own_annotation,   yes),
    Row("tasks.api.AnnotationAPI",                    "PATCH",     correct,          edit_own),
    Row("tasks.api.AnnotationDraftListAPI",           "POST",      draft,            yes),
    Row("tasks.api.AnnotationDraftAPI",               "GET PATCH DELETE", own_draft,        own_draft),
    Row("io_storages.proxy_api.TaskResolveStorageUri", "GET",      served_file,      yes),
)
# fmt: on

TABLE: dict[tuple[str, str], Row] = {(row.view, method): row for row in ROWS for method in row.methods.split()}


def rule_for(view: str, method: str, role: str) -> Rule:
    """The rule of a route for a role; ``no`` where the table has none. HEAD goes by GET."""
    row = TABLE.get((view, "GET" if method == "HEAD" else method))
    rule: Rule = no if row is None else getattr(row, role)
    return rule
