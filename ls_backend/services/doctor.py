"""Is everything set up as it must be, and if not, what is to be done? Each finding is one thing looked at, with its cure.

What can't be looked at, because something before it fails or there is no plugin, is said to be unknown. Nothing is changed; of the database
a lease is taken for a moment, which shows that it can be written.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from ls_backend.errors import GatewayError, MappingError, SteadyhandError
from ls_backend.label_studio.config import check_mapping
from ls_backend.label_studio.gateway import Gateway, MissingError
from ls_backend.label_studio.records import CONNECTED, PluginStatus, Surroundings
from ls_backend.services.connections import has_previous_secret, our_webhook, webhook_fault
from ls_backend.services.queries.readiness import lateness
from ls_backend.services.queries.status import GUARD_CURE
from ls_backend.settings import Settings
from ls_backend.store import Store, projects, waiting
from ls_backend.store.records import ProjectRecord
from ls_templates.plugin import VERSION, identity

MOST_SKEW_SECONDS = 5.0
PRIVATE_CURE = (
    "Start Label Studio with SSRF_PROTECTION_ENABLED=false and ML_BLOCK_LOCAL_IP=false, or give STEADYHAND_URL and STEADYHAND_ML_URL "
    "public addresses."
)
SECRET_CURE = "Give both the same STEADYHAND_SECRET, and restart both."  # noqa: S105  (a sentence)
RECONNECT = "`steadyhand reconnect --project {}` sets it right."


class Verdict(StrEnum):
    """How a thing is: as it must be; it works, and should be changed; it does not work; it could not be looked at."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, of one ``project`` or of all. ``cure`` says what to do where it is not fine."""

    what: str
    verdict: Verdict
    says: str
    cure: str = ""
    project: int | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at. ``ask_service`` and ``ask_queue`` return what is wrong with the service and the queue, and how that is cured, or
    None where they answer; ``open_store`` raises what is wrong with the database."""

    settings: Settings
    gateway: Gateway
    open_store: Callable[[], Store]
    ask_service: Callable[[], tuple[str, str] | None]
    ask_queue: Callable[[], tuple[str, str] | None]
    clock: Callable[[], float] = time.time


def diagnose(patient: Patient) -> list[Finding]:
    """Look at everything, what others depend on first."""
    studio = _label_studio(patient)
    answers = studio.verdict is Verdict.FINE
    inside, seen = _inside(patient) if answers else ([], None)
    if not answers:
        inside = [_unknown(what, "Label Studio does not answer") for what in ("plugin", "private addresses", "clock")]
    findings = [
        studio,
        *inside,
        _asked("service", patient.ask_service(), f"answers at {patient.settings.url} and knows our secret"),
        _asked("queue", patient.ask_queue(), "can be used"),
    ]
    try:
        store = patient.open_store()
        findings += [_database(store), _worker(patient, store)]
    except (SteadyhandError, SQLAlchemyError) as error:
        cure = "Set STEADYHAND_DATABASE_URL to a database that answers."
        return [*findings, _fault("database", _first_line(error), cure)]
    of_projects = [finding for record in projects.attached(store) for finding in _project(patient, record, answers)]
    return [*findings, *of_projects, *_way_of_events(patient.settings, seen, of_projects)]


def _way_of_events(settings: Settings, seen: Surroundings | None, of_projects: Sequence[Finding]) -> list[Finding]:
    """Label Studio can't be told to try a webhook. Where neither the plugin nor an ML backend goes the same way, nothing here shows that one
    arrives."""
    by_plugin = seen is not None and not seen.service_fault and _is_same(seen.service_url, settings.url)
    by_backend = any(f.what == "ML backend" and f.verdict is Verdict.FINE for f in of_projects)
    if not of_projects or by_plugin or (by_backend and _is_same(settings.ml_base, settings.url)):
        return []
    says = f"nothing else goes to {settings.url} by which it could be seen that webhooks arrive"
    return [_unknown("way of events", says)]


def _is_same(url: str, other: str) -> bool:
    return url.rstrip("/") == other.rstrip("/")


def _label_studio(patient: Patient) -> Finding:
    try:
        version, owner = patient.gateway.version(), patient.gateway.whoami()
    except GatewayError as error:
        return _fault("Label Studio", str(error), "Check LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.")
    return _fine("Label Studio", f"{version} answers at {patient.gateway.url}; the token is that of user {owner.id}")


def _inside(patient: Patient) -> tuple[list[Finding], Surroundings | None]:
    """The plugin, and what it sees from inside Label Studio, which only it can tell."""
    try:
        plugin, seen = patient.gateway.plugin(), patient.gateway.surroundings()
        itself = _plugin_itself(plugin)
    except GatewayError as error:
        itself, seen = _fault("plugin", str(error), SECRET_CURE), None
    if seen is None:
        why = "only a plugin of this version can tell"
        return [itself, *(_unknown(what, why) for what in ("private addresses", "clock"))], None
    seen_from_there = [
        _service_from_inside(seen),
        _private_addresses(patient.settings, seen),
        _clock(patient.clock() - seen.now),
    ]
    return [itself, *seen_from_there], seen


def _service_from_inside(seen: Surroundings) -> Finding:
    if not seen.service_fault:
        return _fine("from Label Studio", f"the plugin reaches the service at {seen.service_url}")
    return _fault(
        "from Label Studio",
        f"the plugin finds no service at {seen.service_url or 'any address'}: {seen.service_fault}",
        "Set STEADYHAND_SERVICE_URL, where Label Studio runs, to an address at which it reaches `steadyhand serve`, with the same "
        "STEADYHAND_SECRET on both sides.",
    )


def _plugin_itself(plugin: PluginStatus | None) -> Finding:
    if plugin is None:
        return _warning(
            "plugin", "is not inside Label Studio", "`steadyhand plugin` prints the lines that bring it there."
        )
    if plugin.version != VERSION:
        says = f"is {plugin.version}, and the service is {VERSION}"
        return _warning("plugin", says, "Install the same version on both sides, and restart both.")
    if not plugin.guard:
        return _warning("plugin", f"{plugin.version}, without its guard", GUARD_CURE)
    return _fine("plugin", f"{plugin.version}, with its guard; it knows our secret")


def _private_addresses(settings: Settings, seen: Surroundings) -> Finding:
    refused = [
        url
        for url, refuses in (
            (settings.url, seen.refuses_private_webhooks),
            (settings.ml_base, seen.refuses_private_ml_backends),
        )
        if refuses and is_private(url)
    ]
    if refused:
        return _fault(
            "private addresses", f"Label Studio does not call {' and '.join(dict.fromkeys(refused))}", PRIVATE_CURE
        )
    return _fine("private addresses", "Label Studio may call the service's addresses")


def is_private(url: str) -> bool:
    """Whether a host is one that Label Studio's protection refuses. An unknown one is not: Label Studio may know it."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname or "", None)
    except OSError:
        return False
    return any(not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)


