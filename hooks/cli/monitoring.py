"""Commands about monitored projects."""

from dataclasses import dataclass, replace

import click

from hooks.cli.datafiles import GROUND_TRUTH, gold_project, read_gold_items, read_mapping
from hooks.cli.inputs import acting, read_text, service_context
from hooks.cli.options import (
    OptionValue,
    annotator_option,
    bundled,
    control_option,
    mapping_option,
    margin_options,
    measurement_options,
    output_option,
    project_option,
)
from hooks.cli.output import Output, progress
from hooks.report import monitoring as report
from ls_backend.errors import GatewayError
from ls_backend.formats.pairs import Pair
from ls_backend.programme.onboarding import DEFAULT_PASS_MARK, DEFAULT_TRIES, OnboardingTerms
from ls_backend.programme.seed_schedule import (
    DEFAULT_GOLD_RATE,
    DEFAULT_LAG,
    DEFAULT_MIN_LAG,
    DEFAULT_RETEST_FOCUS,
    DEFAULT_RETEST_RATE,
    Routing,
)
from ls_backend.services import attaching, detaching, pausing, processing, scoring
from ls_backend.services.attaching import MonitoringTerms
from ls_backend.services.onboarding import set_up_onboarding, what_onboarding_lacks
from ls_backend.services.processing import process
from ls_backend.services.seeding import seed_project
from ls_backend.services.write_back import write_back


@dataclass(frozen=True, slots=True)
class Onboarding:
    """The file with the items, None for no onboarding, and the terms."""

    file: str | None
    pass_mark: float
    tries: int

    def read(self) -> tuple[list[Pair], OnboardingTerms] | None:
        """The items and their terms; None for no onboarding.

        Raises:
            InputError: an item has no known answer, or the terms do not fit them.
        """
        if self.file is None:
            return None
        items = read_gold_items(self.file)
        return items, OnboardingTerms.of(len(items), pass_mark=self.pass_mark, tries=self.tries)


onboarding_options = bundled(
    "onboarding",
    lambda onboarding, onboarding_pass, onboarding_tries: Onboarding(onboarding, onboarding_pass, onboarding_tries),
    {
        "onboarding": click.option(
            "--onboarding",
            metavar="FILE",
            help="Train newcomers first, with these items (as gold, and none of it): training, then a calibration.",
        ),
        "onboarding_pass": click.option(
            "--onboarding-pass",
            type=float,
            default=DEFAULT_PASS_MARK,
            show_default=True,
            help="The share of right answers that passes a calibration.",
        ),
        "onboarding_tries": click.option(
            "--onboarding-tries", type=int, default=DEFAULT_TRIES, show_default=True, help="Calibrations, at most."
        ),
    },
)


def _terms(contract: str, gold: str | None, mapping: str | None, **terms: OptionValue) -> MonitoringTerms:
    experts = gold_project(gold)
    return MonitoringTerms(
        contract=read_text(contract),
        gold=read_gold_items(gold) if gold and gold != GROUND_TRUTH and experts is None else (),
        ground_truths=gold == GROUND_TRUTH,
        gold_project=experts,
        mapping=read_mapping(mapping),
        **terms,
    )


terms_options = bundled(
    "terms",
    _terms,
    {
        "contract": click.option(
            "--contract",
            required=True,
            metavar="FILE",
            help="The contract (TOML); `steadyhand contract` prints an example.",
        ),
        "gold": click.option(
            "--gold",
            metavar="FILE",
            help="Gold items: JSON lines or CSV with prompt, both responses, gold (a or b). "
            f"{GROUND_TRUTH}: the answers that Label Studio calls ground truth, now and later. project:N: what the annotators of project N, "
            "who are experts, agree on about the same texts, now and later.",
        ),
        "retest_rate": click.option(
            "--retest-rate",
            type=float,
            default=DEFAULT_RETEST_RATE,
            show_default=True,
            help="Share of judgments that are retests.",
        ),
        "gold_rate": click.option(
            "--gold-rate",
            type=float,
            default=DEFAULT_GOLD_RATE,
            show_default=True,
            help="Share of judgments that are gold.",
        ),
        "min_lag": click.option(
            "--min-lag",
            type=int,
            default=DEFAULT_MIN_LAG,
            show_default=True,
            help="Own judgments between the two showings of a retest, at least.",
        ),
        "routing": click.option(
            "--routing",
            type=click.Choice([routing.value for routing in Routing]),
            help="How seeds reach annotators. Default: aimed where Label Studio runs the plugin, else everyone.",
        ),
        "annotators": click.option(
            "--annotators", type=int, help="Number of annotators. Default: the organisation's members but one."
        ),
        "slice_field": click.option(
            "--slice-field", metavar="FIELD", help="Task field over whose values seeds are spread evenly."
        ),
        "margin_source": margin_options,
        "retest_focus": click.option(
            "--retest-focus",
            type=click.FloatRange(0, 1),
            default=DEFAULT_RETEST_FOCUS,
            show_default=True,
            help="Share of retests that repeat decided pairs, where it is known which are.",
        ),
        "lag": click.option(
            "--lag",
            type=click.IntRange(1),
            default=DEFAULT_LAG,
            show_default=True,
            help="Own judgments between the two showings that retests aim for, where it is known which pairs are decided.",
        ),
        "adaptive": click.option(
            "--adaptive/--no-adaptive",
            help="Check those more whose bonus may well be wrong (3 times at most), and those less whose bonus hardly can be (a third "
            "at least), at the same total. Needs routing `aimed`. Default: everybody alike.",
        ),
        "mapping": mapping_option,
        "control": control_option,
        "measurement": measurement_options,
    },
)


