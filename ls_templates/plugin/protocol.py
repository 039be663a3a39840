"""What the plugin and the service say to each other. Both sides import it, so it needs the standard library only.

The shared ``STEADYHAND_SECRET`` is never sent. One key is derived from it for these calls, in both directions; while the secret is exchanged,
each side accepts the key of ``STEADYHAND_PREVIOUS_SECRET`` as well:

- the service asks the plugin, on Label Studio's origin: ``GET /steadyhand/plugin``, ``POST /steadyhand/seeds``,
  ``GET /steadyhand/surroundings``, ``POST /steadyhand/policy``, ``POST /steadyhand/pauses``, ``POST /steadyhand/training``,
  ``POST /steadyhand/guides``;
- the plugin asks the service, for the annotator who is signed in: ``GET /panel``, ``GET /to-read``, ``POST /unclear``, ``POST /onboarding``.

Pages pass through the plugin with an identity instead (:mod:`ls_templates.plugin.identity`).
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value")
JSON_NAMES: dict[type, str] = {
    int: "a whole number",
    str: "text",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}

SCHEME = "Steadyhand"
AUTHORIZATION_HEADER = "Authorization"
GUARD_HEADER = "X-Steadyhand"  # on answers: the guard says what it did
REFUSED = "refused"
KEY_PURPOSE = "plugin"
MAX_KEY_LENGTH = 64

STATIC = Path(__file__).parent / "static"
PLUGIN_PREFIX = "/steadyhand/"
STATUS_PATH = PLUGIN_PREFIX + "plugin"
SURROUNDINGS_PATH = PLUGIN_PREFIX + "surroundings"
SEEDS_PATH = PLUGIN_PREFIX + "seeds"
POLICY_PATH = PLUGIN_PREFIX + "policy"
PAUSES_PATH = PLUGIN_PREFIX + "pauses"
TRAINING_PATH = PLUGIN_PREFIX + "training"
GUIDES_PATH = PLUGIN_PREFIX + "guides"
OWN_STANDING_PATH = PLUGIN_PREFIX + "panel"
UNCLEAR_PATH = PLUGIN_PREFIX + "unclear"
SERVICE_PANEL_PATH = "/panel"
SERVICE_TO_READ_PATH = "/to-read"
SERVICE_UNCLEAR_PATH = "/unclear"
SERVICE_ONBOARDING_PATH = "/onboarding"
TO_READ = "to_read"  # the version of the guide that somebody has yet to read before going on; null for none
PASSED = "passed"  # the stage of a newcomer who is served ordinary work from then on
LINKS_PARAMETER = "links"  # of the panel: its script knows how to do without figures
SERVICE_HEADER = "X-Steadyhand-Service"  # on the service's pages: its version


def derive_key(secret: str, purpose: str) -> str:
    """A key for one purpose, from which neither the secret nor the key of another purpose can be computed."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def derive_keys(secrets: Iterable[str], purpose: str) -> tuple[str, ...]:
    """The keys for one purpose of several secrets, each once."""
    return tuple(dict.fromkeys(derive_key(secret, purpose) for secret in secrets))


def authorization(key: str) -> dict[str, str]:
    """The header with which the plugin and the service identify themselves to each other."""
    return {AUTHORIZATION_HEADER: f"{SCHEME} {key}"}


def is_authorized(header: str | None, keys: Iterable[str]) -> bool:
    """Whether the value of the authorization header is the other side's, with any of the keys; compared in constant time."""
    return any(same(header, authorization(key)[AUTHORIZATION_HEADER]) for key in keys)


def same(given: str | None, expected: str) -> bool:
    """Whether a secret is the expected one, in a time that tells nothing of it."""
    return hmac.compare_digest((given or "").encode(), expected.encode())


class ProtocolError(ValueError):
    """A request that does not say what it must; the message says what is wrong and how to fix it."""


