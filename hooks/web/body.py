"""The JSON body of a request."""

from werkzeug.wrappers import Request

from ls_backend.errors import InputError
from ls_backend.types import Json


def json_body(request: Request) -> Json:
    """The body of a request as a JSON object.

    Raises:
        InputError: it is none.
    """
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise InputError("the body is not a JSON object; send what Label Studio sends")
    return body
