"""What the plugin puts into Label Studio's pages: small, and the same words in each language."""

import json
import re

import pytest

from ls_backend.programme.tips import TipKind
from ls_backend.store.records import UnclearReason
from ls_templates.plugin.protocol import STATIC

LANGUAGES = sorted(path.name.split(".")[1] for path in STATIC.glob("words.*.json"))
PLACE = re.compile(r"{(\w+)}")


def words(language: str) -> dict[str, object]:
    return dict(json.loads((STATIC / f"words.{language}.json").read_text(encoding="utf-8")))


def places(value: object) -> object:
    """The shape of some words: their names, and what is put into them."""
    return {k: places(v) for k, v in value.items()} if isinstance(value, dict) else sorted(PLACE.findall(str(value)))


def test_script_and_style_of_the_panel_are_under_25_kb() -> None:
    assert sum((STATIC / name).stat().st_size for name in ("panel.js", "panel.css")) < 25_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words(language: str) -> None:
    assert places(words(language)) == places(words("en"))
    assert words(language)["tips"].keys() == set(TipKind)  # type: ignore[attr-defined]
    assert words(language)["reasons"].keys() == set(UnclearReason)  # type: ignore[attr-defined]


def test_the_script_knows_every_language_and_says_only_words_that_there_are() -> None:
    script = (STATIC / "panel.js").read_text(encoding="utf-8")
    assert json.loads(re.findall(r"LANGUAGES = (\[.*?\])", script)[0]) == sorted(LANGUAGES, reverse=True)
    assert set(re.findall(r"\bwords\.(\w+)", script.replace("words.LANGUAGE", ""))) <= words("en").keys()