@click.command()
@project_option
@terms_options
@onboarding_options
@click.option("--dry-run", is_flag=True, help="Only tell the cost in extra judgments; write nothing.")
@output_option
def attach(project: int, terms: MonitoringTerms, onboarding: Onboarding, dry_run: bool, output: Output) -> None:
    """Start monitoring a project.

    Connects the webhook and the ML backend, makes a project for scorecards, and places seeds. Preference pairs are
    recognised in the label config. Other tasks (choices, ratings, rankings, spans, boxes) need --control.
    """
    ctx, actor = acting(service_context())
    newcomers = onboarding.read()
    if newcomers and (lacks := what_onboarding_lacks(ctx.gateway.plugin())):
        raise GatewayError(lacks)
    result = attaching.attach(ctx, actor, project, terms, dry_run=dry_run, track=progress)
    if newcomers and not dry_run:
        result = replace(result, onboarding=set_up_onboarding(ctx, actor, project, *newcomers))
    output.show(result, report.attached)


@click.command()
@project_option
@click.option("--keep-scorecards", is_flag=True, help="Keep the Label Studio project with the scorecards.")
@output_option
def detach(project: int, keep_scorecards: bool, output: Output) -> None:
    """Stop monitoring a project and leave it as it was found. Judgments and scorecards stay in Steadyhand's database."""
    result = detaching.detach(*acting(service_context()), project, keep_scorecards=keep_scorecards, track=progress)
    output.show(result, report.detached)


@click.command()
@project_option
@output_option
def seed(project: int, output: Output) -> None:
    """Place the gold items and retests that are due. The service does this by itself while it runs."""
    output.show(seed_project(*acting(service_context()), project, track=progress), report.seeded)


@click.command()
@project_option
@click.option("--full", is_flag=True, help="Read all tasks again, also to find what was deleted without an event.")
@output_option
def reconcile(project: int, full: bool, output: Output) -> None:
    """Catch up with what Label Studio's webhooks lost. The service does this by itself while it runs."""
    applied = process(*acting(service_context()), project, pull="all" if full else "recent", wait=60.0, track=progress)
    output.show(report.CaughtUp(project, applied), report.caught_up)


@click.command()
@project_option
@output_option
def replay(project: int, output: Output) -> None:
    """Try the events again that were kept aside. `steadyhand status` says why they could not be applied."""
    output.show(processing.replay(*acting(service_context()), project), report.replayed)


@click.command()
@project_option
@output_option
def rescore(project: int, output: Output) -> None:
    """Compute all scorecards again and update their copies. The copies are those in Label Studio."""
    ctx, actor = acting(service_context())
    changed = scoring.rescore(ctx, actor, project)
    written = write_back(ctx, actor, project, wait=60.0, track=progress)
    output.show(report.Rescored(project, len(changed), written["scorecards"], written["predictions"]), report.rescored)


@click.command()
@project_option
@annotator_option
@click.option("--reason", required=True, metavar="TEXT", help="Why, in a sentence. The annotator reads it.")
@output_option
def pause(project: int, annotator: str, reason: str, output: Output) -> None:
    """Serve an annotator nothing in a project, and say why. It needs the guard. An answer to a task that was served before still
    counts, and nothing changes in what they are paid."""
    output.show(pausing.pause(*acting(service_context()), project, annotator, reason), report.paused)


@click.command()
@project_option
@annotator_option
@click.option("--reason", default="", metavar="TEXT", help="Why, for the audit log.")
@output_option
def resume(project: int, annotator: str, reason: str, output: Output) -> None:
    """Serve a paused annotator again."""
    output.show(pausing.resume(*acting(service_context()), project, annotator, reason), report.paused)
