"""The doctor: each fault is found, with its cure, and a healthy installation has none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ls_backend.errors import SettingsError
from ls_backend.services import doctor
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.services.doctor import Finding, Patient, Verdict
from ls_backend.services.reconnecting import reconnect
from ls_backend.store import audit
from ls_templates.plugin import VERSION
from tests import fakes
from tests.fakes import ADMIN

OTHER_SECRET = "another secret, which is long enough"


def patient(ctx: Context, **changes: Any) -> Patient:
    healthy = Patient(ctx.settings, ctx.gateway, lambda: ctx.store, lambda: None, lambda: None, ctx.clock)
    return replace(healthy, **changes)


def found(of: Patient) -> dict[str, Finding]:
    return {finding.what: finding for finding in doctor.diagnose(of)}


def hook(ctx: Context, project: int) -> dict[str, Any]:
    (made,) = fakes.gateway(ctx).webhooks_json(project)
    return made


@pytest.fixture
def made(plugged: Context) -> int:
    gateway = fakes.gateway(plugged)
    assert gateway.plugin_status
    gateway.plugin_status = replace(gateway.plugin_status, version=VERSION)
    return fakes.attach(plugged, gold=2)


def test_a_healthy_installation_has_no_fault(plugged: Context, made: int) -> None:
    findings = doctor.diagnose(patient(plugged))
    assert {finding.verdict for finding in findings} == {Verdict.FINE}
    assert {finding.what for finding in findings} == {
        "Label Studio", "plugin", "from Label Studio", "private addresses", "clock", "service", "queue", "database", "worker",
        "project", "webhook", "ML backend",
    }  # fmt: skip
    assert not any(finding.cure for finding in findings)


def _backend(ctx: Context) -> dict[str, Any]:
    (backend,) = fakes.gateway(ctx).backends.values()
    return backend


def _seen(ctx: Context, **changes: Any) -> None:
    gateway = fakes.gateway(ctx)
    gateway.seen_from_inside = replace(gateway.seen_from_inside, **changes)


def _plugin(ctx: Context, **changes: Any) -> None:
    gateway = fakes.gateway(ctx)
    assert gateway.plugin_status
    gateway.plugin_status = replace(gateway.plugin_status, **changes)


FAULTS: dict[str, tuple[Callable[[Context, int], object], str, Verdict, str, str]] = {
    "no webhook": (
        lambda c, p: fakes.gateway(c).delete_webhook(hook(c, p)["id"]), "webhook", Verdict.FAULT, "not registered", "reconnect"),
    "webhook elsewhere": (
        lambda c, p: hook(c, p).update(url="http://elsewhere.test/webhook"), "webhook", Verdict.FAULT, "elsewhere", "reconnect"),
    "webhook off": (
        lambda c, p: hook(c, p).update(is_active=False), "webhook", Verdict.FAULT, "switched off", "reconnect"),
    "webhook without payload": (
        lambda c, p: hook(c, p).update(send_payload=False), "webhook", Verdict.FAULT, "send payload", "reconnect"),
    "webhook without secret": (
        lambda c, p: hook(c, p).update(headers={}), "webhook", Verdict.FAULT, "does not carry our secret", "reconnect"),
    "webhook for fewer events": (
        lambda c, p: hook(c, p).update(actions=["TASKS_DELETED"]), "webhook", Verdict.FAULT, "other events", "reconnect"),
    "second webhook": (
        lambda c, p: c.gateway.create_webhook(p, c.settings.webhook_url, headers={}, actions=[]),
        "webhook", Verdict.WARNING, "another one", "reconnect"),
    "no ML backend": (
        lambda c, _: fakes.gateway(c).backends.clear(), "ML backend", Verdict.FAULT, "not connected", "reconnect"),
    "ML backend elsewhere": (
        lambda c, _: _backend(c).update(url="http://elsewhere.test"), "ML backend", Verdict.FAULT, "elsewhere", "reconnect"),
    "ML backend does not answer": (
        lambda c, _: _backend(c).update(state="DI"), "ML backend", Verdict.FAULT, "can't use it", "steadyhand serve"),
    "project deleted": (
        lambda c, p: c.gateway.delete_project(p), "project", Verdict.FAULT, "not in Label Studio", "detach"),
    "label config changed": (
        lambda c, p: fakes.gateway(c).change_label_config(p, "<View/>"), "project", Verdict.FAULT, "preference", "--mapping"),
    "no plugin": (
        lambda c, _: setattr(c.gateway, "plugin_status", None), "plugin", Verdict.WARNING, "not inside", "steadyhand plugin"),
    "older plugin": (lambda c, _: _plugin(c, version="0.0.1"), "plugin", Verdict.WARNING, "0.0.1", "same version"),
    "guard off": (lambda c, _: _plugin(c, guard=False), "plugin", Verdict.WARNING, "without its guard", "STEADYHAND_ADMINS"),
    "plugin's other secret": (
        lambda c, _: fakes.gateway(c).fail_on.add("plugin"), "plugin", Verdict.FAULT, "plugin", "STEADYHAND_SECRET"),
    "service not reached from inside": (
        lambda c, _: _seen(c, service_fault="it can't be reached (ConnectionError)"),
        "from Label Studio", Verdict.FAULT, "ConnectionError", "STEADYHAND_SERVICE_URL"),
    "webhooks to private addresses": (
        lambda c, _: _seen(c, refuses_private_webhooks=True), "private addresses", Verdict.FAULT, "127.0.0.1", "SSRF_PROTECTION"),
    "ML backends at private addresses": (
        lambda c, _: _seen(c, refuses_private_ml_backends=True), "private addresses", Verdict.FAULT, "127.0.0.1", "ML_BLOCK"),
    "clock a little off": (lambda c, _: _seen(c, now=c.clock() - 12), "clock", Verdict.WARNING, "12 s behind", "NTP"),
    "clock far off": (lambda c, _: _seen(c, now=c.clock() + 300), "clock", Verdict.FAULT, "300 s ahead", "NTP"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_has_its_cure(plugged: Context, made: int, fault: str) -> None:
    damage, what, verdict, says, cure = FAULTS[fault]
    damage(plugged, made)
    finding = found(patient(plugged))[what]
    assert (finding.verdict, says in finding.says, cure in finding.cure) == (verdict, True, True), finding


@pytest.mark.parametrize("fault", [name for name, entry in FAULTS.items() if entry[4] == "reconnect"])
def test_reconnecting_cures_what_it_is_said_to_cure(plugged: Context, made: int, fault: str) -> None:
    FAULTS[fault][0](plugged, made)
    reconnect(plugged, ADMIN, made)
    assert {finding.verdict for finding in doctor.diagnose(patient(plugged))} == {Verdict.FINE}
    assert "reconnected" in {entry.what for entry in audit.records(plugged.store, made)}


def test_an_event_that_nobody_works_on_is_found(plugged: Context, made: int) -> None:
    gateway = fakes.gateway(plugged)
    fakes.deliver(plugged, gateway.annotate(next(iter(gateway.tasks(made))).id, 7, "left"))
    clock = plugged.clock
    assert isinstance(clock, fakes.Clock)
    assert found(patient(plugged))["worker"].verdict is Verdict.FINE
    clock.tick(600)
    finding = found(patient(plugged))["worker"]
    assert (finding.verdict, finding.says) == (Verdict.FAULT, "an event has waited for 10 minutes")
    assert "steadyhand serve" in finding.cure


def test_what_is_wrong_here_is_found_without_label_studio(plugged: Context, made: int) -> None:
    def no_store() -> Any:
        raise SettingsError("the database can't be used")

    gateway = fakes.gateway(plugged)
    gateway.fail_on.add("whoami")
    findings = found(patient(plugged, open_store=no_store, ask_queue=lambda: ("can't be used", "Start Redis.")))
    assert {what: finding.verdict for what, finding in findings.items()} == {
        "Label Studio": Verdict.FAULT,
        "plugin": Verdict.UNKNOWN,
        "private addresses": Verdict.UNKNOWN,
        "clock": Verdict.UNKNOWN,
        "service": Verdict.FINE,
        "queue": Verdict.FAULT,
        "database": Verdict.FAULT,
    }
    assert all(finding.cure for finding in findings.values() if finding.verdict is Verdict.FAULT)


def test_after_the_secret_was_exchanged_the_webhook_is_to_be_set_again(plugged: Context, made: int) -> None:
    rotated = fakes.settings(secret=OTHER_SECRET, previous_secret=fakes.SECRET)
    after = replace(plugged, settings=rotated)
    assert found(patient(after))["webhook"].verdict is Verdict.WARNING
    reconnect(after, ADMIN)
    assert hook(plugged, made)["headers"] == {SECRET_HEADER: rotated.webhook_secret(made)}
    assert _backend(plugged)["password"] == rotated.ml_password(made)
    assert (
        found(patient(replace(plugged, settings=fakes.settings(secret=OTHER_SECRET))))["webhook"].verdict
        is Verdict.FINE
    )


def test_that_nothing_shows_that_webhooks_arrive_is_said(plugged: Context, made: int) -> None:
    _seen(plugged, service_url="http://127.0.0.1:1")
    assert "way of events" not in found(patient(plugged)), "the ML backend goes the same way"
    elsewhere = replace(plugged, settings=fakes.settings(ml_url="http://127.0.0.1:8091"))
    reconnect(elsewhere, ADMIN)
    assert found(patient(elsewhere))["way of events"].verdict is Verdict.UNKNOWN
    _seen(plugged, service_url="http://127.0.0.1:8090/")
    assert "way of events" not in found(patient(elsewhere)), "the plugin goes the same way"


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:8090", True),
        ("http://10.1.2.3", True),
        ("http://192.168.0.4:80", True),
        ("http://[::1]:8090", True),
        ("https://8.8.8.8", False),
        ("http://no-such-host.invalid", False),
    ],
)
def test_private_addresses_are_known(url: str, private: bool) -> None:
    assert doctor.is_private(url) is private
