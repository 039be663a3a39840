"""Times as Label Studio writes and takes them. Pure."""

from datetime import UTC, datetime


def parse_timestamp(text: str) -> float:
    """ISO 8601 with a time zone -> seconds since the epoch. Raises ValueError, naming the text."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return time.timestamp()


def format_timestamp(seconds: float) -> str:
    """Seconds since the epoch -> the one form in which Label Studio's filters take a time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
