"""Seeds come at the chosen rates, once, to whom they are for, and look like everything else."""

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from ls_backend.errors import GatewayError, InputError
from ls_backend.label_studio.records import NewPrediction
from ls_backend.label_studio.tasks import MarginSource
from ls_backend.measurement.attentiveness import DECIDED_RETEST_COLUMNS
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context, T
from ls_backend.services.gold_items import retire
from ls_backend.services.processing import process, take_in
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.seeding import place_seeds
from ls_backend.services.write_back import CONSENSUS_VERSION
from ls_backend.store import gold, projects
from ls_backend.store import judgments as judgments_store
from ls_backend.store.records import SeedRecord
from ls_backend.store.tables import judgments, scorecards, seeds, tasks
from tests import fakes
from tests.fakes import ADMIN


def work(ctx: Context, made: int, annotator: int, labels: int, *, consistent: bool = False) -> list[int]:
    """Label as the routing gives: a reserved task first, else the first open one; always the left one, or the same response
    wherever it stands. Returns the tasks in order."""
    gate, done = fakes.gateway(ctx), []
    for _ in range(labels):
        mine = [t for t, who in gate.reserved.items() if who == str(annotator)]
        answered = {t.id for t in gate.tasks(made) if any(a["completed_by"] == annotator for a in t.annotations)}
        open_tasks = [
            t.id
            for t in sorted(gate.tasks(made), key=lambda t: t.id)
            if not t.is_labeled
            and t.id not in answered
            and t.id not in gate.reserved
            and len(t.annotations) < t.overlap
        ]
        queue = [t for t in mine if t not in answered] + open_tasks
        if not queue:
            break
        gate.clock.tick(10)
        swapped = gate.task(queue[0]).data["response_a"].startswith("reply")
        side = "right" if consistent and swapped else "left"
        fakes.deliver(ctx, gate.annotate(queue[0], annotator, side))
        process(ctx, ADMIN, made)
        done.append(queue[0])
    return done


def seeded(ctx: Context, made: int) -> list[SeedRecord]:
    return ctx.store.fetch(SeedRecord, seeds.c.project == made, order_by=[seeds.c.id])


@pytest.mark.slow
def test_aimed_seeds_reach_their_annotator_at_the_chosen_rates_with_the_lag_kept(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=60, gold=12, overlap=2, retest_rate=0.2, gold_rate=0.1, min_lag=4)
    done = {a: work(plugged, made, a, 50) for a in (7, 8)}
    for annotator, order in done.items():
        mine = [s for s in seeded(plugged, made) if s.annotator == str(annotator)]
        kinds = [s.kind for s in mine]
        assert abs(kinds.count("retest") - 10) <= 2
        assert abs(kinds.count("gold") - 5) <= 1
        answered = {s.task for s in mine if s.state == "answered"}
        assert len(answered) >= len(mine) - 2
        assert answered <= set(order)
        items = {
            r.task: r.item
            for r in plugged.store.rows(sa.select(judgments).where(judgments.c.annotator == str(annotator)))
        }
        sequence = [items[t] for t in order]
        for s in mine:
            if s.kind == "retest" and s.state == "answered":
                places = [n for n, item in enumerate(sequence) if item == s.item]
                assert len(places) == 2
                assert places[1] - places[0] - 1 >= 4
    assert {c.annotator for c in plugged.store.rows(sa.select(scorecards))} == {"7", "8"}


def test_a_seed_has_the_fields_of_an_ordinary_task_and_no_mark(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=40, gold=8, retest_rate=0.2, gold_rate=0.2, min_lag=3)
    gate = fakes.gateway(plugged)
    plain = list(gate.tasks(made))
    work(plugged, made, 7, 30)
    own = {t.id for t in plain}
    made_later = [t for t in gate.tasks(made) if t.id not in own]
    assert made_later
    for task in made_later:
        assert list(task.data) == list(plain[0].data)
        assert set(gate.task_json(task.id)) == set(gate.task_json(plain[0].id))
        assert task.overlap == plain[0].overlap
        assert "because" not in str(task.data)


