"""Label Studio's webhook. It is answered in milliseconds, because Label Studio waits for it within the annotator's own submit:
check the secret, one insert into the inbox, wake the worker.

It is a WSGI application of its own before the Flask app: with many senders at once, Flask takes more of a processor than all that is done
for an event. Limits, credentials, failures and figures are those of all routes.
"""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Request, Response

from hooks.web import auth, observing
from hooks.web.body import json_body
from hooks.web.errors import Failure, failure_of, json_answer
from hooks.web.limits import Senders, refuse_too_much
from hooks.web.together import Together
from hooks.worker import Worker
from ls_backend.label_studio.events import read_event
from ls_backend.services.context import Context
from ls_backend.services.events import Arrival, enqueue_events, is_outage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/webhook"
REFUSED = Failure(403, "the secret header is missing or wrong; `steadyhand attach` sets it on the webhook", "Refused")


class Webhook:
    """Answers what comes to :data:`PATH`, and hands everything else on."""

    def __init__(self, ctx: Context, worker: Worker, senders: Senders, others: "WSGIApplication") -> None:
        self._ctx, self._worker, self._senders, self._others = ctx, worker, senders, others
        self._put_into_inbox = Together(self._put_all_into_inbox, is_everybodys=is_outage)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return self._others(environ, start_response)
        request, began, failure = Request(environ), time.perf_counter(), None
        observing.begin(request)
        try:
            answer = self._answer(request)
        except Exception as error:  # noqa: BLE001  (each is answered by its kind)
            failure = failure_of(error)
            answer = failure.answer()
        kind = failure.kind if failure else None
        observing.end(self._worker.metrics, answer, PATH, request.method, time.perf_counter() - began, kind=kind)
        observing.forget()
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        """Raises SteadyhandError, HTTPException or SQLAlchemyError: nothing was stored."""
        refuse_too_much(request, "webhook", self._senders)
        if request.method != "POST":
            raise MethodNotAllowed(["POST"])
        if not auth.has_credentials(request):
            return self._refuse()  # before the body is read
        body = json_body(request)
        project = body.get("project")
        number = project.get("id") if isinstance(project, dict) else None
        if type(number) is not int or not auth.is_label_studio(request, self._ctx.settings, number):
            return self._refuse()
        if body.get("action") == "START_TRAINING":  # the button `Start training` of the ML backend
            self._worker.catch_up(number)
            return json_answer(stored=False)
        stored = self._put_into_inbox(Arrival(read_event(body), body, request.get_data()))
        self._worker.metrics.received.labels("stored" if stored else "double").inc()
        return json_answer(stored=stored)

    def _refuse(self) -> Response:
        self._worker.metrics.received.labels("refused").inc()
        return REFUSED.answer()

    def _put_all_into_inbox(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        stored = enqueue_events(self._ctx, arrivals)
        for project in {arrival.event.project for arrival, is_new in zip(arrivals, stored, strict=True) if is_new}:
            self._worker.wake(project)
        return stored
