"""Logs: a line of text, or of JSON, for each thing that happened, with the id of the request or job it belongs to.

No personal data stands in them. What is logged names projects, routes and kinds of errors; and what an error's text may bring along (e-mail
addresses, tokens, passwords in addresses) is taken out of every line before it is written.
"""

import json
import logging
import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

LogFormat = Literal["text", "json"]
NOBODY = "-"
NOISY = {"httpx": logging.WARNING, "huey": logging.WARNING, "alembic": logging.WARNING, "waitress.queue": logging.ERROR}
USABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
REMOVED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"\b[0-9a-fA-F]{40,}\b"), "[token]"),
    (re.compile(r"(?i)\b(token|bearer|basic|steadyhand)\s+[\w+/=.-]{16,}"), r"\1 [token]"),
    (re.compile(r"://[^\s/@:]+:[^\s/@]+@"), "://[password]@"),
)
work_id: ContextVar[str] = ContextVar("work_id", default=NOBODY)
"""Of the request or job that is being worked on."""


def new_id(given: str | None = None) -> str:
    """An id for a request or job: what the caller calls it, where that is usable."""
    return given if given and USABLE_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"


@contextmanager
def working_on(name: str) -> Iterator[None]:
    """What is logged inside belongs to this piece of work."""
    before = work_id.set(name)
    try:
        yield
    finally:
        work_id.reset(before)


def without_personal_data(text: str) -> str:
    """A line as it may be written."""
    for pattern, instead in REMOVED:
        text = pattern.sub(instead, text)
    return text


class TextFormatter(logging.Formatter):
    """``time LEVEL logger [id] message``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(work_id)s]: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.work_id = work_id.get()
        return without_personal_data(super().format(record))


class JsonFormatter(logging.Formatter):
    """An object on one line; the fields that a message is given by ``extra={"fields": {...}}`` stand beside it."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "id": work_id.get(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return without_personal_data(json.dumps(entry, ensure_ascii=False, default=str))


def configure(form: LogFormat, stream: TextIO | None = None) -> None:
    """Write all logs of the process to standard error, in one form."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name, level in NOISY.items():
        logging.getLogger(name).setLevel(level)
