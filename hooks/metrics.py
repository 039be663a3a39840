"""The service's figures for Prometheus, in a registry of their own. No figure is kept by person, and none by project.

Counters and times are those of one process; what waits is counted in the database, and so is the same in all of them.
"""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from ls_backend.services.context import Context
from ls_backend.services.ingest import Applied
from ls_backend.services.queries.events import oldest_pending, pending_events, unreadable_events
from ls_backend.store.records import EventState
from ls_templates.plugin import VERSION

disable_created_metrics()  # type: ignore[no-untyped-call]
LAG_BUCKETS = (0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 1800)
JOB_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)
REQUEST_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """What the receiver and the worker count. ``queue_length`` is asked when somebody reads."""

    def __init__(self, ctx: Context, queue_length: Callable[[], int]) -> None:
        self.registry = registry = CollectorRegistry()
        self.received = Counter(
            "steadyhand_events_received", "Webhook events, by what came of them", ["outcome"], registry=registry
        )
        self.applied = Counter(
            "steadyhand_events_processed",
            "Events taken from the inbox, by the state they have now",
            ["state"],
            registry=registry,
        )
        self.lag = Histogram(
            "steadyhand_event_lag_seconds",
            "From the receipt of an event until it is scored",
            buckets=LAG_BUCKETS,
            registry=registry,
        )
        self.jobs = Histogram(
            "steadyhand_job_seconds", "Jobs of the worker", ["job", "outcome"], buckets=JOB_BUCKETS, registry=registry
        )
        self.written = Counter(
            "steadyhand_copies_written", "Copies written into Label Studio", ["copy"], registry=registry
        )
        self.errors = Counter(
            "steadyhand_errors", "Failures, by where and of which kind", ["where", "kind"], registry=registry
        )
        self.requests = Histogram(
            "steadyhand_request_seconds",
            "Requests, by route",
            ["route", "method", "status"],
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        registry.register(_Waiting(ctx, queue_length))

    def processed(self, applied: Applied, *, now: float) -> None:
        """Note the events that one run of the worker applied and scored."""
        for state, received_at in applied.events:
            self.applied.labels(state.value).inc()
            if state is EventState.APPLIED:
                self.lag.observe(max(now - received_at, 0.0))

    def as_text(self) -> bytes:
        return generate_latest(self.registry)


class _Waiting(Collector):
    """What stands in the database and the queue when somebody reads; left out where that can't be asked."""

    def __init__(self, ctx: Context, queue_length: Callable[[], int]) -> None:
        self.ctx, self.queue_length = ctx, queue_length

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("steadyhand_info", "The running version", labels=["version"])
        info.add_metric([VERSION], 1)
        yield info
        yield from self._in_database()
        try:
            yield GaugeMetricFamily("steadyhand_queue_length", "Jobs that wait in the queue", value=self.queue_length())
        except Exception:  # noqa: BLE001  (whatever the queue's backend throws)
            yield GaugeMetricFamily("steadyhand_queue_up", "Whether the queue can be used", value=0)
        else:
            yield GaugeMetricFamily("steadyhand_queue_up", "Whether the queue can be used", value=1)

    def _in_database(self) -> Iterator[Metric]:
        is_up, help_text = "steadyhand_database_up", "Whether the database can be used"
        try:
            pending, unreadable = pending_events(self.ctx), unreadable_events(self.ctx)
            oldest = oldest_pending(self.ctx)
        except SQLAlchemyError:
            yield GaugeMetricFamily(is_up, help_text, value=0)
            return
        yield GaugeMetricFamily(is_up, help_text, value=1)
        yield GaugeMetricFamily("steadyhand_events_pending", "Events that wait to be applied", value=pending)
        yield GaugeMetricFamily("steadyhand_events_unreadable", "Events kept aside, not applied", value=unreadable)
        age = 0.0 if oldest is None else max(self.ctx.clock() - oldest, 0.0)
        yield GaugeMetricFamily("steadyhand_oldest_pending_seconds", "Age of the oldest event that waits", value=age)
