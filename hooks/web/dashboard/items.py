"""Items, and a page for each: what is shown, who said what, and how sure the consensus is."""

from collections.abc import Sequence

from flask import request

from hooks.web.dashboard.cells import Moment, Unit
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.measurement.estimate import Estimate
from ls_backend.services.gold_items import add
from ls_backend.services.queries.items import ItemAnswer, ItemRow, item_detail, items_of
from ls_backend.services.queries.people import People, people


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/items/", Permission.READ)
    def items(number: int) -> Page:
        both = tuple(
            name for name in (request.args.get("both") or request.args.get("annotator") or "").split(",") if name
        )
        rows = items_of(ctx, number, answered_by=both)
        known = people(ctx, by_name=viewer().sees_names)
        return Page(
            title="Items",
            template="items.html",
            record=[known.name(annotator) for annotator in both],
            tables={"items": Table("Items", _item_columns(number), rows, request.args, order="score")},
            project=number,
            tab="items",
        )

    @pages.page("/projects/<int:number>/items/<item>/", Permission.READ)
    def item(number: int, item: str) -> Page:
        detail = item_detail(ctx, number, item)
        known = people(ctx, by_name=viewer().sees_names)
        answers = Table("Who said what", _answer_columns(number, known), detail.answers, request.args, order="at")
        return Page("Item", "item.html", detail, {"answers": answers}, {}, number, "items")

    @pages.form("/projects/<int:number>/items/<item>/gold")
    def make_gold(number: int, item: str) -> tuple[str, str]:
        preferred = {"1": 1, "2": -1}.get(request.form.get("response", ""), 0)
        explanation = request.form.get("explanation", "")
        added = add(ctx, viewer().actor, number, item, preferred=preferred, explanation=explanation)
        said = "This item is gold now, and scorecards are computed again." if added else "This item is gold already."
        return address("projects", number, "items", item), said


def consensus_estimate(row: ItemRow) -> Estimate:
    """How probable it is that the first response is preferred."""
    if row.consensus is None:
        return Estimate.unknown("only pairs have a consensus", n=row.votes)
    return Estimate(row.consensus.probability, row.consensus.low, row.consensus.high, row.consensus.n)


def _item_columns(number: int) -> Sequence[Column[ItemRow]]:
    return (
        Column(
            "item",
            "Item",
            lambda row: row.excerpt or row.item,
            link=lambda row: address("projects", number, "items", row.item),
        ),
        Column("id", "Id", lambda row: row.item, is_optional=True),
        Column("slice", "Slice", lambda row: row.slice, has_choices=True),
        Column(
            "score",
            "Decided",
            lambda row: row.score,
            unit=Unit.SHARE,
            hint="Low where people disagree or few have answered",
        ),
        Column("consensus", "Response 1 preferred", consensus_estimate, unit=Unit.SHARE),
        Column("votes", "Annotators", lambda row: row.votes),
        Column("shown", "Times answered", lambda row: row.shown, hint="Retests too"),
        Column("gold", "Gold", lambda row: row.is_gold, has_choices=True),
    )


def _answer_columns(number: int, known: People) -> Sequence[Column[ItemAnswer]]:
    return (
        annotator_column(number, known, lambda answer: answer.annotator),
        Column("said", "Said", lambda answer: answer.said),
        Column("strength", "How strongly", lambda answer: answer.strength),
        Column("side", "It stood", lambda answer: answer.side or None),
        Column("showing", "Showing", lambda answer: answer.showing, hint="2 and more are retests"),
        Column("at", "When", lambda answer: Moment(answer.at)),
        Column("lead_time", "Took", lambda answer: answer.lead_time, unit=Unit.SECONDS),
        Column("task", "Task", lambda answer: answer.task),
    )