def _clock(skew: float) -> Finding:
    if abs(skew) <= MOST_SKEW_SECONDS:
        return _fine("clock", "both clocks agree")
    says = f"Label Studio's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead'}"
    cure = "Let both machines keep time by NTP: the plugin's word for who is signed in is good for seconds."
    return (_fault if abs(skew) > identity.LIFETIME_SECONDS else _warning)("clock", says, cure)


def _database(store: Store) -> Finding:
    with store.lease("doctor", wait=5.0):
        return _fine("database", f"{store.engine.dialect.name}, can be written, its tables are of this version")


def _worker(patient: Patient, store: Store) -> Finding:
    late = lateness(waiting.oldest(store), patient.settings, now=patient.clock())
    if late:
        return _fault(
            "worker",
            f"an event has waited for {late / 60:.0f} minutes",
            "Is `steadyhand serve` running, not with --only receiver alone? Its log says what fails.",
        )
    return _fine("worker", "no event waits for long")


def _project(patient: Patient, record: ProjectRecord, answers: bool) -> list[Finding]:
    """What attaching made in Label Studio, where that answers."""
    if not answers:
        return [_unknown("project", "Label Studio does not answer", record.id)]
    try:
        readable = _readable(patient, record)
        return [readable, _webhook(patient, record), _ml_backend(patient, record)]
    except MissingError:
        return [
            _fault(
                "project",
                f"{record.title} is not in Label Studio any more",
                f"If it was deleted: `steadyhand detach --project {record.id}` ends its monitoring.",
                record.id,
            )
        ]
    except GatewayError as error:
        return [_fault("project", str(error), "Look into Label Studio's log.", record.id)]


def _readable(patient: Patient, record: ProjectRecord) -> Finding:
    try:
        check_mapping(record.mapping, patient.gateway.project(record.id).label_config)
    except MappingError as error:
        cure = "Change the label config back, or attach with another --mapping."
        return _fault("project", f"{record.title}: {error}", cure, record.id)
    return _fine("project", f"{record.title}: answers can be read", record.id)


def _webhook(patient: Patient, record: ProjectRecord) -> Finding:
    cure = RECONNECT.format(record.id)
    hooks = patient.gateway.webhooks(record.id)
    hook = our_webhook(record, hooks)
    if hook is None:
        return _fault("webhook", "is not registered any more", cure, record.id)
    if fault := webhook_fault(patient.settings, record.id, hook):
        return _fault("webhook", fault, cure, record.id)
    if has_previous_secret(patient.settings, record.id, hook):
        return _warning("webhook", "carries the secret before this one", cure, record.id)
    if any(other.url == hook.url and other.id != hook.id for other in hooks):
        return _warning("webhook", "another one calls the same address", cure, record.id)
    return _fine("webhook", f"calls {hook.url} with our secret", record.id)


def _ml_backend(patient: Patient, record: ProjectRecord) -> Finding:
    cure = RECONNECT.format(record.id)
    backend = next((b for b in patient.gateway.ml_backends(record.id) if b.id == record.connections.ml_backend), None)
    if backend is None:
        return _fault("ML backend", "is not connected any more", cure, record.id)
    if backend.url.rstrip("/") != patient.settings.ml_base:
        return _fault(
            "ML backend", f"is at {backend.url}, and Steadyhand is at {patient.settings.ml_base}", cure, record.id
        )
    if backend.state != CONNECTED:
        says = f"Label Studio can't use it at {backend.url} ({backend.error_message or 'no answer'})"
        return _fault(
            "ML backend",
            says,
            f"Is `steadyhand serve` running, and reachable from Label Studio? Else {cure}",
            record.id,
        )
    return _fine("ML backend", f"Label Studio reaches it at {backend.url}", record.id)


def _asked(what: str, wrong: tuple[str, str] | None, fine: str) -> Finding:
    return _fine(what, fine) if wrong is None else _fault(what, *wrong)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _fine(what: str, says: str, project: int | None = None) -> Finding:
    return Finding(what, Verdict.FINE, says, project=project)


def _warning(what: str, says: str, cure: str, project: int | None = None) -> Finding:
    return Finding(what, Verdict.WARNING, says, cure, project)


def _fault(what: str, says: str, cure: str, project: int | None = None) -> Finding:
    return Finding(what, Verdict.FAULT, says, cure, project)


def _unknown(what: str, why: str, project: int | None = None) -> Finding:
    return Finding(what, Verdict.UNKNOWN, why, project=project)
