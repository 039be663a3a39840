"""Fakes at the two seams: a Label Studio in memory behind the gateway's protocol, and helpers to fill it."""

import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ls_backend.analysis.consensus import Consensus, Votes, consensus_of_votes
from ls_backend.errors import GatewayError
from ls_backend.formats.pairs import Pair, read_gold
from ls_backend.label_studio.gateway import MissingError
from ls_backend.label_studio.records import (
    Member,
    MlBackend,
    NewPrediction,
    PluginStatus,
    Prediction,
    StudioProject,
    StudioTask,
    Surroundings,
    Webhook,
)
from ls_backend.label_studio.saved_tabs import SavedTab
from ls_backend.records import to_dict
from ls_backend.services import attaching
from ls_backend.services.actor import Actor
from ls_backend.services.attaching import MonitoringTerms
from ls_backend.services.context import Context
from ls_backend.services.events import receive_event
from ls_backend.settings import Settings
from ls_backend.store.engine import Store
from ls_backend.types import Json
from ls_templates.catalog import CATALOG

SECRET = "a-secret-for-tests-only"
ADMIN = Actor("user1@example.com")
PAIRWISE = CATALOG["pairwise"]


class Clock:
    """A clock that moves when told to."""

    def __init__(self, now: float = 1_780_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float = 1.0) -> float:
        self.now += seconds
        return self.now

    @property
    def iso(self) -> str:
        return datetime.fromtimestamp(self.now, UTC).isoformat()


