"""Scorecards from kept sums are those of a fold over everything, whatever has happened."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.measurement.evidence import find_checks
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.scale import MeasurementOptions, Scale
from ls_backend.measurement.scorecard import CardTerms, ScoringInput, cards_of, scorecards
from ls_backend.measurement.sums import FoldTerms, Sums
from ls_backend.services import attaching, events, gold_items, scoring
from ls_backend.services.context import Context
from ls_backend.services.events import receive_event
from ls_backend.services.processing import process
from ls_backend.services.scoring import rescore, scored_by
from ls_backend.store import gold, judgments, projects, sums
from ls_backend.store import scorecards as stored
from ls_backend.store.engine import Store
from ls_backend.store.records import AuditRecord, JudgmentRecord, SumsRecord, TaskRecord
from tests import fakes
from tests.fakes import ADMIN, CONTRACT, Clock, FakeGateway

TERMS = CardTerms(Contract.parse(CONTRACT))


@st.composite
def projects_of_any_kind(draw: st.DrawFn) -> tuple[Judgments, dict[str, GoldItem]]:
    """Judgments on a plain choice, a scale, with margins, or with answers; somebody who may take one side; and gold."""
    kind = draw(st.sampled_from(["choice", "scale", "margins", "answers"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people, items = draw(st.integers(1, 5)), draw(st.integers(2, 12))
    rows = []
    for n in range(draw(st.integers(1, 120))):
        annotator, item, mirrored = int(rng.integers(people)), int(rng.integers(items)), bool(rng.random() < 0.5)
        preference = int(rng.integers(-2, 3)) if kind == "scale" else int(rng.choice([-1, 0, 1, 1]))
        if annotator == 0 and kind != "answers":
            mirrored = bool(rng.random() < 0.2)
            preference = -1 if mirrored else 1
        rows.append(
            Judgment(
                f"a{annotator}",
                f"i{item:02}",
                0 if kind == "answers" else preference,
                mirrored,
                float(rng.integers(0, 60)),
                f"{n:03}",
                answer=f'{{"of":5,"rating":{rng.integers(1, 6)}}}' if kind == "answers" else "",
                margin=float(item * 7 % 5) if kind == "margins" and item else None,
            )
        )
    of_gold = GoldItem(0, answer='{"of":5,"rating":3}') if kind == "answers" else GoldItem(1)
    known = {f"i{item:02}": of_gold for item in range(0, items, 4)} if draw(st.booleans()) else {}
    if known and draw(st.booleans()):
        known["i00"] = replace(of_gold, author="a1")
    return Judgments.of(rows, top_strength={"scale": 2, "answers": 0}.get(kind, 1)), known


options = st.builds(
    MeasurementOptions, q=st.sampled_from([None, 0.5]), best=st.booleans(), half_life=st.sampled_from([None, 15.0])
)


def rows_of(judged: Judgments, annotator: str) -> Judgments:
    """One annotator's judgments, collected by themselves."""
    own = judged.rows_of(annotator)
    return Judgments.of(
        (
            Judgment(
                annotator,
                judged.items[judged.item[row]],
                int(judged.preference[row]),
                bool(judged.mirrored[row]),
                float(judged.at[row]),
                f"{row:06}",
                answer=judged.answers[judged.answer[row]] if judged.answers else "",
                margin=None if np.isnan(judged.margin[row]) else float(judged.margin[row]),
            )
            for row in own
        ),
        top_strength=judged.top_strength,
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(projects_of_any_kind(), options, st.sampled_from([-np.inf, 30.0]), st.integers(0, 3))
def test_sums_of_each_annotator_are_those_of_everybody(
    project: tuple[Judgments, dict[str, GoldItem]], measured_by: MeasurementOptions, paid_from: float, min_lag: int
) -> None:
    judged, known = project
    rule = find_checks(judged, known, min_lag=min_lag).pair_groups.rule
    fold = FoldTerms(min_lag, measured_by.half_life, paid_from, 20.0, rule)
    whole = Sums.of(judged, known, fold)
    own = [Sums.of(rows_of(judged, name), known, fold).as_rows for name in judged.annotators]
    np.testing.assert_allclose(np.vstack(own), whole.as_rows, rtol=1e-12)

    by_item = {i: abs(m) for i, m in zip(judged.item.tolist(), judged.margin.tolist(), strict=True) if m == m}
    ordinary = [m for i, m in by_item.items() if judged.items[i] not in known]
    margins = np.array(ordinary) if whole.grouping.has_margins else None
    assert whole.grouping.rule(margins) == rule

    kept = Sums.from_rows(judged.annotators, np.vstack(own), has_sides=whole.has_sides)
    scale, posteriors = Scale.of(kept, measured_by)
    expected = scorecards(ScoringInput(judged, known, TERMS.contract, min_lag, measured_by, paid_from=paid_from))
    assert as_json(cards_of(kept, posteriors, rule.source, TERMS)) == as_json(expected)

    read_again = Scale.from_dict(json.loads(json.dumps(scale.to_dict())))
    for a, name in enumerate(judged.annotators):
        alone = Sums.from_rows([name], own[a], has_sides=whole.has_sides)
        (card,) = cards_of(alone, read_again.posteriors(alone), rule.source, TERMS)
        assert figures(card) == pytest.approx(figures(expected[a]), abs=2e-4)


def as_json(cards: list[Any]) -> list[Any]:
    return [card.to_dict() for card in cards]


def figures(card: Any) -> list[float]:
    found = card.to_dict()
    names = ("self_consistency", "weighted_consistency", "kappa", "gold", "position_bias", "attentiveness")
    return [-1.0 if v is None else float(v) for name in names for v in found[name].values()]


# --- in the store -----------------------------------------------------------------------------------------------------

ACTIONS = st.sampled_from(
    ["answer", "answer", "answer", "answer", "edit", "delete", "replay", "meddle", "gold", "no gold", "drop", "score"]
)
PEOPLE = (2, 3, 4)
COURSES = st.lists(st.tuples(ACTIONS, st.integers(0, 10_000)), min_size=5, max_size=45)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite3"
    Store(f"sqlite:///{path}").close()
    return path


@contextmanager
def fresh(template: Path) -> Iterator[Context]:
    with TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "store.sqlite3")
        clock = Clock()
        store = Store(f"sqlite:///{folder}/store.sqlite3", clock=clock)
        yield Context(store, FakeGateway(clock, members=3), fakes.settings(), clock)
        store.close()


