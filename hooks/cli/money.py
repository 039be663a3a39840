"""Commands about contracts and pay."""

import csv
import io
from pathlib import Path
from typing import Any

import click
import numpy as np

import ls_backend
from hooks import report
from hooks.cli.figures import draw
from hooks.cli.shell import Plain, as_json, at_retest_rates, context, of_project, read, tell, with_figure, write
from ls_backend import services
from ls_backend.contracts.terms import Contract, explain
from ls_backend.contracts.theory.model import Model
from ls_backend.contracts.theory.replies import Kind, Solution
from ls_backend.errors import InputError
from ls_backend.services import ledger as books
from ls_backend.services import payouts, pilots
from ls_backend.services import settlement as paying
from ls_backend.simulation import incentives
from ls_backend.simulation.world import Plan
from ls_backend.types import Json

HERE = Path(ls_backend.__file__).parent / "contracts"
EXAMPLE, EXAMPLE_MODEL = HERE / "example.toml", HERE / "theory" / "model.toml"
of_period = click.option("--period", required=True, help="2026-11, 2026-W47, 2026-11-01..2026-11-15, or all. UTC.")


# --- contracts ------------------------------------------------------------------------------------------------------


@click.group(cls=Plain, invoke_without_command=True)
@click.pass_context
def contract(ctx: click.Context) -> None:
    """Contracts: without a command, print an example to start from."""
    if ctx.invoked_subcommand is None:
        click.echo(EXAMPLE.read_text(encoding="utf-8"))


@contract.command()
def model() -> None:
    """Print an example MODEL.toml for `solve` and `rates`."""
    click.echo(EXAMPLE_MODEL.read_text(encoding="utf-8"))


@contract.command()
@click.argument("model", metavar="MODEL.toml")
@click.option("--kind", type=click.Choice(["linear", "binary"]), required=True)
@click.option("--n", type=click.IntRange(1, 1_000_000), required=True, help="Monitored answers.")
@click.option("--robust", is_flag=True, help="With several types: the best worst case, not the best mean.")
@as_json
def solve(model: str, kind: Kind, n: int, robust: bool, machine: bool) -> None:
    """The best contract of a kind for n monitored answers, and how far it is from first best."""
    from ls_backend.contracts.theory.solve import solve as solve_model  # scipy.optimize takes half a second to import

    found = Model.parse(read(model), source=model)
    tell(_solved(solve_model(found, kind, n, robust=robust), kind, n), machine, report.solved)


def _solved(found: Solution, kind: str, n: int) -> Json:
    return {
        "first_best": {"effort": found.first_best_effort, "value": found.first_best_value},
        "kind": kind,
        "n": n,
        "contract": found.contract.as_dict(),
        "effort": found.effort,
        "value": found.value,
        "gap": found.gap,
        "types": [
            {"effort": r.effort, "value": r.value, "pay": r.pay, "utility": r.utility, "accepts": r.accepts}
            for r in found.replies
        ],
    }


@contract.command()
@click.argument("model", metavar="MODEL.toml", required=False)
@with_figure
@as_json
def rates(model: str | None, figure: str | None, machine: bool) -> None:
    """The gap to first best against n from 25 to 6,400, for both kinds, with the fitted law; what a coarse choice of
    efforts would give, and how the gap depends on q. Default model: the example."""
    from ls_backend.contracts.theory import rates as rates_of  # as in `solve`
    from ls_backend.contracts.theory.solve import solve as solve_model

    given = Model.parse(read(model or str(EXAMPLE_MODEL)), source=model or "example model")
    if given.types:
        raise InputError("rates are those of one agent; leave out [[types]]")
    sizes, kinds = rates_of.SIZES, rates_of.KINDS
    best = solve_model(given, "linear", sizes[0]).first_best_value
    gaps = {kind: rates_of.gaps(given, kind) for kind in kinds}
    laws = {kind: rates_of.law(kind, sizes, gaps[kind], scale=best) for kind in kinds}
    qs = (0.2, 0.4, 0.6, 0.8, 1.0)
    found: Json = {
        "first_best": best,
        "n": list(sizes),
        **{kind: gaps[kind] for kind in kinds},
        "law": {kind: {"slope": x.slope, "constant": x.constant, "spread": x.spread} for kind, x in laws.items()},
        "coarse": {kind: rates_of.gaps(rates_of.with_efforts(given, 5), kind, (25, 400, 6400)) for kind in kinds},
        "q": {
            "q": list(qs),
            **{k: [rates_of.gaps(rates_of.with_q(given, q), k, (400,))[0] for q in qs] for k in kinds},
        },
    }
    if figure:
        draw(figure, 2, lambda axes: _draw_rates(axes, found))
    tell(found, machine, report.rates)


