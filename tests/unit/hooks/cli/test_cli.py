import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hooks.cli import guides, ledger, main, monitoring, pilots, scoring, status
from ls_backend.label_studio.records import PluginStatus
from ls_backend.services.context import Context
from ls_backend.store.tables import pilots as pilots_table
from ls_templates.catalog import CATALOG
from tests import fakes

HEAD = "annotator,pair,left,answer,gold,lead_time_s,at,slice\n"


def call(*words: str, **more: str | bytes) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words), **more)  # type: ignore[arg-type]
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout if "--json" in words and not result.exit_code else result.output


def table(tmp_path: Path, rows: list[str]) -> str:
    path = tmp_path / "judgments.csv"
    path.write_text(HEAD + "".join(f"{r}\n" for r in rows))
    return str(path)


def work() -> list[str]:
    rows = [f"anna,p{n},a,{'left' if n % 2 else 'right'},{'a' if n % 2 else 'b'},5,," for n in range(20)]
    return rows + [f"anna,p{n},b,{'right' if n % 2 else 'left'},,5,," for n in range(10)]


def test_score_prints_every_field_as_promised(tmp_path: Path) -> None:
    code, out = call("score", table(tmp_path, work()), "--json")
    assert code == 0
    (card,) = json.loads(out)
    assert card["annotator"] == "anna"
    assert (card["judgments"], card["retests"]) == (30, 10)
    for name in ("self_consistency", "gold", "position_bias", "attentiveness", "reputation"):
        assert set(card[name]) == {"value", "low", "high", "n"}
    assert card["self_consistency"]["value"] == card["gold"]["value"] == 1.0
    assert card["currency"] == "EUR"
    assert isinstance(card["bonus_minor"], int)
    assert card["bonus_minor"] > 0
    assert card["reasons"]


@pytest.mark.parametrize(("command", "work_on_it"), [("score", "Scoring"), ("inspect", "Inspecting")])
def test_what_takes_long_shows_that_it_goes_on(tmp_path: Path, command: str, work_on_it: str) -> None:
    path = table(tmp_path, work())
    ours, theirs = os.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "hooks.cli", command, path], stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # so Linux says that the other end is closed
        while read := os.read(ours, 4096):
            shown += read
    os.close(ours)
    assert "anna" in run.communicate()[0]
    assert "Reading judgments ..." in shown.decode()
    assert f"{work_on_it} ..." in shown.decode()


def test_score_prints_a_table_for_people(tmp_path: Path) -> None:
    code, out = call("score", table(tmp_path, work()))
    assert code == 0
    assert "self-consistency" in out
    assert "anna: bonus: attentiveness" in out


def test_bad_rows_are_named_and_the_exit_code_says_so(tmp_path: Path) -> None:
    code, out = call("score", table(tmp_path, ["a,p,x,left,,,,"]))
    assert code == 1
    assert "line 2: left is 'x'" in out
    code, out = call("score", str(tmp_path / "nowhere.csv"))
    assert (code, "can't be read" in out) == (1, True)
    (tmp_path / "latin").write_bytes(b"\xff\xfe\xe9")
    assert "not UTF-8" in call("score", str(tmp_path / "latin"))[1]


def test_files_that_programs_wrote_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "judgments"
    path.write_text("annotator\titem\tanswer\nx\ti\tcat\n", encoding="utf-16")
    assert json.loads(call("score", str(path), "--json")[1])[0]["judgments"] == 1
    path.write_bytes(b"PK\x03\x04")
    assert "save the file as CSV" in call("score", str(path))[1]
    code, out = call("score", "-", input=b"annotator,item\xff\n")
    assert (code, "not UTF-8" in out) == (1, True)


@pytest.mark.parametrize("command", [("score",), ("inspect",), ("export", "--out", "never")])
def test_a_dry_run_shows_how_a_file_was_understood_and_computes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(scoring, "scorecards", None)
    path = tmp_path / "judgments.csv"
    path.write_text("worker,task,label,note\n" + "x,i,cat,n\n" * 2 + "y,i,,n\n")
    code, out = call(*command, str(path), "--dry-run")
    assert code == 0
    fields = [line.split() for line in out.splitlines() if line.split()[:1] in (["worker"], ["label"])]
    assert fields == [["worker", "annotator"], ["label", "answer"]]
    assert "columns that are not read: note" in out
    assert '{"choice":"cat"}' in out
    assert "3 rows or annotations: 2 judgments by 1 annotators on 1 items, 1 of them retests" in out
    told = json.loads(call(*command, str(path), "--dry-run", "--json")[1])
    assert (told["given"], told["judgments"], told["reading_notes"][0]["rows"]) == (3, 2, 0)
    assert sum(note["rows"] for note in told["reading_notes"]) == 1
    assert [use["use"] for use in told["fields"]] == ["annotator", "item", "answer", ""]


