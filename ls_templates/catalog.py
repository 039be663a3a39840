"""The labelling templates, and how a preference is read from each."""

from dataclasses import dataclass
from pathlib import Path

from ls_templates.mapping import AnswerMapping

LABEL_CONFIGS = Path(__file__).parent / "label_configs"


@dataclass(frozen=True, slots=True)
class Template:
    """A labelling template: its file, the task fields it shows and the mapping that reads it."""

    name: str
    title: str
    fields: tuple[str, ...]
    mapping: AnswerMapping

    @property
    def label_config(self) -> str:
        """The label config, as Label Studio takes it."""
        return (LABEL_CONFIGS / f"{self.name}.xml").read_text(encoding="utf-8")


def _scale(steps: int) -> dict[str, int]:
    sides = {f"left:{n}": n for n in range(1, steps + 1)} | {f"right:{n}": -n for n in range(1, steps + 1)}
    return {**sides, "tie": 0}


def _template(name: str, title: str, values: dict[str, int]) -> Template:
    return Template(
        name=name,
        title=title,
        fields=("prompt", "response_a", "response_b"),
        mapping=AnswerMapping("preference", "response_a", "response_b", values),
    )


CATALOG: dict[str, Template] = {
    template.name: template
    for template in (
        _template("pairwise", "Which of two responses is better, or a tie", {"left": 1, "right": -1, "tie": 0}),
        _template("pairwise_scale", "How much better, on five steps, with an optional reason", _scale(2)),
        _template("pairwise_scale_7", "How much better, on seven steps, with an optional reason", _scale(3)),
    )
}
