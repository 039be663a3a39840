"""Guides that are to be read before going on: who is kept from tasks until then, and who has read them.

Whoever is on is let on by our own tables. Only who is to be kept costs a question to the service: while it is down nobody could read the
guide, and labelling goes on.
"""

from typing import Any

from ls_templates.plugin import protocol
from ls_templates.plugin.guard.roles import is_on, role_of
from ls_templates.plugin.identity import Role
from ls_templates.plugin.models import GuideRead, RequiredGuide
from ls_templates.plugin.service import Service

service = Service()


def to_read(user: Any, project: int) -> int | None:
    """The version of a project's guide that a user has yet to read before they go on, as far as is noted here; None where there is none."""
    if not is_on() or role_of(user) != Role.ANNOTATOR:
        return None
    row = RequiredGuide.objects.filter(project=project).first()
    if row is None:
        return None
    has_read = GuideRead.objects.filter(user=user.id, project=project, version__gte=row.version).exists()
    return None if has_read else row.version


def is_kept_to_read(user: Any, project: int) -> bool:
    """Whether a user is served nothing until they have read the guide. The service has the last word: what it knows to be read, by
    whatever way, is noted here too."""
    version = to_read(user, project)
    if version is None:
        return False
    told = service.ask("GET", protocol.SERVICE_TO_READ_PATH, params={"project": str(project), "user": str(user.id)})
    if told is None:
        return False
    if told[protocol.TO_READ] is None:
        note_read(user, project, version)
        return False
    return True


def note_read(user: Any, project: int, version: int) -> None:
    """Note that a user has read a version, where one is required."""
    if not RequiredGuide.objects.filter(project=project).exists():
        return
    read, _ = GuideRead.objects.get_or_create(user=user.id, project=project, defaults={"version": version})
    GuideRead.objects.filter(pk=read.pk, version__lt=version).update(version=version)
