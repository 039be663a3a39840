"""Items that are unclear to annotators, and what annotators choose for themselves."""

from dataclasses import replace

import pytest

from ls_backend.errors import InputError, NotAttachedError
from ls_backend.records import to_dict
from ls_backend.services.asking import answer_unclear, call_unclear, choose_figures
from ls_backend.services.context import Context
from ls_backend.services.processing import process
from ls_backend.services.queries.attention import needs_of
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.items import item_detail
from ls_backend.services.queries.panel import panel_of
from ls_backend.services.queries.unclear import in_words, waiting_unclear
from ls_backend.store import projects, scorecards, unclear
from ls_templates.plugin.protocol import UnclearRequest
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def project(ctx: Context) -> int:
    return fakes.attach(ctx, tasks=12, annotators=2)


def asked(ctx: Context, project: int, *, user: int = 3, **changes: object) -> UnclearRequest:
    task = next(iter(ctx.gateway.tasks(project)))
    request = UnclearRequest(project, user, task.id, task.data, "both_bad", " neither is right ")
    return replace(request, **changes)  # type: ignore[arg-type]


def test_an_unclear_item_reaches_whoever_looks_and_the_answer_comes_back(ctx: Context, project: int) -> None:
    assert call_unclear(ctx, asked(ctx, project)).added
    (row,) = waiting_unclear(ctx, project)
    assert in_words(row.record) == "Both are bad: neither is right"
    assert row.record.annotator == "3"
    need = next(need for need in needs_of(ctx, projects.get(ctx.store, project)) if need.place == "items")
    assert (need.what, need.why) == ("Items are unclear to annotators", "Both are bad: neither is right")
    assert item_detail(ctx, project, row.record.item).unclear == [row.record]
    answer_unclear(ctx, ADMIN, project, row.record.id, " Take the shorter one. ")
    assert waiting_unclear(ctx, project) == []
    (answered,) = unclear.of_annotator(ctx.store, project, "3")
    assert (answered.answer, answered.answered_by) == ("Take the shorter one.", ADMIN.name)
    actions = [entry.what for entry in audit_log(ctx, project)]
    assert {"item unclear", "unclear item answered"} <= set(actions)


def test_it_is_said_once_and_by_each(ctx: Context, project: int) -> None:
    assert call_unclear(ctx, asked(ctx, project)).added
    assert not call_unclear(ctx, asked(ctx, project, reason="needs_expert")).added
    assert call_unclear(ctx, asked(ctx, project, user=4)).added
    (first, _) = waiting_unclear(ctx, project)
    answer_unclear(ctx, ADMIN, project, first.record.id, "See the guide.")
    with pytest.raises(InputError, match=f"no open question {first.record.id}"):
        answer_unclear(ctx, ADMIN, project, first.record.id, "Again.")
    assert call_unclear(ctx, asked(ctx, project)).added, "it may still be unclear"


def test_both_showings_of_a_pair_are_one_item(ctx: Context, project: int) -> None:
    request = asked(ctx, project)
    swapped = {"response_a": request.data["response_b"], "response_b": request.data["response_a"]}
    call_unclear(ctx, request)
    call_unclear(ctx, replace(request, user=4, task=99, data=request.data | swapped))
    assert len({row.record.item for row in waiting_unclear(ctx, project)}) == 1


def test_skipping_what_is_unclear_moves_no_figure(ctx: Context, project: int) -> None:
    gateway = fakes.gateway(ctx)
    first, second, *_ = [task.id for task in gateway.tasks(project)]
    fakes.deliver(ctx, gateway.annotate(first, 3, "left"))
    process(ctx, ADMIN, project)
    before = scorecards.find(ctx.store, project, "3")
    call_unclear(ctx, asked(ctx, project, task=second))
    fakes.deliver(ctx, gateway.annotate(second, 3, None))
    process(ctx, ADMIN, project)
    after = scorecards.find(ctx.store, project, "3")
    assert before is not None
    assert after is not None
    assert before.scorecard == after.scorecard


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": "boring"}, "'boring' is no reason; it is one of under_specified"),
        ({"reason": "other", "text": " "}, "say what is unclear"),
        ({"text": "x" * 1001}, "in 1 to 1000 characters"),
        ({"data": {"prompt": "alone"}}, "shows no item"),
    ],
)
def test_what_says_nothing_is_refused(ctx: Context, project: int, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call_unclear(ctx, asked(ctx, project, **changes))
    assert waiting_unclear(ctx, project) == []


def test_only_monitored_projects_are_heard_and_an_answer_needs_words(ctx: Context, project: int) -> None:
    with pytest.raises(NotAttachedError):
        call_unclear(ctx, replace(asked(ctx, project), project=project + 50))
    call_unclear(ctx, asked(ctx, project))
    (row,) = waiting_unclear(ctx, project)
    with pytest.raises(InputError, match="the annotator reads the answer"):
        answer_unclear(ctx, ADMIN, project, row.record.id, "  ")


def test_who_wants_no_figures_gets_links_alone_until_they_want_them(ctx: Context, project: int) -> None:
    choose_figures(ctx, "3", hidden=True)
    assert panel_of(ctx, project, "3").standing is None
    assert to_dict(panel_of(ctx, project, "3").links)["hidden"] is True
    assert panel_of(ctx, project, "4").standing is not None
    choose_figures(ctx, "3", hidden=False)
    assert panel_of(ctx, project, "3").standing is not None
