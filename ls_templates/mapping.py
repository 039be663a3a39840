"""How an answer is read from a label config.

An :class:`AnswerMapping` is all Steadyhand needs to know of a label config: the control that holds the answer, the two task
fields that hold the responses (swapping the two sides is swapping these two values), and what each value of the control
means. Users' own label configs are monitored by a mapping of their own; of other tasks than pairs it names the control alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AnswerMapping:
    """``values`` says for each answer of ``control`` how strongly it prefers the response in field ``left``: positive for
    it, negative for the one in ``right``, 0 for a tie. Other ``task`` s than pairs (choice, choices, rating, ranking, spans, boxes)
    have neither sides nor values; ``top`` is the highest rating."""

    control: str
    left: str = ""
    right: str = ""
    values: Mapping[str, int] = field(default_factory=dict)
    task: str = "pair"
    top: int = 0

    @property
    def flip(self) -> dict[str, str]:
        """The same task with its sides swapped takes each field's value from here."""
        return {self.left: self.right, self.right: self.left}
