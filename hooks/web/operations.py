"""Metrics for whoever runs the service."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

from ls_backend.services.context import Context
from ls_backend.services.queries.events import pending_events


class Metrics:
    """The service's figures, in a registry of their own."""

    def __init__(self, ctx: Context) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "steadyhand_events_received", "Webhook events by outcome", ["outcome"], registry=self.registry
        )
        pending = Gauge("steadyhand_events_pending", "Events waiting in the inbox", registry=self.registry)
        pending.set_function(lambda: pending_events(ctx))


def operations_routes(metrics: Metrics) -> Blueprint:
    routes = Blueprint("operations", __name__)

    @routes.get("/metrics")
    def show_metrics() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return routes
