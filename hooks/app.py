"""The composition root: settings in, a running service out."""

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from types import FrameType
from urllib.parse import urlsplit

import waitress
from flask import Flask
from huey import Huey

from hooks.web import errors
from hooks.web.dashboard import dashboard
from hooks.web.limits import KB, LARGEST, Senders, limit_requests
from hooks.web.ml_backend import ml_backend_routes
from hooks.web.observing import observe
from hooks.web.operations import operations_routes
from hooks.web.panel_api import panel_routes
from hooks.web.webhook import Webhook
from hooks.worker import Worker, make_queue
from ls_backend.errors import SteadyhandError
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import inspection_of
from ls_backend.services.queries.projects import attached_projects
from ls_backend.settings import Settings

THREADS = 32  # most wait for the disk: events that wait at the same moment are stored by one commit
SWITCH_SECONDS = (
    0.001  # after which a worker in the same process lets a request go on; alone, a receiver is faster without
)
WARM_UP_AFTER_SECONDS = 1.0
WORKER_NICENESS = 5  # whoever submits an answer waits for a receiver, and nobody for a worker
log = logging.getLogger("steadyhand")


def create_app(settings: Settings, *, ctx: Context | None = None, queue: Huey | None = None) -> Flask:
    """The Flask app; its worker is at ``app.extensions["steadyhand"]``."""
    context = ctx or Context.from_settings(settings)
    worker = Worker(context, queue or make_queue(settings))
    senders = Senders()
    app = _bare_app(worker, senders)
    app.wsgi_app = Webhook(context, worker, senders, app.wsgi_app)  # type: ignore[method-assign]
    app.register_blueprint(ml_backend_routes(context))
    app.register_blueprint(panel_routes(context))
    pages = dashboard(context)
    app.register_blueprint(pages.routes)
    app.extensions["steadyhand"] = worker
    app.extensions["steadyhand-pages"] = pages
    return app


def _bare_app(worker: Worker, senders: Senders) -> Flask:
    """An app that shows how its process is doing, and nothing else."""
    app = Flask("steadyhand", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    errors.register(app)
    observe(app, worker.metrics)
    limit_requests(app, senders)
    app.register_blueprint(operations_routes(worker.ctx, worker.metrics, worker.queue_length))
    return app


def serve(settings: Settings, *, host: str, port: int, only: str | None = None) -> None:
    """Run until a signal: the receiver and the ML backend, the worker with its health and metrics, or all in one process. On SIGTERM what
    has begun is finished: requests are answered, and jobs of the worker end."""
    if only == "worker":
        worker = Worker(Context.from_settings(settings), make_queue(settings))
        server = _listen(_bare_app(worker, Senders()), host, port)
    else:
        app = create_app(settings)
        worker = app.extensions["steadyhand"]
        server = _listen(app, host, port)
        log.info("known to Label Studio as %s", settings.url)
        if only != "ml":
            threading.Thread(target=warm_up, args=(worker.ctx,), name="warm-up", daemon=True).start()
    gc.freeze()  # what stands now stays: looking through it again and again would hold up every request
    if only in ("receiver", "ml"):
        signal.signal(signal.SIGTERM, _exit)
        server.run()
        return
    sys.setswitchinterval(SWITCH_SECONDS)
    threading.Thread(target=server.run, name="receiver", daemon=True).start()
    try:
        run_worker(worker, alone=only == "worker")
    finally:
        server.task_dispatcher.shutdown()
        server.close()


def serve_worker(settings: Settings) -> None:
    """Run the worker alone until a signal, listening nowhere."""
    run_worker(Worker(Context.from_settings(settings), make_queue(settings)), alone=True)


def _listen(app: Flask, host: str, port: int) -> waitress.server.BaseWSGIServer:
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        clear_untrusted_proxy_headers=True,
        max_request_body_size=LARGEST + KB,
        max_request_header_size=64 * KB,
    )
    log.info("listening on %s:%s", host, port)
    return server


def run_worker(worker: Worker, *, alone: bool) -> None:
    """Work until a signal, first on what came while we were away. A worker that is ``alone`` in its process lets others go first."""
    if alone:
        os.nice(WORKER_NICENESS)
    for project in attached_projects(worker.ctx):
        worker.wake(project)
    worker.tick_soon()
    consumer = worker.queue.create_consumer(
        workers=2, periodic=True, initial_delay=0.02, max_delay=0.2, backoff=1.3, graceful_signal="TERM"
    )
    consumer.run()


def _exit(_signal: int, _frame: FrameType | None) -> None:
    """Ends the server's loop, which then lets its threads finish."""
    raise SystemExit(0)


def warm_up(ctx: Context) -> None:
    """Compute what the dashboard shows of large projects before somebody asks; whoever asks right after the start comes first."""
    time.sleep(WARM_UP_AFTER_SECONDS)
    for project in attached_projects(ctx):
        with contextlib.suppress(SteadyhandError):  # pages say it to who asks
            inspection_of(ctx, project)


def default_bind(settings: Settings) -> tuple[str, int]:
    """Where to listen, from the URL Label Studio knows us by."""
    parts = urlsplit(settings.url)
    return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)
