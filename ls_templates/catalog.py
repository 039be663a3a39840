"""The labelling templates, and how an answer is read from each."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from ls_templates.mapping import AnswerMapping, TaskKind

LABEL_CONFIGS = Path(__file__).parent / "label_configs"


CHOICE = {"left": 1, "right": -1, "tie": 0}


@dataclass(frozen=True, slots=True)
class Template:
    """A labelling template: its file, the task fields it shows, the mapping that reads it, and in words what of it is monitored."""

    name: str
    title: str
    fields: tuple[str, ...]
    mapping: AnswerMapping
    monitored: str

    @property
    def label_config(self) -> str:
        """The label config, as Label Studio takes it. All templates share one style."""
        style = (LABEL_CONFIGS / "style.css").read_text(encoding="utf-8")
        config = (LABEL_CONFIGS / f"{self.name}.xml").read_text(encoding="utf-8")
        return config.replace("<Style/>", f"<Style>\n{indent(style, '    ')}  </Style>")


def _scale(steps: int) -> dict[str, int]:
    sides = {f"left:{n}": n for n in range(1, steps + 1)} | {f"right:{n}": -n for n in range(1, steps + 1)}
    return {**sides, "tie": 0}


def _pair(
    name: str,
    title: str,
    values: dict[str, int],
    *,
    context: str = "prompt",
    beside: str = "",
) -> Template:
    """A template with two sides; what stands ``beside`` the preference is kept and not measured."""
    return Template(
        name=name,
        title=title,
        fields=(context, "response_a", "response_b"),
        mapping=AnswerMapping("preference", "response_a", "response_b", values),
        monitored="the preference, on retests with sides swapped" + (f"; not {beside}" if beside else ""),
    )


def _single(name: str, title: str, mapping: AnswerMapping, monitored: str) -> Template:
    """A template with one response."""
    return Template(name, title, ("prompt", "response"), mapping, monitored)


CATALOG: dict[str, Template] = {
    template.name: template
    for template in (
        _pair("pairwise", "Which of two responses is better, or a tie", CHOICE),
        _pair(
            "pairwise_scale", "How much better, on five steps, with an optional reason", _scale(2), beside="the reason"
        ),
        _pair(
            "pairwise_scale_7",
            "How much better, on seven steps, with an optional reason",
            _scale(3),
            beside="the reason",
        ),
        _pair("pairwise_axes", "Which is better, all in all and on three axes", CHOICE, beside="the axes"),
        _pair(
            "edit",
            "Which is better, its improved text and a short critique",
            CHOICE,
            beside="the text and the critique",
        ),
        _pair("chat", "Which of two next turns of a conversation is better", CHOICE, context="conversation"),
        _single(
            "ratings",
            "One response on five axes with anchors, from 1 to 5",
            AnswerMapping("overall", task=TaskKind.RATING, top=5),
            "the rating all in all; not the other axes",
        ),
        _single(
            "red_team",
            "What came of a probe, the kind of harm, and a further probe",
            AnswerMapping("outcome", task=TaskKind.CHOICE),
            "the outcome; not the category and the further probe",
        ),
    )
}
