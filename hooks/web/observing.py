"""Every request has an id, is counted, and is a line in the log. Routes are named, not paths: paths name people."""

import logging
import time

from flask import Flask, g, request
from werkzeug.wrappers import Request, Response

from hooks.logs import NOBODY, new_id, work_id
from hooks.metrics import Metrics
from hooks.web.errors import UNEXPECTED

REQUEST_ID = "X-Request-ID"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER_METHOD = "other"
QUIET = ("/health", "/health/live", "/health/ready", "/metrics", "/webhook")  # asked all the time; metrics count them
log = logging.getLogger("steadyhand.web")


def begin(asked: Request) -> None:
    """From here on what is logged belongs to this request."""
    work_id.set(new_id(asked.headers.get(REQUEST_ID)))


def end(metrics: Metrics, answer: Response, route: str, method: str, seconds: float, *, kind: str | None) -> None:
    """Count a request that is answered; ``kind`` is that of its failure. Methods that are none of HTTP's are counted as one: whoever asks may
    invent as many as they like, and each figure that is kept needs memory."""
    method = method if method in METHODS else OTHER_METHOD
    metrics.requests.labels(route, method, str(answer.status_code)).observe(seconds)
    answer.headers[REQUEST_ID] = work_id.get()
    fails = answer.status_code >= 500
    if fails:
        metrics.errors.labels(route, kind or UNEXPECTED).inc()
    if fails or route not in QUIET:
        log.log(
            logging.ERROR if fails else logging.INFO,
            "%s %s %s in %.0f ms", method, route, answer.status_code, seconds * 1000,
            extra={"fields": {
                "method": method, "route": route, "status": answer.status_code, "milliseconds": round(seconds * 1000, 1),
            }},
        )  # fmt: skip


def forget() -> None:
    """What is logged belongs to no request."""
    work_id.set(NOBODY)


def observe(app: Flask, metrics: Metrics) -> None:
    """What fails is counted by ``g.error_kind``, which the handlers of errors set."""

    @app.before_request
    def begin_request() -> None:
        g.began = time.perf_counter()
        begin(request)

    @app.after_request
    def end_request(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        end(metrics, response, route, request.method, seconds, kind=g.get("error_kind"))
        return response

    @app.teardown_request
    def forget_request(_error: BaseException | None) -> None:
        forget()
