import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hooks.cli import main

HEAD = "annotator,pair,left,answer,gold,lead_time_s,at,slice\n"


def call(*words: str, **more: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words), **more)  # type: ignore[arg-type]
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


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


def test_standard_input_works() -> None:
    code, out = call("score", "-", "--json", input=HEAD + "a,p,a,left,,,,\n")
    assert (code, json.loads(out)[0]["judgments"]) == (0, 1)


def test_the_example_contract_and_the_templates_are_printed(tmp_path: Path) -> None:
    example = tmp_path / "c.toml"
    example.write_text(call("contract")[1])
    assert call("score", table(tmp_path, work()), "--contract", str(example))[0] == 0
    assert "pairwise_scale" in call("templates")[1]
    assert call("templates", "pairwise")[1].startswith("<View>")


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
