"""What is checked, what it costs, and what other rates would."""

from collections.abc import Sequence

from flask import request

from hooks.web.dashboard.cells import Unit
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.project import SEED_COLUMNS
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import InputError
from ls_backend.services.queries.monitoring import RateOption, monitoring_overview
from ls_backend.services.rates import change_rates


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/monitoring/", Permission.MANAGE)
    def monitoring(number: int) -> Page:
        record = monitoring_overview(ctx, number)
        return Page(
            title="Monitoring",
            template="monitoring.html",
            record=record,
            tables={
                "seeds": Table(
                    "Seeds", SEED_COLUMNS, record.summary.seeds, request.args, nothing="No seed was placed yet."
                ),
                "rates": whole("What other rates would give, on 200 judgments", RATE_COLUMNS, record.options),
            },
            project=number,
            tab="monitoring",
        )

    @pages.form("/projects/<int:number>/monitoring/rates")
    def rates(number: int) -> tuple[str, str]:
        retest_rate, gold_rate = _share("retest_rate"), _share("gold_rate")
        lag = request.form.get("min_lag", "")
        if not lag.isdigit():
            raise InputError(f"the least lag {lag!r} is no whole number; write it as 10")
        change_rates(ctx, viewer().actor, number, retest_rate=retest_rate, gold_rate=gold_rate, min_lag=int(lag))
        return (
            address("projects", number, "monitoring"),
            f"From now on {100 * retest_rate:g} % of the judgments are retests and {100 * gold_rate:g} % gold, "
            f"with at least {lag} other judgments before a retest.",
        )


def _share(name: str) -> float:
    """A share that is written in per cent."""
    text = request.form.get(name, "").strip().removesuffix("%")
    try:
        return round(float(text.replace(",", ".")) / 100, 6)
    except ValueError:
        raise InputError(f"{name.replace('_', ' ')} {text!r} is no number; write per cent, such as 10") from None


RATE_COLUMNS: Sequence[Column[RateOption]] = (
    Column("retest_rate", "Retests", lambda o: o.retest_rate, unit=Unit.SHARE),
    Column("gold_rate", "Gold", lambda o: o.gold_rate, unit=Unit.SHARE),
    Column("is_set", "Set now", lambda o: o.is_set),
    Column("checks", "Checks", lambda o: o.checks, hint="Of an annotator's next 200 judgments"),
    Column(
        "margin",
        "Attentiveness is known to within ±",
        lambda o: o.margin,
        hint="Half the width of a 90 % interval for somebody with attentiveness 0.9",
    ),
)
