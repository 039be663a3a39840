"""Forms: a token against forgery, and what a form did, said on the page it leads to.

A token is signed for one viewer, so that no other site and no other person can send a form. What was done is signed into the
address, so that a link cannot put words on a page.
"""

from flask import redirect, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from hooks.web.dashboard.viewer import viewer
from ls_backend.settings import Settings

TOKEN_FIELD = "form_token"  # noqa: S105  (the field's name)
TOKEN_SECONDS = 12 * 3600
OUTCOME_PARAMETER = "outcome"
OUTCOME_SECONDS = 600


class Forms:
    """Signs and checks, with keys of this service."""

    def __init__(self, settings: Settings) -> None:
        self._tokens = URLSafeTimedSerializer(settings.signing_keys("dashboard-forms"))
        self._outcomes = URLSafeTimedSerializer(settings.signing_keys("dashboard-outcomes"))

    def token_for(self, user: str) -> str:
        """What a form of a viewer carries, by the viewer's user."""
        return self._tokens.dumps(user)

    def check(self) -> None:
        """Raises Forbidden where the form does not carry this viewer's own token."""
        try:
            user = self._tokens.loads(request.form.get(TOKEN_FIELD, ""), max_age=TOKEN_SECONDS)
        except BadSignature:
            user = None
        if user != viewer().user:
            raise Forbidden("This form is too old or was not made for you. Open the page again, and send it once more.")

    def outcome(self) -> str:
        """What the form that led here did; "" where none did."""
        try:
            return str(self._outcomes.loads(request.args.get(OUTCOME_PARAMETER, ""), max_age=OUTCOME_SECONDS))
        except BadSignature:
            return ""

    def lead_to(self, url: str, outcome: str) -> Response:
        """The answer to a form: the page that shows what it did."""
        address, _, anchor = url.partition("#")
        joint = "&" if "?" in address else "?"
        signed = f"{address}{joint}{OUTCOME_PARAMETER}={self._outcomes.dumps(outcome)}"
        return redirect(f"{signed}#{anchor}" if anchor else signed, 303)