class FakeGateway:
    """Label Studio as far as the use cases see it. It holds JSON, as Label Studio does, and hands out records.
    ``plugin_status`` is what the plugin answers, None without it; a method named in ``fail_on`` fails."""

    url = "http://label-studio.test"

    def __init__(self, clock: Clock, *, plugin_status: PluginStatus | None = None, members: int = 3) -> None:
        self.clock, self.plugin_status = clock, plugin_status
        self.ids = itertools.count(1)
        self._projects: dict[int, Json] = {}
        self._tasks: dict[int, Json] = {}
        self._webhooks: dict[int, Json] = {}
        self.backends: dict[int, Json] = {}
        self.seen_from_inside = Surroundings("http://127.0.0.1:8090", now=clock())
        self._predictions: dict[int, Json] = {}
        self.tabs: dict[tuple[int, str], SavedTab] = {}
        self.policies: dict[int, Json] = {}
        self.paused: dict[tuple[int, str], str] = {}
        self.training: dict[int, tuple[int | None, list[str]]] = {}
        self.required_guides: dict[int, tuple[int, list[str]]] = {}
        self.reserved: dict[int, str] = {}
        self.keys: dict[str, int] = {}
        self._members = [Member(n, f"user{n}@example.com") for n in range(1, members + 2)]
        self.fail_on: set[str] = set()
        self.calls: list[str] = []

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fail_on:
            raise GatewayError(f"{name}: switched off by the test")

    # people and projects
    def version(self) -> str:
        return "1.23.2"

    def whoami(self) -> Member:
        self._called("whoami")
        return self._members[0]

    def members(self) -> list[Member]:
        return self._members

    def project(self, project: int) -> StudioProject:
        if project not in self._projects:
            raise MissingError(f"project {project}: no such thing")
        return StudioProject.from_json(self._projects[project])

    def create_project(
        self, title: str, label_config: str, *, description: str = "", maximum_annotations: int = 1
    ) -> StudioProject:
        number = next(self.ids)
        self._projects[number] = {
            "id": number,
            "title": title,
            "label_config": label_config,
            "description": description,
            "maximum_annotations": maximum_annotations,
            "show_collab_predictions": True,
            "model_version": "",
        }
        return self.project(number)

    def put_project(self, number: int, label_config: str) -> None:
        """A project that is there already, with its scorecard project after it."""
        for n in (number, number + 1):
            self._projects[n] = {
                "id": n,
                "title": f"Project {n}",
                "label_config": label_config,
                "maximum_annotations": 1,
            }

    def update_project(
        self,
        project: int,
        *,
        label_config: str | None = None,
        show_collab_predictions: bool | None = None,
        model_version: str | None = None,
    ) -> None:
        changes = {
            "label_config": label_config,
            "show_collab_predictions": show_collab_predictions,
            "model_version": model_version,
        }
        self._projects[project].update(present(changes))

    def change_label_config(self, project: int, label_config: str) -> None:
        """Somebody edits the label config in Label Studio."""
        self._projects[project]["label_config"] = label_config

    def delete_project(self, project: int) -> None:
        self._called("delete_project")
        self._projects.pop(project, None)
        self._tasks = {k: t for k, t in self._tasks.items() if t["project"] != project}

    # tasks
    def tasks(self, project: int, *, since: str | None = None) -> Iterator[StudioTask]:
        self._called("tasks")
        changed = [
            task
            for task in self._tasks.values()
            if task["project"] == project and (since is None or task["updated_at"].replace("+00:00", "Z") > since)
        ]
        for task in sorted(changed, key=lambda task: task["updated_at"]):
            predictions = [p for p in self._predictions.values() if p["task"] == task["id"]]
            yield StudioTask.from_json({**task, "predictions": predictions})

    def create_task(self, project: int, data: Json, *, overlap: int, is_labeled: bool) -> int:
        self._called("create_task")
        task = {
            "id": next(self.ids),
            "project": project,
            "data": data,
            "overlap": overlap,
            "is_labeled": is_labeled,
            "annotations": [],
            "total_annotations": 0,
            "created_at": self.clock.iso,
            "updated_at": self.clock.iso,
        }
        self._tasks[task["id"]] = task
        return int(task["id"])

    def update_task(
        self, task: int, *, data: Json | None = None, overlap: int | None = None, is_labeled: bool | None = None
    ) -> None:
        self._called("update_task")
        changes = present({"data": data, "overlap": overlap, "is_labeled": is_labeled})
        self._tasks[task].update(changes, updated_at=self.clock.iso)

    def delete_task(self, task: int) -> None:
        self._tasks.pop(task, None)

    def import_tasks(self, project: int, data: Sequence[Json]) -> None:
        self._called("import_tasks")
        overlap = self.project(project).maximum_annotations
        for task_data in data:
            for field in re.findall(r'value="\$(\w+)"', self.project(project).label_config):
                if task_data.get(field) is None:
                    raise GatewayError(f"importing tasks: Label Studio refused (data['{field}'] is missing or None)")
            self.create_task(project, dict(task_data), overlap=overlap, is_labeled=False)

    def put_tasks(self, tasks: Mapping[int, Json]) -> None:
        """Tasks with annotations, as if somebody had made them; other ids come after theirs."""
        self._tasks.update(tasks)
        self.ids = itertools.count(max([next(self.ids), *(number + 1 for number in tasks)]))

    def task_json(self, task: int) -> Json:
        return self._tasks[task]

    def task(self, task: int) -> StudioTask:
        return StudioTask.from_json(self.task_json(task))

    # webhooks, ML backends, predictions
    def webhooks_json(self, project: int) -> list[Json]:
        return [webhook for webhook in self._webhooks.values() if webhook["project"] == project]

    def webhooks(self, project: int) -> list[Webhook]:
        return [Webhook.from_json(webhook) for webhook in self.webhooks_json(project)]

    def create_webhook(self, project: int, url: str, *, headers: Json, actions: Sequence[str]) -> int:
        number = next(self.ids)
        self._webhooks[number] = {
            "id": number,
            "project": project,
            "url": url,
            "headers": headers,
            "actions": list(actions),
        }
        return number

    def update_webhook(self, webhook: int, url: str, *, headers: Json, actions: Sequence[str]) -> None:
        self._webhooks[webhook].update(
            url=url, headers=headers, actions=list(actions), is_active=True, send_payload=True
        )

    def delete_webhook(self, webhook: int) -> None:
        self._webhooks.pop(webhook, None)

    def create_ml_backend(self, project: int, url: str, *, user: str, password: str) -> int:
        self._called("create_ml_backend")
        number = next(self.ids)
        self.backends[number] = {"project": project, "url": url, "user": user, "password": password}
        if url + "/webhook" not in [webhook.url for webhook in self.webhooks(project)]:
            self.create_webhook(project, url + "/webhook", headers={}, actions=[])  # as Label Studio does
        return number

    def ml_backends(self, project: int) -> list[MlBackend]:
        found = [(number, backend) for number, backend in self.backends.items() if backend["project"] == project]
        return [MlBackend(number, backend["url"], backend.get("state", "CO")) for number, backend in found]

    def update_ml_backend(self, backend: int, project: int, url: str, *, user: str, password: str) -> None:
        assert self.backends[backend]["project"] == project
        self.backends[backend].update(state="CO", url=url, user=user, password=password)

    def delete_ml_backend(self, backend: int) -> None:
        self.backends.pop(backend, None)

    def import_predictions(self, project: int, predictions: Sequence[NewPrediction]) -> None:
        self._called("import_predictions")
        for prediction in predictions:
            number = next(self.ids)
            self._predictions[number] = {"id": number, "project": project, **to_dict(prediction)}

    def predictions(self, *, task: int | None = None, project: int | None = None) -> list[Prediction]:
        return [
            Prediction.from_json(prediction)
            for prediction in self._predictions.values()
            if task in (None, prediction["task"]) and project in (None, prediction["project"])
        ]

    def update_prediction(self, prediction: int, *, result: list[Json], score: float) -> None:
        self._called("update_prediction")
        self._predictions[prediction].update(result=result, score=score)

    def delete_prediction(self, prediction: int) -> None:
        self._predictions.pop(prediction, None)

    # tabs of the Data Manager
    def save_tab(self, project: int, tab: SavedTab) -> None:
        self._called("save_tab")
        self.tabs[project, tab.title] = tab

    def delete_tab(self, project: int, title: str) -> None:
        self.tabs.pop((project, title), None)

    # plugin
    def plugin(self) -> PluginStatus | None:
        self._called("plugin")
        return self.plugin_status

    def surroundings(self) -> Surroundings | None:
        self._called("surroundings")
        return self.seen_from_inside if self.plugin_status else None

    def create_seed(self, project: int, data: Json, *, annotator: str, key: str) -> int:
        self._called("create_seed")
        if key not in self.keys:
            self.keys[key] = self.create_task(project, data, overlap=1, is_labeled=False)
            self.reserved[self.keys[key]] = annotator
        return self.keys[key]

    def set_policy(self, project: int, *, hidden: bool | None = None, corrections: bool | None = None) -> None:
        self.policies[project] = present({"hidden": hidden, "corrections": corrections})

    def set_pause(self, project: int, *, annotator: str, reason: str | None) -> None:
        self._called("set_pause")
        if int(annotator) not in [member.id for member in self._members] and reason is not None:
            raise MissingError(f"Label Studio has no user {annotator}")
        if reason is None:
            self.paused.pop((project, annotator), None)
        else:
            self.paused[project, annotator] = reason

    def set_training(self, project: int, *, training: int | None, admitted: Sequence[str] = ()) -> None:
        self._called("set_training")
        self.training[project] = (training, list(admitted))

    def set_guide(self, project: int, *, version: int | None, readers: Sequence[str] = ()) -> None:
        self._called("set_guide")
        self.required_guides.pop(project, None)
        if version is not None:
            self.required_guides[project] = (version, list(readers))

    # what people do
    def annotate(
        self,
        task: int,
        annotator: int,
        answer: str | list[Json] | None,
        *,
        lead_time: float = 9.0,
        by: int | None = None,
    ) -> Json:
        """Somebody submits (None: skips); returns the webhook's body."""
        now = self.clock.iso
        annotation = {
            "id": next(self.ids),
            "completed_by": annotator,
            "updated_by": annotator if by is None else by,
            "created_at": now,
            "updated_at": now,
            "lead_time": lead_time,
            "was_cancelled": answer is None,
            "result": result(answer),
        }
        self._tasks[task]["annotations"].append(annotation)
        self._tasks[task]["total_annotations"] += 1
        self._tasks[task]["updated_at"] = now
        return self.event("ANNOTATION_CREATED", task, annotation)

    def edit(self, task: int, annotation: int, answer: str | None, *, by: int) -> Json:
        edited = next(a for a in self._tasks[task]["annotations"] if a["id"] == annotation)
        edited.update(result=result(answer), updated_by=by, updated_at=self.clock.iso, was_cancelled=answer is None)
        self._tasks[task]["updated_at"] = self.clock.iso
        return self.event("ANNOTATION_UPDATED", task, dict(edited))

    def remove(self, task: int, annotation: int) -> Json:
        self._tasks[task]["annotations"] = [a for a in self._tasks[task]["annotations"] if a["id"] != annotation]
        self._tasks[task]["updated_at"] = self.clock.iso
        project = self._projects[self._tasks[task]["project"]]
        return {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": annotation}], "project": dict(project)}

    def event(self, action: str, task: int, annotation: Json) -> Json:
        """A webhook's body, which has only a part of the task's fields."""
        fields = self._tasks[task]
        return {
            "action": action,
            "annotation": dict(annotation),
            "task": {name: fields[name] for name in ("id", "data", "overlap", "project")},
            "project": dict(self._projects[fields["project"]]),
        }


def present(fields: Json) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def result(answer: str | list[Json] | None) -> list[Json]:
    """What a choice between two responses is submitted as; other tasks' results as they are."""
    if not isinstance(answer, str):
        return answer or []
    return [{"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": [answer]}}]


