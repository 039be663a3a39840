"""Label Studio's webhook. It is answered in milliseconds, because Label Studio waits for it within the annotator's own submit:
check the secret, one insert into the inbox, wake the worker."""

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, request

from hooks.web import auth
from hooks.web.body import json_body
from hooks.web.together import Together
from hooks.worker import Worker
from ls_backend.label_studio.events import read_event
from ls_backend.services.context import Context
from ls_backend.services.events import Arrival, enqueue_events, is_outage


def webhook_routes(ctx: Context, worker: Worker) -> Blueprint:
    received = worker.metrics.received
    routes = Blueprint("webhook", __name__)

    def _refuse() -> tuple[Response, int]:
        received.labels("refused").inc()
        return jsonify(error="the secret header is missing or wrong; `steadyhand attach` sets it on the webhook"), 403

    def _put_into_inbox(arrivals: Sequence[Arrival]) -> Sequence[bool]:
        stored = enqueue_events(ctx, arrivals)
        for project in {arrival.event.project for arrival, is_new in zip(arrivals, stored, strict=True) if is_new}:
            worker.wake(project)
        return stored

    put_into_inbox = Together(_put_into_inbox, is_everybodys=is_outage)

    @routes.post("/webhook")
    def webhook() -> Response | tuple[Response, int]:
        if not auth.has_credentials(request):
            return _refuse()  # before the body is read
        body = json_body()
        project = body.get("project")
        number = project.get("id") if isinstance(project, dict) else None
        if type(number) is not int or not auth.is_label_studio(request, ctx.settings, number):
            return _refuse()
        if body.get("action") == "START_TRAINING":  # the button `Start training` of the ML backend
            worker.catch_up(number)
            return jsonify(stored=False)
        stored = put_into_inbox(Arrival(read_event(body), body, request.get_data()))
        received.labels("stored" if stored else "double").inc()
        return jsonify(stored=stored)

    return routes
