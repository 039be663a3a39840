"""Newcomers: who has to go through a training first, and who is through."""

from typing import Any

from ls_templates.plugin.guard.roles import is_on, role_of
from ls_templates.plugin.identity import Role
from ls_templates.plugin.models import Admission, Training


def training_before(user: Any, project: object) -> int | None:
    """The project in which a user is trained before this one serves them; None where it serves them."""
    if not is_on() or role_of(user) != Role.ANNOTATOR:
        return None
    row = Training.objects.filter(project=project).first()
    if row is None or is_admitted(user, row.project):
        return None
    return row.training


def trained_for(project: object) -> int | None:
    """The project for which this one trains newcomers; None where it is none of those."""
    row = Training.objects.filter(training=project).first()
    return None if row is None else row.project


def is_admitted(user: Any, project: int) -> bool:
    return Admission.objects.filter(user=user.id, project=project).exists()


def admit(user: Any, project: int) -> None:
    Admission.objects.get_or_create(user=user.id, project=project)
