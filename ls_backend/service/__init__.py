"""The use cases: what Steadyhand does with a project of Label Studio.

One door in (:func:`ingest`), one door out (:func:`write_back`). Every function takes the :class:`Context` first.
"""

from ls_backend.service import books, paying, payouts, pilots
from ls_backend.service.context import Context
from ls_backend.service.ingest import Applied, drain, ingest, put_in, receive, reconcile
from ls_backend.service.pipeline import Pull, move, take_in
from ls_backend.service.programme import Terms, attach, detach, status
from ls_backend.service.scoring import at_work, consensus_of, inspect, panel, rescore, settled_lines
from ls_backend.service.seeding import place
from ls_backend.service.writeback import write_back

__all__ = [
    "Applied",
    "Context",
    "Pull",
    "Terms",
    "at_work",
    "attach",
    "books",
    "consensus_of",
    "detach",
    "drain",
    "ingest",
    "inspect",
    "move",
    "panel",
    "paying",
    "payouts",
    "pilots",
    "place",
    "put_in",
    "receive",
    "reconcile",
    "rescore",
    "settled_lines",
    "status",
    "take_in",
    "write_back",
]
