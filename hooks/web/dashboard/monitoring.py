"""What is checked, what it costs, and what other rates would."""

from collections.abc import Sequence

from flask import request

from hooks.web.dashboard.cells import Moment, Unit
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.project import SEED_COLUMNS
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import InputError
from ls_backend.programme.seed_schedule import SeedKind
from ls_backend.services.queries.monitoring import CheckedShare, RateOption, RatesBefore, monitoring_overview
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
                "set": whole("What is set, and what came", SET_COLUMNS, record.checked),
                "changes": whole(
                    "Rates that were set before", CHANGE_COLUMNS, record.changes, nothing="They were not changed yet."
                ),
                "rates": whole("What other rates would give, on 200 judgments", RATE_COLUMNS, record.options),
            },
            project=number,
            tab="monitoring",
        )

    @pages.form("/projects/<int:number>/monitoring/rates", monitoring)
    def rates(number: int) -> tuple[str, str]:
        retest_rate, gold_rate = _share("retest_rate"), _share("gold_rate")
        lag = request.form.get("min_lag", "")
        if not lag.isdigit() or not int(lag):
            raise InputError(
                f"{lag!r} other answers can't lie between the showings of a retest; give 1 or more, such as 10"
            )
        change_rates(ctx, viewer().actor, number, retest_rate=retest_rate, gold_rate=gold_rate, min_lag=int(lag))
        return (
            address("projects", number, "monitoring"),
            f"From now on {100 * retest_rate:g} % of the judgments are retests and {100 * gold_rate:g} % gold, "
            f"with at least {lag} other judgments before a retest.",
        )


def _share(name: str) -> float:
    """A share that is written in per cent."""
    text = request.form.get(name, "").strip().removesuffix("%")
    what = "retests" if name == "retest_rate" else "gold"
    try:
        share = round(float(text.replace(",", ".")) / 100, 6)
    except ValueError:
        raise InputError(f"{what}: {text!r} is no number; write per cent, such as 10") from None
    if not 0 <= share <= MOST:
        raise InputError(f"{what}: {text} % can't be; give 0 to {100 * MOST:g} per cent of the judgments")
    return share


MOST = 0.5  # of the judgments

SET_COLUMNS: Sequence[Column[CheckedShare]] = (
    Column("kind", "Kind", lambda row: "retests" if row.kind is SeedKind.RETEST else "gold"),
    Column("rate", "Set now", lambda row: row.rate, unit=Unit.SHARE, hint="Of the judgments from now on"),
    Column("answered", "Answered so far", lambda row: row.answered),
    Column(
        "share",
        "So far",
        lambda row: row.share,
        unit=Unit.SHARE,
        hint="Of all judgments. It lies below the rate at first: a retest can come only after enough other answers, and what was "
        "answered before the rate was set, or before Steadyhand was attached, was checked by other rates",
    ),
)
CHANGE_COLUMNS: Sequence[Column[RatesBefore]] = (
    Column("until", "Until", lambda row: Moment(row.until)),
    Column("retest_rate", "Retests", lambda row: row.retest_rate, unit=Unit.SHARE),
    Column("gold_rate", "Gold", lambda row: row.gold_rate, unit=Unit.SHARE),
    Column(
        "min_lag", "Least lag", lambda row: row.min_lag, hint="Own answers between the showings of a retest, at least"
    ),
    Column("by", "Changed by", lambda row: row.by),
)
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
