"""The service, asked from inside Label Studio for the annotator who is signed in."""

import time
from typing import Any

import requests
from django.conf import settings

from ls_templates.plugin import protocol

TIMEOUT_SECONDS = 1.0
PAUSE_SECONDS = 15.0


class Service:
    """Remembers the connection to the service, and until when it is left alone: labelling never waits for it twice in a row."""

    def __init__(self) -> None:
        self.paused_until = 0.0
        self.http = requests.Session()

    def ask(self, method: str, path: str, **asked: Any) -> dict[str, Any] | None:
        """The service's answer; None where there is none, or it refuses."""
        if not settings.STEADYHAND_SERVICE_URL or time.monotonic() < self.paused_until:
            return None
        try:
            answer = self.http.request(
                method,
                settings.STEADYHAND_SERVICE_URL + path,
                **asked,
                headers=protocol.authorization(settings.STEADYHAND_PLUGIN_KEYS[0]),
                timeout=TIMEOUT_SECONDS,
            )
            return answer.json() if answer.ok else None
        except (requests.RequestException, ValueError):
            self.paused_until = time.monotonic() + PAUSE_SECONDS
            return None
