"""The service's routes: webhook, ML backend, panel, health and metrics.

A webhook is answered in milliseconds, because Label Studio waits for it within the annotator's own submit: check the
secret, one insert into the inbox, wake the worker.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from hooks.web import auth
from hooks.worker import Worker
from ls_backend import services
from ls_backend.errors import InputError, NotAttachedError, SteadyhandError
from ls_backend.label_studio.events import read_event
from ls_backend.ml_backend import ConsensusBackend
from ls_backend.services import Context
from ls_backend.services.writeback import MODEL_VERSION
from ls_backend.store.tables import inbox
from ls_templates.plugin import protocol


def blueprint(ctx: Context, worker: Worker) -> Blueprint:
    """All routes over one context."""
    pages = Blueprint("steadyhand", __name__)
    registry = CollectorRegistry()
    received = Counter("steadyhand_events_received", "Webhook events by outcome", ["outcome"], registry=registry)
    pending = Gauge("steadyhand_events_pending", "Events waiting in the inbox", registry=registry)
    pending.set_function(lambda: ctx.store.count(inbox, inbox.c.state == "pending"))
    model = ConsensusBackend(service_context=ctx)

    def body() -> dict[str, Any]:
        found = request.get_json(silent=True)
        if not isinstance(found, dict):
            raise InputError("the body is not a JSON object; send what Label Studio sends")
        return found

    @pages.post("/webhook")
    def webhook() -> Response | tuple[Response, int]:
        content = body()
        project = content.get("project")
        number = project.get("id") if isinstance(project, dict) else None
        if not isinstance(number, int) or not auth.is_label_studio(request, ctx.settings, number):
            received.labels("refused").inc()
            return jsonify(
                error="the secret header is missing or wrong; `steadyhand attach` sets it on the webhook"
            ), 403
        if content.get("action") == "START_TRAINING":  # the button `Start training` of the ML backend
            worker.tick()
            return jsonify(stored=False)
        found = read_event(content)
        stored = services.put_in(ctx, found, request.get_data())
        received.labels("stored" if stored else "double").inc()
        if stored:
            worker.wake(found.project)
        return jsonify(stored=stored)

    @pages.get("/health")
    def health() -> Response:
        return jsonify(status="UP", model_class=ConsensusBackend.__name__)

    @pages.post("/setup")
    def setup() -> Response:
        _ml_project(ctx)  # the project creator's token that comes along is not read
        return jsonify(model_version=MODEL_VERSION)

    @pages.post("/predict")
    def predict() -> Response:
        project = _ml_project(ctx)
        tasks = [{**t, "project": project} for t in body().get("tasks") or [] if isinstance(t, dict)]
        return jsonify(results=model.predict(tasks), model_version=MODEL_VERSION)

    @pages.get("/versions")
    def versions() -> Response:
        return jsonify(versions=[MODEL_VERSION])

    @pages.get(protocol.SERVICE_PANEL_PATH)
    def panel() -> Response:
        if not auth.is_plugin(request, ctx.settings):
            abort(403)
        project, user = request.args.get("project", type=int), request.args.get("user", "")
        if project is None or not user:
            raise InputError("panel needs project and user")
        return jsonify(services.panel(ctx, project, user))

    @pages.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    pages.register_error_handler(InputError, _refuse(400))
    pages.register_error_handler(NotAttachedError, _refuse(404))
    pages.register_error_handler(SteadyhandError, _refuse(502))
    return pages


def _ml_project(ctx: Context) -> int:
    """Whose predictions are asked for: Label Studio sends ``<project id>.<time>``."""
    content = request.get_json(silent=True) or {}
    number = str(content.get("project") or "").partition(".")[0]
    if not number.isdigit() or not auth.is_ml_client(request, ctx.settings, int(number)):
        abort(403)
    return int(number)


def _refuse(status: int) -> Callable[[SteadyhandError], tuple[Response, int]]:
    return lambda error: (jsonify(error=str(error)), status)