def live_through(ctx: Context, project: int, actions: list[tuple[str, int]]) -> None:
    """What happens to a project, each by its name and a number that chooses."""
    gate = fakes.gateway(ctx)
    tasks, sent = [task.id for task in gate.tasks(project)], []
    made: list[tuple[int, int]] = []

    def send(body: Any) -> None:
        sent.append(json.dumps(body).encode())
        receive_event(ctx, sent[-1])

    for action, n in actions:
        gate.clock.tick(5)
        task = tasks[n % len(tasks)]
        if action == "answer":
            side = ("left", "right")[n // 7 % 2]
            body = gate.annotate(task, PEOPLE[n % 3], side)
            made.append((task, body["annotation"]["id"]))
            send(body)
        elif action in ("edit", "meddle", "delete") and made:
            task, annotation = made[n % len(made)]
            if annotation not in [a["id"] for a in gate.task_json(task)["annotations"]]:
                continue
            if action == "delete":
                send(gate.remove(task, annotation))
            else:
                owner = next(a for a in gate.task_json(task)["annotations"] if a["id"] == annotation)["completed_by"]
                send(gate.edit(task, annotation, "right", by=owner if action == "edit" else 1))
        elif action == "replay" and sent:
            receive_event(ctx, sent[n % len(sent)])
        elif action == "drop" and n % 3 == 0:
            send({"action": "TASKS_DELETED", "tasks": [{"id": task}], "project": {"id": project}})
        elif action in ("gold", "no gold"):
            process(ctx, ADMIN, project, place=False)
            item = next((r.item for r in judgments.of_annotator(ctx.store, project, str(PEOPLE[n % 3]))), None)
            if item is None:
                continue
            try:
                if action == "gold":
                    gold_items.add(ctx, ADMIN, project, item, preferred=1, explanation="so")
                else:
                    gold_items.withdraw(ctx, ADMIN, project, item, reason="so")
            except InputError:
                continue
        elif action == "score":
            process(ctx, ADMIN, project, place=False)
    process(ctx, ADMIN, project, place=False)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(COURSES, st.booleans(), st.booleans())
def test_the_store_holds_what_a_fold_over_everything_gives(
    template: Path, actions: list[tuple[str, int]], seldom: bool, one_by_one: bool
) -> None:
    """``seldom``: the scale is taken once and never again, so only those who were touched are scored. ``one_by_one``: each part of the
    annotators by itself."""
    with fresh(template) as ctx, pytest.MonkeyPatch.context() as patched:
        if one_by_one:
            patched.setattr(scoring, "SCORED_TOGETHER", 0)
        project = fakes.attach(ctx, tasks=6, gold=2, retest_rate=0.0, min_lag=1, routing="everyone", annotators=3)
        if seldom:
            patched.setattr(scoring, "ENOUGH", 0)
        live_through(ctx, project, actions)
        names, numbers = sums.rows(ctx.store, project)
        record, scale = projects.get(ctx.store, project), sums.scale(ctx.store, project)
        assert scale is not None
        everything = Judgments.of(judgments.before(ctx.store, project, np.inf), top_strength=1)
        fold = FoldTerms(record.min_lag, None, 0.0, 0.0, scale.rule)
        expected = Sums.of(everything, gold.known_answers(ctx.store, project), fold)
        assert names == list(expected.annotators)
        if names:
            np.testing.assert_allclose(numbers, expected.as_rows, rtol=1e-12)
        assert sums.tally(ctx.store, project) == judgments.tally(ctx.store, project)
        if seldom:
            rescore(ctx, ADMIN, project)
        reference = scored_by(ctx, project, gold.known_answers(ctx.store, project))
        found = sorted(stored.of_project(ctx.store, project), key=lambda card: card.annotator)
        assert as_json(found) == as_json(reference)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(COURSES)
def test_events_applied_together_come_to_what_each_alone_comes_to(
    template: Path, actions: list[tuple[str, int]]
) -> None:
    outcomes = []
    for together in (1, 25):
        with fresh(template) as ctx, pytest.MonkeyPatch.context() as patched:
            patched.setattr(events, "TOGETHER", together)
            patched.setattr(attaching.secrets, "token_hex", lambda _: "drawn by chance")
            project = fakes.attach(ctx, tasks=6, gold=2, retest_rate=0.0, min_lag=1, routing="everyone", annotators=3)
            live_through(ctx, project, actions)
            rows = sorted(ctx.store.fetch(JudgmentRecord), key=lambda row: row.id)
            shown = sorted(ctx.store.fetch(TaskRecord), key=lambda task: task.id)
            known_tasks = [(replace(task, due=None), task.due is None) for task in shown]
            numbers = {row.annotator: (row.judgments, row.numbers) for row in ctx.store.fetch(SumsRecord)}
            noted = [(entry.what, entry.detail) for entry in ctx.store.fetch(AuditRecord)]
            outcomes.append(([replace(row, revision=0) for row in rows], known_tasks, numbers, noted))
    assert outcomes[0] == outcomes[1]
