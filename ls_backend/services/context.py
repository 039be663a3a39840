"""What every use case works with."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ls_backend.label_studio.gateway import Gateway
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import MeasurementOptions
from ls_backend.records import from_dict
from ls_backend.settings import Settings
from ls_backend.store.engine import Row, Store
from ls_templates.mapping import AnswerMapping

T = TypeVar("T")


def silent(things: Iterable[T], _label: str) -> Iterable[T]:
    """The progress reporter that reports nothing."""
    return things


@dataclass(frozen=True)
class Held:
    """A project's judgments that count, as far as rows up to a ``stamp`` tell, and the ids of all those rows."""

    stamp: int
    ids: set[str]
    judgments: Judgments


Track = Callable[[Iterable[T], str], Iterable[T]]


@dataclass(frozen=True)
class Context:
    """The store, the gateway and the settings; the clock is an argument so that tests can hold it. ``held`` remembers the judgments
    of projects that were read, by project."""

    store: Store
    gateway: Gateway
    settings: Settings
    clock: Callable[[], float] = time.time
    held: dict[int, "Held"] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Context":
        from ls_backend.label_studio.sdk import SdkGateway  # the SDK takes seconds to import

        gateway = SdkGateway(
            settings.label_studio_url,
            settings.label_studio_api_key.get_secret_value(),
            plugin_key=settings.plugin_key,
        )
        return cls(Store(settings.database_url), gateway, settings)


def measurement_of(row: Row) -> MeasurementOptions:
    """How attentiveness is measured in a project, by its row."""
    return MeasurementOptions(**(row["measuring"] or {}))


def mapping_of(row: Row) -> AnswerMapping:
    """The mapping of a project's row."""
    return from_dict(AnswerMapping, row["mapping"])
