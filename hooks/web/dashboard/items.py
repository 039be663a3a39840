"""Items, and a page for each: what is shown, who said what, and how sure the consensus is."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from hooks.web.dashboard.cells import Moment, Unit
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.gold import GoldChange, effect_table
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.analysis.consensus import Consensus
from ls_backend.measurement.estimate import Estimate
from ls_backend.services.asking import answer_unclear
from ls_backend.services.gold_items import GoldEffect, add, effect_of_adding
from ls_backend.services.guides import show_exemplar
from ls_backend.services.queries.items import ItemAnswer, ItemDetail, ItemRow, item_detail, items_of
from ls_backend.services.queries.people import People, people
from ls_backend.services.queries.unclear import Unclear, UnclearRow, in_words, waiting_unclear


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/items/", Permission.READ)
    def items(number: int) -> Page:
        both = tuple(
            name for name in (request.args.get("both") or request.args.get("annotator") or "").split(",") if name
        )
        rows = items_of(ctx, number, answered_by=both)
        is_file = request.path.endswith((".csv", ".json"))  # which has everything that its address does not leave out
        arguments = request.args if both or is_file else {"gold": "no", **request.args}
        known = people(ctx, by_name=viewer().sees_names)
        return Page(
            title="Items",
            template="items.html",
            record=[known.name(annotator) for annotator in both],
            tables={
                "items": Table("Items", _item_columns(number), rows, arguments, order="score"),
                "unclear": whole(
                    "Unclear to annotators",
                    _unclear_columns(number, known),
                    waiting_unclear(ctx, number),
                    nothing="Nobody waits for an answer.",
                ),
            },
            project=number,
            tab="items",
        )

    @pages.page("/projects/<int:number>/items/<item>/", Permission.READ)
    def item(number: int, item: str) -> Page:
        detail = item_detail(ctx, number, item)
        known = people(ctx, by_name=viewer().sees_names)
        answers = Table(
            "Who said what",
            _answer_columns(number, known, detail.top_strength),
            detail.answers,
            request.args,
            order="at",
        )
        questions = [Question(known.name(q.annotator), in_words(q), q) for q in detail.unclear]
        shown = ItemPage(detail, questions, consensus_estimate(detail.consensus))
        return Page("Item", "item.html", shown, {"answers": answers}, {}, number, "items")

    @pages.form("/projects/<int:number>/items/<item>/unclear/<int:question>", item)
    def answer(number: int, item: str, question: int) -> tuple[str, str]:
        answer_unclear(ctx, viewer().actor, number, question, request.form.get("text", ""))
        return address("projects", number, "items", item), "The answer stands on the annotator's own page."

    @pages.form("/projects/<int:number>/items/<item>/exemplar", item)
    def show(number: int, item: str) -> tuple[str, str]:
        preferred = PREFERRED.get(request.form.get("response", 0, type=int), 0)
        reason = request.form.get("reason", "")
        show_exemplar(ctx, viewer().actor, number, item, preferred=preferred, reason=reason)
        return address("projects", number, "items", item), "The guide shows this item as an example."

    @pages.page("/projects/<int:number>/items/<item>/gold/", Permission.MANAGE)
    def making_gold(number: int, item: str) -> Page:
        """What it would change, to be confirmed."""
        detail, response = item_detail(ctx, number, item), {"1": 1, "2": 2}.get(request.values.get("response", ""))
        effect = GoldEffect([])
        if response is not None:
            effect = effect_of_adding(ctx, number, item, preferred=PREFERRED[response])
        tables = {"effect": effect_table(effect, number, people(ctx, by_name=viewer().sees_names))}
        record = GoldChange(detail, effect, response)
        return Page("Make an item gold", "gold_add.html", record, tables, {}, number, "items")

    @pages.form("/projects/<int:number>/items/<item>/gold", making_gold)
    def make_gold(number: int, item: str) -> tuple[str, str]:
        preferred = PREFERRED.get(request.form.get("response", 0, type=int), 0)
        explanation = request.form.get("explanation", "")
        added = add(ctx, viewer().actor, number, item, preferred=preferred, explanation=explanation)
        said = "This item is gold now, and scorecards are computed again." if added else "This item is gold already."
        return address("projects", number, "gold", item), said


PREFERRED = {1: 1, 2: -1}  # of a response, by its number


@dataclass(frozen=True, slots=True)
class Question:
    """What an annotator found unclear, in words, by the name the viewer may see."""

    name: str
    said: str
    record: Unclear


@dataclass(frozen=True, slots=True)
class ItemPage:
    """An item, what was unclear about it, and how probable it is that its first response is preferred."""

    item: ItemDetail
    questions: list[Question]
    preferred: Estimate


def consensus_estimate(consensus: Consensus | None) -> Estimate:
    """How probable it is that the first response is preferred."""
    if consensus is None:
        return Estimate.unknown("only pairs have a consensus")
    return Estimate(consensus.probability, consensus.low, consensus.high, consensus.n)


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
        Column("consensus", "Response 1 preferred", lambda row: consensus_estimate(row.consensus), unit=Unit.SHARE),
        Column("votes", "Annotators", lambda row: row.votes),
        Column("shown", "Times answered", lambda row: row.shown, hint="Retests too"),
        Column("gold", "Gold", lambda row: row.is_gold, has_choices=True),
    )


def _unclear_columns(number: int, known: People) -> Sequence[Column[UnclearRow]]:
    return (
        Column(
            "item",
            "Item",
            lambda row: row.excerpt or row.record.item,
            link=lambda row: address("projects", number, "items", row.record.item),
        ),
        Column("said", "Why", lambda row: in_words(row.record)),
        annotator_column(number, known, lambda row: row.record.annotator),
        Column("at", "When", lambda row: Moment(row.record.at)),
    )


def _answer_columns(number: int, known: People, top_strength: int) -> Sequence[Column[ItemAnswer]]:
    return (
        annotator_column(number, known, lambda answer: answer.annotator),
        Column("said", "Said", lambda answer: answer.said),
        Column(
            "strength",
            "How strongly",
            lambda answer: answer.strength,
            hint=f"In steps, up to {top_strength}; 1 of 1 where the labels know no more than which is better",
            is_optional=top_strength == 1,
        ),
        Column("side", "It stood", lambda answer: answer.side or None),
        Column("showing", "Showing", lambda answer: answer.showing, hint="2 and more are retests"),
        Column("at", "When", lambda answer: Moment(answer.at)),
        Column("lead_time", "Took", lambda answer: answer.lead_time, unit=Unit.SECONDS),
        Column("task", "Task", lambda answer: answer.task, unit=Unit.NUMBER),
    )
