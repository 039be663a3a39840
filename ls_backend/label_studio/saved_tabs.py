"""Tabs of Label Studio's Data Manager that we save in projects. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ls_backend.types import Json

STUDIO_COLUMNS = (
    "id",
    "inner_id",
    "completed_at",
    "total_annotations",
    "cancelled_annotations",
    "total_predictions",
    "annotators",
    "annotations_results",
    "annotations_ids",
    "predictions_score",
    "predictions_model_versions",
    "predictions_results",
    "file_upload",
    "storage_filename",
    "created_at",
    "updated_at",
    "updated_by",
    "avg_lead_time",
    "draft_exists",
    "allow_skip",
)
"""Columns that Label Studio 1.23.2 adds to those of the tasks' data."""


@dataclass(frozen=True, slots=True)
class SavedTab:
    """A tab by its ``title``: the columns of the tasks' data that ``numbers`` names sort as numbers; of Label Studio's own columns
    only those ``shown`` are, and of the tasks' data all that are not ``hidden``; the rows are in the order of ``sorted_by``, a column as Label Studio names it, ``-`` before it for
    descending. A tab that ``is_beside_others`` must not be the one that a project opens on."""

    title: str
    shown: Sequence[str] = ()
    numbers: Sequence[str] = ()
    hidden: Sequence[str] = ()
    sorted_by: str = ""
    is_beside_others: bool = False

    def to_json(self) -> Json:
        """As Label Studio takes it."""
        hidden = [f"tasks:{column}" for column in STUDIO_COLUMNS if column not in self.shown]
        hidden += [f"tasks:data.{column}" for column in self.hidden]
        return {
            "title": self.title,
            "type": "list",
            "target": "tasks",
            "hiddenColumns": {"explore": hidden, "labeling": hidden},
            "columnsDisplayType": {f"tasks:data.{column}": "Number" for column in self.numbers},
            "ordering": [self.sorted_by] if self.sorted_by else [],
            "filters": {"conjunction": "and", "items": []},
        }


DEFAULT_TAB = SavedTab("Default", shown=("id", "completed_at", "total_annotations", "annotators"))
"""What Label Studio makes of its own accord in a project without tabs: ours must not be the only one there."""

REVIEW_TAB = SavedTab(
    "Needs review",
    shown=("id", "total_annotations", "annotators", "predictions_score"),
    sorted_by="tasks:predictions_score",
    is_beside_others=True,
)
"""The consensus with the lowest score first: where people disagree, or few have answered."""
