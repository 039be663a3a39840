"""Reports about sample sizes and studies of the methods."""

from typing import Any

from hooks.report.figures import decimal, percent
from hooks.report.layout import Note, Notes, Report, Table, rows_of
from ls_backend.types import Json


def sample_sizes(result: Json) -> Report:
    retests, gold = result["self_consistency"], result["expert"]
    report: list[str | Notes | Table] = [
        f"By self-consistency: {retests['n']} retests, pass with at least {retests['threshold']} the same.",
        f"By expert (gold): {gold['n']} items, pass with at least {gold['threshold']} right.",
        "Fisher information of one answer about attentiveness:",
        Notes([_information(name, result["fisher"][name]) for name in ("eta0", "eta1")], indent=2),
    ]
    if "rates" in result:
        report += ["", _retest_rates(result["rates"])]
    return report


def _information(name: str, fisher: Json) -> Note:
    retest, expert = ("infinite" if fisher[k] is None else decimal(fisher[k]) for k in ("self_consistency", "expert"))
    return Note(f"at {name}", f"retest {retest}, expert {expert}")


def _retest_rates(rates: list[Json]) -> Table:
    return Table(
        ("retests", "each", "labels spent", "error", "misjudged", "enough"),
        rows_of(
            (
                percent(rate["rate"]),
                str(rate["retests"]),
                str(rate["labels_spent"]),
                percent(rate["error"], 1),
                decimal(rate["misjudged"], 1),
                "yes" if rate["enough"] else "no",
            )
            for rate in rates
        ),
    )


def study(result: Json) -> Report:
    rows, seeds = result["rows"], result["seeds"]
    return [
        Table(
            [name.replace("_", " ") for name in rows[0]],
            rows_of([_figure(value) for value in row.values()] for row in rows),
        ),
        "",
        f"{seeds} seed{'' if seeds == 1 else 's'}.",
    ]


def _figure(value: Any) -> str:
    return decimal(value) if value is None or isinstance(value, float) else str(value)
