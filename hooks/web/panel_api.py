"""What the plugin asks for the panel: one annotator's own standing, and what that one asks."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, abort, jsonify, request

from hooks.web import auth
from hooks.web.body import json_body
from ls_backend.errors import InputError
from ls_backend.records import to_dict
from ls_backend.services.asking import call_unclear
from ls_backend.services.context import Context
from ls_backend.services.onboarding import hear_of_newcomer
from ls_backend.services.queries.guides import to_read
from ls_backend.services.queries.panel import panel_of
from ls_templates.plugin import protocol
from ls_templates.plugin.protocol import LINKS_PARAMETER

Asked = TypeVar("Asked")


def panel_routes(ctx: Context) -> Blueprint:
    routes = Blueprint("panel", __name__)

    @routes.before_request
    def only_the_plugin() -> None:
        if not auth.is_plugin(request, ctx.settings):
            abort(403)

    @routes.get("/panel")
    def panel() -> Response:
        project, user = _whose()
        view = panel_of(ctx, project, user)
        if view.standing is None and LINKS_PARAMETER not in request.args:
            abort(404)  # an older script knows no panel without figures
        figures = to_dict(view.standing) if view.standing else {}
        tip = {"tip": to_dict(view.tip)} if view.tip else {}
        return jsonify({**figures, **tip, **to_dict(view.links)})

    @routes.get(protocol.SERVICE_TO_READ_PATH)
    def guide_to_read() -> Response:
        project, user = _whose()
        return jsonify({protocol.TO_READ: to_read(ctx, project, user)})

    @routes.post(protocol.SERVICE_UNCLEAR_PATH)
    def unclear() -> Response:
        return jsonify(to_dict(call_unclear(ctx, _asked(protocol.UnclearRequest.from_json))))

    @routes.post(protocol.SERVICE_ONBOARDING_PATH)
    def onboarding() -> Response:
        return jsonify(to_dict(hear_of_newcomer(ctx, _asked(protocol.OnboardingRequest.from_json))))

    return routes


def _whose() -> tuple[int, str]:
    """The project and the annotator that are asked about.

    Raises:
        InputError: they are not named.
    """
    project, user = request.args.get("project", type=int), request.args.get("user", "")
    if project is None or not user:
        raise InputError(f"{request.path[1:]} needs project and user")
    return project, user


def _asked(read: Callable[[object], Asked]) -> Asked:
    """What the plugin asks, in the body.

    Raises:
        InputError: it does not say what it must.
    """
    try:
        return read(json_body(request))
    except protocol.ProtocolError as error:
        raise InputError(str(error)) from error
