"""The composition root: settings in, a running service out."""

import contextlib
import logging
import threading
from urllib.parse import urlsplit

import waitress
from flask import Flask
from huey import Huey

from hooks.web import errors
from hooks.web.dashboard import dashboard
from hooks.web.ml_backend import ml_backend_routes
from hooks.web.operations import Metrics, operations_routes
from hooks.web.panel_api import panel_routes
from hooks.web.webhook import webhook_routes
from hooks.worker import Worker, make_queue
from ls_backend.errors import SteadyhandError
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import inspection_of
from ls_backend.services.queries.projects import attached_projects
from ls_backend.settings import Settings

MAX_BODY = 32 * 1024 * 1024
log = logging.getLogger("steadyhand")


def create_app(settings: Settings, *, ctx: Context | None = None, queue: Huey | None = None) -> Flask:
    """The Flask app; its worker is at ``app.extensions["steadyhand"]``."""
    context = ctx or Context.from_settings(settings)
    worker = Worker(context, queue or make_queue(settings))
    metrics = Metrics(context)
    app = Flask("steadyhand", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    errors.register(app)
    app.register_blueprint(webhook_routes(context, worker, metrics.received))
    app.register_blueprint(ml_backend_routes(context))
    app.register_blueprint(panel_routes(context))
    app.register_blueprint(operations_routes(metrics))
    pages = dashboard(context)
    app.register_blueprint(pages.routes)
    app.extensions["steadyhand"] = worker
    app.extensions["steadyhand-pages"] = pages
    return app


def serve(settings: Settings, *, host: str, port: int, only: str | None = None) -> None:
    """Run until a signal: the receiver and the ML backend, the worker, or all in one process."""
    app = create_app(settings)
    worker: Worker = app.extensions["steadyhand"]
    server = None
    if only != "worker":
        server = waitress.create_server(app, host=host, port=port, threads=8, clear_untrusted_proxy_headers=True)
        log.info("listening on %s:%s, known to Label Studio as %s", host, port, settings.url)
    if server is not None and only != "ml":
        threading.Thread(target=warm_up, args=(worker.ctx,), name="warm-up", daemon=True).start()
    if server is not None and only in ("receiver", "ml"):
        server.run()
        return
    for project in attached_projects(worker.ctx):  # what came while we were away
        worker.wake(project)
    threading.Thread(target=worker.tick, name="catch-up", daemon=True).start()
    if server is not None:
        threading.Thread(target=server.run, name="receiver", daemon=True).start()
    consumer = worker.queue.create_consumer(
        workers=2, periodic=True, initial_delay=0.02, max_delay=0.2, backoff=1.3, graceful_signal="TERM"
    )
    try:
        consumer.run()
    finally:
        if server is not None:
            server.close()


def warm_up(ctx: Context) -> None:
    """Compute what the dashboard shows of large projects before somebody asks."""
    for project in attached_projects(ctx):
        with contextlib.suppress(SteadyhandError):  # pages say it to who asks
            inspection_of(ctx, project)


def default_bind(settings: Settings) -> tuple[str, int]:
    """Where to listen, from the URL Label Studio knows us by."""
    parts = urlsplit(settings.url)
    return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)