def test_retests_swap_the_sides(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=40, gold=0, retest_rate=0.3, gold_rate=0.0, min_lag=3)
    work(plugged, made, 7, 30)
    rows = plugged.store.rows(sa.select(judgments).order_by(judgments.c.at))
    twice = [s.item for s in seeded(plugged, made) if s.state == "answered"]
    assert twice
    for item in twice:
        first, again = [r.mirrored for r in rows if r.item == item]
        assert first != again


def test_a_run_that_was_cut_short_is_taken_up_and_seeds_once(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=40, gold=8, retest_rate=0.3, gold_rate=0.0, min_lag=2)
    gate = fakes.gateway(plugged)
    gate.fail_on = {"create_seed"}
    for _ in range(16):
        task = next(t.id for t in gate.tasks(made) if not t.annotations and t.id not in gate.reserved)
        gate.clock.tick(10)
        fakes.deliver(plugged, gate.annotate(task, 7, "left"))
        with contextlib.suppress(GatewayError):
            process(plugged, ADMIN, made)
    planned = [s for s in seeded(plugged, made) if s.state == "planned"]
    assert planned
    gate.fail_on = set()
    assert place_seeds(plugged, made, ["7"]) == len(planned)
    assert place_seeds(plugged, made, ["7"]) == 0
    assert len({s.task for s in seeded(plugged, made)}) == len(seeded(plugged, made))


def test_a_seed_answered_before_it_was_noted_is_answered(plugged: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fakes.attach(plugged, tasks=12, gold=4, retest_rate=0.0, gold_rate=0.5)
    gate = fakes.gateway(plugged)
    makes = gate.create_seed

    def answered_at_once(project: int, data: Any, **more: Any) -> int:
        task = makes(project, data, **more)
        fakes.deliver(plugged, gate.annotate(task, 7, "left"))
        take_in(plugged, ADMIN, project)  # by another process
        return task

    with monkeypatch.context() as patched:
        patched.setattr(gate, "create_seed", answered_at_once)
        work(plugged, made, 7, 4)
    states = {seed.state for seed in seeded(plugged, made)}
    assert states == {"answered"}


def test_a_seed_answered_by_another_went_astray(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=40, gold=8, retest_rate=0.0, gold_rate=0.5, min_lag=2)
    gate = fakes.gateway(plugged)
    while not (placed := [s for s in seeded(plugged, made) if s.state == "placed"]):
        work(plugged, made, 7, 1)
    waiting = placed[0]
    fakes.deliver(plugged, gate.annotate(waiting.task, 9, "left"))  # type: ignore[arg-type]
    process(plugged, ADMIN, made)
    assert next(s for s in seeded(plugged, made) if s.id == waiting.id).state == "misrouted"


@pytest.mark.parametrize("kind", ["gold", "retest"])
def test_after_a_seed_was_lost_others_follow(plugged: Context, kind: str) -> None:
    rates = {"gold_rate": 0.0, "retest_rate": 0.0} | {f"{kind}_rate": 0.3}
    made = fakes.attach(plugged, tasks=60, gold=12, min_lag=2, **rates)
    gate = fakes.gateway(plugged)
    while not (placed := [s for s in seeded(plugged, made) if s.state == "placed"]):
        work(plugged, made, 7, 1)
    lost = placed[0]
    assert lost.task is not None
    gate.delete_task(lost.task)
    del gate.reserved[lost.task]
    process(plugged, ADMIN, made, pull="all")
    assert next(s for s in seeded(plugged, made) if s.id == lost.id).state == "withdrawn"
    judged = len(work(plugged, made, 7, 20))
    others = [s for s in seeded(plugged, made) if s.id != lost.id]
    assert lost.item not in {s.item for s in others}
    assert len(others) >= 0.3 * judged - 1, "what was lost does not count"


def test_a_panel_gets_everything_and_retests_only_when_they_are_due(ctx: Context) -> None:
    made = fakes.attach(ctx, tasks=20, gold=3, retest_rate=0.2, routing="everyone", annotators=2, min_lag=3)
    gate = fakes.gateway(ctx)
    planned = seeded(ctx, made)
    assert [s.kind for s in planned].count("retest") == 4
    assert {s.state for s in planned if s.kind == "gold"} == {"placed"}
    held = [s for s in planned if s.kind == "retest"]
    assert {s.state for s in held} == {"hidden"}
    assert all(gate.task(s.task).is_labeled for s in held)  # type: ignore[arg-type]
    assert all(t.overlap == 2 for t in gate.tasks(made) if t.id in {s.task for s in planned})
    assert place_seeds(ctx, made) == 0, "running it twice seeds once"
    for _ in range(30):
        work(ctx, made, 7, 1)
        work(ctx, made, 8, 1)
    again = [s for s in seeded(ctx, made) if s.kind == "retest"]
    assert {s.state for s in again} == {"placed"}
    retests = {r.scorecard.annotator: r.scorecard.retests for r in ctx.store.rows(sa.select(scorecards))}
    assert retests == {"7": 4, "8": 4}


def test_attaching_reports_its_progress_through_all_it_does(ctx: Context) -> None:
    labels: list[str] = []

    def track(things: Iterable[T], label: str, /) -> Iterable[T]:
        labels.append(label)
        return things

    made = fakes.project(ctx, tasks=20)
    attach(ctx, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, retest_rate=0.1, routing="everyone"), track=track)
    assert "seeding" in labels


