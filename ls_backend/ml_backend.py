"""The ML backend: what Label Studio asks for predictions. The only importer of label_studio_ml, and it holds no rules.

It answers with the weighted consensus of an item and a score that is low where people disagree or few have answered.
One class serves under label-studio-ml 1.0.9 (``predict(tasks, **kwargs)``, ``fit(tasks, workdir, event=, data=)``) and
2.x (``predict(tasks, context, **kwargs)``, ``fit(event, data, **kwargs)``).
"""

from typing import Any

from label_studio_ml.model import LabelStudioMLBase

from ls_backend.analysis.consensus import Consensus
from ls_backend.label_studio.predictions import consensus_result
from ls_backend.label_studio.tasks import Showing, read_showing
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.processing import apply_event
from ls_backend.services.queries.consensus import consensus_of
from ls_backend.services.queries.projects import monitored_project
from ls_backend.services.write_back import CONSENSUS_VERSION
from ls_backend.settings import Settings
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping

LABEL_STUDIO_ML_ARGUMENTS = ("label_config", "train_output", "project_id")


class ConsensusBackend(LabelStudioMLBase):  # type: ignore[misc]
    """The consensus, asked for as a model's predictions. Without a ``service_context`` one is made from the environment."""

    def __init__(self, *args: Any, service_context: Context | None = None, **kwargs: Any) -> None:
        # an access token among the arguments is not kept
        super().__init__(*args, **{name: kwargs[name] for name in LABEL_STUDIO_ML_ARGUMENTS if name in kwargs})
        self._service_context = service_context

    @property
    def service_context(self) -> Context:
        if self._service_context is None:
            self._service_context = Context.from_settings(Settings.read())
        return self._service_context

    def predict(self, tasks: list[Json], context: Any = None, **kwargs: Any) -> list[Json]:
        """One prediction per task, in their order; an empty one where nobody has answered the item yet."""
        projects = {task["project"] for task in tasks}
        predictions = {
            project: iter(self._predict_project(project, [task for task in tasks if task["project"] == project]))
            for project in projects
        }
        return [next(predictions[task["project"]]) for task in tasks]

    def _predict_project(self, project: int, tasks: list[Json]) -> list[Json]:
        ctx = self.service_context
        record = monitored_project(ctx, project)
        mapping = record.mapping
        showings = [read_showing(task.get("data") or {}, mapping, record.fields) for task in tasks]
        consensus = consensus_of(ctx, project, [showing.item for showing in showings if showing])
        return [
            _prediction(showing, consensus.get(showing.item) if showing else None, mapping, record.label_config)
            for showing in showings
        ]

    def fit(self, *args: Any, **kwargs: Any) -> Json:
        """Apply an event, in the same way as the webhook does."""
        event, data = kwargs.get("event"), kwargs.get("data")
        if event is None and len(args) == 2 and isinstance(args[0], str):
            event, data = args
        if not isinstance(data, dict) or event is None:
            return {"applied": 0}
        return {"applied": apply_event(self.service_context, Actor.service(), {"action": event, **data})}


def _prediction(
    showing: Showing | None, consensus: Consensus | None, mapping: AnswerMapping, label_config: str
) -> Json:
    """A prediction as Label Studio takes it."""
    result, score = list[Json](), 0.0
    if showing and consensus:
        result = consensus_result(consensus.preferred, mapping, mirrored=showing.mirrored, label_config=label_config)
        score = round(consensus.score, 3)
    return {"result": result, "score": score, "model_version": CONSENSUS_VERSION}
