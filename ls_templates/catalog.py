"""The labelling templates, and how a preference is read from each.

A :class:`Mapping` is all Steadyhand needs to know of a label config: the control that holds the answer, the two task
fields that hold the responses (swapping the two sides is swapping these two values), and what each value of the control
means. Users' own label configs are monitored by a mapping of their own; of other tasks than pairs it names the control alone.
"""

from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Mapping:
    """``values`` says for each answer of ``control`` how strongly it prefers the response in field ``left``: positive for
    it, negative for the one in ``right``, 0 for a tie. Other ``task`` s than pairs (choice, choices, rating, ranking, spans, boxes)
    have neither sides nor values; ``top`` is the highest rating."""

    control: str
    left: str = ""
    right: str = ""
    values: Values[str, int] = field(default_factory=dict)
    task: str = "pair"
    top: int = 0

    @property
    def flip(self) -> dict[str, str]:
        """The same task with its sides swapped takes each field's value from here."""
        return {self.left: self.right, self.right: self.left}


@dataclass(frozen=True, slots=True)
class Template:
    """A labelling template: its file, the task fields it shows and the mapping that reads it."""

    name: str
    title: str
    fields: tuple[str, ...]
    mapping: Mapping

    @property
    def config(self) -> str:
        """The label config, as Label Studio takes it."""
        return (HERE / f"{self.name}.xml").read_text(encoding="utf-8")


def _scale(steps: int) -> dict[str, int]:
    sides = {f"left:{n}": n for n in range(1, steps + 1)} | {f"right:{n}": -n for n in range(1, steps + 1)}
    return {**sides, "tie": 0}


def _template(name: str, title: str, values: dict[str, int]) -> Template:
    return Template(
        name=name,
        title=title,
        fields=("prompt", "response_a", "response_b"),
        mapping=Mapping("preference", "response_a", "response_b", values),
    )


CATALOG: dict[str, Template] = {
    t.name: t
    for t in (
        _template("pairwise", "Which of two responses is better, or a tie", {"left": 1, "right": -1, "tie": 0}),
        _template("pairwise_scale", "How much better, on five steps, with an optional reason", _scale(2)),
        _template("pairwise_scale_7", "How much better, on seven steps, with an optional reason", _scale(3)),
    )
}
