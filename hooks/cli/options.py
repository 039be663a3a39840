"""Options that several commands share."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hooks.cli.output import Output
from ls_backend.errors import InputError

if TYPE_CHECKING:
    from ls_backend.label_studio.tasks import MarginSource
    from ls_backend.measurement.scale import MeasurementOptions

OptionValue = Any
"""What click reads from an option."""

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]

project_option = click.option(
    "--project", type=int, required=True, metavar="ID", help="The project's id in Label Studio."
)
annotator_option = click.option("--annotator", required=True, metavar="ID", help="The annotator's id in Label Studio.")
one_project_option = click.option("--project", type=int, metavar="ID", help="Only this project. Default: all.")
period_option = click.option(
    "--period",
    required=True,
    metavar="PERIOD",
    help="A month (2026-11), a week (2026-W47), days (2026-11-01..2026-11-15) or all, and all-2 for what came after it. In UTC.",
)
control_option = click.option(
    "--control", metavar="NAME", help="For tasks other than pairs: name of the control to monitor."
)
mapping_option = click.option("--mapping", metavar="FILE", help="How to read answers in your own label config (TOML).")
figure_option = click.option("--figure", metavar="FILE", help="Draw the result into a .png or .svg file.")
retest_rate_option = click.option(
    "--retest-rate",
    "retest_rates",
    type=click.FloatRange(0, 0.5),
    multiple=True,
    default=(0.05, 0.1, 0.2),
    show_default=True,
    help="Share of judgments that are retests. Repeat to compare.",
)


def bundled(name: str, record: Callable[..., Any], options: Mapping[str, Decorator[Any]]) -> Decorator[Any]:
    """Options, by the name of their value, that reach the command as one argument ``name``: ``record`` of the values."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_record(**values: OptionValue) -> Any:
            return command(**{name: record(**{key: values.pop(key) for key in options})}, **values)

        decorated: Callable[..., Any] = with_record
        for option in reversed(list(options.values())):
            decorated = option(decorated)
        return decorated

    return decorate


JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
ALL = click.option("--all", "show_all", is_flag=True, help="Show all rows and notes, not a screenful.")
output_option = bundled("output", Output, {"as_json": JSON})
long_output_options = bundled("output", Output, {"show_all": ALL, "as_json": JSON})


def _margin_source(margin_field: str | None, score_fields: str | None, margin_model: str | None) -> "MarginSource":
    from ls_backend.label_studio.tasks import MarginSource  # not all commands need it

    if sum(map(bool, (margin_field, score_fields, margin_model))) > 1:
        raise InputError("give one of --margin-field, --score-fields and --margin-model")
    if "" in (margin_field, score_fields, margin_model):
        raise InputError("a margin option is empty; is a variable of the shell not set?")
    if margin_field:
        return MarginSource((margin_field,))
    fields = tuple(part.strip() for part in (score_fields or "").split(",")) if score_fields else ()
    if fields and (len(fields) != 2 or not all(fields)):
        raise InputError(f"--score-fields: {score_fields!r} are not two fields; write score_a,score_b")
    return MarginSource(fields, margin_model or "")


margin_options = bundled(
    "margin_source",
    _margin_source,
    {
        "margin_field": click.option(
            "--margin-field",
            metavar="FIELD",
            help="Field of a task's data with a margin: how decided a reward model, say, takes the pair to be.",
        ),
        "score_fields": click.option(
            "--score-fields",
            metavar="A,B",
            help="Two fields with the scores of the responses; their difference is the margin.",
        ),
        "margin_model": click.option(
            "--margin-model",
            metavar="VERSION",
            help="Model version of predictions in Label Studio whose score says how decided a pair is.",
        ),
    },
)


def _measurement(q: float | None, best: bool, half_life: float | None) -> "MeasurementOptions":
    from ls_backend.measurement.scale import MeasurementOptions  # needs numpy, and not all commands do

    return MeasurementOptions(q, best, half_life)


measurement_options = bundled(
    "measurement",
    _measurement,
    {
        "q": click.option(
            "--q",
            type=click.FloatRange(0.05, 1),
            help="How decided preferences are, where it is known. Default: estimated, which needs gold.",
        ),
        "best": click.option(
            "--best", is_flag=True, help="Without gold and --q: assume that the best tenth are attentive."
        ),
        "half_life": click.option(
            "--half-life",
            type=click.FloatRange(1),
            help="Own judgments after which evidence counts half. Default: never.",
        ),
    },
)
