"""The use cases: what Steadyhand does with a project of Label Studio.

One door in (:mod:`ls_backend.services.ingest`), one door out (:mod:`ls_backend.services.write_back`). Every function takes the
:class:`~ls_backend.services.context.Context` first, and the :class:`~ls_backend.services.actor.Actor` second where it writes. What
is only read stands in :mod:`ls_backend.services.queries`. Import a use case from its module: this package imports none, so that
nobody pays for those they don't use.
"""
