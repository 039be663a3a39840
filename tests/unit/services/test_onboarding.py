"""Onboarding: newcomers are trained and calibrated apart from the project."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ls_backend.errors import GatewayError, InputError
from ls_backend.formats.pairs import Pair, read_gold
from ls_backend.label_studio.records import PluginStatus
from ls_backend.programme.onboarding import OnboardingTerms, Stage
from ls_backend.records import to_dict
from ls_backend.services import detaching
from ls_backend.services.context import Context
from ls_backend.services.onboarding import Told, hear_of_newcomer, set_up_onboarding
from ls_backend.services.processing import process
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.newcomers import newcomers_of
from ls_backend.store import onboarding, scorecards
from ls_backend.types import Json
from ls_templates.plugin.protocol import OnboardingRequest
from tests import fakes
from tests.fakes import ADMIN

TERMS = OnboardingTerms(training=4, calibration=5, tries=2, pass_mark=0.8)


def training_items(n: int = 14, *, prompt: str = "training question") -> list[Pair]:
    lines = [
        {
            "prompt": f"{prompt} {i}",
            "response_a": f"good {i}",
            "response_b": f"bad {i}",
            "gold": "a",
            "explanation": f"why {i}",
        }
        for i in range(n)
    ]
    return read_gold("\n".join(map(json.dumps, lines)), source="onboarding")


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    status = PluginStatus("0.1.0", guard=True, pauses=True, training=True)
    made = fakes.context(database=f"sqlite:///{tmp_path / 'store.sqlite3'}", plugin_status=status)
    yield made
    made.store.close()


@pytest.fixture
def project(ctx: Context) -> int:
    return fakes.attach(ctx, tasks=12)


@pytest.fixture
def training(ctx: Context, project: int) -> int:
    return set_up_onboarding(ctx, ADMIN, project, training_items(), TERMS).training_project


def said(ctx: Context, training: int, right: list[bool]) -> list[Json]:
    """Answers on the first tasks of the training, as the plugin sends them."""
    answers = []
    for number, (task, is_right) in enumerate(zip(ctx.gateway.tasks(training), right, strict=False)):
        good_left = str(task.data["response_a"]).startswith("good")
        side = "left" if good_left == is_right else "right"
        created = f"2026-06-01T10:{number:02d}:00+00:00"
        answers.append({"id": 100 + number, "created_at": created, "result": fakes.result(side), "data": task.data})
    return answers


def told(ctx: Context, project: int, training: int, right: list[bool], *, user: int = 3) -> Told:
    return hear_of_newcomer(ctx, OnboardingRequest(project, user, said(ctx, training, right)))


def test_training_tells_what_was_expected_and_calibration_does_not(ctx: Context, project: int, training: int) -> None:
    tasks = list(ctx.gateway.tasks(training))
    for number, is_right in enumerate((True, False, True, False)):
        answer = told(ctx, project, training, [True, False, True, False][: number + 1])
        assert answer.feedback is not None
        assert answer.feedback.right is is_right
        good_left = str(tasks[number].data["response_a"]).startswith("good")
        assert answer.feedback.side == ("left" if good_left else "right")
        assert answer.feedback.explanation.startswith("why ")
        assert answer.feedback.excerpt.startswith("training question")
    for more in range(1, 10):
        told_now = json.dumps(to_dict(told(ctx, project, training, [True] * 4 + [False] * more)))
        assert "why " not in told_now
        assert "question" not in told_now
    assert {"left", "right"} == {t for t in ("left", "right") if any(good_left_side(task.data) == t for task in tasks)}


def good_left_side(data: Json) -> str:
    return "left" if str(data["response_a"]).startswith("good") else "right"


def test_who_passes_is_said_to_have_and_who_fails_twice_is_not(ctx: Context, project: int, training: int) -> None:
    assert told(ctx, project, training, [False] * 4 + [True] * 5).stage is Stage.PASSED
    second = told(ctx, project, training, [True] * 4 + [False] * 5, user=4)
    assert (second.stage, second.progress.left) == (Stage.CALIBRATION, 1)
    assert told(ctx, project, training, [True] * 4 + [False] * 10, user=4).stage is Stage.FAILED
    assert [(n.annotator, n.stage, n.tries, n.score) for n in newcomers_of(ctx, project)] == [
        ("3", Stage.PASSED, 1, 1.0),
        ("4", Stage.FAILED, 2, 0.0),
    ]
    for _ in range(2):
        told(ctx, project, training, [False] * 4 + [True] * 5)
    noted = [entry.what for entry in audit_log(ctx, project)]
    assert noted.count("newcomer passed") == noted.count("newcomer failed") == 1


def test_the_first_answer_counts_and_a_skip_is_wrong(ctx: Context, project: int, training: int) -> None:
    answers = said(ctx, training, [False])
    again = {**said(ctx, training, [True])[0], "id": 900}
    first = hear_of_newcomer(ctx, OnboardingRequest(project, 3, [*answers, again]))
    assert first.progress.done == 1
    assert first.feedback is not None
    assert not first.feedback.right
    skipped = hear_of_newcomer(ctx, OnboardingRequest(project, 4, [{**answers[0], "result": []}]))
    assert skipped.feedback is not None
    assert not skipped.feedback.right


def test_who_has_labelled_before_is_admitted_and_the_training_moves_no_figure(ctx: Context, project: int) -> None:
    gateway = fakes.gateway(ctx)
    fakes.deliver(ctx, gateway.annotate(next(iter(gateway.tasks(project))).id, 3, "left"))
    process(ctx, ADMIN, project)
    training = set_up_onboarding(ctx, ADMIN, project, training_items(), TERMS).training_project
    assert gateway.training[project] == (training, ["3"])
    assert gateway.policies[training] == {"corrections": False}
    before = scorecards.find(ctx.store, project, "3")
    told(ctx, project, training, [False] * 14)
    process(ctx, ADMIN, project, pull="all")
    assert scorecards.find(ctx.store, project, "3") == before
    assert scorecards.find(ctx.store, project, "4") is None


def test_nothing_of_the_project_is_given_away(ctx: Context, project: int) -> None:
    of_task = fakes.pair(0)
    ordinary = replace(
        training_items(1)[0], prompt=str(of_task["prompt"]), a=str(of_task["response_a"]), b=str(of_task["response_b"])
    )
    fakes.deliver(ctx, fakes.gateway(ctx).annotate(next(iter(ctx.gateway.tasks(project))).id, 3, "left"))
    process(ctx, ADMIN, project)
    for known, what in ((fakes.gold_pairs(1)[0], "gold"), (ordinary, "a task")):
        with pytest.raises(InputError, match=f"is {what} of the project, and newcomers would learn its answer"):
            set_up_onboarding(ctx, ADMIN, project, [*training_items(13), known], TERMS)
    with pytest.raises(InputError, match="stands twice"):
        set_up_onboarding(ctx, ADMIN, project, [*training_items(13), training_items(1)[0]], TERMS)
    assert onboarding.of_project(ctx.store, project) is None


def test_attached_again_the_same_items_take_new_terms_and_others_are_refused(
    ctx: Context, project: int, training: int
) -> None:
    report = set_up_onboarding(ctx, ADMIN, project, training_items(), replace(TERMS, pass_mark=0.6))
    assert report.training_project == training
    assert len(list(ctx.gateway.tasks(training))) == 14
    assert told(ctx, project, training, [False] * 4 + [True] * 3 + [False] * 2).stage is Stage.PASSED
    with pytest.raises(InputError, match="trains newcomers with other items already"):
        set_up_onboarding(ctx, ADMIN, project, training_items(prompt="another"), TERMS)


def test_detaching_serves_everybody_and_takes_the_training_away(ctx: Context, project: int, training: int) -> None:
    detaching.detach(ctx, ADMIN, project)
    assert fakes.gateway(ctx).training[project] == (None, [])
    assert onboarding.of_project(ctx.store, project) is None
    with pytest.raises(GatewayError):
        ctx.gateway.project(training)


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (None, "needs the Steadyhand plugin"),
        (PluginStatus("0.1.0", guard=False, training=True), "needs the guard"),
        (PluginStatus("0.0.9", guard=True, pauses=True), "too old for onboarding"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_made(
    ctx: Context, project: int, plugin: PluginStatus | None, message: str
) -> None:
    gateway = fakes.gateway(ctx)
    gateway.plugin_status = plugin
    with pytest.raises(GatewayError, match=message):
        set_up_onboarding(ctx, ADMIN, project, training_items(), TERMS)
    assert onboarding.of_project(ctx.store, project) is None


def test_a_project_without_onboarding_hears_of_nobody(ctx: Context, project: int) -> None:
    with pytest.raises(InputError, match="has no onboarding"):
        hear_of_newcomer(ctx, OnboardingRequest(project, 3, []))
