"""What the service asks of the plugin: seeds, policies, pauses, trainings, guides, the plugin's own status, and what it sees from inside Label Studio.

Only the service's own authorization header is served. A session cookie opens nothing here: these requests are answered
before Django's CSRF check runs.
"""

import json
import secrets
import time
from datetime import timedelta

import requests
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now

from ls_templates.plugin import VERSION, protocol
from ls_templates.plugin.guard.roles import is_on, role_of
from ls_templates.plugin.identity import Role
from ls_templates.plugin.models import Admission, GuideRead, Pause, Policy, RequiredGuide, Reservation, Served, Training
from ls_templates.plugin.protocol import (
    GuideRequest,
    PauseRequest,
    PolicyRequest,
    ProtocolError,
    SeedRequest,
    TrainingRequest,
)

RESERVED_FOR = timedelta(days=90)
PATHS = (
    protocol.STATUS_PATH,
    protocol.SURROUNDINGS_PATH,
    protocol.SEEDS_PATH,
    protocol.POLICY_PATH,
    protocol.PAUSES_PATH,
    protocol.TRAINING_PATH,
    protocol.GUIDES_PATH,
)
SERVICE_TIMEOUT_SECONDS = 3.0
NOBODY_IS_KEPT = "The guard is off, so nobody is kept from tasks. Name the admins in STEADYHAND_ADMINS."
MAX_RIPENING = 5  # a reserved task comes after 1 to so many others


def answer(request: HttpRequest, path: str) -> HttpResponse:
    """Serve the service, and nobody else."""
    authorization = request.headers.get(protocol.AUTHORIZATION_HEADER)
    if not protocol.is_authorized(authorization, settings.STEADYHAND_PLUGIN_KEYS):
        return _refuse("This is for the Steadyhand service; its secret is not this one.", status=403)
    try:
        match request.method, path:
            case "GET", protocol.STATUS_PATH:
                knows = {"pauses": True, "training": True, "guides": True}
                return JsonResponse({"version": VERSION, "guard": is_on(), **knows})
            case "GET", protocol.SURROUNDINGS_PATH:
                return JsonResponse(surroundings())
            case "POST", protocol.SEEDS_PATH:
                return create_seed(SeedRequest.from_json(_body(request)))
            case "POST", protocol.POLICY_PATH:
                return set_policy(PolicyRequest.from_json(_body(request)))
            case "POST", protocol.PAUSES_PATH:
                return set_pause(PauseRequest.from_json(_body(request)))
            case "POST", protocol.TRAINING_PATH:
                return set_training(TrainingRequest.from_json(_body(request)))
            case "POST", protocol.GUIDES_PATH:
                return set_guide(GuideRequest.from_json(_body(request)))
    except ProtocolError as error:
        return _refuse(str(error), status=400)
    return _refuse("Steadyhand has no such page.", status=404)


def surroundings() -> dict[str, object]:
    """What `steadyhand doctor` can't see from outside."""
    return {
        "service_url": settings.STEADYHAND_SERVICE_URL,
        "service_fault": _service_fault(),
        "refuses_private_webhooks": bool(settings.SSRF_PROTECTION_ENABLED),
        "refuses_private_ml_backends": bool(settings.ML_BLOCK_LOCAL_IP),
        "now": time.time(),
    }


