"""Who agrees with whom: a heat map that is a table, and how agreement spreads over slices and items."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from hooks.web.dashboard import cells, charts
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.project import AGREEMENT_COLUMNS
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.analysis.agreement import Confusion, ItemAgreement
from ls_backend.formats.notes import counted
from ls_backend.services.queries.agreement import AgreementOverview, Together, agreement_overview
from ls_backend.services.queries.people import People, people

LEVELS = 10  # colours of the heat map
LETTERS = 20  # of a name there


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell of the heat map: its text, what stands below it, its colour from 0 to 9 (None: none), and where it leads."""

    text: str
    items: str
    level: int | None
    link: str | None


@dataclass(frozen=True, slots=True)
class HeatName:
    """Whose row or column it is: the name, how it is written where there is little room, and the page of that annotator."""

    name: str
    short: str
    link: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The matrix with everybody's name."""

    names: list[HeatName]
    rows: list[tuple[HeatName, list[HeatCell]]]
    others: int


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/agreement/", Permission.READ)
    def agreement(number: int) -> Page:
        of = [name for name in request.args.get("of", "").split(",") if name]
        record = agreement_overview(ctx, number, of=of)
        known = people(ctx, by_name=viewer().sees_names)
        return Page(
            title="Agreement",
            template="agreement.html",
            record=_heat_map(record, known, number),
            tables={
                "pairs": Table(
                    "Each two annotators",
                    _pair_columns(known, number),
                    record.together,
                    request.args,
                    order="-items",
                    nothing="No two annotators have an item in common.",
                ),
                "slices": whole("Krippendorff's alpha", AGREEMENT_COLUMNS, record.by_slice),
                "items": whole("Agreement over items", ITEM_COLUMNS, record.over_items),
                "confusions": whole(
                    "Which answers meet on the same item",
                    CONFUSION_COLUMNS,
                    record.confusions,
                    nothing="No item has two answers yet.",
                ),
            },
            charts={
                "items": charts.counts(
                    "Number of items by the share of agreeing pairs of annotators; the figures stand in the table below",
                    [_range(row) for row in record.over_items],
                    [row.items for row in record.over_items],
                )
            },
            project=number,
            tab="agreement",
        )


def _heat_map(record: AgreementOverview, known: People, project: int) -> HeatMap:
    by_pair = {frozenset((pair.one, pair.other)): pair for pair in record.together}
    rows = [
        (_name(known, one, project), [_cell(by_pair.get(frozenset((one, other))), project) for other in record.shown])
        for one in record.shown
    ]
    return HeatMap([_name(known, one, project) for one in record.shown], rows, record.others)


def _name(known: People, annotator: str, project: int) -> HeatName:
    name = known.name(annotator)
    return HeatName(
        name, cells.shortened(name.partition("@")[0], LETTERS), address("projects", project, "annotators", annotator)
    )


def _cell(pair: Together | None, project: int) -> HeatCell:
    if pair is None or pair.same.value is None:
        return HeatCell("", "", None, None)
    level = min(LEVELS - 1, int(pair.same.value * LEVELS))
    link = address("projects", project, "items", both=f"{pair.one},{pair.other}")
    return HeatCell(
        cells.number(pair.same.value, cells.Unit.SHARE),
        counted(pair.same.n, "item"),
        level,
        link,
    )


def _pair_columns(known: People, project: int) -> Sequence[Column[Together]]:
    return (
        annotator_column(project, known, lambda pair: pair.one, name="one"),
        annotator_column(project, known, lambda pair: pair.other, name="other", title="And"),
        Column("same", "Same answer", lambda pair: pair.same, unit=cells.Unit.SHARE),
        Column(
            "items",
            "Items in common",
            lambda pair: pair.same.n,
            link=lambda pair: address("projects", project, "items", both=f"{pair.one},{pair.other}"),
        ),
    )


def _range(row: ItemAgreement) -> str:
    return f"{100 * row.low:.0f} to {100 * row.high:.0f} %"


ITEM_COLUMNS: Sequence[Column[ItemAgreement]] = (
    Column("agreement", "Pairs of annotators that agree", _range),
    Column("items", "Items", lambda row: row.items),
)
CONFUSION_COLUMNS: Sequence[Column[Confusion]] = (
    Column("one", "One said", lambda row: row.one),
    Column("other", "The other", lambda row: row.other),
    Column("pairs", "Pairs of answers", lambda row: row.pairs),
)
