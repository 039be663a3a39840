"""The use cases: what Steadyhand does with a project of Label Studio.

One door in (:mod:`ls_backend.services.ingest`), one door out (:mod:`ls_backend.services.write_back`). Every function takes the
:class:`Context` first, and the :class:`Actor` second where it writes. What is only read stands in :mod:`ls_backend.services.queries`.
"""

from ls_backend.services.actor import Actor
from ls_backend.services.attaching import AttachReport, MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.detaching import DetachReport, detach
from ls_backend.services.disputes import dispute, resolve
from ls_backend.services.events import enqueue_event, receive_event
from ls_backend.services.ingest import Applied
from ls_backend.services.payouts import export_payouts
from ls_backend.services.pilots import look_at_pilot, peek_at_pilot, start_pilot, stop_pilot
from ls_backend.services.processing import Pull, apply_event, process
from ls_backend.services.scoring import rescore
from ls_backend.services.seeding import seed_project
from ls_backend.services.settling import approve, settle
from ls_backend.services.verifying import verify
from ls_backend.services.write_back import write_back

__all__ = [
    "Actor",
    "Applied",
    "AttachReport",
    "Context",
    "DetachReport",
    "MonitoringTerms",
    "Pull",
    "apply_event",
    "approve",
    "attach",
    "detach",
    "dispute",
    "enqueue_event",
    "export_payouts",
    "look_at_pilot",
    "peek_at_pilot",
    "process",
    "receive_event",
    "rescore",
    "resolve",
    "seed_project",
    "settle",
    "start_pilot",
    "stop_pilot",
    "verify",
    "write_back",
]
