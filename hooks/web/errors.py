"""Expected failures as answers: JSON with the reason and the cure, never a traceback."""

import json
import logging
from dataclasses import dataclass

from flask import Flask, Response, g
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, TooManyRequests

from ls_backend.errors import InputError, MissingError, NotAttachedError, NotReadyError, SteadyhandError, TooLargeError

SAID_BY_US = (413, 429)
UNEXPECTED = "Unexpected"
log = logging.getLogger("steadyhand.web")
STATUS_OF: dict[type[SteadyhandError], int] = {
    MissingError: 404,
    InputError: 400,
    NotAttachedError: 404,
    NotReadyError: 503,
    TooLargeError: 503,
    SteadyhandError: 502,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is answered: the HTTP ``status``, what is ``said``, and after how many seconds to try again; the ``kind`` is counted."""

    status: int
    said: str
    kind: str
    retry_after: int | None = None

    def answer(self) -> Response:
        answer = json_answer(error=self.said)
        answer.status_code = self.status
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


def json_answer(**said: object) -> Response:
    return Response(json.dumps(said) + "\n", mimetype="application/json")


def status_of(error: SteadyhandError) -> int:
    """The HTTP status of a failure: that of the nearest kind that has one."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def failure_of(error: Exception) -> Failure:
    """How an error is answered; what nobody expected, and what the database says, is logged."""
    if isinstance(error, SteadyhandError):
        return Failure(status_of(error), str(error), type(error).__name__)
    if isinstance(error, SQLAlchemyError):  # nothing was stored, and nothing is acknowledged
        log.error("the database refused: %s", error)
        said = "the database can't be used at the moment; is its disk full, or is it locked or down?"
        return Failure(503, said, type(error).__name__)
    if isinstance(error, HTTPException):
        said = error.description if error.code in SAID_BY_US and error.description else error.name
        after = error.retry_after if isinstance(error, TooManyRequests) else None
        return Failure(error.code or 500, said, UNEXPECTED, after if isinstance(after, int) else None)
    log.error("a request failed", exc_info=error)
    return Failure(500, "Internal Server Error", UNEXPECTED)


def register(app: Flask) -> None:
    """Answer expected failures by their kind."""

    def answer(error: Exception) -> Response:
        failure = failure_of(error)
        g.error_kind = failure.kind
        return failure.answer()

    for kind in (SteadyhandError, HTTPException, SQLAlchemyError):
        app.register_error_handler(kind, answer)