def _draw_rates(axes: list[Any], found: Json) -> None:
    from ls_backend.contracts.theory import rates as rates_of

    n = np.array(found["n"], dtype=np.float64)
    for kind, mark in zip(rates_of.KINDS, ("o-", "s--"), strict=True):
        gap = np.array(found[kind])
        axes[0].loglog(n, np.maximum(gap, 1e-12), mark, label=kind)
        axes[1].semilogx(
            n,
            gap * [rates_of.size(kind, int(m)) for m in n],
            mark,
            label=f"{kind} x {'n' if kind == 'linear' else 'sqrt(n log n)'}",
        )
    axes[0].set(xlabel="monitored answers n", ylabel="gap to first best")
    axes[1].set(xlabel="monitored answers n", ylabel="gap x law", ylim=(0, None))
    for axis in axes:
        axis.legend()


@contract.command("explain")
@click.argument("file", metavar="FILE")
def explain_file(file: str) -> None:
    """Say a contract file in plain words, with worked examples, for annotators to read."""
    click.echo(explain(Contract.parse(read(file), source=file)))


@contract.command()
@click.option("--annotators", type=click.IntRange(1, 500), required=True)
@click.option("--labels", type=click.IntRange(1), required=True, help="Labels of each annotator in a week.")
@click.option("--budget", type=click.FloatRange(0.01), required=True, help="For bonuses, in the currency, in all.")
@click.option("--value", type=click.FloatRange(0), required=True, help="What one right consensus label is worth.")
@click.option("--weeks", type=click.IntRange(1, 52), default=4, show_default=True)
@click.option("--currency", default="EUR", show_default=True)
@click.option("--out", metavar="FILE", help="Write the proposed contract.")
@as_json
def design(
    annotators: int, labels: int, budget: float, value: float, weeks: int, currency: str, out: str | None, machine: bool
) -> None:
    """From what a team knows to a proposed contract, with its expected cost and effect, by simulation."""
    text, expected = incentives.design(
        annotators=annotators,
        labels_a_week=labels,
        budget_minor=round(budget * 100),
        value_minor=round(value * 100),
        currency=currency,
        weeks=weeks,
    )
    Contract.parse(text)
    if out:
        write(Path(out), text)
    tell({"contract": text, "expected": expected, "currency": currency}, machine, report.designed)


# --- before paying ----------------------------------------------------------------------------------------------------


@click.command()
@click.option(
    "--contract",
    "files",
    multiple=True,
    metavar="FILE",
    help="Repeat to compare. Default: the example, linear and binary.",
)
@click.option("--annotators", type=click.IntRange(2, 300), default=40, show_default=True)
@click.option("--labels", type=click.IntRange(20, 2000), default=200, show_default=True, help="Of each annotator.")
@click.option("--overlap", type=click.IntRange(1, 20), default=3, show_default=True)
@at_retest_rates
@click.option("--gold-rate", type=click.FloatRange(0, 0.5), default=0.05, show_default=True)
@click.option("--seeds", type=click.IntRange(1, 1000), default=20, show_default=True)
@with_figure
@as_json
def simulate(
    files: tuple[str, ...],
    annotators: int,
    labels: int,
    overlap: int,
    retest_rates: tuple[float, ...],
    gold_rate: float,
    seeds: int,
    figure: str | None,
    machine: bool,
) -> None:
    """Try contracts on simulated annotators: quality of the data, pay by type, false flags, cost per correct label."""
    if files:
        contracts = {name: Contract.parse(read(name), source=name) for name in files}
    else:
        linear = Contract.parse(read(str(EXAMPLE)))
        contracts = {"linear": linear, "binary": incentives.binary_like(linear)}
    plan = Plan(labels=labels, overlap=overlap, gold_rate=gold_rate)
    found = incentives.trial(contracts, annotators=annotators, plan=plan, rates=retest_rates, seeds=seeds)
    found["currency"] = next(iter(contracts.values())).currency
    if figure:
        draw(figure, 2, lambda axes: _draw_trial(axes, found))
    tell(found, machine, report.trial)