def test_many_waiting_seeds_are_looked_for_among_the_tasks_once(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=40)
    gate = fakes.gateway(ctx)
    gate.fail_on = {"create_task"}
    terms = MonitoringTerms(contract=fakes.CONTRACT, retest_rate=0.5, routing="everyone", annotators=2)
    with pytest.raises(GatewayError):
        attach(ctx, ADMIN, made, terms)
    gate.fail_on = set()
    gate.clock.tick(60)
    waiting = sum(s.state == "planned" for s in seeded(ctx, made))
    assert waiting == 20
    before = gate.calls.count("tasks")
    place_seeds(ctx, made)
    assert gate.calls.count("tasks") == before + 1
    assert all(s.state == "hidden" for s in seeded(ctx, made))


def test_a_panels_task_made_before_a_crash_is_adopted(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    gate = fakes.gateway(ctx)
    gate.fail_on = {"update_task"}
    terms = MonitoringTerms(
        contract=fakes.CONTRACT,
        gold=fakes.gold_pairs(2),
        retest_rate=0.1,
        routing="everyone",
        annotators=2,
        slice_field="slice",
    )
    with pytest.raises(GatewayError):
        attach(ctx, ADMIN, made, terms)
    gate.fail_on = set()
    lost = next(s for s in seeded(ctx, made) if s.state == "planned")
    orphan = gate.create_task(made, lost.data, overlap=2, is_labeled=True)  # type: ignore[arg-type]
    gate.clock.tick(60)
    calls = gate.calls.count("create_task")
    waiting = sum(s.state == "planned" for s in seeded(ctx, made))
    place_seeds(ctx, made)
    assert orphan in {s.task for s in seeded(ctx, made)}
    assert gate.calls.count("create_task") - calls == waiting - 1


def test_gold_that_was_made_and_not_released_is_released_by_the_next_run(ctx: Context) -> None:
    project = fakes.project(ctx, tasks=5)
    gate = fakes.gateway(ctx)
    terms = MonitoringTerms(
        contract=fakes.CONTRACT, gold=fakes.gold_pairs(2), retest_rate=0.0, routing="everyone", annotators=2
    )
    gate.fail_on = {"update_task"}
    with pytest.raises(GatewayError):
        attach(ctx, ADMIN, project, terms)
    assert "hidden" in {s.state for s in seeded(ctx, project)}
    gate.fail_on = set()
    place_seeds(ctx, project)
    assert [s.state for s in seeded(ctx, project)] == ["placed", "placed"]
    assert not any(task.is_labeled for task in gate.tasks(project))
    assert place_seeds(ctx, project) == 0


def retested(ctx: Context, project: int) -> set[str]:
    return {s.item for s in seeded(ctx, project) if s.kind == "retest"}


def test_a_project_attached_empty_gets_its_retests_as_tasks_come(ctx: Context) -> None:
    project = fakes.attach(ctx, tasks=0, gold=2, retest_rate=0.2, routing="everyone", annotators=2)
    assert retested(ctx, project) == set()
    gate = fakes.gateway(ctx)
    gate.import_tasks(project, [fakes.pair(n, slice=f"s{n % 2}") for n in range(10)])
    process(ctx, ADMIN, project, pull="all")
    first = retested(ctx, project)
    assert len(first) == 2
    work(ctx, project, 7, 12)
    process(ctx, ADMIN, project, pull="all")
    assert retested(ctx, project) == first, "answers ask for no more"
    answered = judgments_store.answered_items(ctx.store, project)
    gate.import_tasks(project, [fakes.pair(n, slice=f"s{n % 2}") for n in range(10, 30)])
    process(ctx, ADMIN, project, pull="all")
    assert len(retested(ctx, project)) == 6
    assert not (retested(ctx, project) - first) & answered.keys(), "only items that nobody has answered"
    assert place_seeds(ctx, project) == 0


def test_retests_for_everyone_are_a_share_of_what_was_not_answered_before(ctx: Context) -> None:
    project = fakes.project(ctx, tasks=20)
    gate = fakes.gateway(ctx)
    for task in list(gate.tasks(project))[:15]:
        gate.annotate(task.id, 7, "left")
    ctx.clock.tick(60)  # type: ignore[attr-defined]
    terms = MonitoringTerms(contract=fakes.CONTRACT, retest_rate=0.2, routing="everyone", annotators=2)
    attach(ctx, ADMIN, project, terms)
    assert len(retested(ctx, project)) == 1


def test_gold_added_by_attaching_again_is_placed_and_the_rest_stays(ctx: Context) -> None:
    project = fakes.attach(ctx, tasks=10, gold=2, retest_rate=0.2, routing="everyone", annotators=2)
    before = seeded(ctx, project)
    terms = MonitoringTerms(
        contract=fakes.CONTRACT,
        gold=fakes.gold_pairs(5),
        retest_rate=0.2,
        routing="everyone",
        annotators=2,
        slice_field="slice",
    )
    assert attach(ctx, ADMIN, project, terms).seeded == 3
    assert seeded(ctx, project)[: len(before)] == before
    assert [(s.kind, s.state) for s in seeded(ctx, project)[len(before) :]] == [("gold", "placed")] * 3
    assert attach(ctx, ADMIN, project, terms).seeded == 0


def test_retired_gold_is_seeded_no_more_neither_as_gold_nor_as_a_retest(plugged: Context) -> None:
    project = fakes.attach(plugged, tasks=60, gold=12, retest_rate=0.3, gold_rate=0.3, min_lag=2)
    work(plugged, project, 7, 20)
    answered = [s.item for s in seeded(plugged, project) if s.kind == "gold" and s.state == "answered"]
    before = {s.id for s in seeded(plugged, project)}
    for item in gold.known_answers(plugged.store, project):
        retire(plugged, ADMIN, project, item)
    work(plugged, project, 7, 40)
    later = [s for s in seeded(plugged, project) if s.id not in before]
    assert answered
    assert later
    assert not [s for s in later if s.item in gold.known_answers(plugged.store, project)]


def with_margins(ctx: Context, tasks: int, **terms: Any) -> int:
    """An attached project whose every tenth task has a great margin."""
    gate = fakes.gateway(ctx)
    made = gate.create_project(title="Pairs", label_config=fakes.PAIRWISE.label_config, maximum_annotations=1).id
    gate.import_tasks(made, [fakes.pair(n, margin=9.0 + n if n % 10 == 0 else 0.1 * (n % 10)) for n in range(tasks)])
    attach(
        ctx,
        ADMIN,
        made,
        MonitoringTerms(contract=fakes.CONTRACT, margin_source=MarginSource(("margin",)), gold_rate=0.0, **terms),
    )
    return made


def decided(ctx: Context, made: int) -> set[str]:
    rows = ctx.store.rows(sa.select(tasks.c.item, tasks.c.margin).where(tasks.c.project == made))
    return {item for item, margin in rows if margin >= 9}


@pytest.mark.slow
def test_most_retests_are_of_the_pairs_with_the_greatest_margins(plugged: Context) -> None:
    made = with_margins(plugged, 130, retest_rate=0.1, min_lag=3)
    work(plugged, made, 7, 120)
    items = [s.item for s in seeded(plugged, made) if s.kind == "retest"]
    assert len(items) == pytest.approx(12, abs=1)
    assert len(decided(plugged, made).intersection(items)) >= 0.6 * len(items)
    judged = judgments_of(plugged, made)
    assert gather_evidence(judged, {}).counts[0, DECIDED_RETEST_COLUMNS].sum() >= 6


def test_for_everyone_too(ctx: Context) -> None:
    made = with_margins(ctx, 100, retest_rate=0.1, min_lag=3, annotators=2)
    items = [s.item for s in seeded(ctx, made) if s.kind == "retest"]
    assert len(items) == 10
    assert len(decided(ctx, made).intersection(items)) == 7


def test_a_margin_that_comes_later_counts_for_answers_given_before(plugged: Context) -> None:
    gate = fakes.gateway(plugged)
    made = gate.create_project(title="Pairs", label_config=fakes.PAIRWISE.label_config, maximum_annotations=1).id
    gate.import_tasks(made, [fakes.pair(n, margin=float(n)) for n in range(30)])
    terms = MonitoringTerms(contract=fakes.CONTRACT, gold_rate=0.0, min_lag=3)
    attach(plugged, ADMIN, made, terms)
    work(plugged, made, 7, 20)
    assert np.isnan(judgments_of(plugged, made).margin).all()
    report = attach(plugged, ADMIN, made, replace(terms, margin_source=MarginSource(("margin",))))
    assert not np.isnan(judgments_of(plugged, made).margin).any()
    assert any("decided pairs, by the margin of" in note for note in report.notes)


def test_the_score_of_another_models_predictions_is_a_margin_though_events_and_retests_come_without(
    plugged: Context,
) -> None:
    gate = fakes.gateway(plugged)
    made = gate.create_project(title="Pairs", label_config=fakes.PAIRWISE.label_config, maximum_annotations=1).id
    gate.import_tasks(made, [fakes.pair(n) for n in range(60)])
    ids = sorted(task.id for task in gate.tasks(made))
    scores = [0.99 if n % 10 == 0 else 0.5 + n / 1000 for n in range(60)]
    gate.import_predictions(made, [NewPrediction(t, [], s, "rm-1") for t, s in zip(ids, scores, strict=True)])
    terms = MonitoringTerms(contract=fakes.CONTRACT, gold_rate=0.0, retest_rate=0.2, min_lag=3)
    with pytest.raises(
        InputError, match="no task has a score in the predictions of rm-2; there are predictions of rm-1"
    ):
        attach(plugged, ADMIN, made, replace(terms, margin_source=MarginSource(model="rm-2")))
    report = attach(plugged, ADMIN, made, replace(terms, margin_source=MarginSource(model="rm-1")))
    assert any("decided pairs, by the margin of" in note for note in report.notes)
    work(plugged, made, 7, 40)
    judged = judgments_of(plugged, made)
    assert len(judged.items) < len(judged)
    assert not np.isnan(judged.margin).any()
    assert projects.get(plugged.store, made).margin_source == MarginSource(model="rm-1")


def test_margins_that_are_not_there_or_would_be_seen_are_refused(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=10, gold=0)
    terms = MonitoringTerms(contract=fakes.CONTRACT)
    with pytest.raises(InputError, match="no task has a number in score; the first task has the fields prompt"):
        attach(plugged, ADMIN, made, replace(terms, margin_source=MarginSource(("score",))))
    with pytest.raises(InputError, match="the label config shows the field prompt"):
        attach(plugged, ADMIN, made, replace(terms, margin_source=MarginSource(("prompt",))))


def test_margins_of_a_few_tasks_are_not_used_and_attach_says_so(plugged: Context) -> None:
    gate = fakes.gateway(plugged)
    made = gate.create_project(title="Pairs", label_config=fakes.PAIRWISE.label_config, maximum_annotations=1).id
    gate.import_tasks(made, [fakes.pair(n, **({"margin": 1.0} if n < 3 else {})) for n in range(10)])
    report = attach(
        plugged, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, margin_source=MarginSource(("margin",)))
    )
    assert any("Only 3 of 10 tasks have a margin" in note for note in report.notes)


