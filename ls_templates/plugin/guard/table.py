"""What each role may do, by view and method. What does not stand here is refused, whatever Label Studio adds.

``yes`` lets a request through as it is; the other rules are functions of :mod:`ls_templates.plugin.guard.rules` that narrow
the request or the answer. Admins are not looked up: they may do everything. ``nobody`` is who has not signed in.
"""

from typing import NamedTuple

from ls_templates.plugin.guard import rules as r
from ls_templates.plugin.guard.rules import Rule, no, yes


class Row(NamedTuple):
    view: str
    methods: str
    annotator: Rule
    reviewer: Rule
    nobody: Rule = no


# fmt: off
ROWS = (
    # Signing in and out, and what every page needs
    Row("core.middleware.wrapper",                    "GET POST",  yes,               yes,              yes),  # log in, sign up
    Row("users.views.logout",                         "GET POST",  yes,               yes,              yes),
    Row("jwt_auth.views.DecoratedTokenRefreshView",   "POST",      yes,               yes,              yes),
    Row("core.utils.static_serve.serve",              "GET",       yes,               yes,              yes),
    Row("core.views.serve_file",                      "GET",       yes,               yes,              yes),
    Row("django.views.generic.base.RedirectView",     "GET",       yes,               yes,              yes),
    Row("core.views.health",                          "GET",       yes,               yes,              yes),
    Row("core.views.main",                            "GET",       yes,               yes,              yes),  # to log-in or projects
    Row("core.views.version_page",                    "GET",       yes,               yes),
    Row("core.views.heidi_tips",                      "GET",       yes,               yes,              yes),
    Row("core.views.collect_metrics",                 "GET POST",  yes,               yes),
    Row("core.views.feature_flags",                   "GET",       yes,               yes),
    # Oneself
    Row("users.api.UserWhoAmIAPI",                    "GET",       yes,               yes),
    Row("users.api.UserGetTokenAPI",                  "GET",       yes,               yes),
    Row("users.api.UserResetTokenAPI",                "POST",      yes,               yes),
    Row("users.api.UserHotkeysAPI",                   "GET PATCH", yes,               yes),
    Row("users.product_tours.api.ProductTourAPI",     "GET PATCH", yes,               yes),
    Row("users.views.user_account",                   "GET",       yes,               yes),
    Row("users.api.UserAPI",                          "GET",       r.only_oneself,    r.names_only),
    Row("jwt_auth.views.JWTSettingsAPI",              "GET",       yes,               yes),
    Row("jwt_auth.views.LSAPITokenView",              "GET POST",  yes,               yes),
    # Projects
    Row("projects.views.project_list",                "GET",       yes,               yes),
    Row("projects.api.ProjectListAPI",                "GET",       r.open_projects,   r.no_secrets),
    Row("projects.api.ProjectCountsListAPI",          "GET",       r.open_projects,   yes),
    Row("projects.api.ProjectAPI",                    "GET",       r.open_project,    r.no_secrets),
    Row("data_manager.api.ProjectStateAPI",           "GET",       r.open_project,    r.no_secrets),
    Row("data_manager.api.ProjectColumnsAPI",         "GET",       r.plain_columns,   yes),
    Row("data_manager.api.ViewAPI",                   "GET",       r.own_views,       yes),
    Row("data_manager.api.ViewAPI",                   "POST",      r.one_view,        yes),
    Row("data_manager.api.ViewAPI",                   "PATCH PUT", no,                r.own_view),
    Row("ml.api.MLBackendListAPI",                    "GET",       r.empty_list,      r.empty_list),
    Row("labels_manager.api.LabelLinkAPI",            "GET",       r.empty_page,      yes),
    # The labelling stream
    Row("data_manager.views.task_page",               "GET",       r.stream_page,     yes),
    Row("data_manager.api.ProjectActionsAPI",         "POST",      r.next_task,       r.next_task_as_asked),
    Row("projects.api.LabelStreamHistoryAPI",         "GET",       r.own_history,     yes),
    Row("tasks.api.TaskAPI",                          "GET",       r.served_task,     yes),
    Row("tasks.api.TaskListAPI",                      "GET",       r.no_tasks,        yes),
    Row("projects.api.ProjectTaskListAPI",            "GET",       no,                yes),
    Row("tasks.api.AnnotationsListAPI",               "GET",       no,                yes),
    Row("tasks.api.AnnotationsListAPI",               "POST",      r.answer,          r.annotate),
    Row("tasks.api.AnnotationAPI",                    "GET",       r.own_annotation,  yes),
    Row("tasks.api.AnnotationAPI",                    "PATCH",     r.correct,         r.edit_own),
    Row("tasks.api.AnnotationDraftListAPI",           "POST",      r.draft,           yes),
    Row("tasks.api.AnnotationDraftAPI",               "GET PATCH DELETE", r.own_draft, r.own_draft),
    Row("io_storages.proxy_api.TaskResolveStorageUri", "GET",      r.served_file,     yes),
)
# fmt: on

TABLE: dict[tuple[str, str], Row] = {(row.view, method): row for row in ROWS for method in row.methods.split()}


def rule_for(view: str, method: str, role: str) -> Rule:
    """The rule of a route for a role; ``no`` where the table has none. HEAD goes by GET."""
    row = TABLE.get((view, "GET" if method == "HEAD" else method))
    rule: Rule = no if row is None else getattr(row, role)
    return rule