@dataclass(frozen=True, slots=True)
class SeedRequest:
    """A task to be created for one annotator. ``key`` is the service's: the same key creates one task only."""

    project: int
    data: dict[str, Any]
    user: int
    key: str

    @classmethod
    def from_json(cls, body: object) -> "SeedRequest":
        """Raises ProtocolError where a field is missing or has another type."""
        fields = _object(body)
        key = _field(fields, "key", str)
        if not 0 < len(key) <= MAX_KEY_LENGTH:
            raise ProtocolError(f"`key` has {len(key)} characters; it must have 1 to {MAX_KEY_LENGTH}")
        return cls(
            project=_field(fields, "project", int),
            data=_field(fields, "data", dict),
            user=_field(fields, "user", int),
            key=key,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """What annotators may do in a project; None leaves a setting as it is."""

    project: int
    hidden: bool | None = None
    corrections: bool | None = None

    @classmethod
    def from_json(cls, body: object) -> "PolicyRequest":
        """Raises ProtocolError where a field is missing or has another type."""
        fields = _object(body)
        changes = {name: _field(fields, name, bool) for name in ("hidden", "corrections") if name in fields}
        return cls(_field(fields, "project", int), **changes)

    def to_json(self) -> dict[str, Any]:
        return {"project": self.project, **self.changes()}

    def changes(self) -> dict[str, bool]:
        """The settings that are not None."""
        settings = {"hidden": self.hidden, "corrections": self.corrections}
        return {name: value for name, value in settings.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """Whether a user is served tasks of a project: with a ``reason``, which the user reads, nothing; with None again."""

    project: int
    user: int
    reason: str | None = None

    @classmethod
    def from_json(cls, body: object) -> "PauseRequest":
        """Raises ProtocolError where a field is missing or has another type, or the reason is empty."""
        fields = _object(body)
        reason = _field(fields, "reason", str) if fields.get("reason") is not None else None
        if reason is not None and not reason.strip():
            raise ProtocolError("`reason` is empty; the user reads it, so say why")
        return cls(_field(fields, "project", int), _field(fields, "user", int), reason)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """Annotators of ``project`` are served nothing there until they have passed in the project ``training``, but for those who are
    ``admitted``; with 0 everybody is served."""

    project: int
    training: int
    admitted: list[int]

    @classmethod
    def from_json(cls, body: object) -> "TrainingRequest":
        """Raises ProtocolError where a field is missing or has another type."""
        fields = _object(body)
        admitted = _users(fields, "admitted")
        return cls(_field(fields, "project", int), _field(fields, "training", int), admitted)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GuideRequest:
    """Annotators of ``project`` are served no next task until they have read a ``version`` of its guide, or a later one; ``readers`` are
    those who have. With version 0 everybody is served."""

    project: int
    version: int
    readers: list[int]

    @classmethod
    def from_json(cls, body: object) -> "GuideRequest":
        """Raises ProtocolError where a field is missing or has another type."""
        fields = _object(body)
        version = _field(fields, "version", int)
        if version < 0:
            raise ProtocolError(f"`version` is {version}; versions count from 1, and 0 is none")
        return cls(_field(fields, "project", int), version, _users(fields, "readers"))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OnboardingRequest:
    """What a user has answered in the training of a project, oldest first: each answer with its ``id``, ``created_at``, ``result``, and the
    ``data`` of its task."""

    project: int
    user: int
    answers: list[dict[str, Any]]

    @classmethod
    def from_json(cls, body: object) -> "OnboardingRequest":
        """Raises ProtocolError where a field is missing or has another type."""
        fields = _object(body)
        answers = _field(fields, "answers", list)
        if not all(isinstance(answer, dict) for answer in answers):
            raise ProtocolError("`answers` must be a list of objects")
        return cls(_field(fields, "project", int), _field(fields, "user", int), answers)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class UnclearRequest:
    """A task that is unclear to a user: what it shows, and the reason, in ``text`` too if there is more to say."""

    project: int
    user: int
    task: int
    data: dict[str, Any]
    reason: str
    text: str

    @classmethod
    def from_json(cls, body: object) -> "UnclearRequest":
        """Raises ProtocolError where a field is missing or has another type."""
        fields = _object(body)
        return cls(
            project=_field(fields, "project", int),
            user=_field(fields, "user", int),
            task=_field(fields, "task", int),
            data=_field(fields, "data", dict),
            reason=_field(fields, "reason", str),
            text=_field(fields, "text", str),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _object(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ProtocolError(f"the body is a JSON {type(body).__name__}; send an object")
    return body


def _users(fields: dict[str, Any], name: str) -> list[int]:
    users = _field(fields, name, list)
    if not all(type(user) is int for user in users):
        raise ProtocolError(f"`{name}` must be a list of whole numbers")
    return users


def _field(fields: dict[str, Any], name: str, kind: type[Value]) -> Value:
    if name not in fields:
        raise ProtocolError(f"`{name}` is missing; the request needs it")
    value = fields[name]
    if type(value) is not kind:  # a bool is an int to isinstance
        raise ProtocolError(f"`{name}` is {value!r}; it must be {JSON_NAMES[kind]}")
    return value
