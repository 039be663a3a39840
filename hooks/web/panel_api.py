"""What the plugin asks for the panel: one annotator's own standing."""

from flask import Blueprint, Response, abort, jsonify, request

from hooks.web import auth
from ls_backend.errors import InputError
from ls_backend.records import to_dict
from ls_backend.services.context import Context
from ls_backend.services.queries.standing import standing_of


def panel_routes(ctx: Context) -> Blueprint:
    routes = Blueprint("panel", __name__)

    @routes.get("/panel")
    def panel() -> Response:
        if not auth.is_plugin(request, ctx.settings):
            abort(403)
        project, user = request.args.get("project", type=int), request.args.get("user", "")
        if project is None or not user:
            raise InputError("panel needs project and user")
        return jsonify(to_dict(standing_of(ctx, project, user)))

    return routes
