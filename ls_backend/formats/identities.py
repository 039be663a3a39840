"""Who annotators are on a platform that pays them."""

import csv
import io

from ls_backend.errors import InputError


def read_identities(text: str, *, source: str) -> dict[str, dict[str, str]]:
    """From CSV: by id or e-mail in lower case, the other columns of their line.

    Raises:
        InputError: the first line does not name the columns.
    """
    rows = list(csv.DictReader(io.StringIO(text.strip())))
    if not rows or not {"annotator", "participant_id"} <= set(rows[0]):
        raise InputError(f"{source}: the first line must name the columns annotator,participant_id (and assignment_id)")
    return {(r["annotator"] or "").strip().lower(): {k: (v or "").strip() for k, v in r.items() if k} for r in rows}
