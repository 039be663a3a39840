"""The demo's parts that need no servers: what is true, and how results are read and reported."""

import json

import pytest

from hooks.demo.results import SimulatedAnnotator, read_results, results_report
from hooks.demo.run import HERE
from hooks.demo.truth import Truth, margin_of
from hooks.report.layout import plain_text
from ls_backend.formats.pairs import read_pairs
from ls_backend.records import to_dict
from ls_backend.services.context import Context
from ls_backend.services.processing import process
from ls_backend.services.write_back import write_back
from ls_backend.simulation.project import steady
from tests import fakes
from tests.fakes import ADMIN


def test_preferences_do_not_depend_on_the_side_and_a_minority_has_the_opposite_taste() -> None:
    lines = [{"prompt": f"question {n}", "response_a": "one", "response_b": "other"} for n in range(200)]
    lines.append({"prompt": "known", "response_a": "right", "response_b": "wrong", "gold": "a"})
    *pairs, known_pair = read_pairs("\n".join(map(json.dumps, lines)), source="pairs")
    gold = [known_pair]
    truth = Truth(pairs, gold, seed=1)
    person, opposed = steady("careful", 1.0), steady("minority", 1.0, opposed=1.0)
    for pair in pairs:
        data = {"prompt": pair.prompt, "response_a": pair.a, "response_b": pair.b}
        swapped = {"prompt": pair.prompt, "response_a": pair.b, "response_b": pair.a}
        p = truth.p_left(data, person, "ann")
        assert min(p, 1 - p) > 0.01
        assert abs(p + truth.p_left(swapped, person, "ann") - 1) < 1e-12
        assert abs(p + truth.p_left(data, opposed, "ann") - 1) < 1e-12
    known = {"prompt": "known", "response_a": "right", "response_b": "wrong"}
    assert truth.p_left(known, person, "ann") == truth.p_left(known, opposed, "ann") == 1.0


def test_a_margin_tells_what_the_majority_prefers_and_which_pairs_are_close() -> None:
    margins = [3.0, -3.0, 0.1]
    lines = [{"prompt": f"question {m}", "response_a": "one", "response_b": "other", "margin": m} for m in margins]
    pairs = read_pairs("\n".join(map(json.dumps, lines)), source="pairs")
    assert [margin_of(pair) for pair in pairs] == margins
    truth, person = Truth(pairs, [], seed=1), steady("careful", 1.0)
    data = [{"prompt": pair.prompt, "response_a": pair.a, "response_b": pair.b} for pair in pairs]
    likes_first, likes_second, close = (truth.p_left(row, person, "ann") for row in data)
    assert likes_first == pytest.approx(1 - likes_second)
    assert likes_first > close > 0.5


def test_every_pair_of_the_sample_has_a_margin_and_gold_agrees_with_its_sign() -> None:
    pairs = read_pairs((HERE / "sample.jsonl").read_text(encoding="utf-8"), source="sample")
    margins = [margin_of(pair) for pair in pairs]
    assert None not in margins
    assert all(
        pair.gold in (None, 1 if margin > 0 else -1) for pair, margin in zip(pairs, margins, strict=True) if margin
    )


def test_results_are_counted_on_both_sides_and_stand_beside_the_truth(ctx: Context) -> None:
    project = fakes.attach(ctx, tasks=6, gold=2, routing="everyone", annotators=2)
    gateway = fakes.gateway(ctx)
    for task in list(gateway.tasks(project)):
        ctx.clock.now += 60  # type: ignore[attr-defined]
        fakes.deliver(ctx, gateway.annotate(task.id, 7, "left"))
    process(ctx, ADMIN, project)
    write_back(ctx, ADMIN, project)
    results = read_results(
        ctx, project, {"7": SimulatedAnnotator("careful", 0.97), "8": SimulatedAnnotator("new", 0.5)}
    )
    written = to_dict(results)
    assert list(written) == ["label_studio", "annotators", "events", "seeds", "writeback"]
    assert written["label_studio"]["annotations"] == written["events"]["applied"] > 0
    assert written["events"]["lost"] == 0
    (annotator,) = written["annotators"]
    assert (annotator["annotator"], annotator["kind"], annotator["true_eta"]) == (
        ctx.settings.pseudonym("7"),
        "careful",
        0.97,
    )
    assert written["seeds"] == {"gold": 2, "retests": written["seeds"]["retests"], "routing": "everyone"}
    text = plain_text(results_report(results))
    assert "true eta" in text
    assert f"Label Studio counts {results.label_studio.annotations} annotations" in text