@pytest.mark.slow
def test_who_is_far_from_the_threshold_is_checked_less_and_who_is_near_it_more_at_the_same_total(
    plugged: Context,
) -> None:
    contract = fakes.CONTRACT.replace("start = 0.5", "start = 0.7")
    made = fakes.attach(
        plugged,
        tasks=200,
        gold=60,
        overlap=2,
        retest_rate=0.2,
        gold_rate=0.1,
        min_lag=3,
        contract=contract,
        adaptive=True,
    )
    for _ in range(16):
        work(plugged, made, 7, 10)
        work(plugged, made, 8, 10, consistent=True)
    retests = Counter(s.annotator for s in seeded(plugged, made) if s.kind == "retest")
    gold_items = Counter(s.annotator for s in seeded(plugged, made) if s.kind == "gold")
    labels = judgments_of(plugged, made).counts.sum()
    assert retests["7"] <= 0.6 * retests["8"]
    assert gold_items["7"] <= 0.9 * gold_items["8"]
    assert retests["7"] <= 0.6 * 0.2 * 160
    assert gold_items["7"] <= 0.6 * 0.1 * 160
    assert retests["8"] >= 1.2 * 0.2 * 160
    assert gold_items["8"] >= 1.2 * 0.1 * 160
    assert retests.total() <= 0.2 * labels + 2
    assert gold_items.total() <= 0.1 * labels + 2


def test_checks_that_differ_by_annotator_are_refused_where_all_get_the_same(ctx: Context) -> None:
    with pytest.raises(InputError, match="leave --adaptive out, or use --routing aimed"):
        fakes.attach(ctx, adaptive=True)


def test_our_own_consensus_is_no_margin(plugged: Context) -> None:
    made = fakes.attach(plugged, tasks=10, gold=0)
    terms = MonitoringTerms(contract=fakes.CONTRACT)
    with pytest.raises(InputError, match="are our own consensus"):
        attach(plugged, ADMIN, made, replace(terms, margin_source=MarginSource(model=CONSENSUS_VERSION)))


def test_adaptive_checks_are_refused_where_pay_does_not_allow_for_them(plugged: Context) -> None:
    contract = fakes.CONTRACT.replace('kind = "linear"', 'kind = "linear"\nmeasure = "self_consistency"')
    with pytest.raises(InputError, match="or pay by attentiveness"):
        fakes.attach(plugged, contract=contract, adaptive=True)
