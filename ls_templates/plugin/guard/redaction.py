"""What annotators are sent of Label Studio's records: nothing that tells a seed from an ordinary task."""

import re
from typing import Any

from django.conf import settings

from ls_templates.plugin.guard.rule import Json, pick
from ls_templates.plugin.guard.seal import seal

PROJECT_FIELDS = (
    "id", "title", "description", "label_config", "expert_instruction", "show_instruction", "show_skip_button",
    "enable_empty_annotation", "show_annotation_history", "organization", "color", "maximum_annotations", "is_published",
    "is_draft", "created_at", "show_collab_predictions", "sampling", "show_ground_truth_first", "show_overlap_first",
    "overlap_cohort_percentage", "control_weights", "parsed_label_config", "evaluate_predictions_automatically",
    "config_has_control_tags", "skip_queue", "reveal_preannotations_interactively", "config_suitable_for_bulk_annotation",
    "annotator_evaluation_enabled", "can_delete_tasks", "can_manage_annotations", "can_manage_tasks", "source_syncing",
    "target_syncing", "min_annotations_to_start_training", "start_training_on_annotation_update", "model_version",
    "pinned_at", "state",
)  # fmt: skip
FIELD_NAMED = re.compile(r"\$([\w-]+)")
COUNTS = (
    "task_number", "finished_task_number", "num_tasks_with_annotations", "total_annotations_number",
    "total_predictions_number", "useful_annotation_number", "ground_truth_number", "skipped_annotations_number",
    "queue_total", "queue_done", "task_count", "annotation_count",
)  # fmt: skip
TASK_FIELDS = ("id", "data", "project")
ANNOTATION_FIELDS = (
    "id", "result", "created_at", "updated_at", "completed_by", "lead_time", "was_cancelled", "task", "project", "unique_id",
    "created_username", "created_ago", "draft_created_at",
)  # fmt: skip
DRAFT_FIELDS = (
    "id", "result", "created_at", "updated_at", "user", "task", "annotation", "lead_time", "was_postponed", "created_ago",
    "created_username",
)  # fmt: skip


def project_for_annotator(record: Json, user: Any) -> Json:
    """A project without names and credentials. Its counts are 0, because the real ones would grow with each seed; what is done of how
    many is the user's own work, of the tasks that are no seeds."""
    own = own_progress(record["id"], user) if isinstance(record.get("id"), int) else {}
    return {**pick(record, PROJECT_FIELDS), **{k: own.get(k, 0) for k in COUNTS if k in record}}


def own_progress(project: int, user: Any) -> dict[str, int]:
    """How many tasks a user has answered, and how many there are for them: seeds count only once all others are answered, when they show
    anyway."""
    from tasks.models import Annotation, Task

    from ls_templates.plugin.models import Reservation

    # one query with the next: a seed that is made between two would show
    seeds = Reservation.objects.filter(project=project).values_list("task", flat=True)
    tasks = Task.objects.filter(project=project).exclude(pk__in=seeds).count()
    answered = Annotation.objects.filter(project=project, completed_by=user.id, was_cancelled=False).count()
    return {"finished_task_number": answered, "task_number": max(tasks, answered)}


def task_for_annotator(task: Json, user: Any) -> Json:
    """A task with a sealed id, the fields that the label config shows, the user's own annotations and drafts, and no predictions:
    a field that is not shown, such as a margin, tells which pairs are likely to come back."""
    annotations = [
        a for a in task.get("annotations") or [] if isinstance(a, dict) and _person(a.get("completed_by")) == user.id
    ]
    drafts = [
        d for d in task.get("drafts") or [] if isinstance(d, dict) and _person(d.get("user")) in (user.id, user.email)
    ]
    return {
        **pick(task, TASK_FIELDS),
        "id": sealed(task["id"]),
        "data": pick(task.get("data") or {}, fields_shown(_label_config(task.get("project")))),
        "annotations": [annotation_for_annotator(a) for a in annotations],
        "drafts": [_with_sealed_task(pick(d, DRAFT_FIELDS)) for d in drafts],
        "predictions": [],
    }


def fields_shown(label_config: str) -> set[str]:
    """The fields of a task's data that a label config names, as in ``value="$prompt"`` or ``"$turns[0].text"``."""
    return set(FIELD_NAMED.findall(label_config))


def _label_config(project: Any) -> str:
    from projects.models import Project

    return Project.objects.filter(pk=project).values_list("label_config", flat=True).first() or ""


def annotation_for_annotator(record: Json) -> Json:
    """An own annotation. Its lead time is in whole seconds: fractions, compared with one's own clock, would tell how long an
    answer was delayed."""
    redacted = pick(record, ANNOTATION_FIELDS)
    if redacted.get("lead_time") is not None:
        redacted["lead_time"] = round(redacted["lead_time"])
    return _with_sealed_task(redacted)


def draft_for_annotator(record: Any) -> Any:
    return _with_sealed_task(pick(record, DRAFT_FIELDS)) if isinstance(record, dict) else record


def sealed(task: int | None) -> int | None:
    return None if task is None else seal(task, settings.STEADYHAND_TASK_KEYS[0])


def _person(value: Any) -> Any:
    """A user's id or e-mail, whether Label Studio sends it alone or within a record."""
    return value.get("id") if isinstance(value, dict) else value


def _with_sealed_task(record: Json) -> Json:
    return {**record, "task": sealed(record["task"])} if isinstance(record.get("task"), int) else record
