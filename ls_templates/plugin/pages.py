"""The dashboard's pages on Label Studio's own origin: who asks is known here, what they see is made by the service.

Each request goes on with a signed identity. A form is taken from Label Studio's own origin alone: these requests are answered
before Django's CSRF check runs. The service has a check of its own for each form as well.
"""

import re
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ls_templates.plugin import VERSION, protocol
from ls_templates.plugin.guard.readings import note_read
from ls_templates.plugin.guard.roles import dashboard_role, user_of
from ls_templates.plugin.identity import SCHEME, Identity, Role
from ls_templates.plugin.notices import notice

TIMEOUT_SECONDS = 60.0
MAX_FORM_BYTES = 1024 * 1024
PASSED_ON = (
    "Content-Type",
    "Content-Disposition",
    "Content-Security-Policy",
    "Cache-Control",
    "Location",
    "Referrer-Policy",
    "X-Content-Type-Options",
)
# the form by which somebody says that they read the guide
GUIDE_READ = re.compile(rf"{protocol.PLUGIN_PREFIX}guide/(\d+)/read")
NOTED = 303  # what a form answers that did what it is for: where to go from there
SAME_ORIGIN = ("same-origin", "none")  # what browsers say of a request from the page itself, or typed in


class Pages:
    """Passes requests on, over a connection that stays open."""

    def __init__(self) -> None:
        self.http = requests.Session()

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The service's answer to whoever is signed in; who has not signed in is told to."""
        user = user_of(request)
        role = dashboard_role(user)
        if role == Role.NOBODY:
            return notice(
                request,
                "Sign in first",
                "This page is for people who have signed in.",
                403,
                link="/user/login/",
                go="Sign in",
            )
        if not settings.STEADYHAND_SERVICE_URL:
            return notice(
                request, "Steadyhand has no address here", "Set STEADYHAND_SERVICE_URL where Label Studio runs.", 503
            )
        if request.method not in ("GET", "HEAD", "POST"):
            return notice(request, "Not here", "Pages answer GET and POST.", 405)
        if request.method == "POST" and not is_from_here(request):
            return notice(
                request,
                "Refused",
                "This form was not sent from this site. Open the page again, and send it there.",
                403,
            )
        try:
            return self._ask_service(request, user, role)
        except requests.RequestException:
            where = f"The service at {settings.STEADYHAND_SERVICE_URL} is down or busy; “steadyhand doctor” says why. "
            text = f"{where if role == Role.ADMIN else ''}Labelling goes on without it, and nothing is lost. Try again in a minute."
            return notice(request, "Steadyhand does not answer", text, 503)

    def _ask_service(self, request: HttpRequest, user: Any, role: Role) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM_BYTES:
            return notice(request, "Too large", "A form has at most 1 MB.", 413)
        identity = Identity(str(user.id), user.email, role, VERSION)
        headers = {"Authorization": f"{SCHEME} {identity.signed(settings.STEADYHAND_IDENTITY_KEY, now=time.time())}"}
        for name in ("Accept", "Accept-Language", "Content-Type"):
            if name in request.headers:
                headers[name] = request.headers[name]
        answer = self.http.request(
            request.method or "GET",
            settings.STEADYHAND_SERVICE_URL + request.path_info,
            params=request.META.get("QUERY_STRING", ""),
            data=request.body if request.method == "POST" else None,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code == 404 and protocol.SERVICE_HEADER not in answer.headers:
            return notice(
                request,
                "This service has no pages",
                f"The Steadyhand service is older than this plugin ({VERSION}): update the service.",
                502,
            )
        read = GUIDE_READ.fullmatch(request.path_info)
        if read is not None and answer.status_code == NOTED:
            note_read(user, int(read[1]), int(request.POST["version"]))
        response = HttpResponse(answer.content, status=answer.status_code)
        for name in PASSED_ON:
            if name in answer.headers:
                response[name] = answer.headers[name]
        return response


def is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in SAME_ORIGIN
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.get_host()
