"""How much, and how often, one address may send to each route.

The limits are far above what a busy Label Studio sends: they keep one sender from taking all of the memory and all of the threads. Secrets
need no protection against guessing, as they have 256 bits, so refused requests are not counted apart; a Label Studio that shares its address with
somebody who is refused would suffer.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests
from werkzeug.wrappers import Request

KB, MB = 1024, 1024 * 1024
MOST_SENDERS = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one route, or of the routes that share it: the size of a body, requests in a second over a longer time, and at once."""

    size: int
    per_second: float
    at_once: int


LARGEST = 32 * MB  # a webhook carries a whole task, and a request for predictions many
OPERATIONS = Limit(KB, 20, 60)
PAGES = Limit(MB, 50, 300)  # everybody's, as they come through the plugin from one address
NO_ROUTE = Limit(KB, 10, 60)
LIMITS: dict[str, Limit] = {
    "webhook": Limit(LARGEST, 2000, 4000),
    "ml_backend.predict": Limit(LARGEST, 50, 200),
    "ml_backend.setup": Limit(4 * MB, 20, 100),
    "ml_backend.health": OPERATIONS,
    "ml_backend.versions": OPERATIONS,
    "panel": Limit(64 * KB, 500, 1000),
    "operations": OPERATIONS,
    "dashboard": PAGES,
}
"""By endpoint, or by blueprint for all of its endpoints; and of the webhook."""


def limit_of(endpoint: str | None) -> tuple[str, Limit]:
    """The limit of an endpoint, and the name under which its requests are counted."""
    if endpoint is None:
        return "", NO_ROUTE
    name = endpoint if endpoint in LIMITS else endpoint.partition(".")[0]
    return name, LIMITS[name]


class Senders:
    """How much each sender may still send: a bucket that fills with time (a token bucket) for each address and name of a limit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}  # what is in it, and when that was

    def seconds_to_wait(self, sender: str, name: str, limit: Limit) -> float:
        """Take one request; 0 where it is allowed, else how long until one is."""
        now, key = self._clock(), (name, sender)
        with self._guard:
            left, at = self._buckets.pop(key, (float(limit.at_once), now))
            left = min(left + (now - at) * limit.per_second, limit.at_once)
            self._buckets[key] = (max(left - 1, 0.0) if left >= 1 else left, now)  # the latest stands last
            if len(self._buckets) > MOST_SENDERS:
                del self._buckets[next(iter(self._buckets))]
        return 0.0 if left >= 1 else (1 - left) / limit.per_second


def refuse_too_much(asked: Request, endpoint: str | None, senders: Senders) -> None:
    """Raises TooManyRequests or RequestEntityTooLarge, before anything of a request is read."""
    name, limit = limit_of(endpoint)
    wait = senders.seconds_to_wait(asked.remote_addr or "", name, limit)
    if wait:
        raise TooManyRequests(
            "Too many requests from this address; try again in a moment.", retry_after=max(round(wait), 1)
        )
    asked.max_content_length = limit.size
    if (asked.content_length or 0) > limit.size:
        raise RequestEntityTooLarge(f"The body is larger than {limit.size} bytes, which is the most here.")


def limit_requests(app: Flask, senders: Senders) -> None:
    """Refuse what is too large or too often on all routes of an app."""

    @app.before_request
    def check() -> None:
        refuse_too_much(request, request.endpoint, senders)
