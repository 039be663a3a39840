"""How an answer is read from a label config.

An :class:`AnswerMapping` is all Steadyhand needs to know of a label config: the control that holds the answer, the two task
fields that hold the responses (swapping the two sides means swapping these two values), and what each value of the control
means. A label config of the user's own is monitored with a mapping of its own. In other tasks than pairs the mapping names
the control alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class TaskKind(StrEnum):
    """What annotators give: a preference between two responses, or another kind of answer."""

    PAIR = "pair"
    CHOICE = "choice"
    CHOICES = "choices"
    RATING = "rating"
    RANKING = "ranking"
    SPANS = "spans"
    BOXES = "boxes"


@dataclass(frozen=True, slots=True)
class AnswerMapping:
    """``values`` says for each answer of ``control`` how strongly it prefers the response in field ``left``: positive for
    it, negative for the one in ``right``, 0 for a tie. Other kinds of ``task`` than pairs have neither sides nor values;
    ``top`` is the highest rating."""

    control: str
    left: str = ""
    right: str = ""
    values: Mapping[str, int] = field(default_factory=dict)
    task: TaskKind = TaskKind.PAIR
    top: int = 0

    @property
    def top_strength(self) -> int:
        """The end of the scale: how strong the strongest preference is; 0 in other tasks than pairs."""
        return max((abs(value) for value in self.values.values()), default=0)

    @property
    def opposite_field(self) -> dict[str, str]:
        """For the field of each response, the field of the other one."""
        return {self.left: self.right, self.right: self.left}
