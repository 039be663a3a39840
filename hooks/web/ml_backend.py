"""What Label Studio asks an ML backend over HTTP."""

from flask import Blueprint, Response, abort, jsonify, request

from hooks.web import auth
from hooks.web.body import json_body
from ls_backend.errors import InputError
from ls_backend.ml_backend import ConsensusBackend
from ls_backend.services.context import Context
from ls_backend.services.write_back import CONSENSUS_VERSION


def ml_backend_routes(ctx: Context) -> Blueprint:
    routes = Blueprint("ml_backend", __name__)
    backend = ConsensusBackend(service_context=ctx)

    @routes.get("/health")
    def health() -> Response:
        return jsonify(status="UP", model_class=ConsensusBackend.__name__)

    @routes.post("/setup")
    def setup() -> Response:
        _project(ctx)  # the project creator's token that comes along is not read
        return jsonify(model_version=CONSENSUS_VERSION)

    @routes.post("/predict")
    def predict() -> Response:
        project = _project(ctx)
        tasks = json_body(request).get("tasks") or []
        if not isinstance(tasks, list) or not all(
            isinstance(task, dict) and isinstance(task.get("data") or {}, dict) for task in tasks
        ):
            raise InputError("tasks must be a list of objects with data, as Label Studio sends them")
        tasks = [{**task, "project": project} for task in tasks]
        return jsonify(results=backend.predict(tasks), model_version=CONSENSUS_VERSION)

    @routes.get("/versions")
    def versions() -> Response:
        return jsonify(versions=[CONSENSUS_VERSION])

    return routes


def _project(ctx: Context) -> int:
    """Whose predictions are asked for: Label Studio sends ``<project id>.<time>``."""
    number = str(json_body(request).get("project") or "").partition(".")[0]
    if not number.isdigit() or not auth.is_ml_client(request, ctx.settings, int(number)):
        abort(403)
    return int(number)
