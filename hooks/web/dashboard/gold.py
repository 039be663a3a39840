"""Gold items: how they do, and what to do with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from hooks.web.dashboard.cells import Moment, Money, Unit
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import MissingError
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.reputation import Standing
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.gold_items import (
    ChangedCard,
    GoldEffect,
    bring_back,
    effect_of_withdrawing,
    explain,
    retire,
    withdraw,
)
from ls_backend.services.queries.gold import NOT_ANSWERED, GoldRow, gold_rows
from ls_backend.services.queries.items import ItemDetail, item_detail
from ls_backend.services.queries.people import People, people


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/gold/", Permission.READ)
    def gold(number: int) -> Page:
        rows = gold_rows(ctx, number)
        return Page(
            title="Gold",
            template="gold.html",
            record=rows,
            tables={
                "gold": Table("Gold items", _columns(number), rows, request.args, nothing="The project has no gold.")
            },
            project=number,
            tab="gold",
        )

    @pages.page("/projects/<int:number>/gold/<item>/", Permission.MANAGE)
    def gold_item(number: int, item: str) -> Page:
        row = _row(gold_rows(ctx, number), item)
        by_standing = whole("Answered as expected", STANDING_COLUMNS, list(row.by_standing.items()))
        record = GoldItemPage(row, item_detail(ctx, number, item))
        return Page("Gold item", "gold_item.html", record, {"standing": by_standing}, {}, number, "gold")

    @pages.page("/projects/<int:number>/gold/<item>/withdraw/", Permission.MANAGE)
    def withdrawing(number: int, item: str) -> Page:
        """What it would change, to be confirmed."""
        known = people(ctx, by_name=viewer().sees_names)
        effect = effect_of_withdrawing(ctx, number, item)
        tables = {"effect": effect_table(effect, number, known)}
        record = GoldChange(item_detail(ctx, number, item), effect)
        return Page("Withdraw a gold item", "gold_withdraw.html", record, tables, {}, number, "gold")

    @pages.form("/projects/<int:number>/gold/<item>/withdraw", withdrawing)
    def take_back(number: int, item: str) -> tuple[str, str]:
        changed = withdraw(ctx, viewer().actor, number, item, reason=request.form.get("reason", ""))
        said = "It is withdrawn: its answers no longer count, and scorecards are computed again. What is settled is corrected by the next settlement."
        return address("projects", number, "gold", item), said if changed else "It was withdrawn before."

    @pages.form("/projects/<int:number>/gold/<item>/retire", gold_item)
    def take_out(number: int, item: str) -> tuple[str, str]:
        changed = retire(ctx, viewer().actor, number, item)
        said = (
            "It is retired: nobody is shown it any more, and the answers on it still count."
            if changed
            else "It was retired before."
        )
        return address("projects", number, "gold", item), said

    @pages.form("/projects/<int:number>/gold/<item>/bring-back", gold_item)
    def put_back(number: int, item: str) -> tuple[str, str]:
        changed = bring_back(ctx, viewer().actor, number, item)
        said = "It is in use again." if changed else "It is in use."
        return address("projects", number, "gold", item), said

    @pages.form("/projects/<int:number>/gold/<item>/explanation", gold_item)
    def change_explanation(number: int, item: str) -> tuple[str, str]:
        explain(ctx, viewer().actor, number, item, request.form.get("explanation", ""))
        return address("projects", number, "gold", item), "The explanation is saved."


@dataclass(frozen=True, slots=True)
class GoldItemPage:
    """How a gold item does, and what it shows."""

    row: GoldRow
    shown: ItemDetail


@dataclass(frozen=True, slots=True)
class GoldChange:
    """An item that is to become gold, or to be gold no more, and what that changes. ``response`` is
    the better one, None where it is not chosen yet."""

    shown: ItemDetail
    effect: GoldEffect
    response: int | None = None

    @property
    def contradicts_consensus(self) -> bool:
        """Whether most people prefer the other response."""
        consensus = self.shown.consensus
        if consensus is None or self.response is None:
            return False
        return (consensus.probability > 0.5) != (self.response == 1)


def effect_table(effect: GoldEffect, number: int, known: People) -> Table[ChangedCard]:
    """Everybody who has answered the item, before and after."""

    def money(card: Scorecard) -> Money:
        return Money(card.bonus_minor, card.currency)

    columns: Sequence[Column[ChangedCard]] = (
        annotator_column(number, known, lambda row: row.now.annotator),
        Column("as_expected", "Answered as expected", lambda row: row.agreement == 1),
        Column("reputation", "Reputation", lambda row: row.now.reputation, unit=Unit.SCORE),
        Column("reputation_after", "Then", lambda row: row.after.reputation, unit=Unit.SCORE),
        Column("standing", "Standing", lambda row: row.now.standing),
        Column("standing_after", "Standing then", lambda row: row.after.standing),
        Column("bonus", "Bonus so far", lambda row: money(row.now)),
        Column("bonus_after", "Bonus then", lambda row: money(row.after)),
    )
    return whole("What it would change", columns, effect.cards, nothing="Nobody has answered this item yet.")


def _row(rows: list[GoldRow], item: str) -> GoldRow:
    for row in rows:
        if row.item == item:
            return row
    raise MissingError(f"item {item} is no gold item")


def _columns(number: int) -> Sequence[Column[GoldRow]]:
    def of_standing(standing: Standing) -> Column[GoldRow]:
        return Column(
            f"right_{standing.value}",
            f"By {standing.value}",
            lambda row: row.by_standing.get(standing, NOT_ANSWERED),
            unit=Unit.SHARE,
            is_optional=True,
        )

    page_of = (lambda row: address("projects", number, "gold", row.item)) if viewer().is_admin else None
    return (
        Column("item", "Item", lambda row: row.excerpt or row.item, link=page_of),
        Column("advice", "Advice", lambda row: row.advice, has_choices=True),
        Column("why", "Why", lambda row: row.why),
        Column("expected", "Expected", lambda row: row.expected),
        Column("shown", "Answered", lambda row: row.right.n),
        Column("right", "As expected", lambda row: row.right, unit=Unit.SHARE),
        Column("good", "By the qualified and better", lambda row: row.good, unit=Unit.SHARE),
        *(of_standing(standing) for standing in Standing),
        Column(
            "difficulty",
            "Difficulty",
            lambda row: row.use.difficulty,
            hint="Share of attentive annotators who choose otherwise; not known before enough have answered",
            is_optional=True,
        ),
        Column(
            "discrimination",
            "Discrimination",
            lambda row: row.use.discrimination,
            hint="How well it tells careful annotators from careless ones: the correlation of right answers with attentiveness; not known "
            "before enough have answered, nor where all answer alike",
        ),
        Column("slice", "Slice", lambda row: row.slice, is_optional=True),
        Column("retired", "Retired", lambda row: None if row.retired_at is None else Moment(row.retired_at)),
    )


STANDING_COLUMNS: Sequence[Column[tuple[Standing, Estimate]]] = (
    Column("standing", "Standing", lambda pair: pair[0]),
    Column("right", "As expected", lambda pair: pair[1], unit=Unit.SHARE),
    Column("answers", "Answers", lambda pair: pair[1].n),
)
