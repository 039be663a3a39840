"""Which task was given to whom and when, and the release of reserved tasks into the stream."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now

from ls_templates.plugin.guard.rule import Json
from ls_templates.plugin.guard.seal import unseal
from ls_templates.plugin.models import Reservation, Served

CACHE_SECONDS = 3600
# The first serving counts, unless it was of a task that had this id before: on SQLite Label Studio gives the id of a deleted
# task to a new one.
RECORD_SERVING = """
INSERT INTO steadyhand_served ("user", task, served_at) VALUES (%s, %s, %s)
ON CONFLICT ("user", task) DO UPDATE SET served_at = excluded.served_at, answered_at = NULL
WHERE steadyhand_served.served_at < %s
"""


class Serving(NamedTuple):
    """When a task was first given to a user, and whether it was made for them. Cached, so that answering costs less."""

    at: datetime
    reserved: bool


def real_task(sealed: int) -> int:
    """The task behind a sealed id. One that was shown before the secret was exchanged is of the earlier key: of several keys, the one
    by which there is such a task."""
    from tasks.models import Task

    candidates = [unseal(sealed, key) for key in settings.STEADYHAND_TASK_KEYS]
    if len(candidates) == 1:
        return candidates[0]
    present = set(Task.objects.filter(pk__in=candidates).values_list("pk", flat=True))
    return next((task for task in candidates if task in present), candidates[0])


def served(user: Any, task: object) -> Served | None:
    return Served.objects.filter(user=user.id, task=task).first()


def serving_of(user: Any, task: object) -> Serving | None:
    """None for a task that was never given to this user."""
    cached: Serving | None = cache.get(_key(user, task))
    if cached is not None:
        return cached
    row = served(user, task)
    if row is None:
        return None
    serving = Serving(row.served_at, reserved=Reservation.objects.filter(task=task).exists())
    cache.add(_key(user, task), serving, CACHE_SECONDS)
    return serving


def record_serving(user: Any, task: Json, *, locked: bool) -> None:
    """Record that Label Studio's stream gave a task to the user; ``locked`` says that it was locked for them before."""
    at, created_at = now(), parse_datetime(str(task.get("created_at")))
    with connection.cursor() as cursor:
        moments = (connection.ops.adapt_datetimefield_value(moment) for moment in (at, created_at))
        cursor.execute(RECORD_SERVING, [user.id, task["id"], *moments])
    key = _key(user, task["id"])
    first = None if locked else Serving(at, reserved=False)
    if first is None or not cache.add(key, first, CACHE_SECONDS):
        cached = serving_of(user, task["id"])
        if cached is not None and created_at is not None and cached.at < created_at:  # of an earlier task with this id
            cache.delete(key)
            serving_of(user, task["id"])


def release_reservations(user: Any, project: int, *, ripe_or_not: bool = False) -> int:
    """Let a ripe reservation of the user into the stream, or all of them ``ripe_or_not``; returns how many."""
    from tasks.models import Task

    reservations = Reservation.objects.filter(user=user.id, project=project, ripe_at__isnull=False)
    waiting = list(reservations.values_list("pk", "task", "ripe_at"))
    if waiting and not ripe_or_not:
        servings = Served.objects.filter(user=user.id).count()
        waiting = [row for row in waiting if row[2] <= servings][:1]  # one at a time: two would come in a row
    if waiting:
        with transaction.atomic():
            Reservation.objects.filter(pk__in=[row[0] for row in waiting]).update(ripe_at=None)
            # by its lock: on SQLite Label Studio gives the id of a deleted task to a new one
            Task.objects.filter(pk__in=[row[1] for row in waiting], locks__user=user.id).update(is_labeled=False)
    return len(waiting)


def _key(user: Any, task: object) -> str:
    return f"steadyhand-serving-{user.id}-{task}"
