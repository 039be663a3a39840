"""Pauses: who is served nothing in a project, as far as is noted here."""

from typing import Any

from ls_templates.plugin.guard.roles import is_on, role_of
from ls_templates.plugin.identity import Role
from ls_templates.plugin.models import Pause


def reason_of_pause(user: Any, project: int) -> str | None:
    """Why a user is served nothing in a project; None where they are."""
    if not is_on() or role_of(user) != Role.ANNOTATOR:
        return None
    pause = Pause.objects.filter(user=user.id, project=project).first()
    return None if pause is None else str(pause.reason)
