"""Charts as SVG, drawn here on the server; the page's style sheet colours them, so that they follow light and dark.

They are drawn by pygal: 0.6 MB, 5 ms a chart, and plain SVG with a class on each element. Altair with vl-convert was tried beside it:
84 MB and 240 ms a chart, too slow for a page with three of them. pygal's own script, styles and hover titles are taken out, so that a page needs no
inline script; what a chart says stands in its label and in the table beside it.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from markupsafe import Markup, escape
from pygal.style import Style

from hooks.web.dashboard.cells import shortened
from ls_backend.measurement.estimate import Estimate

# pygal hooks into imports, for maps that we do not use, in a way that Python 3.11 warns of at each import that fails
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

ROW_HEIGHT = 24
MEASURES = Style(font_family="sans-serif", label_font_size=13, major_label_font_size=13)  # to make room for the names
LEFT_OUT = re.compile(r"<!--.*?-->|<(script|style|title)\b.*?</\1>", re.DOTALL)
STYLE_ATTRIBUTE = re.compile(r' style="[^"]*"')
OPENING = re.compile(r"<svg [^>]*>")


@dataclass(frozen=True, slots=True)
class Frame:
    """A width that a chart is drawn for: ``name`` is its class in the style sheet, which shows the one that fits; names are cut after
    ``letters``, and a pseudonym is not."""

    name: str
    width: int
    letters: int


FRAMES = (Frame("wide", 720, 40), Frame("narrow", 350, 19))
LABEL_WIDTH = 80  # of a date or a range below a chart


@dataclass(frozen=True, slots=True)
class Bar:
    """A named estimate, and the page it leads to."""

    name: str
    estimate: Estimate
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A named course: an estimate for each step, None where there is none."""

    name: str
    estimates: Sequence[Estimate | None]


def interval_bars(label: str, bars: Sequence[Bar], *, scale: float = 1.0, top: float = 100.0) -> Markup:
    """A bar with its interval for each estimate, the first on top; values times ``scale`` on 0 to ``top``. "" without any."""
    if not bars:
        return Markup("")

    def draw(frame: Frame) -> Any:
        chart = pygal.HorizontalBar(
            **_options(frame, height=ROW_HEIGHT * len(bars) + 60), range=(0, top), spacing=6, show_legend=False
        )
        chart.x_labels = [
            shortened(bar.name, frame.letters) for bar in reversed(bars)
        ]  # pygal cuts no names beside bars
        chart.add("", [_point(bar.estimate, scale, bar.link) for bar in reversed(bars)])
        return chart

    return _drawn(draw, label)


def courses(label: str, steps: Sequence[str], lines: Sequence[Line], *, scale: float = 100.0) -> Markup:
    """Estimates over time, with their intervals; values times ``scale`` on 0 to 100. Each line has a place of its own at a step, so that
    intervals do not cover each other. "" where no estimate is known."""
    if not any(estimate is not None and estimate.value is not None for line in lines for estimate in line.estimates):
        return Markup("")
    places = len(lines) + 1

    def draw(frame: Frame) -> Any:
        chart = pygal.Line(
            **_options(frame, height=260),
            margin_right=40,
            range=(0, 100),
            legend_at_bottom=True,
            legend_at_bottom_columns=len(lines) if frame.width > 500 else 1,
            truncate_legend=-1,
            dots_size=3,
        )
        chart.x_labels = [label for step in _sparse(steps, frame) for label in (step, *[""] * (places - 1))]
        for place, line in enumerate(lines):
            points: list[dict[str, Any] | None] = [None] * (places * len(steps))
            points[place::places] = [None if e is None else _point(e, scale, None) for e in line.estimates]
            chart.add(line.name, points)
        return chart

    return _drawn(draw, label)


def counts(label: str, steps: Sequence[str], values: Sequence[float], *, unit: str = "") -> Markup:
    """How often each of some values or ranges occurs; "" where none does."""
    if not any(values):
        return Markup("")

    def draw(frame: Frame) -> Any:
        chart = pygal.Bar(**_options(frame, height=220), show_legend=False, spacing=2)
        chart.x_labels = _sparse(steps, frame)
        chart.add(unit, [{"value": value, "label": step} for step, value in zip(steps, values, strict=True)])
        return chart

    return _drawn(draw, label)


def _sparse(steps: Sequence[str], frame: Frame) -> list[str]:
    """Labels of the steps, no more than fit beside each other; "" for the others."""
    wide = 10 + max((7 * len(step) for step in steps), default=0)
    every = max(1, -(-len(steps) * min(wide, LABEL_WIDTH) // (frame.width - 60)))
    return [step if n % every == 0 else "" for n, step in enumerate(steps)]


def _options(frame: Frame, *, height: int) -> dict[str, Any]:
    return {
        "width": frame.width,
        "height": height,
        "js": [],
        "css": [],
        "disable_xml_declaration": True,
        "margin": 6,
        "print_values": False,
        "truncate_label": frame.letters,
        "style": MEASURES,
    }


def _point(estimate: Estimate, scale: float, link: str | None) -> dict[str, Any] | None:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    point: dict[str, Any] = {
        "value": scale * estimate.value,
        "ci": {"low": scale * estimate.low, "high": scale * estimate.high},
        "label": f"{scale * estimate.low:.0f} to {scale * estimate.high:.0f}, n = {estimate.n}",
    }
    if link:
        point["xlink"] = {"href": link, "target": "_self"}
    return point


def _drawn(draw: Callable[[Frame], Any], label: str) -> Markup:
    """The chart in each width."""
    return Markup("").join(_svg(draw(frame), label, frame) for frame in FRAMES)


def _svg(chart: Any, label: str, frame: Frame) -> Markup:
    """The chart as an image with a name. What pygal writes is its own; names inside are escaped by it."""
    svg = STYLE_ATTRIBUTE.sub("", LEFT_OUT.sub("", chart.render(is_unicode=True)))
    has_links = "<a " in svg
    role = "group" if has_links else "img"
    opening = f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg" class="chart {frame.name}" role="{role}" '
    opening += f'aria-label="{escape(label)}" viewBox="0 0 {chart.config.width} {chart.config.height}">'
    return Markup(OPENING.sub(lambda _: opening, svg, count=1))  # noqa: S704  (pygal escapes; the label is escaped here)
