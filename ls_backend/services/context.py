"""What every use case works with."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ls_backend.label_studio.gateway import Gateway
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.figure_cache import FigureCache
from ls_backend.settings import Settings
from ls_backend.store import Store

T = TypeVar("T")


class Track(Protocol):
    """A progress reporter: hands on what it is given, and shows under a label how far it has come."""

    def __call__(self, things: Iterable[T], label: str, /) -> Iterable[T]: ...


def silent(things: Iterable[T], _label: str, /) -> Iterable[T]:
    """The progress reporter that reports nothing."""
    return things


@dataclass(frozen=True)
class CachedJudgments:
    """A project's judgments that count, as far as rows up to a ``revision`` tell, and the ids of all those rows."""

    revision: int
    ids: set[str]
    judgments: Judgments


@dataclass(frozen=True)
class Context:
    """The store, the gateway and the settings; the clock is an argument so that tests can set it. ``judgments_cache`` remembers the
    judgments of projects that were read, by project (:mod:`ls_backend.services.queries.judgments`), ``figures_cache`` what was
    computed from them (:mod:`ls_backend.services.queries.figures`)."""

    store: Store
    gateway: Gateway
    settings: Settings
    clock: Callable[[], float] = time.time
    judgments_cache: dict[int, CachedJudgments] = field(default_factory=dict)
    figures_cache: FigureCache = field(default_factory=FigureCache)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Context":
        return cls(Store(settings.database_url), gateway_of(settings), settings)


def gateway_of(settings: Settings) -> Gateway:
    """The Label Studio that the settings name; it is not asked yet."""
    from ls_backend.label_studio.sdk import SdkGateway  # the SDK takes seconds to import

    return SdkGateway(
        settings.label_studio_url,
        settings.label_studio_api_key.get_secret_value(),
        plugin_keys=settings.plugin_keys,
    )
