"""The `steadyhand` command: a module for each group of commands, imported when one of them is needed."""

import os

import click

from hooks.cli.lazy import LazyCommand, LazyGroup

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are small: more threads wait for each other
COMMANDS = {
    "Monitor a project": {
        "attach": LazyCommand("hooks.cli.monitoring", "attach", "Start monitoring a project."),
        "detach": LazyCommand(
            "hooks.cli.monitoring", "detach", "Stop monitoring a project and leave it as it was found."
        ),
        "status": LazyCommand(
            "hooks.cli.status", "status", "Show how the monitored projects stand and what needs attention."
        ),
        "audit": LazyCommand("hooks.cli.status", "audit", "Show who did what in a project, newest first."),
        "seed": LazyCommand("hooks.cli.monitoring", "seed", "Place the gold items and retests that are due."),
        "reconcile": LazyCommand(
            "hooks.cli.monitoring", "reconcile", "Catch up with what Label Studio's webhooks lost."
        ),
        "replay": LazyCommand("hooks.cli.monitoring", "replay", "Try the events again that were kept aside."),
        "rescore": LazyCommand(
            "hooks.cli.monitoring", "rescore", "Compute all scorecards again and update their copies."
        ),
        "guide": LazyCommand("hooks.cli.guides", "guide", "Publish a project's guide, or print it."),
        "report": LazyCommand("hooks.cli.weekly", "report", "Write the weekly reports of a project, to be sent."),
        "pause": LazyCommand("hooks.cli.monitoring", "pause", "Serve an annotator nothing in a project, and say why."),
        "erase": LazyCommand("hooks.cli.status", "erase", "Forget an annotator in all projects."),
        "resume": LazyCommand("hooks.cli.monitoring", "resume", "Serve a paused annotator again."),
    },
    "Run": {
        "serve": LazyCommand("hooks.cli.serving", "serve", "Run the webhook service, its worker and the ML backend."),
        "migrate": LazyCommand("hooks.cli.database", "migrate", "Bring the database's tables to this version."),
        "doctor": LazyCommand(
            "hooks.cli.doctor", "doctor", "Look for what is not set up as it must be, and say the cure."
        ),
        "reconnect": LazyCommand(
            "hooks.cli.doctor", "reconnect", "Set webhook and ML backend again, after a change of secret or address."
        ),
        "backup": LazyCommand(
            "hooks.cli.status",
            "backup",
            "Copy the database into a new FILE while everything goes on, and say how it is brought back.",
        ),
        "plugin": LazyCommand("hooks.cli.plugin", "plugin", "Print how the plugin comes into a Label Studio."),
        "dashboard": LazyCommand("hooks.cli.serving", "dashboard", "Print a link that opens the dashboard once."),
        "demo": LazyCommand("hooks.cli.serving", "demo", "Show everything at work, with simulated annotators."),
    },
    "Measure": {
        "score": LazyCommand(
            "hooks.cli.scoring", "score", "Score annotators from an export or a table, without a server."
        ),
        "inspect": LazyCommand(
            "hooks.cli.scoring", "inspect", "Look closely at an export, a CSV or a monitored project."
        ),
        "export": LazyCommand(
            "hooks.cli.exporting", "export", "Hand preferences over to trainers, as a folder of rows."
        ),
        "templates": LazyCommand("hooks.cli.scoring", "templates", "List the labelling templates, or print one."),
        "plan": LazyCommand(
            "hooks.cli.studies", "plan", "Compute how many checks tell careful from careless annotators."
        ),
        "study": LazyCommand("hooks.cli.studies", "study", "Repeat a study of the methods on simulated annotators."),
    },
    "Pay": {
        "contract": LazyCommand("hooks.cli.contracts", "contract", "Print, explain, design and solve contracts."),
        "simulate": LazyCommand("hooks.cli.contracts", "simulate", "Try contracts on simulated annotators."),
        "pilot": LazyCommand("hooks.cli.pilots", "pilot", "Compare two contracts on the annotators of a project."),
        "settle": LazyCommand("hooks.cli.ledger", "settle", "Close a period: one line of pay for each annotator."),
        "ledger": LazyCommand("hooks.cli.ledger", "ledger", "Approve, export, verify and explain what is paid."),
    },
}
EPILOG = """\b
Exit codes:
  0  fine
  1  refused, and the message says why; `ledger verify`, `doctor`: faults were found
  2  wrong usage: an unknown option, or a value that can't be read
\b
Completion for bash (also zsh, fish):
  eval "$(_STEADYHAND_COMPLETE=bash_source steadyhand)"
"""


@click.group(cls=LazyGroup, sections=COMMANDS, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="steadyhand", prog_name="steadyhand")
def main() -> None:
    """Quality monitoring and incentives for human preference data in Label Studio.

    Commands that talk to Label Studio read LABEL_STUDIO_URL, LABEL_STUDIO_API_KEY and STEADYHAND_SECRET from the
    environment.
    """