def test_how_a_file_was_read_is_said_beside_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "judgments.csv"
    path.write_text("worker,task,label\n" + "x,i,cat\n" * 2)
    said = "understood: read as a table of crowd-kit: annotator: worker; item: task; answer: label"
    assert said in call("score", str(path))[1]
    assert said in call("inspect", str(path))[1]
    as_json = CliRunner().invoke(main, ["score", str(path), "--json"])
    assert len(json.loads(as_json.stdout)) == 1
    assert said in as_json.stderr
    notes = json.loads(call("inspect", str(path), "--json")[1])["reading_notes"]
    assert [note["kind"] for note in notes] == ["understood", "warning"]
    named = ["--columns", "annotator=worker, item=task,answer=label", "--answers", "choice"]
    assert call("score", str(path), *named)[0] == 0
    assert "does not say which column is which" in call("score", str(path), "--columns", "worker")[1]


def test_words_for_answers_are_given_as_a_team_has_them(tmp_path: Path) -> None:
    path = tmp_path / "judgments.csv"
    path.write_text("annotator,pair,left,answer\nx,p,a,First better\nx,q,a,same\n")
    refused, said = call("score", str(path))
    assert (refused, "--words 'First better=SIDE'" in said) == (1, True)
    assert call("score", str(path), "--words", "First better=left:2, SAME=tie")[0] == 0
    assert "--words: 'lft' is not an answer" in call("score", str(path), "--words", "same=lft")[1]
    assert "--words: 'same' does not say what a word means" in call("score", str(path), "--words", "same")[1]


def test_standard_input_works() -> None:
    code, out = call("score", "-", "--json", input=HEAD + "a,p,a,left,,,,\n")
    assert (code, json.loads(out)[0]["judgments"]) == (0, 1)


def test_the_example_contract_and_the_templates_are_printed(tmp_path: Path) -> None:
    example = tmp_path / "c.toml"
    example.write_text(call("contract")[1])
    assert call("score", table(tmp_path, work()), "--contract", str(example))[0] == 0
    assert "pairwise_scale" in call("templates")[1]
    assert "the rating all in all; not the other axes" in call("templates")[1]
    for name, template in CATALOG.items():
        printed = call("templates", name)[1]
        assert printed.strip() == template.label_config.strip()
        assert ".pair-side {" in printed, "with its style"


def test_what_the_environment_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "STEADYHAND_SECRET"):
        monkeypatch.delenv(name, raising=False)
    code, out = call("status")
    assert code == 1
    assert "LABEL_STUDIO_API_KEY" in out


def test_a_label_studio_that_cannot_be_reached_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "k" * 40)
    monkeypatch.setenv("STEADYHAND_SECRET", "s" * 32)
    monkeypatch.setenv("STEADYHAND_DATABASE_URL", f"sqlite:///{tmp_path / 'store'}")
    contract = tmp_path / "c.toml"
    contract.write_text(call("contract")[1])
    code, out = call("attach", "--project", "1", "--contract", str(contract))
    assert code == 1
    assert "can't be reached" in out
    assert "LABEL_STUDIO_URL" in out
    assert call("status")[1].strip().endswith("starts it")


def model(tmp_path: Path) -> str:
    path = tmp_path / "model.toml"
    path.write_text(call("contract", "model")[1])
    return str(path)


def test_contract_solve_prints_what_was_promised(tmp_path: Path) -> None:
    for kind in ("linear", "binary"):
        code, out = call("contract", "solve", model(tmp_path), "--kind", kind, "--n", "100", "--json")
        assert code == 0
        found = json.loads(out)
        assert {"first_best", "kind", "n", "contract", "effort", "value", "gap"} <= set(found)
        assert found["gap"] == pytest.approx(found["first_best"]["value"] - found["value"])
        assert (found["kind"], found["n"]) == (kind, 100)


def test_contract_rates_prints_both_laws_and_draws(tmp_path: Path) -> None:
    figure = tmp_path / "rates.svg"
    code, out = call("contract", "rates", model(tmp_path), "--figure", str(figure), "--json")
    assert code == 0
    found = json.loads(out)
    assert found["n"][0] == 25
    assert found["n"][-1] == 6400
    assert found["law"]["linear"]["slope"] == pytest.approx(-1, abs=0.02)
    assert figure.read_text().startswith("<?xml")
    code, out = call("contract", "rates", "--figure", "x.bmp")
    assert code == 1
    assert "written as .png or .svg" in out


