"""The use cases: what Steadyhand does with a project of Label Studio.

One door in (:func:`ingest`), one door out (:func:`write_back`). Every function takes the :class:`Context` first.
"""

from ls_backend.services import ledger as books
from ls_backend.services import payouts, pilots
from ls_backend.services import settlement as paying
from ls_backend.services.context import Context
from ls_backend.services.ingest import Applied, drain, ingest, put_in, receive, reconcile
from ls_backend.services.monitoring import MonitoringTerms, attach, detach, status
from ls_backend.services.pipeline import Pull, move, take_in
from ls_backend.services.scoring import at_work, consensus_of, inspect, panel, rescore, settled_lines
from ls_backend.services.seeding import place
from ls_backend.services.writeback import write_back

__all__ = [
    "Applied",
    "Context",
    "MonitoringTerms",
    "Pull",
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
