"""Every request has an id, is counted, and is a line in the log. Routes are named, not paths: paths name people."""

import logging
import time

from flask import Flask, Response, g, request

from hooks.logs import NOBODY, new_id, work_id
from hooks.metrics import Metrics

REQUEST_ID = "X-Request-ID"
QUIET = ("/health", "/health/live", "/health/ready", "/metrics", "/webhook")  # asked all the time; metrics count them
log = logging.getLogger("steadyhand.web")


def observe(app: Flask, metrics: Metrics) -> None:
    """What fails is counted by ``g.error_kind``, which the handlers of errors set."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        work_id.set(new_id(request.headers.get(REQUEST_ID)))

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        metrics.requests.labels(route, request.method, str(response.status_code)).observe(seconds)
        response.headers[REQUEST_ID] = work_id.get()
        fails = response.status_code >= 500
        if fails:
            metrics.errors.labels(route, g.get("error_kind", "Unexpected")).inc()
        if fails or route not in QUIET:
            log.log(
                logging.ERROR if fails else logging.INFO,
                "%s %s %s in %.0f ms", request.method, route, response.status_code, seconds * 1000,
                extra={"fields": {
                    "method": request.method, "route": route, "status": response.status_code,
                    "milliseconds": round(seconds * 1000, 1),
                }},
            )  # fmt: skip
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        work_id.set(NOBODY)
