"""The ML backend: what Label Studio asks for predictions. The only importer of label_studio_ml, and thin.

It answers with the weighted consensus of an item and a score that is low where people disagree or few have answered.
One class serves under label-studio-ml 1.0.9 (``predict(tasks, **kwargs)``, ``fit(tasks, workdir, event=, data=)``) and
2.x (``predict(tasks, context, **kwargs)``, ``fit(event, data, **kwargs)``).
"""

from typing import Any

from label_studio_ml.model import LabelStudioMLBase

from ls_backend import services
from ls_backend.label_studio.predictions import consensus_result
from ls_backend.label_studio.tasks import read_showing
from ls_backend.services.context import Context, mapping_of
from ls_backend.services.writeback import MODEL_VERSION
from ls_backend.settings import Settings
from ls_backend.types import Json


class SteadyhandModel(LabelStudioMLBase):  # type: ignore[misc]
    """Consensus as a model. ``service_context`` is made from the environment where none is given."""

    def __init__(self, *args: Any, service_context: Context | None = None, **kwargs: Any) -> None:
        known = {k: v for k, v in kwargs.items() if k in ("label_config", "train_output", "project_id")}
        super().__init__(*args, **known)  # an access token among the others is not kept
        self._context = service_context

    @property
    def context(self) -> Context:
        if self._context is None:
            self._context = Context.from_settings(Settings.read())
        return self._context

    def predict(self, tasks: list[Json], context: Any = None, **kwargs: Any) -> list[Json]:
        """One prediction per task, in their order; an empty one where nobody has answered the item yet."""
        ctx = self.context
        rows: dict[int, Any] = {}
        shown = []
        for task in tasks:
            row = rows.setdefault(task["project"], None) or ctx.store.project(task["project"])
            rows[task["project"]] = row
            shown.append((row, read_showing(task.get("data") or {}, mapping_of(row), row["fields"])))
        agreed = {
            project: services.consensus_of(ctx, project, [s.item for r, s in shown if s and r["id"] == project])
            for project in rows
        }
        answers = []
        for row, s in shown:
            found = agreed[row["id"]].get(s.item) if s else None
            if s is None or found is None:
                answers.append({"result": [], "score": 0.0, "model_version": MODEL_VERSION})
                continue
            result = consensus_result(
                found.preferred, mapping_of(row), mirrored=s.mirrored, label_config=row["label_config"]
            )
            answers.append({"result": result, "score": round(found.score, 3), "model_version": MODEL_VERSION})
        return answers

    def fit(self, *args: Any, **kwargs: Any) -> Json:
        """Take in what an event tells, by the same way in as the webhook."""
        event, data = kwargs.get("event"), kwargs.get("data")
        if event is None and len(args) == 2 and isinstance(args[0], str):
            event, data = args
        if not isinstance(data, dict) or event is None:
            return {"applied": 0}
        return {"applied": services.take_in(self.context, {"action": event, **data})}
