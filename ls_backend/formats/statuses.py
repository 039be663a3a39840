"""What a row says of whether it counts: it was rejected, or is a draft. Pure."""

from collections.abc import Sequence

from ls_backend.formats.tables import normalised

STATUS_COLUMNS = frozenset(
    ("status", "assignmentstatus", "assignment_status", "annotation_status", "response_status", "submission_status")
)
UNCOUNTED = frozenset(
    [
        *(
            "rejected",
            "returned",
            "timed_out",
            "expired",
            "abandoned",
            "discarded",
            "draft",
            "pending",
            "in_progress",
            "incomplete",
        ),
        *("cancelled", "canceled", "skipped", "deleted", "aborted", "screened_out", "invalid"),
    ]
)
"""Statuses of rows that are no answers, or were not accepted."""
FLAG_COLUMNS = (UNCOUNTED - {"pending", "invalid", "incomplete"}) | {
    f"{verb}_{word}" for verb in ("was", "is") for word in UNCOUNTED
}
"""Columns that say by yes or no what a status says."""
COUNTED = frozenset(
    [
        *(
            "approved",
            "accepted",
            "submitted",
            "completed",
            "complete",
            "done",
            "finished",
            "validated",
            "valid",
            "reviewed",
        ),
        *("awaiting_review", "active", "ok", "paid"),
    ]
)
YES, NO = frozenset(("true", "yes", "y", "1", "1.0")), frozenset(("false", "no", "n", "0", "0.0"))


def status_places(names: Sequence[str], taken: frozenset[int]) -> tuple[int, ...]:
    """Where columns stand that say whether a row counts, by the normalised names of all columns, of those that are not taken otherwise."""
    known = STATUS_COLUMNS | FLAG_COLUMNS
    return tuple(n for n, name in enumerate(names) if name in known and n not in taken)


def is_counted(column: str, text: str) -> bool | None:
    """Whether a row counts whose cell in a column says this; None where the cell is not known."""
    if normalised(column) in FLAG_COLUMNS:
        word = text.casefold()
        return word in NO if word in YES | NO else None
    status = normalised(text)
    return status in COUNTED if status in COUNTED | UNCOUNTED else None
