"""Gold items: how they do, and what to do with them."""

from collections.abc import Sequence

from flask import request

from hooks.web.dashboard.cells import Moment, Unit
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import InputError
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.reputation import Standing
from ls_backend.services.gold_items import bring_back, explain, retire
from ls_backend.services.queries.gold import NOT_ANSWERED, GoldRow, gold_rows


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
        by_standing = Table("Answered as expected", STANDING_COLUMNS, list(row.by_standing.items()), {})
        return Page("Gold item", "gold_item.html", row, {"standing": by_standing}, {}, number, "gold")

    @pages.form("/projects/<int:number>/gold/<item>/retire")
    def take_out(number: int, item: str) -> tuple[str, str]:
        changed = retire(ctx, viewer().actor, number, item)
        said = (
            "It is retired: nobody is shown it any more, and the answers on it still count."
            if changed
            else "It was retired before."
        )
        return address("projects", number, "gold", item), said

    @pages.form("/projects/<int:number>/gold/<item>/bring-back")
    def put_back(number: int, item: str) -> tuple[str, str]:
        changed = bring_back(ctx, viewer().actor, number, item)
        said = "It is in use again." if changed else "It is in use."
        return address("projects", number, "gold", item), said

    @pages.form("/projects/<int:number>/gold/<item>/explanation")
    def change_explanation(number: int, item: str) -> tuple[str, str]:
        explain(ctx, viewer().actor, number, item, request.form.get("explanation", ""))
        return address("projects", number, "gold", item), "The explanation is saved."


def _row(rows: list[GoldRow], item: str) -> GoldRow:
    for row in rows:
        if row.item == item:
            return row
    raise InputError(f"item {item} is no gold item")


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
        Column("advice", "Advice", _advice, has_choices=True),
        Column("why", "Why", lambda row: "good annotators keep failing it" if row.is_doubted else row.use.why),
        Column("expected", "Expected", lambda row: row.expected),
        Column("shown", "Answered", lambda row: row.right.n),
        Column("right", "As expected", lambda row: row.right, unit=Unit.SHARE),
        Column("good", "By the qualified and better", lambda row: row.good, unit=Unit.SHARE),
        *(of_standing(standing) for standing in Standing),
        Column(
            "difficulty",
            "Difficulty",
            lambda row: row.use.difficulty,
            hint="Share that attentive annotators choose otherwise",
        ),
        Column(
            "discrimination",
            "Discrimination",
            lambda row: row.use.discrimination,
            hint="Correlation of right answers with attentiveness",
        ),
        Column("slice", "Slice", lambda row: row.slice, is_optional=True),
        Column("retired", "Retired", lambda row: None if row.retired_at is None else Moment(row.retired_at)),
    )


def _advice(row: GoldRow) -> str:
    if row.retired_at is not None:
        return "retired"
    return "doubt it" if row.is_doubted else row.use.advice.value


STANDING_COLUMNS: Sequence[Column[tuple[Standing, Estimate]]] = (
    Column("standing", "Standing", lambda pair: pair[0]),
    Column("right", "As expected", lambda pair: pair[1], unit=Unit.SHARE),
    Column("answers", "Answers", lambda pair: pair[1].n),
)
