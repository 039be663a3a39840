"""Commands that find what is not set up as it must be, and set connections right."""

import sys

import click
import requests

from hooks.cli.inputs import acting, service_context
from hooks.cli.options import one_project_option, output_option
from hooks.cli.output import Output
from hooks.report import doctor as report
from ls_backend.services import doctor as service
from ls_backend.services.doctor import Patient, Verdict
from ls_backend.settings import Settings
from ls_templates.plugin import protocol

TIMEOUT_SECONDS = 5.0


@click.command()
@output_option
def doctor(output: Output) -> None:
    """Look for what is not set up as it must be, and say the cure.

    It looks from here and, through the plugin, from inside Label Studio, and changes nothing. The exit code is 1 where it finds a fault.
    """
    settings = Settings.read()
    findings = service.diagnose(_patient(settings))
    output.show(findings, report.findings)
    if any(finding.verdict is Verdict.FAULT for finding in findings):
        sys.exit(1)


@click.command()
@one_project_option
@output_option
def reconnect(project: int | None, output: Output) -> None:
    """Set webhook and ML backend again, after a change of secret or address.

    What somebody changed on them in Label Studio is set right as well.
    """
    from ls_backend.services.reconnecting import reconnect as set_again

    output.show([record.id for record in set_again(*acting(service_context()), project)], report.reconnected)


def _patient(settings: Settings) -> Patient:
    from ls_backend.services.context import gateway_of
    from ls_backend.store import Store

    return Patient(
        settings=settings,
        gateway=gateway_of(settings),
        open_store=lambda: Store(settings.database_url),
        ask_service=lambda: _ask_service(settings),
        ask_queue=lambda: _ask_queue(settings),
    )


def _ask_service(settings: Settings) -> tuple[str, str] | None:
    """By a request that it refuses in another way where it does not know who asks."""
    cure = "Start `steadyhand serve`, and check STEADYHAND_URL."
    try:
        answer = requests.get(
            settings.url.rstrip("/") + protocol.SERVICE_PANEL_PATH,
            headers=protocol.authorization(settings.plugin_keys[0]),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return f"does not answer at {settings.url} from here ({type(error).__name__})", cure
    if answer.status_code == 403:
        return f"at {settings.url} has another secret than this command", "Give both the same STEADYHAND_SECRET."
    return (
        None if answer.status_code == 400 else (f"is not what answers at {settings.url} ({answer.status_code})", cure)
    )


def _ask_queue(settings: Settings) -> tuple[str, str] | None:
    from hooks.worker import make_queue

    try:
        make_queue(settings).pending_count()
    except Exception as error:  # noqa: BLE001  (whatever the queue's backend throws)
        return f"can't be used ({type(error).__name__})", "Start Redis, and check STEADYHAND_REDIS_URL."
    return None