def _service_fault() -> str:
    """Why the service can't be asked from here; empty where it can."""
    if not settings.STEADYHAND_SERVICE_URL:
        return "STEADYHAND_SERVICE_URL is not set where Label Studio runs"
    try:
        answer = requests.get(
            settings.STEADYHAND_SERVICE_URL
            + protocol.SERVICE_PANEL_PATH,  # without a project: who asks is checked first
            headers=protocol.authorization(settings.STEADYHAND_PLUGIN_KEYS[0]),
            timeout=SERVICE_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return f"it can't be reached ({type(error).__name__})"
    if answer.status_code == 403:
        return "it has another STEADYHAND_SECRET"
    return "" if answer.status_code == 400 else f"something else answers there ({answer.status_code})"


def create_seed(seed: SeedRequest) -> HttpResponse:
    """Create a task and reserve it for one annotator, in one transaction, so that nobody else is served it in between:
    Label Studio serves it to them next, and passes it over for the others. The same ``key`` creates it once.

    Where the guard can release it later, it waits for a few more tasks to be served first."""
    from projects.models import Project
    from tasks.models import Task, TaskLock
    from users.models import User

    earlier = Reservation.objects.filter(key=seed.key).first()
    if earlier is not None:
        task = Task.objects.filter(pk=earlier.task, project=seed.project).first()
        if task is not None and task.data == seed.data:
            return JsonResponse({"task": earlier.task}, status=200)
    if not Project.objects.filter(pk=seed.project).exists():
        return _refuse(
            f"Label Studio has no project {seed.project}. Was it deleted? `steadyhand detach --project {seed.project}` ends "
            "its monitoring.",
            status=404,
        )
    user = User.objects.filter(pk=seed.user).first()
    if user is None:
        return _refuse(
            f"Label Studio has no user {seed.user}. Was the account deleted? Seeds are for annotators who can sign in.",
            status=404,
        )
    if earlier is not None:
        earlier.delete()  # its task is gone: the project was detached, and attached again
    ripe_at = None
    if not is_on():  # the guard may have been switched off; nothing else would release these
        waiting = Reservation.objects.filter(ripe_at__isnull=False)
        Task.objects.filter(pk__in=list(waiting.values_list("task", flat=True))).update(is_labeled=False)
        waiting.update(ripe_at=None)
    elif role_of(user) == "annotator":
        ripe_at = Served.objects.filter(user=seed.user).count() + 1 + secrets.randbelow(MAX_RIPENING)
    with transaction.atomic():
        # Write first: on SQLite a transaction that has read before it writes fails at once when another one wrote
        reservation = Reservation.objects.create(
            key=seed.key, task=0, user=seed.user, project=seed.project, ripe_at=ripe_at
        )
        # nobody is served a task that counts as labelled
        task = Task(project_id=seed.project, data=seed.data, overlap=1, is_labeled=ripe_at is not None)
        task.save()
        TaskLock.objects.create(task=task, user_id=seed.user, expire_at=now() + RESERVED_FOR)
        Reservation.objects.filter(pk=reservation.pk).update(task=task.id)
    return JsonResponse({"task": task.id}, status=201)


def set_policy(policy: PolicyRequest) -> HttpResponse:
    """Set what the service says of a project; what it does not name stays as it is."""
    from projects.models import Project

    if not Project.objects.filter(pk=policy.project).exists():
        return _refuse(f"Label Studio has no project {policy.project}. Was it deleted?", status=404)
    Policy.objects.update_or_create(project=policy.project, defaults=policy.changes())
    return JsonResponse({"set": True}, status=201)


def set_pause(pause: PauseRequest) -> HttpResponse:
    """Serve a user nothing in a project, or serve them again. Refused where it would not hold: it is the guard that serves, and it
    serves annotators."""
    from users.models import User

    if pause.reason is None:
        Pause.objects.filter(user=pause.user, project=pause.project).delete()
        return JsonResponse({"paused": False}, status=200)
    user = User.objects.filter(pk=pause.user).first()
    if user is None:
        return _refuse(f"Label Studio has no user {pause.user}. Was the account deleted?", status=404)
    if not is_on():
        return _refuse("The guard is off, so nobody can be paused. Name the admins in STEADYHAND_ADMINS.", status=409)
    if role_of(user) != Role.ANNOTATOR:
        return _refuse(f"User {pause.user} is {role_of(user)} here; only annotators can be paused.", status=409)
    Pause.objects.update_or_create(user=pause.user, project=pause.project, defaults={"reason": pause.reason})
    return JsonResponse({"paused": True}, status=201)


def set_training(request: TrainingRequest) -> HttpResponse:
    """Keep newcomers of a project in its training, or serve everybody. Refused where it would not hold."""
    if not request.training:
        Training.objects.filter(project=request.project).delete()
        Admission.objects.filter(project=request.project).delete()
        return JsonResponse({"training": False}, status=200)
    if not is_on():
        return _refuse(NOBODY_IS_KEPT, status=409)
    with transaction.atomic():
        Training.objects.update_or_create(project=request.project, defaults={"training": request.training})
        for user in request.admitted:
            Admission.objects.get_or_create(user=user, project=request.project)
    return JsonResponse({"training": True}, status=201)


def set_guide(request: GuideRequest) -> HttpResponse:
    """Keep whoever has not read a version of a project's guide from its tasks, or serve everybody. The service's word on who has read it
    takes the place of what was noted here. Refused where it would not hold."""
    if request.version and not is_on():
        return _refuse(NOBODY_IS_KEPT, status=409)
    with transaction.atomic():
        if request.version:
            RequiredGuide.objects.update_or_create(project=request.project, defaults={"version": request.version})
        else:
            RequiredGuide.objects.filter(project=request.project).delete()
        GuideRead.objects.filter(project=request.project).delete()
        reads = [GuideRead(user=user, project=request.project, version=request.version) for user in {*request.readers}]
        GuideRead.objects.bulk_create(reads if request.version else [])
    return JsonResponse({"required": bool(request.version)}, status=201 if request.version else 200)


def _body(request: HttpRequest) -> object:
    try:
        return json.loads(request.body)
    except ValueError:
        raise ProtocolError("the body is not JSON; send an object, as the Steadyhand service does") from None


def _refuse(detail: str, *, status: int) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)