def test_contract_explain_and_the_example_go_together(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(call("contract")[1])
    code, out = call("contract", "explain", str(path))
    assert code == 0
    assert "Examples, for 200 answers" in out
    path.write_text(path.read_text().replace("full = 0.95", "full = 0.2"))
    code, out = call("contract", "explain", str(path))
    assert code == 1
    assert "must be above start" in out


def test_simulate_prints_pay_by_type_and_draws(tmp_path: Path) -> None:
    figure = tmp_path / "trial.png"
    words = ("simulate", "--annotators", "13", "--labels", "60", "--seeds", "1", "--retest-rate", "0.1")
    code, out = call(*words, "--figure", str(figure))
    assert code == 0
    assert "pay by type" in out
    assert figure.stat().st_size > 10_000


def test_plan_prints_what_was_promised() -> None:
    words = ("plan", "--eta0", "0.4", "--eta1", "0.9", "--q", "0.5")
    code, out = call(*words, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["self_consistency"] == {"n": 97, "threshold": 61}
    assert set(found["expert"]) == {"n", "threshold"}
    assert found["fisher"]["self_consistency"] == found["fisher"]["eta1"]["self_consistency"]
    code, out = call(*words, "--q-decided", "0.92", "--json")
    assert json.loads(out)["self_consistency_focused"] == {"n": 35, "threshold": 25}
    code, out = call(*words, "--q-decided", "0.3")
    assert code == 1
    assert "give a q of decided pairs from 0.5 to 1.00" in out
    code, out = call(*words, "--labels", "200", "--annotators", "40")
    assert code == 0
    assert "labels spent" in out
    code, out = call(*words, "--labels", "200")
    assert code == 1
    assert "give --labels and --annotators together" in out
    code, out = call("plan", "--eta0", "0.9", "--eta1", "0.4", "--q", "0.5")
    assert code == 1
    assert "give eta1 above eta0" in out


@pytest.mark.slow
def test_studies_print_tables_and_draw(tmp_path: Path) -> None:
    figure = tmp_path / "d.svg"
    words = ("study", "detection", "--seeds", "2", "--no-peers", "--retest-rate", "0.1", "--figure", str(figure))
    code, out = call(*words, "--json")
    assert code == 0
    assert len(json.loads(out)["rows"]) == 3 + 3 * 4, "three methods; three costs by four kinds of pairs"
    drawn = figure.read_bytes()
    call(*words)
    assert figure.read_bytes() == drawn, "the same figure is the same file"
    for name in ("consensus", "coverage", "alarms", "drift", "flags", "schemes"):
        code, out = call("study", name, "--seeds", "1")
        assert code == 0
        assert "1 seed." in out


def others(tmp_path: Path) -> str:
    """Two annotators of sentiments, one of whom answers by the number and one at random, with retests."""
    rng, lines = np.random.default_rng(1), ["annotator,item,answer,gold"]
    for n in [*range(60), *range(30)]:
        truth = "good" if n % 2 else "bad"
        known = truth if n >= 45 else ""
        lines += [f"ann,i{n},{truth},{known}", f"bob,i{n},{rng.choice(['good', 'bad'])},{known}"]
    path = tmp_path / "others.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_other_tasks_are_scored_and_inspected(tmp_path: Path) -> None:
    code, out = call("score", others(tmp_path), "--json")
    assert code == 0
    ann, bob = json.loads(out)
    assert (ann["retests"], ann["self_consistency"]["value"], ann["anchor"]) == (30, 1.0, "gold")
    assert ann["reputation"]["low"] > bob["reputation"]["high"]
    assert ann["position_bias"]["value"] is None
    assert abs(bob["kappa"]["value"]) < 0.5 < ann["kappa"]["value"]
    code, out = call("inspect", others(tmp_path), "--json")
    assert code == 0
    assert {a["annotator"]: a["alarm"] for a in json.loads(out)["annotators"]} == {"ann": False, "bob": True}
    assert call("inspect", others(tmp_path))[0] == 0


def test_what_the_scale_rests_on_can_be_said(tmp_path: Path) -> None:
    rows = [
        f"{who},p{n % 40},{'ab'[n >= 40]},{side},,,,"
        for who in "xyz"
        for n in range(80)
        for side in [("left", "right")[n >= 40]]
    ]
    for flags, anchor in (([], "none"), (["--q", "0.7"], "given"), (["--best"], "best")):
        code, out = call("score", table(tmp_path, rows), "--json", *flags)
        assert code == 0
        assert {c["anchor"] for c in json.loads(out)} == {anchor}
    assert call("score", table(tmp_path, rows), "--half-life", "20")[0] == 0


def test_inspect_wants_a_file_or_a_project(tmp_path: Path) -> None:
    code, out = call("inspect")
    assert code == 1
    assert "either a FILE or --project" in out


def test_inspect_looks_closely(tmp_path: Path) -> None:
    rows = work() + [f"left,p{n},{'ab'[n % 2]},left,,5,," for n in range(30)]
    code, out = call("inspect", table(tmp_path, rows), "--json")
    assert code == 0
    found = json.loads(out)
    assert {"agreement", "pairwise", "decidedness", "gold", "flags", "annotators", "knowable", "reading_notes"} | {
        "by_lag",
        "decided_by",
        "grouped_q",
    } == set(found)
    assert ("left", "one side") in {(f["annotator"], f["flag"]) for f in found["flags"]}
    code, out = call("inspect", table(tmp_path, rows))
    assert "Krippendorff" in out
    code, out = call("inspect", table(tmp_path, []))
    assert code == 0


def many_annotators(tmp_path: Path) -> str:
    """Thirty annotators with sixty retests each, of whom the last always takes the left side."""
    rows = []
    for n in range(30):
        for lap in ("a", "b"):
            for k in range(60):
                side = "left" if n == 29 else ("right", "left")[(k % 2 == 0) == (lap == "a")]
                rows.append(f"ann{n:02},p{k},{lap},{side},{'ab'[k % 2] if k < 9 else ''},,,")
    return table(tmp_path, rows)


def named(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines() if line.startswith("ann") and not line.startswith("annotator")]


def test_score_shows_a_screenful_and_all_where_asked(tmp_path: Path) -> None:
    path = many_annotators(tmp_path)
    code, out = call("score", path)
    assert code == 0
    assert [name for name in named(out) if not name.endswith(":")] == [f"ann{n:02}" for n in range(20)]
    assert "... and 10 more annotators; --all shows them, --json has every figure." in out
    code, everything = call("score", path, "--all")
    assert [name for name in named(everything) if not name.endswith(":")] == [f"ann{n:02}" for n in range(30)]
    assert "more annotators" not in everything
    assert len(json.loads(call("score", path, "--json")[1])) == 30


def test_inspect_never_drops_an_alarm(tmp_path: Path) -> None:
    path = many_annotators(tmp_path)
    (alarmed,) = [a["annotator"] for a in json.loads(call("inspect", path, "--json")[1])["annotators"] if a["alarm"]]
    assert alarmed == "ann29"
    code, out = call("inspect", path)
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("ann29") and line.endswith("ALARM")]
    assert "... and 9 more annotators" in out


@pytest.fixture
def attached(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> int:
    """A monitored project with 25 annotators, which commands find in the environment."""
    for module in (guides, monitoring, ledger, pilots, scoring, status):
        monkeypatch.setattr(module, "service_context", lambda: ctx)
    project = fakes.attach(ctx, tasks=4, gold=2, routing="everyone", annotators=2)
    gateway = fakes.gateway(ctx)
    for annotator in range(2, 27):
        for task in list(gateway.tasks(project)):
            ctx.clock.now += 60  # type: ignore[attr-defined]
            fakes.deliver(ctx, gateway.annotate(task.id, annotator, "left"))
    return project


def test_status_says_how_a_project_stands_and_what_needs_attention(attached: int) -> None:
    assert call("reconcile", "--project", str(attached))[0] == 0
    code, out = call("status", "--project", str(attached))
    assert code == 0
    assert out.startswith(f"Project {attached} (Pairs) in http://label-studio.test\n  routing: everyone, no plugin\n")
    assert "  ! The guard is off: every member can read gold" in out
    (project,) = json.loads(call("status", "--json")[1])
    assert project["project"] == attached
    assert project["attention"]


def test_an_annotator_is_paused_and_served_again(attached: int, ctx: Context) -> None:
    whom = ("--project", str(attached), "--annotator", "3")
    code, out = call("pause", *whom, "--reason", "until Friday")
    assert (code, "Pausing needs the Steadyhand plugin" in out) == (1, True)
    fakes.gateway(ctx).plugin_status = PluginStatus("0.1.0", guard=True, pauses=True)
    said = [call("pause", *whom, "--reason", "until Friday")[1] for _ in range(2)]
    assert said == [
        f"Annotator 3 is paused (until Friday) in project {attached}.\n",
        f"Annotator 3 is paused (until Friday) in project {attached}, as before.\n",
    ]
    assert "! Paused: annotator 3 (until Friday)." in call("status", "--project", str(attached))[1]
    report = json.loads(call("resume", *whom, "--reason", "we talked", "--json")[1])
    assert report == {"project": attached, "annotator": "3", "reason": None, "changed": True}
    assert "resumed (annotator: 3, reason: we talked)" in call("audit", "--project", str(attached))[1]


def test_a_guide_is_published_from_a_file_and_printed(attached: int, tmp_path: Path) -> None:
    at = ("--project", str(attached))
    code, out = call("guide", *at)
    assert (code, "has no guide; publish one by" in out) == (1, True)
    text = tmp_path / "guide.md"
    text.write_text(call("guide", "--example")[1])
    said = [call("guide", *at, str(text))[1] for _ in range(2)]
    assert said == [
        f"Project {attached}: version 1 of the guide is published.\n",
        f"Project {attached}: this is version 1 of the guide already.\n",
    ]
    assert call("guide", *at)[1].strip() == text.read_text().strip()
    assert json.loads(call("guide", *at, "--json")[1])["version"] == 1
    assert "give --project ID" in call("guide")[1]


def test_a_guide_is_asked_to_be_read_with_a_file_or_as_it_is(attached: int, ctx: Context, tmp_path: Path) -> None:
    at, text = ("--project", str(attached)), tmp_path / "guide.md"
    text.write_text("Read both.")
    fakes.gateway(ctx).plugin_status = PluginStatus("0.1.0", guard=True, pauses=True, guides=True)
    assert call("guide", *at, str(text), "--to-be-read") == (
        0,
        f"Project {attached}: version 1 of the guide is published.\nVersion 1 is to be read before annotators go on.\n",
    )
    assert json.loads(call("guide", *at, "--json")[1])["required"] is True
    assert call("guide", *at, "--not-to-be-read")[1] == (
        f"Project {attached}: this is version 1 of the guide already.\n"
        "No version has to be read any more before annotators go on.\n"
    )
    fakes.gateway(ctx).plugin_status = None
    said = call("guide", *at, "--to-be-read")[1]
    assert "! They are served tasks all the same. Keeping annotators from tasks needs the Steadyhand plugin" in said


def test_attaching_with_onboarding_says_who_passes_by_guessing(attached: int, ctx: Context, tmp_path: Path) -> None:
    items, contract = tmp_path / "items.jsonl", tmp_path / "contract.toml"
    contract.write_text(fakes.CONTRACT)
    items.write_text(
        "\n".join(
            json.dumps({"prompt": f"lesson {n}", "response_a": f"x{n}", "response_b": f"y{n}", "gold": "a"})
            for n in range(20)
        )
    )
    command = ("attach", "--project", str(attached), "--contract", str(contract), "--onboarding", str(items))
    assert "needs the Steadyhand plugin" in call(*command)[1]
    fakes.gateway(ctx).plugin_status = PluginStatus("0.1.0", guard=True, pauses=True, training=True)
    assert "20 onboarding items are too few for 4 tries" in call(*command, "--onboarding-tries", "4")[1]
    routed = (*command, "--routing", "everyone")
    assert "Newcomers are trained" not in call(*routed, "--dry-run")[1]
    assert fakes.gateway(ctx).training == {}
    code, out = call(*routed)
    assert code == 0
    assert "6 items with feedback, then up to 2 calibrations of 7 items, passed at 80%" in out
    assert "guesses passes with a chance of 12%" in out
    assert json.loads(call(*routed, "--json")[1])["onboarding"]["terms"]["calibration"] == 7


def test_attaching_with_a_project_of_experts_says_what_became_gold(attached: int, ctx: Context, tmp_path: Path) -> None:
    contract = tmp_path / "contract.toml"
    contract.write_text(fakes.CONTRACT)
    experts = fakes.project(ctx, tasks=2)
    for task in list(ctx.gateway.tasks(experts)):
        fakes.gateway(ctx).annotate(task.id, 40, "left" if task.data["prompt"] == "question 0" else "tie")
    command = ("attach", "--project", str(attached), "--contract", str(contract), "--dry-run", "--gold")
    code, out = call(*command, f"project:{experts}")
    assert code == 0
    assert f"Gold of the experts in project {experts}: 1 item; left out: 1 item that is a tie to them." in out
    assert "names no project; write its number" in call(*command, "project:x")[1]
    score = call("score", str(contract), "--gold", "project:7")
    assert (score[0], "is for a project that is attached" in score[1]) == (1, True)


def test_audit_says_who_did_what_newest_first(attached: int, ctx: Context) -> None:
    gateway = fakes.gateway(ctx)
    ctx.clock.now += 60  # type: ignore[attr-defined]
    body = gateway.annotate(next(iter(gateway.tasks(attached))).id, 3, "left", by=5)
    fakes.deliver(ctx, body)
    assert call("reconcile", "--project", str(attached))[0] == 0
    code, out = call("audit", "--project", str(attached))
    assert code == 0
    heading, _, first, last = out.strip().splitlines()
    assert heading.split() == ["when", "who", "what"]
    number = body["annotation"]["id"]
    assert (
        f"user 5             interference (annotation: {number}, annotator: 3, interference: made in another" in first
    )
    assert "user1@example.com  attached (contract: test-1, routing: everyone)" in last
    entries = json.loads(call("audit", "--project", str(attached), "--json")[1])
    assert [(e["actor"], e["what"]) for e in entries] == [("user 5", "interference"), (fakes.ADMIN.name, "attached")]
    assert call("audit", "--project", "99")[0] == 1


def test_settle_shows_a_screenful_with_all_warnings(attached: int) -> None:
    words = ("settle", "--project", str(attached), "--period", "all", "--preview")
    result = json.loads(call(*words, "--json")[1])
    assert len(result["entries"]) == 25
    code, out = call(*words)
    assert code == 0
    assert "... and 5 more lines; --all shows them" in out
    assert result["signatures"]
    assert all(f"! {sign['name']}: {sign['says']}" in out for sign in result["signatures"])
    assert "more lines" not in call(*words, "--all")[1]


def test_a_pilot_is_peeked_at_without_a_decision_and_looked_at_with_one(
    ctx: Context, attached: int, tmp_path: Path
) -> None:
    contracts = {"--a": fakes.CONTRACT, "--b": fakes.CONTRACT.replace("test-1", "b-1")}
    words = ["pilot", "start", "--project", str(attached), "--name", "spring"]
    for option, text in contracts.items():
        (tmp_path / option[2:]).write_text(text)
        words += [option, str(tmp_path / option[2:])]
    assert call(*words)[0] == 0
    of_pilot = ("--project", str(attached), "--name", "spring")
    code, out = call("pilot", "peek", *of_pilot)
    assert code == 0
    assert out.startswith("Pilot spring so far (a peek: not counted, and it decides nothing):\nQuality: A ")
    peek = json.loads(call("pilot", "peek", *of_pilot, "--json")[1])
    assert (peek["look"], peek["level"], peek["quality"]["low"]) == (None, None, None)
    code, out = call("pilot", "look", *of_pilot)
    assert (code, "a look would use up a part of the error" in out) == (1, True)
    assert call("reconcile", "--project", str(attached))[0] == 0
    ctx.store.execute(sa.update(pilots_table).values(started_at=0.0))  # so that there is something to see
    assert call("pilot", "look", *of_pilot)[1].startswith("Pilot spring, look 1 (interval at")
    assert json.loads(call("pilot", "look", *of_pilot, "--json")[1])["look"] == 2


def test_margins_in_a_file_are_used_and_said(tmp_path: Path) -> None:
    rows = ["annotator,pair,left,answer,margin\n"]
    rows += [f"anna,p{n},a,left,{n}\n" for n in range(20)] + [f"anna,p{n},b,right,{n}\n" for n in (19, 18, 3)]
    path = tmp_path / "margins.csv"
    path.write_text("".join(rows))
    code, out = call("score", str(path), "--json")
    assert code == 0
    (card,) = json.loads(out)
    assert (card["retests"], card["retests_decided"], card["decided_by"]) == (3, 2, "margin")
    assert "2 of 3 retests are of pairs taken for decided, by the margin in the data" in call("score", str(path))[1]
    said = call("inspect", str(path))[1]
    assert "Retests of pairs taken for decided, by the margin in the data: q" in said
    assert "on close pairs" in said
    both = call("attach", "--project", "1", "--contract", "x", "--margin-field", "a", "--score-fields", "a,b")
    assert both[0] == 1
    assert "give one of --margin-field, --score-fields and --margin-model" in both[1]