def _draw_trial(axes: list[Any], found: Json) -> None:
    names = list(dict.fromkeys(r["contract"] for r in found["rows"]))
    for name in names:
        own = [r for r in found["rows"] if r["contract"] == name]
        axes[0].plot(
            [100 * r["retest_rate"] for r in own], [100 * r["quality"] for r in own], "o-", label=Path(name).name
        )
    axes[0].set(xlabel="retests, % of labels", ylabel="right consensus, %")
    axes[0].legend()
    row = found["rows"][len(found["rows"]) // len(names) // 2]
    pay = row["pay"]
    mean = np.array([p["mean"] for p in pay.values()]) / 100
    low, high = (np.array([p[k] for p in pay.values()]) / 100 for k in ("low", "high"))
    axes[1].barh(
        list(pay), mean, xerr=[np.maximum(mean - low, 0), np.maximum(high - mean, 0)], color="#4c72b0", ecolor="#888"
    )
    axes[1].set(xlabel=f"pay in {found['currency']} ({Path(row['contract']).name}, {row['retest_rate']:.0%} retests)")
    axes[1].invert_yaxis()


# --- pilots -----------------------------------------------------------------------------------------------------------


@click.group(cls=Plain)
def pilot() -> None:
    """A/B pilots of two contracts in a live project."""


@pilot.command("start")
@of_project
@click.option("--name", required=True)
@click.option("--a", "first", required=True, metavar="FILE", help="Contract A.")
@click.option("--b", "second", required=True, metavar="FILE", help="Contract B.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Error allowed over all looks.")
@as_json
def pilot_start(project: int, name: str, first: str, second: str, alpha: float, machine: bool) -> None:
    """Give each half of the annotators one of two contracts, by chance within pairs of about the same score."""
    found = pilots.start(context(), project, name, read(first), read(second), alpha=alpha)
    tell(
        found,
        machine,
        lambda f: f"Pilot {f['pilot']}: {f['annotators']['A']} annotators in A, {f['annotators']['B']} in B.",
    )


@pilot.command("look")
@of_project
@click.option("--name", help="Default: the running one.")
@as_json
def pilot_look(project: int, name: str | None, machine: bool) -> None:
    """The effect so far. Look as often as you like: each look is counted, and the error over all of them holds."""
    tell(pilots.look(context(), project, name), machine, report.look)


@pilot.command("stop")
@of_project
@as_json
def pilot_stop(project: int, machine: bool) -> None:
    """End the pilot; everybody is under the project's contract again."""
    tell(pilots.stop(context(), project), machine, lambda f: f"Pilot {f['pilot']} is over.")


# --- settlement and ledger --------------------------------------------------------------------------------------------


@click.command()
@of_project
@of_period
@click.option("--preview", is_flag=True, help="Only show; write nothing.")
@as_json
def settle(project: int, period: str, preview: bool, machine: bool) -> None:
    """Close a period: one line of pay per annotator in the ledger, and corrections of earlier periods."""
    tell(paying.settle(context(), project, period, preview=preview), machine, report.settled)


@click.group(cls=Plain)
def ledger() -> None:
    """The pay ledger: approve, export, verify, explain, dispute."""


@ledger.command()
@of_project
@of_period
@as_json
def approve(project: int, period: str, machine: bool) -> None:
    """Approve a settlement, as the admin of LABEL_STUDIO_API_KEY."""
    tell(
        paying.approve(context(), project, period), machine, lambda f: f"{f['period']} approved by {f['approved_by']}."
    )


@ledger.command()
@of_project
@of_period
@click.option("--format", "form", type=click.Choice(["prolific", "mturk", "csv", "json"]), required=True)
@click.option(
    "--people", metavar="FILE", help="CSV: annotator (id or e-mail), participant_id, and assignment_id for mturk."
)
@click.option("--out", required=True, metavar="FOLDER")
@as_json
def export(project: int, period: str, form: str, people: str | None, out: str, machine: bool) -> None:
    """Write what a platform needs to pay an approved settlement. Exports are numbered."""
    known = _people(read(people), people) if people else None
    found = payouts.export(context(), project, period, form=form, people=known)
    for name, content in found["files"].items():
        write(Path(out) / name, content)
    if found["warning"]:
        click.echo(found["warning"], err=True)
    tell({**found, "files": [str(Path(out) / name) for name in found["files"]]}, machine, report.exported)


def _people(text: str, source: str) -> dict[str, dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or not {"annotator", "participant_id"} <= set(rows[0]):
        raise InputError(f"{source}: the first line must name the columns annotator,participant_id (and assignment_id)")
    return {(r["annotator"] or "").strip().lower(): {k: (v or "").strip() for k, v in r.items() if k} for r in rows}


@ledger.command()
@click.option("--project", type=int, help="One project only.")
@as_json
def verify(project: int | None, machine: bool) -> None:
    """Work every line out again from its evidence. Exit code 1 where something does not hold."""
    found = books.verify(context(), project)
    tell(found, machine, report.verified)
    if found["faults"]:
        raise SystemExit(1)


@ledger.command()
@of_project
@click.option("--annotator", required=True, help="The annotator's id in Label Studio.")
@as_json
def why(project: int, annotator: str, machine: bool) -> None:
    """An annotator's lines, with the arithmetic of each."""
    tell(services.settled_lines(context(), project, annotator), machine, report.why)


@ledger.command()
@of_project
@click.option("--entry", type=int, required=True, help="The line's number.")
@click.option("--text", required=True, help="What is disputed.")
@as_json
def dispute(project: int, entry: int, text: str, machine: bool) -> None:
    """Note that an annotator disputes a line."""
    number = books.dispute(context(), project, entry, text)
    tell({"dispute": number}, machine, lambda f: f"Dispute {f['dispute']} noted.")


@ledger.command("disputes")
@of_project
@as_json
def open_disputes(project: int, machine: bool) -> None:
    """Disputes that are open."""
    tell(books.open_disputes(context(), project), machine, report.disputes)


@ledger.command()
@of_project
@click.option("--dispute", "number", type=int, required=True)
@click.option("--minor", type=int, required=True, help="What is paid, in minor units; 0 for nothing.")
@click.option("--text", required=True, help="Why.")
@as_json
def resolve(project: int, number: int, minor: int, text: str, machine: bool) -> None:
    """Resolve a dispute; an amount becomes a line of its own, to be approved and exported."""
    found = books.resolve(context(), project, number, minor=minor, text=text)
    said = f"Dispute {number} resolved: {minor} minor units" + (
        f", to be paid as {found['period']}." if found["period"] else "."
    )
    tell(found, machine, lambda _: said)
