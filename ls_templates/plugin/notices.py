"""Pages that say something, in the looks of Label Studio's own errors."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from ls_templates.plugin.guard.roles import admins_for, user_of


def notice(
    request: HttpRequest,
    title: str,
    text: str,
    status: int,
    *,
    link: str = "/projects/",
    go: str = "Back to the projects",
    needs_admin: bool = False,
) -> HttpResponse:
    """A page with a title, a text and one link; with ``needs_admin`` it says whom to ask."""
    shown = {
        "title": title,
        "text": text,
        "link": link,
        "go": go,
        "admins": admins_for(user_of(request)) if needs_admin else [],
    }
    return HttpResponse(render_to_string("steadyhand/notice.html", shown, request), status=status)