def annotation(answer: str | None = "left", **more: Any) -> Json:
    """An annotation as Label Studio sends it."""
    created = "2026-11-21T08:00:00.500000Z"
    base = {"id": 5, "completed_by": 7, "updated_by": 7, "created_at": created, "updated_at": created, "lead_time": 4.5}
    return base | {"result": result(answer), "was_cancelled": answer is None} | more


def settings(**more: Any) -> Settings:
    return Settings.read(
        **{
            "label_studio_url": FakeGateway.url,
            "label_studio_api_key": "t" * 40,
            "secret": SECRET,
            "debounce_seconds": 0,
            **more,
        }
    )


@cache
def _empty_store() -> Path:
    """A database with all tables: copying it is a hundred times faster than creating them again for each test."""
    path = Path(tempfile.mkdtemp(prefix="steadyhand-tests-")) / "empty.sqlite3"
    Store(f"sqlite:///{path}").close()
    return path


def context(*, plugin_status: PluginStatus | None = None, members: int = 3, database: str) -> Context:
    scheme, _, name = database.partition(":///")
    path = Path(name)
    if scheme == "sqlite" and not path.exists():
        shutil.copy(_empty_store(), path)
    clock = Clock()
    return Context(
        Store(database, clock=clock),
        FakeGateway(clock, plugin_status=plugin_status, members=members),
        settings(),
        clock,
    )


