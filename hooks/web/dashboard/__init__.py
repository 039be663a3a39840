"""The dashboard: pages for admins and reviewers, a module for each family of them.

They are served on Label Studio's own origin through the plugin, and by the service itself to who comes by a link of `steadyhand
dashboard`. ``docs/dashboard.md`` says how a page is added.
"""

from pathlib import Path

from flask import Response, g, redirect, render_template, request, send_from_directory
from itsdangerous import BadSignature
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hooks.web.dashboard import (
    agreement,
    annotators,
    audit,
    cells,
    export,
    gold,
    guide,
    home,
    items,
    me,
    monitoring,
    pay,
    person,
    pilots,
    project,
    prose,
    public,
    words,
)
from hooks.web.dashboard.pages import PROJECT_TABS, Pages, address, table_address
from hooks.web.dashboard.viewer import (
    COOKIE,
    COOKIE_SECONDS,
    NAMES_PARAMETER,
    PERMISSIONS,
    Permission,
    cookie_signer,
    recognise,
    viewer,
)
from hooks.web.errors import status_of
from ls_backend.errors import NotReadyError, SteadyhandError
from ls_backend.services import dashboard_links
from ls_backend.services.context import Context
from ls_backend.services.queries.periods import period_name
from ls_templates.plugin import VERSION, protocol

STATIC = Path(__file__).parent.parent / "static"
FAMILIES = (
    home,
    me,
    project,
    annotators,
    person,
    agreement,
    items,
    gold,
    guide,
    pay,
    pilots,
    monitoring,
    export,
    public,
    audit,
    words,
)
SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
OPEN_TO_ALL = ("dashboard.asset", "dashboard.enter")


def dashboard(ctx: Context) -> Pages:
    """All pages and forms; their blueprint is ``routes``."""
    pages = Pages(ctx)
    routes = pages.routes
    for family in FAMILIES:
        family.register(pages)

    @routes.before_request
    def know_who_asks() -> None:
        if request.endpoint not in OPEN_TO_ALL:
            g.viewer = recognise(ctx.settings)
            if not PERMISSIONS[g.viewer.role]:
                raise Forbidden(
                    "The dashboard is for admins and reviewers. Your own figures stand in the labelling screen."
                )

    @routes.after_request
    def secure(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", SECURITY_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers[protocol.SERVICE_HEADER] = VERSION
        return response

    @routes.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        return send_from_directory(STATIC, name, max_age=3600)

    @routes.get("/enter")
    def enter() -> AnyResponse:
        """Where a link of `steadyhand dashboard` leads; it opens once."""
        try:
            email = dashboard_links.redeem(ctx, request.args.get("link", ""))
        except (BadSignature, dashboard_links.UsedLinkError):
            raise Forbidden("This link was used or is too old; `steadyhand dashboard` prints another one.") from None
        response = redirect(protocol.PLUGIN_PREFIX, 303)
        response.set_cookie(
            COOKIE,
            cookie_signer(ctx.settings).dumps(email),
            max_age=COOKIE_SECONDS,
            path=protocol.PLUGIN_PREFIX,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
        return response

    @routes.get("/<path:_elsewhere>")
    def no_such_page(_elsewhere: str) -> Response:
        if not viewer().may(Permission.READ):
            raise Forbidden("Your own page is at /steadyhand/me/.")
        raise NotFound("There is no such page.")

    @routes.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        return _failure(error)

    @routes.errorhandler(SteadyhandError)
    def failed(error: SteadyhandError) -> tuple[str, int]:
        g.error_kind = type(error).__name__
        again = isinstance(error, NotReadyError)
        title = "In a moment" if again else "That did not work"
        return _failure_page(title, error.plain, again=again), status_of(error)

    @routes.app_context_processor
    def for_templates() -> dict[str, object]:
        """What every template may use."""
        return {
            "address": address,
            "assets": f"{protocol.PLUGIN_PREFIX}assets/",
            "version": VERSION,
            "text": cells.text,
            "Unit": cells.Unit,
            "Money": cells.Money,
            "Moment": cells.Moment,
            "names_parameter": NAMES_PARAMETER,
            "project_tabs": PROJECT_TABS,
            "most_bars": project.BARS,
            "is_figure": cells.is_figure,
            "period_name": period_name,
            "blocks": prose.blocks,
            "with_commands": prose.with_commands,
            "table_address": table_address,
        }

    return pages


def _failure(error: HTTPException) -> tuple[str, int]:
    return _failure_page(error.name, error.description or ""), error.code or 500


def _failure_page(title: str, text: str, *, again: bool = False) -> str:
    """What went wrong, and where to go from here."""
    known = g.get("viewer")
    return render_template(
        "error.html",
        title=title,
        text=text,
        again=again,
        knows_viewer=known is not None,
        viewer=known,
        project_number=(request.view_args or {}).get("number"),
        back=request.path if request.method == "GET" and request.query_string else "",
    )
