"""What /metrics shows, in Prometheus' text format."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predictor.log import OK, PredictionLog
from predictor.model import Model
from predictor.spool import Spool

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
# Anything else is one label: a path comes from the client.
PATHS = frozenset({"/v1/predictions", "/v1/model", "/healthz", "/readyz", "/metrics", "/openapi.json"})


class Metrics:
    """The counters of one app; nothing global, so several apps can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.predictions = Counter("service_predictions", "Predictions answered", registry=self.registry)
        self.requests = Counter("service_requests", "Requests", ["path", "status"], registry=self.registry)
        self.seconds = Histogram(
            "service_request_seconds", "Time to answer", ["path"], buckets=_BUCKETS, registry=self.registry
        )

    def describe(self, release: str, model: Model) -> None:
        """Shows what is served."""
        info = Gauge("service_info", "What is served", ["release", "model", "version"], registry=self.registry)
        info.labels(release, model.name, model.version).set(1)

    def watch(self, log: PredictionLog, spool: Spool) -> None:
        """Shows the prediction log's state."""
        for name, text, read in (
            ("service_log_database_up", "1 when the database takes rows", lambda: log.state == OK),
            ("service_log_spool_up", "1 when the spool takes rows", lambda: log.spool_state == OK),
            ("service_log_waiting_rows", "Rows that the spool did not take, in memory alone", lambda: log.waiting),
            ("service_log_spool_bytes", "Bytes in the spool, of all instances on this host", spool.size),
            ("service_log_written_rows", "Rows given to the database by this instance", lambda: log.written),
            ("service_log_dropped_rows", "Rows lost: database and disk both failed", lambda: log.dropped),
            ("service_log_rejected_rows", "Rows that the database will never take", lambda: log.rejected),
        ):
            Gauge(name, text, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """The page."""
        return generate_latest(self.registry)


class CountRequests:
    """ASGI middleware that counts and times requests."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # what the outermost handler answers when nobody else did
        started = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        path = scope["path"] if scope["path"] in PATHS else "other"
        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.requests.labels(path, str(status)).inc()
            self._metrics.seconds.labels(path).observe(time.perf_counter() - started)
