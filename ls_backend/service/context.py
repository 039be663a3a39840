"""What every use case works with."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from ls_backend.gateway import Gateway
from ls_backend.settings import Settings
from ls_backend.store import Row, Store
from ls_templates.catalog import Mapping

T = TypeVar("T")


def silent(things: Iterable[T], _label: str) -> Iterable[T]:
    """The progress reporter that reports nothing."""
    return things


Track = Callable[[Iterable[T], str], Iterable[T]]


@dataclass(frozen=True)
class Context:
    """The store, the gateway and the settings; the clock is an argument so that tests can hold it."""

    store: Store
    gateway: Gateway
    settings: Settings
    clock: Callable[[], float] = time.time

    @classmethod
    def from_settings(cls, settings: Settings) -> "Context":
        from ls_backend.labelstudio import SdkGateway  # the SDK takes seconds to import

        gateway = SdkGateway(
            settings.label_studio_url,
            settings.label_studio_api_key.get_secret_value(),
            plugin_secret=settings.derive("plugin"),
        )
        return cls(Store(settings.database_url), gateway, settings)


def mapping_of(row: Row) -> Mapping:
    """The mapping of a project's row."""
    return Mapping(**row["mapping"])
