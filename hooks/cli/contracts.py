"""Commands about contracts, before anybody is paid by one."""

from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np

from hooks.cli.figures import Axes, draw
from hooks.cli.inputs import EXAMPLE_CONTRACT, EXAMPLE_MODEL, read_text
from hooks.cli.options import bundled, figure_option, output_option, retest_rate_option
from hooks.cli.output import Output, with_signatures, working, write_text
from hooks.report import contracts as report
from ls_backend.contracts.explain import explain
from ls_backend.contracts.terms import Contract
from ls_backend.contracts.theory import rates as theory
from ls_backend.contracts.theory.principal_agent import PrincipalAgentProblem
from ls_backend.contracts.theory.rates import GapStudy
from ls_backend.contracts.theory.replies import ContractKind
from ls_backend.contracts.theory.solve import solve as solve_problem
from ls_backend.errors import InputError
from ls_backend.records import to_dict
from ls_backend.simulation.project import Design
from ls_backend.simulation.proposals import OVER_BUDGET, Programme, Proposal, propose_contract
from ls_backend.simulation.trials import TrialOptions, all_or_nothing, try_contracts
from ls_backend.types import Json


@click.group(invoke_without_command=True)
@click.pass_context
def contract(ctx: click.Context) -> None:
    """Print, explain, design and solve contracts. Without a command: print an example to start from."""
    if ctx.invoked_subcommand is None:
        click.echo(EXAMPLE_CONTRACT.read_text(encoding="utf-8"))


@contract.command()
def model() -> None:
    """Print an example MODEL.toml for `solve` and `rates`."""
    click.echo(EXAMPLE_MODEL.read_text(encoding="utf-8"))


@contract.command()
@click.argument("model", metavar="MODEL.toml")
@click.option(
    "--kind", type=click.Choice(["linear", "binary"]), required=True, help="How pay depends on the measured score."
)
@click.option("--n", type=click.IntRange(1, 1_000_000), required=True, help="Number of monitored answers.")
@click.option("--robust", is_flag=True, help="With several types of agents: the best worst case, not the best mean.")
@output_option
def solve(model: str, kind: ContractKind, n: int, robust: bool, output: Output) -> None:
    """Compute the best contract for n monitored answers. Shows how far it is from first best, too."""
    problem = PrincipalAgentProblem.parse(read_text(model), source=model)
    with working("Solving"):
        solution = solve_problem(problem, kind, n, robust=robust)
    output.show(report.SolvedContract(kind, n, solution), report.solution, as_json=_solution_to_json)


def _solution_to_json(result: report.SolvedContract) -> Json:
    solution = result.solution
    return {
        "first_best": {"effort": solution.first_best_effort, "value": solution.first_best_value},
        "kind": result.kind,
        "n": result.n,
        "contract": solution.contract.to_dict(),
        "effort": solution.effort,
        "value": solution.value,
        "gap": solution.gap,
        "types": [
            {"effort": r.effort, "value": r.value, "pay": r.pay, "utility": r.utility, "accepts": r.accepts}
            for r in solution.replies
        ],
    }


@contract.command()
@click.argument("model", metavar="[MODEL.toml]", required=False)
@figure_option
@output_option
def rates(model: str | None, figure: str | None, output: Output) -> None:
    """Compute how the gap to first best falls with n.

    For linear and binary contracts and 25 to 6,400 monitored answers, with the fitted law; also what a coarse choice of efforts would give, and how the
    gap depends on q. Default model: the example.
    """
    problem = PrincipalAgentProblem.parse(read_text(model or str(EXAMPLE_MODEL)), source=model or "example model")
    if problem.types:
        raise InputError("rates are those of one agent; leave out [[types]]")
    with working("Solving for many n"):
        result = theory.study_gaps(problem)
    if figure:
        draw(figure, 2, lambda axes: _draw_gaps(axes, result))
    output.show(result, report.rates)


def _draw_gaps(axes: list[Axes], result: GapStudy) -> None:
    n = np.array(result.n, dtype=np.float64)
    for kind, mark in zip(theory.KINDS, ("o-", "s--"), strict=True):
        gap = np.array(result.by_kind[kind])
        by_law = gap * [theory.size(kind, int(m)) for m in n]
        axes[0].loglog(n, np.maximum(gap, 1e-12), mark, label=kind)
        axes[1].semilogx(n, by_law, mark, label=f"{kind} x {'n' if kind == 'linear' else 'sqrt(n log n)'}")
    axes[0].set(xlabel="monitored answers n", ylabel="gap to first best")
    axes[1].set(xlabel="monitored answers n", ylabel="gap x law", ylim=(0, None))
    for axis in axes:
        axis.legend()


@contract.command("explain")
@click.argument("file", metavar="FILE")
def explain_file(file: str) -> None:
    """Explain a contract in plain words, for annotators to read. With worked examples."""
    click.echo(explain(Contract.parse(read_text(file), source=file)))


def _programme(annotators: int, labels: int, budget: float, value: float, weeks: int, currency: str) -> Programme:
    return Programme(annotators, labels, round(budget * 100), round(value * 100), currency, weeks)


