"""Expected failures as answers: JSON with the reason and the cure, never a traceback."""

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from ls_backend.errors import InputError, NotAttachedError, NotReadyError, SteadyhandError

STATUS_OF: dict[type[SteadyhandError], int] = {
    InputError: 400,
    NotAttachedError: 404,
    NotReadyError: 503,
    SteadyhandError: 502,
}


def status_of(error: SteadyhandError) -> int:
    """The HTTP status of a failure: that of the nearest kind that has one."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def register(app: Flask) -> None:
    """Answer expected failures by their kind."""
    for kind, status in STATUS_OF.items():
        app.register_error_handler(kind, lambda error, status=status: (jsonify(error=str(error)), status))
    app.register_error_handler(HTTPException, _http_error)


def _http_error(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.name), error.code or 500
