"""The gateway to Label Studio: the only importer of its SDK. Records in and out.

Every failure becomes a :class:`GatewayError` that says what to do.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from ls_backend.errors import GatewayError
from ls_backend.label_studio.gateway import MissingError, TransientError
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
from ls_backend.label_studio.saved_tabs import DEFAULT_TAB, SavedTab
from ls_backend.records import to_dict
from ls_backend.types import Json
from ls_templates.plugin import protocol

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio
    from label_studio_sdk.core.api_error import ApiError
    from label_studio_sdk.core.request_options import RequestOptions

Result = TypeVar("Result")
PAGE_SIZE = 500
NO_RETRY: "RequestOptions" = {"max_retries": 0}
"""For creations: when an answer was lost, a second request would create it twice."""


class SdkGateway:
    """The gateway over label-studio-sdk.

    ``api_key`` may be a legacy token or a personal access token (the SDK exchanges the latter by itself);
    ``plugin_keys`` authenticate us to the plugin inside Label Studio: the first, or another where the secret is being exchanged.
    """

    def __init__(self, url: str, api_key: str, *, plugin_keys: Sequence[str] = ("",), timeout: float = 60.0) -> None:
        self.url = url.rstrip("/")
        self._api_key = api_key
        self._plugin_keys = tuple(plugin_keys)
        self._timeout = timeout
        self._open_connections = ExitStack()

    @cached_property
    def _client(self) -> "LabelStudio":
        import httpx  # with the SDK two seconds, and asking the plugin needs neither
        from label_studio_sdk import LabelStudio

        http = self._open_connections.enter_context(httpx.Client(timeout=self._timeout, follow_redirects=True))
        return LabelStudio(base_url=self.url, api_key=self._api_key, httpx_client=http)

    def close(self) -> None:
        self._open_connections.close()

    def _call(self, purpose: str, action: Callable[[], Result]) -> Result:
        """Run a call of the SDK and turn its failure into a :class:`GatewayError` that begins with ``purpose``. The SDK retries
        by itself what may be retried (see ``NO_RETRY``)."""
        import httpx  # as in `_client`
        from label_studio_sdk.core.api_error import ApiError

        try:
            return action()
        except httpx.HTTPError as error:
            raise TransientError(
                f"{purpose}: Label Studio at {self.url} can't be reached ({error or type(error).__name__}). "
                "Is it running, and is LABEL_STUDIO_URL its address?"
            ) from error
        except ApiError as error:
            raise self._refusal(purpose, error) from error

    def _refusal(self, purpose: str, error: "ApiError") -> GatewayError:
        body = error.body if isinstance(error.body, dict) else {}
        reason = json.dumps(body.get("validation_errors") or body.get("detail") or str(error.body)[:200])
        status = error.status_code or 0
        if "reserved network address" in reason:
            return GatewayError(
                f"{purpose}: Label Studio refuses private addresses ({reason}). Start Label Studio with "
                "SSRF_PROTECTION_ENABLED=false and ML_BLOCK_LOCAL_IP=false, or give STEADYHAND_URL a public address."
            )
        if status in (401, 403):
            return GatewayError(
                f"{purpose}: Label Studio at {self.url} does not accept the token ({reason}). Set LABEL_STUDIO_API_KEY to "
                "the token of an admin (Account & Settings; legacy tokens may be switched off: use an access token)."
            )
        if status == 404:
            return MissingError(f"{purpose}: Label Studio at {self.url} has no such thing ({reason}). Check the id.")
        if status >= 500 or status == 429:
            return TransientError(f"{purpose}: Label Studio failed with {status} ({reason}). Look into its log.")
        return GatewayError(f"{purpose}: Label Studio refused ({status}: {reason})")

    # -- reading --------------------------------------------------------------------------------------------------

    def version(self) -> str:
        return str(self._call("version", lambda: self._client.versions.get().release))

    def whoami(self) -> Member:
        return self._call("signing in", lambda: Member.from_json(_json(self._client.users.whoami())))

    def members(self) -> list[Member]:
        return self._call("members", lambda: [Member.from_json(_json(user)) for user in self._client.users.list()])

    def project(self, project: int) -> StudioProject:
        return self._call(
            f"project {project}", lambda: StudioProject.from_json(_json(self._client.projects.get(id=project)))
        )

    def tasks(self, project: int, *, since: str | None = None) -> Iterator[StudioTask]:
        """Tasks with their annotations, oldest change first; with ``since`` (ISO 8601) only those changed after it."""
        changed = {"filter": "filter:tasks:updated_at", "operator": "greater", "type": "Datetime", "value": since}
        query = {
            "filters": {"conjunction": "and", "items": [changed] if since else []},
            "ordering": ["tasks:updated_at"],
        }

        def page(number: int) -> list[StudioTask]:
            pager = self._client.tasks.list(
                project=project, query=json.dumps(query), fields="all", page=number, page_size=PAGE_SIZE
            )
            return [StudioTask.from_json(_json(task)) for task in pager.items or []]

        for number in itertools.count(1):
            try:
                batch = self._call(f"tasks of project {project}", partial(page, number))
            except MissingError:
                if number == 1:
                    raise
                return  # a page after a full last one is no page
            yield from batch
            if len(batch) < PAGE_SIZE:
                return

    # -- writing --------------------------------------------------------------------------------------------------

    def create_project(
        self, title: str, label_config: str, *, description: str = "", maximum_annotations: int = 1
    ) -> StudioProject:
        created = self._call(
            "creating a project",
            lambda: self._client.projects.create(
                title=title,
                label_config=label_config,
                description=description,
                maximum_annotations=maximum_annotations,
                request_options=NO_RETRY,
            ),
        )
        return StudioProject.from_json(_json(created))

    def update_project(
        self,
        project: int,
        *,
        label_config: str | None = None,
        show_collab_predictions: bool | None = None,
        model_version: str | None = None,
    ) -> None:
        changes = _present(
            label_config=label_config, show_collab_predictions=show_collab_predictions, model_version=model_version
        )
        self._call(f"changing project {project}", lambda: self._client.projects.update(id=project, **changes))

    def delete_project(self, project: int) -> None:
        self._delete(f"deleting project {project}", lambda: self._client.projects.delete(id=project))

    def create_task(self, project: int, data: Json, *, overlap: int, is_labeled: bool) -> int:
        created = self._call(
            "creating a task",
            lambda: self._client.tasks.create(
                project=project, data=data, overlap=overlap, is_labeled=is_labeled, request_options=NO_RETRY
            ),
        )
        return int(created.id)

    def update_task(
        self, task: int, *, data: Json | None = None, overlap: int | None = None, is_labeled: bool | None = None
    ) -> None:
        changes = _present(data=data, overlap=overlap, is_labeled=is_labeled)
        self._call(f"changing task {task}", lambda: self._client.tasks.update(id=str(task), **changes))

    def delete_task(self, task: int) -> None:
        self._delete(f"deleting task {task}", lambda: self._client.tasks.delete(id=str(task)))

    def import_tasks(self, project: int, data: Sequence[Json]) -> None:
        for batch in _batches(data):
            self._call(
                "importing tasks",
                partial(self._client.projects.import_tasks, id=project, request=batch, request_options=NO_RETRY),
            )

    def webhooks(self, project: int) -> list[Webhook]:
        return self._call(
            "webhooks",
            lambda: [Webhook.from_json(_json(hook)) for hook in self._client.webhooks.list(project=str(project))],
        )

    def create_webhook(self, project: int, url: str, *, headers: Json, actions: Sequence[str]) -> int:
        created = self._call(
            f"webhook to {url}",
            lambda: self._client.webhooks.create(
                project=project,
                url=url,
                headers=headers,
                actions=list(actions),
                send_payload=True,
                send_for_all_actions=False,
                request_options=NO_RETRY,
            ),
        )
        return int(created.id)

    def update_webhook(self, webhook: int, url: str, *, headers: Json, actions: Sequence[str]) -> None:
        """Set it as :meth:`create_webhook` makes one."""
        self._call(
            f"webhook to {url}",
            lambda: self._client.webhooks.update(
                id=webhook,
                url=url,
                headers=headers,
                actions=list(actions),
                is_active=True,
                send_payload=True,
                send_for_all_actions=False,
            ),
        )

    def delete_webhook(self, webhook: int) -> None:
        self._delete(f"deleting webhook {webhook}", lambda: self._client.webhooks.delete(id=webhook))

    def create_ml_backend(self, project: int, url: str, *, user: str, password: str) -> int:
        created = self._call(
            f"ML backend at {url}",
            lambda: self._client.ml.create(
                project=project,
                url=url,
                title="Steadyhand",
                auth_method="BASIC_AUTH",
                basic_auth_user=user,
                basic_auth_pass=password,
                request_options=NO_RETRY,
            ),
        )
        return int(created.id)

    def ml_backends(self, project: int) -> list[MlBackend]:
        """A project's ML backends. Label Studio asks each how it is before it answers."""
        return self._call(
            "ML backends",
            lambda: [MlBackend.from_json(_json(backend)) for backend in self._client.ml.list(project=project)],
        )

    def update_ml_backend(self, backend: int, project: int, url: str, *, user: str, password: str) -> None:
        """Label Studio asks it under the new address and password first, and changes nothing where that fails."""
        self._call(
            f"ML backend at {url}",
            lambda: self._client.ml.update(
                id=backend,
                project=project,  # without it Label Studio 1.23.2 fails
                url=url,
                auth_method="BASIC_AUTH",
                basic_auth_user=user,
                basic_auth_pass=password,
            ),
        )

    def delete_ml_backend(self, backend: int) -> None:
        self._delete(f"deleting ML backend {backend}", lambda: self._client.ml.delete(id=backend))

    def import_predictions(self, project: int, predictions: Sequence[NewPrediction]) -> None:
        for batch in _batches([to_dict(prediction) for prediction in predictions]):
            self._call(
                "importing predictions",
                partial(self._client.projects.import_predictions, id=project, request=batch, request_options=NO_RETRY),
            )

    def predictions(self, *, task: int | None = None, project: int | None = None) -> list[Prediction]:
        chosen = _present(task=task, project=project)
        return self._call(
            "predictions", lambda: [Prediction.from_json(_json(p)) for p in self._client.predictions.list(**chosen)]
        )

    def update_prediction(self, prediction: int, *, result: list[Json], score: float) -> None:
        self._call(
            f"changing prediction {prediction}",
            lambda: self._client.predictions.update(id=prediction, result=result, score=score),
        )

    def delete_prediction(self, prediction: int) -> None:
        self._delete(f"deleting prediction {prediction}", lambda: self._client.predictions.delete(id=prediction))

    def save_tab(self, project: int, tab: SavedTab) -> None:
        """Save a tab of the Data Manager, in place of one with the same title. A project without tabs gets Label Studio's default
        one first, so that it still opens on that."""
        titles = self._tabs(project)
        content: Any = tab.to_json()
        if not titles and tab.is_beside_others:
            self.save_tab(project, DEFAULT_TAB)
        if tab.title in titles:
            number = str(titles[tab.title])
            self._call(f"tab {tab.title}", lambda: self._client.views.update(id=number, project=project, data=content))
        else:
            self._call(f"tab {tab.title}", lambda: self._client.views.create(project=project, data=content))

    def delete_tab(self, project: int, title: str) -> None:
        number = self._tabs(project).get(title)
        if number is not None:
            self._delete(f"deleting tab {title}", lambda: self._client.views.delete(id=str(number)))

    def _tabs(self, project: int) -> dict[str, int]:
        """The ids of a project's tabs, by title."""
        views = self._call(f"tabs of project {project}", lambda: self._client.views.list(project=project))
        return {str((_json(view).get("data") or {}).get("title", "")): int(view.id) for view in views}

    def _delete(self, purpose: str, action: Callable[[], object]) -> None:
        """Run a deletion. Where the record is missing already, it has succeeded."""
        try:
            self._call(purpose, action)
        except MissingError:
            return

    # -- the plugin inside Label Studio ------------------------------------------------------------------------------

    def plugin(self) -> PluginStatus | None:
        """What the plugin says of itself; None where Label Studio runs without it.

        Raises:
            GatewayError: the plugin is there and does not accept our secret.
        """
        answer = self._request_plugin("GET", protocol.STATUS_PATH)
        if answer.status_code == 403:
            raise GatewayError(
                f"the plugin inside Label Studio at {self.url} has another STEADYHAND_SECRET; give both the same one"
            )
        from_plugin = answer.ok and answer.headers.get("Content-Type", "").startswith("application/json")
        return PluginStatus.from_json(answer.json()) if from_plugin else None

    def surroundings(self) -> Surroundings | None:
        """What the plugin sees from inside Label Studio; None without a plugin that can tell."""
        answer = self._request_plugin("GET", protocol.SURROUNDINGS_PATH)
        from_plugin = answer.ok and answer.headers.get("Content-Type", "").startswith("application/json")
        return Surroundings.from_json(answer.json()) if from_plugin else None

    def create_seed(self, project: int, data: Json, *, annotator: str, key: str) -> int:
        """A task reserved for one annotator; the same ``key`` gives the same task."""
        seed = protocol.SeedRequest(project, data, user=int(annotator), key=key)
        return int(self._post_to_plugin(protocol.SEEDS_PATH, seed.to_json())["task"])

    def set_policy(self, project: int, *, hidden: bool | None = None, corrections: bool | None = None) -> None:
        policy = protocol.PolicyRequest(project, hidden, corrections)
        self._post_to_plugin(protocol.POLICY_PATH, policy.to_json())

    def set_pause(self, project: int, *, annotator: str, reason: str | None) -> None:
        """Serve an annotator nothing for a ``reason``, which they read; None serves them again."""
        pause = protocol.PauseRequest(project, user=int(annotator), reason=reason)
        self._post_to_plugin(protocol.PAUSES_PATH, pause.to_json())

    def set_training(self, project: int, *, training: int | None, admitted: Sequence[str] = ()) -> None:
        """Serve annotators nothing in a project until they have passed in another one, but for those who are ``admitted``; None serves
        everybody."""
        request = protocol.TrainingRequest(project, training or 0, [int(annotator) for annotator in admitted])
        self._post_to_plugin(protocol.TRAINING_PATH, request.to_json())

    def set_guide(self, project: int, *, version: int | None, readers: Sequence[str] = ()) -> None:
        """Serve annotators nothing in a project until they have read a version of its guide, but for its ``readers``; None serves
        everybody. Who came to the dashboard by a link goes by an e-mail, and is served nothing anyway."""
        numbers = [int(reader) for reader in readers if reader.isdecimal()]
        self._post_to_plugin(protocol.GUIDES_PATH, protocol.GuideRequest(project, version or 0, numbers).to_json())

    def _post_to_plugin(self, path: str, body: Json) -> Json:
        answer = self._request_plugin("POST", path, body)
        if not answer.ok:
            kind = MissingError if answer.status_code == 404 else GatewayError
            raise kind(f"the plugin inside Label Studio refused {path} ({answer.status_code}): {_detail(answer)}")
        return dict(answer.json())

    def _request_plugin(self, method: str, path: str, body: Json | None = None) -> requests.Response:
        try:
            for key in self._plugin_keys:
                answer = requests.request(
                    method,
                    self.url + path,
                    json=body,
                    headers=protocol.authorization(key),
                    timeout=10,
                    allow_redirects=False,
                )
                if answer.status_code != 403:
                    break
        except requests.RequestException as error:
            raise TransientError(f"Label Studio at {self.url} can't be reached. Is it running?") from error
        if answer.status_code >= 500:
            raise TransientError(f"the plugin inside Label Studio failed ({answer.status_code}); look into its log")
        return answer


def _detail(answer: requests.Response) -> str:
    """What a refusal of the plugin says; the beginning of the page where something else answered."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]


def _json(model: Any) -> Json:
    return dict(model.model_dump(mode="json"))


def _batches(rows: Sequence[Json]) -> Iterator[list[Json]]:
    for start in range(0, len(rows), PAGE_SIZE):
        yield list(rows[start : start + PAGE_SIZE])


def _present(**fields: Any) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
