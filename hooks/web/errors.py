"""Expected failures as answers: JSON with the reason and the cure, never a traceback."""

import logging
from functools import partial

from flask import Flask, Response, g, jsonify
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, TooManyRequests

from ls_backend.errors import InputError, MissingError, NotAttachedError, NotReadyError, SteadyhandError, TooLargeError

SAID_BY_US = (413, 429)
log = logging.getLogger("steadyhand.web")
STATUS_OF: dict[type[SteadyhandError], int] = {
    MissingError: 404,
    InputError: 400,
    NotAttachedError: 404,
    NotReadyError: 503,
    TooLargeError: 503,
    SteadyhandError: 502,
}


def status_of(error: SteadyhandError) -> int:
    """The HTTP status of a failure: that of the nearest kind that has one."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def register(app: Flask) -> None:
    """Answer expected failures by their kind."""
    for kind, status in STATUS_OF.items():
        app.register_error_handler(kind, partial(_expected, status))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _database_error)


def _database_error(error: SQLAlchemyError) -> tuple[Response, int]:
    """Nothing was stored, and nothing is acknowledged."""
    g.error_kind = type(error).__name__
    log.error("the database refused: %s", error)
    return jsonify(error="the database can't be used at the moment; is its disk full, or is it locked or down?"), 503


def _expected(status: int, error: SteadyhandError) -> tuple[Response, int]:
    g.error_kind = type(error).__name__
    return jsonify(error=str(error)), status


def _http_error(error: HTTPException) -> tuple[Response, int]:
    said = error.description if error.code in SAID_BY_US and error.description else error.name
    answer = jsonify(error=said)
    if isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer, error.code or 500