@contract.command()
@bundled(
    "programme",
    _programme,
    {
        "annotators": click.option(
            "--annotators", type=click.IntRange(1, 500), required=True, help="Number of annotators."
        ),
        "labels": click.option(
            "--labels", type=click.IntRange(1), required=True, help="Labels of each annotator in a week."
        ),
        "budget": click.option(
            "--budget", type=click.FloatRange(0.01), required=True, help="For all bonuses, in the currency."
        ),
        "value": click.option(
            "--value",
            type=click.FloatRange(0),
            required=True,
            help="What one right consensus label is worth, in the currency.",
        ),
        "weeks": click.option(
            "--weeks", type=click.IntRange(1, 52), default=4, show_default=True, help="Weeks that the budget is for."
        ),
        "currency": click.option(
            "--currency", default="EUR", show_default=True, help="Currency of the contract (ISO 4217)."
        ),
    },
)
@click.option("--out", metavar="FILE", help="Write the proposed contract into this file.")
@output_option
def design(programme: Programme, out: str | None, output: Output) -> None:
    """Propose a contract from what a team knows. Shows its expected cost and effect, by simulation."""
    with working("Trying contracts"):
        proposal = propose_contract(programme)
    Contract.parse(proposal.contract)
    if out:
        write_text(Path(out), proposal.contract)
    output.show(proposal, report.design, as_json=_proposal_to_json)


def _proposal_to_json(proposal: Proposal) -> Json:
    if proposal.expected is None:
        expected: Json = {"quality": None, "signatures": [to_dict(OVER_BUDGET)]}
    else:
        expected = with_signatures(proposal.expected)
    return {"contract": proposal.contract, "expected": expected, "currency": proposal.currency}


@click.command()
@click.option(
    "--contract",
    "files",
    multiple=True,
    metavar="FILE",
    help="A contract to try. Repeat to compare. Default: the example, linear and binary.",
)
@click.option(
    "--annotators", type=click.IntRange(2, 300), default=40, show_default=True, help="Number of simulated annotators."
)
@bundled(
    "layout",
    Design,
    {
        "labels": click.option(
            "--labels", type=click.IntRange(20, 2000), default=200, show_default=True, help="Labels of each annotator."
        ),
        "overlap": click.option(
            "--overlap", type=click.IntRange(1, 20), default=3, show_default=True, help="Annotators who answer an item."
        ),
        "gold_rate": click.option(
            "--gold-rate",
            type=click.FloatRange(0, 0.5),
            default=0.05,
            show_default=True,
            help="Share of judgments that are gold.",
        ),
    },
)
@retest_rate_option
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=20, show_default=True, help="Number of runs, each by its own seed."
)
@figure_option
@output_option
def simulate(
    files: tuple[str, ...],
    annotators: int,
    layout: Design,
    retest_rates: tuple[float, ...],
    seeds: int,
    figure: str | None,
    output: Output,
) -> None:
    """Try contracts on simulated annotators. Shows the quality of the data, pay by type, false flags, and the cost of a
    correct label."""
    contracts = _contracts_to_try(files)
    options = TrialOptions(annotators, layout, retest_rates, seeds)
    with working("Simulating"):
        rows = try_contracts(contracts, options)
    result = report.Trial(options, rows, next(iter(contracts.values())).currency)
    if figure:
        draw(figure, 2, lambda axes: _draw_trial(axes, result))
    output.show(result, report.trial, as_json=_trial_to_json)


def _trial_to_json(trial: report.Trial) -> Json:
    return {
        "annotators": trial.options.annotators,
        "labels": trial.options.design.labels,
        "seeds": trial.options.seeds,
        "rows": [
            {"contract": row.contract, "retest_rate": row.retest_rate, **with_signatures(row.summary)}
            for row in trial.rows
        ],
        "currency": trial.currency,
    }


def _contracts_to_try(files: tuple[str, ...]) -> Mapping[str, Contract]:
    if files:
        return {name: Contract.parse(read_text(name), source=name) for name in files}
    linear = Contract.parse(read_text(str(EXAMPLE_CONTRACT)))
    return {"linear": linear, "binary": all_or_nothing(linear)}


def _draw_trial(axes: list[Axes], trial: report.Trial) -> None:
    names = list(dict.fromkeys(row.contract for row in trial.rows))
    for name in names:
        rows = [row for row in trial.rows if row.contract == name]
        retests, quality = [100 * row.retest_rate for row in rows], [100 * row.summary.quality for row in rows]
        axes[0].plot(retests, quality, "o-", label=Path(name).name)
    axes[0].set(xlabel="retests, % of labels", ylabel="right consensus, %")
    axes[0].legend()
    row = trial.rows[len(trial.rows) // len(names) // 2]
    pay = row.summary.pay
    mean, low, high = np.array([(p.mean, p.low, p.high) for p in pay.values()]).T / 100
    ranges = [np.maximum(mean - low, 0), np.maximum(high - mean, 0)]
    axes[1].barh(list(pay), mean, xerr=ranges, color="#4c72b0", ecolor="#888")
    label = f"pay in {trial.currency} ({Path(row.contract).name}, {row.retest_rate:.0%} retests)"
    axes[1].set(xlabel=label)
    axes[1].invert_yaxis()
