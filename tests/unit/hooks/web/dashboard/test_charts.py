"""Charts have room for what they show, whatever is shown."""

import re

import pytest

from hooks.web.dashboard.cells import shortened
from hooks.web.dashboard.charts import FRAMES, Bar, Line, counts, courses, interval_bars
from ls_backend.measurement.estimate import Estimate

KNOWN = Estimate(0.8, 0.5, 0.9, 20)
LONG_NAME = "bartholomaeus.maximilian.freiherr-von-und-zu-hohenstein@partners.example.com"
PLOT = re.compile(r'<g transform="translate\(([\d.]+), [\d.]+\)" class="plot"')
TEXT = re.compile(r"<text[^>]*>([^<]+)</text>")


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_a_long_name_leaves_the_bars_half_of_the_room(frame: object) -> None:
    number = FRAMES.index(frame)  # type: ignore[arg-type]
    drawn = interval_bars("Reputation", [Bar(LONG_NAME, KNOWN), Bar("bo@example.com", KNOWN)], scale=100)
    svg = re.findall(r"<svg.*?</svg>", drawn, re.DOTALL)[number]
    assert float(PLOT.findall(svg)[0]) < FRAMES[number].width / 2
    assert max(map(len, TEXT.findall(svg))) <= FRAMES[number].letters
    assert "bo@example.com" in svg


def test_a_pseudonym_is_cut_nowhere() -> None:
    assert {shortened("annotator-98b47034", frame.letters) for frame in FRAMES} == {"annotator-98b47034"}
    assert shortened("ada@example.com", 5) == "ada…"


def test_a_chart_of_nothing_is_no_chart() -> None:
    unknown = Estimate.unknown("no checks yet")
    assert interval_bars("Reputation", []) == ""
    assert courses("Weeks", ["2026-05-04"], [Line("Gold", [unknown]), Line("Self-consistency", [None])]) == ""
    assert counts("Items", ["0 to 20 %", "20 to 40 %"], [0, 0]) == ""


def test_dates_below_a_course_are_whole() -> None:
    weeks = [f"2026-05-{day:02}" for day in (4, 11, 18, 25)]
    for svg in re.findall(r"<svg.*?</svg>", courses("Weeks", weeks, [Line("Gold", [KNOWN] * 4)]), re.DOTALL):
        shown = [text for text in TEXT.findall(svg) if text.startswith("2")]
        assert set(shown) & set(weeks)
        assert "…" not in svg
