"""For whoever runs the service: is it alive, is it ready, how is it doing."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST

from hooks.metrics import Metrics
from ls_backend.records import to_dict
from ls_backend.services.context import Context
from ls_backend.services.queries.readiness import readiness


def operations_routes(ctx: Context, metrics: Metrics, ask_queue: Callable[[], object]) -> Blueprint:
    """``ask_queue`` raises where the queue can't be used."""
    routes = Blueprint("operations", __name__)

    @routes.get("/health/live")
    def live() -> Response:
        return jsonify(status="UP")

    @routes.get("/health/ready")
    def ready() -> tuple[Response, int]:
        found = readiness(ctx, ask_queue)
        return jsonify(to_dict(found)), 200 if found.ready else 503

    @routes.get("/metrics")
    def show_metrics() -> Response:
        return Response(metrics.as_text(), content_type=CONTENT_TYPE_LATEST)

    return routes
