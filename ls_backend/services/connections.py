"""What attaching makes in Label Studio (webhook, ML backend, scorecard project), and taking it away again."""

from collections.abc import Sequence
from dataclasses import replace

from ls_backend.label_studio.events import WEBHOOK_ACTIONS
from ls_backend.label_studio.records import CONNECTED, PluginStatus, StudioProject, Webhook
from ls_backend.label_studio.saved_tabs import REVIEW_TAB
from ls_backend.label_studio.scorecard_project import SCORECARD_LABEL_CONFIG, SCORECARD_TAB
from ls_backend.services.context import Context
from ls_backend.services.guides import tell_plugin_again
from ls_backend.settings import Settings, webhook_purpose
from ls_backend.store import projects
from ls_backend.store.records import Connections, ProjectRecord

SECRET_HEADER = "X-Steadyhand-Secret"  # noqa: S105  (the header's name)
MAX_TITLE = 50


def connect(ctx: Context, project: ProjectRecord, studio: StudioProject, plugin: PluginStatus | None) -> None:
    """Webhook, ML backend, scorecard project and the tabs of the Data Manager; what exists is set as it should be. Each is noted as soon
    as it is made."""
    if studio.show_collab_predictions:
        ctx.gateway.update_project(project.id, show_collab_predictions=False)
    project = connect_events(ctx, project)
    scorecard_project = _connect_scorecards(ctx, project)
    ctx.gateway.save_tab(scorecard_project, SCORECARD_TAB)
    ctx.gateway.save_tab(project.id, REVIEW_TAB)
    if plugin:
        ctx.gateway.set_policy(scorecard_project, hidden=True)
        ctx.gateway.set_policy(project.id, hidden=False)
        tell_plugin_again(ctx, project.id)


def connect_events(ctx: Context, project: ProjectRecord) -> ProjectRecord:
    """The webhook and the ML backend, with the addresses and the secret of now."""
    return _connect_ml_backend(ctx, _connect_webhook(ctx, project))


def _connect_webhook(ctx: Context, project: ProjectRecord) -> ProjectRecord:
    url, headers = ctx.settings.webhook_url, {SECRET_HEADER: ctx.settings.webhook_secret(project.id)}
    hook = our_webhook(project, ctx.gateway.webhooks(project.id))
    if hook is None:
        made = ctx.gateway.create_webhook(project.id, url, headers=headers, actions=WEBHOOK_ACTIONS)
        return _note(ctx, project, replace(project.connections, webhook=made))
    if webhook_fault(ctx.settings, project.id, hook) or has_previous_secret(ctx.settings, project.id, hook):
        ctx.gateway.update_webhook(hook.id, url, headers=headers, actions=WEBHOOK_ACTIONS)
    return project


def our_webhook(project: ProjectRecord, hooks: Sequence[Webhook]) -> Webhook | None:
    """The webhook that attaching made, where it is there."""
    return next((hook for hook in hooks if hook.id == project.connections.webhook), None)


def webhook_fault(settings: Settings, project: int, hook: Webhook) -> str:
    """What somebody changed on our webhook, or what of us has changed since; empty where all is as it should be."""
    if hook.url != settings.webhook_url:
        return f"it calls {hook.url}, and Steadyhand is at {settings.webhook_url}"
    if not hook.is_active:
        return "it is switched off"
    if not hook.send_payload:
        return "`send payload` is switched off"
    if hook.headers.get(SECRET_HEADER) not in settings.accepted(webhook_purpose(project)):
        return "it does not carry our secret"
    if hook.send_for_all_actions or set(hook.actions) != set(WEBHOOK_ACTIONS):
        return "it is called for other events than those that are needed"
    return ""


def has_previous_secret(settings: Settings, project: int, hook: Webhook) -> bool:
    """Whether our webhook was not set again since the secret was exchanged."""
    return hook.headers.get(SECRET_HEADER) in settings.accepted(webhook_purpose(project))[1:]


def _connect_ml_backend(ctx: Context, project: ProjectRecord) -> ProjectRecord:
    url, known = ctx.settings.ml_base, project.connections.ml_backend
    user, password = f"project-{project.id}", ctx.settings.ml_password(project.id)
    backend = next((b for b in ctx.gateway.ml_backends(project.id) if b.id == known), None)
    if backend is not None:
        works = backend.state == CONNECTED and backend.url.rstrip("/") == url
        if not works or ctx.settings.previous_secret is not None:  # which of both it has can't be read
            ctx.gateway.update_ml_backend(backend.id, project.id, url, user=user, password=password)
    else:
        made = ctx.gateway.create_ml_backend(project.id, url, user=user, password=password)
        project = _note(ctx, project, replace(project.connections, ml_backend=made))
    for hook in ctx.gateway.webhooks(project.id):  # Label Studio adds one without our secret
        if hook.url in (url + "/webhook", ctx.settings.webhook_url) and hook.id != project.connections.webhook:
            ctx.gateway.delete_webhook(hook.id)
    return project


def _connect_scorecards(ctx: Context, project: ProjectRecord) -> int:
    """The scorecard project, made or brought up to date."""
    if project.scorecard_project is not None:
        set_scorecard_label_config(ctx, project.scorecard_project)
        return project.scorecard_project
    made = ctx.gateway.create_project(
        title=f"Scorecards of {project.title}"[:MAX_TITLE],
        label_config=SCORECARD_LABEL_CONFIG,
        description="Kept by Steadyhand.",
    )
    projects.change(ctx.store, project.id, scorecard_project=made.id)
    return made.id


def set_scorecard_label_config(ctx: Context, scorecard_project: int) -> None:
    """The label config of today, where an earlier release made the scorecard project."""
    if ctx.gateway.project(scorecard_project).label_config != SCORECARD_LABEL_CONFIG:
        ctx.gateway.update_project(scorecard_project, label_config=SCORECARD_LABEL_CONFIG)


def _note(ctx: Context, project: ProjectRecord, connections: Connections) -> ProjectRecord:
    projects.change(ctx.store, project.id, connections=connections)
    return replace(project, connections=connections)


def disconnect(ctx: Context, project: ProjectRecord, *, keep_scorecards: bool = False) -> None:
    """Take away what :func:`connect` made, and set the project as it was before."""
    project = disconnect_webhook(ctx, project)
    if project.connections.ml_backend is not None:
        ctx.gateway.delete_ml_backend(project.connections.ml_backend)
    if project.scorecard_project is not None and not keep_scorecards:
        ctx.gateway.delete_project(project.scorecard_project)
    ctx.gateway.delete_tab(project.id, REVIEW_TAB.title)
    before = project.original_settings
    if before.show_collab_predictions is not None:
        ctx.gateway.update_project(project.id, show_collab_predictions=before.show_collab_predictions)
    if before.model_version is not None:
        ctx.gateway.update_project(project.id, model_version=before.model_version)
    projects.change(ctx.store, project.id, detached_at=ctx.clock())


def disconnect_webhook(ctx: Context, project: ProjectRecord) -> ProjectRecord:
    """From here on no event comes."""
    if project.connections.webhook is None:
        return project
    ctx.gateway.delete_webhook(project.connections.webhook)
    return _note(ctx, project, replace(project.connections, webhook=None))