def pair(n: int, **more: Any) -> Json:
    return {"prompt": f"question {n}", "response_a": f"answer {n}", "response_b": f"reply {n}", **more}


SENTIMENT = """<View><Text name="text" value="$text"/>
<Choices name="sentiment" toName="text"><Choice value="good"/><Choice value="bad"/><Choice value="neither"/></Choices></View>"""

PAIRWISE_TAG = """<View><Pairwise name="p" toName="l,r"/><Text name="l" value="$left_text"/>
<Text name="r" value="$right_text"/></View>"""
USERS_OWN_CONFIG = """<View><Text name="t" value="$q"/>
<Choices name="best" toName="t"><Choice value="1st"/><Choice value="2nd"/></Choices>
<Text name="x" value="$one"/><Text name="y" value="$two"/></View>"""


def sentiment(choice: str) -> list[Json]:
    return [{"from_name": "sentiment", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}]


CONTRACT = """
version = "test-1"
currency = "EUR"
[bonus]
kind = "linear"
start = 0.5
full = 0.95
per_judgment_minor = 10
cap_minor = 10000
[minimum]
monitored = 4
"""


SALT = f"{2:032x}"  # of projects attached in tests


def gateway(ctx: Context) -> FakeGateway:
    assert isinstance(ctx.gateway, FakeGateway)
    return ctx.gateway


def project(ctx: Context, *, tasks: int = 12, overlap: int = 1, **fields: Any) -> int:
    """A project with tasks, not attached yet."""
    fields = {"title": "Pairs", "label_config": PAIRWISE.label_config, "maximum_annotations": overlap} | fields
    number = ctx.gateway.create_project(**fields).id
    ctx.gateway.import_tasks(number, [pair(n, slice=f"s{n % 2}") for n in range(tasks)])
    return number


def gold_pairs(count: int) -> list[Pair]:
    lines = [{**pair(100 + n, slice="s0"), "gold": "ab"[n % 2], "explanation": f"because {n}"} for n in range(count)]
    return read_gold("\n".join(map(json.dumps, lines)), source="gold") if lines else []


def attach(ctx: Context, *, tasks: int = 12, gold: int = 4, overlap: int = 1, **terms: Any) -> int:
    """An attached project."""
    number = project(ctx, tasks=tasks, overlap=overlap)
    terms = {"contract": CONTRACT, "gold": gold_pairs(gold), "slice_field": "slice", "min_lag": 2} | terms
    attaching.attach(ctx, ADMIN, number, MonitoringTerms(**terms))
    return number


def deliver(ctx: Context, body: Json) -> bool:
    """What the webhook does with an event."""
    return receive_event(ctx, json.dumps(body).encode())[1]


def consensus(votes: Sequence[tuple[int, float]]) -> Consensus:
    """Of one item, from ``(preference, attentiveness)`` pairs."""
    side, eta = np.array([p for p, _ in votes], dtype=np.int64), np.array([e for _, e in votes], dtype=np.float64)
    return consensus_of_votes(Votes(np.zeros(side.size, dtype=np.int64), side, eta), 1).rows()[0]
