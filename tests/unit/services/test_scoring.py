"""Several processes score one project: each some of its annotators, and one of them everybody."""

from typing import Any

import pytest

from ls_backend.errors import BusyError
from ls_backend.services import leases, scoring
from ls_backend.services.context import Context
from ls_backend.services.processing import process, take_in
from ls_backend.services.queries.judgments import OwnRead, marked_judgments
from ls_backend.services.scoring import score_changes, scored_by
from ls_backend.store import gold, projects, scorecards, sums
from ls_backend.store.tables import seeds
from tests import fakes
from tests.fakes import ADMIN

PEOPLE = (2, 3, 4, 5)


@pytest.fixture
def project(ctx: Context) -> int:
    """Four annotators, in different parts, who have each answered twice and are scored."""
    number = fakes.attach(ctx, gold=0, retest_rate=0.0, routing="everyone", annotators=4)
    assert len({leases.part_of(str(person)) for person in PEOPLE}) == len(PEOPLE)
    for _ in range(2):
        everybody_answers(ctx, number)
    process(ctx, ADMIN, number)
    return number


def everybody_answers(ctx: Context, project: int) -> None:
    gate = fakes.gateway(ctx)
    for person in PEOPLE:
        answers(ctx, project, person)
    gate.clock.tick()


def answers(ctx: Context, project: int, person: int) -> None:
    gate = fakes.gateway(ctx)
    gate.clock.tick()
    task = next(t for t in gate.tasks(project) if all(a["completed_by"] != person for a in t.annotations))
    fakes.deliver(ctx, gate.annotate(task.id, person, "left"))


def taken_of(ctx: Context, project: int) -> int:
    """Of how many judgments the scale was taken."""
    record = sums.scale(ctx.store, project)
    assert record is not None
    return record.judgments


def scored(ctx: Context, project: int) -> dict[str, int]:
    return {card.annotator: card.judgments for card in scorecards.of_project(ctx.store, project)}


def test_who_is_scored_by_another_process_is_left_to_it(
    ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "ENOUGH", 0)  # the scale holds
    monkeypatch.setattr(scoring, "SCORED_TOGETHER", 0)
    everybody_answers(ctx, project)
    take_in(ctx, ADMIN, project)
    with ctx.store.lease(leases.scoring(project)[leases.part_of("3")]), pytest.raises(BusyError):
        score_changes(ctx, project, wait=0.0)
    assert scored(ctx, project) == {"2": 3, "3": 2, "4": 3, "5": 3}
    score_changes(ctx, project)
    assert scored(ctx, project) == {"2": 3, "3": 3, "4": 3, "5": 3}


def test_the_scale_is_taken_by_whoever_has_all_parts(ctx: Context, project: int) -> None:
    everybody_answers(ctx, project)
    take_in(ctx, ADMIN, project)
    assert taken_of(ctx, project) == 8
    with ctx.store.lease(leases.scoring(project)[leases.part_of("3")]), pytest.raises(BusyError):
        score_changes(ctx, project, wait=0.0)
    assert taken_of(ctx, project) == 8
    score_changes(ctx, project)
    assert taken_of(ctx, project) == 12
    reference = scored_by(ctx, project, gold.known_answers(ctx.store, project))
    stored = sorted(scorecards.of_project(ctx.store, project), key=lambda card: card.annotator)
    assert [card.to_dict() for card in stored] == [card.to_dict() for card in reference]


def test_events_are_applied_while_others_are_scored_and_seeds_placed(ctx: Context, project: int) -> None:
    everybody_answers(ctx, project)
    with ctx.store.lease(*leases.scoring(project), leases.writing_back(project)):
        assert take_in(ctx, ADMIN, project).counts["new"] == 4
    everybody_answers(ctx, project)
    with ctx.store.lease(leases.pulling(project)):
        assert process(ctx, ADMIN, project).counts["new"] == 4
    assert scored(ctx, project) == dict.fromkeys(map(str, PEOPLE), 4)


def test_what_was_read_before_more_came_is_read_again(
    ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "ENOUGH", 0)
    answers(ctx, project, 2)
    take_in(ctx, ADMIN, project)
    read: OwnRead = {"2": marked_judgments(ctx, projects.get(ctx.store, project), "2")}
    answers(ctx, project, 2)
    take_in(ctx, ADMIN, project)  # by another process
    score_changes(ctx, project, read=read)
    assert scored(ctx, project)["2"] == 4
    assert not sums.stale(ctx.store, project)


def test_each_judgment_of_an_event_counts_towards_taking_the_scale_anew(
    ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "ENOUGH", 3)  # it was taken of 8: from 3 judgments on it is due
    for count, taken in ((2, 8), (1, 11)):
        for person in PEOPLE[:count]:
            answers(ctx, project, person)
        process(ctx, ADMIN, project)  # together, in one transaction
        assert taken_of(ctx, project) == taken


def test_what_comes_due_while_the_scale_is_taken_stays_due(
    ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_answers(ctx, project)
    of_sums = scoring.Scale.of

    def meanwhile(*given: Any) -> Any:
        sums.scale_is_due(ctx.store, project)  # an admin has changed gold
        return of_sums(*given)

    with monkeypatch.context() as patched:
        patched.setattr(scoring.Scale, "of", meanwhile)
        process(ctx, ADMIN, project)
    record = sums.scale(ctx.store, project)
    assert record is not None
    assert record.revision == sums.DUE
    score_changes(ctx, project)
    record = sums.scale(ctx.store, project)
    assert record is not None
    assert record.revision == 12


def test_who_has_answered_gets_seeds_also_where_another_process_pulls(plugged: Context) -> None:
    project = fakes.attach(plugged, tasks=10, gold=3, gold_rate=0.5, retest_rate=0.0, min_lag=1)
    for _ in range(4):
        answers(plugged, project, 7)
    with plugged.store.lease(leases.pulling(project)), pytest.raises(BusyError):
        process(plugged, ADMIN, project, pull="recent")
    assert plugged.store.count(seeds, seeds.c.annotator == "7") > 0
    assert scored(plugged, project) == {"7": 4}
