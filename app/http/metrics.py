"""What this worker measures of itself and of its answers, for Prometheus; each worker answers for itself alone."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# Methods are the client's to choose; only these have series of their own.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The registry of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        labels = ("method", "route")
        self._answers = Counter("motcua_requests", "Answers given", (*labels, "status"), registry=self.registry)
        self._seconds = Histogram(
            "motcua_request_seconds", "Seconds to an answer", labels, buckets=_BUCKETS, registry=self.registry
        )
        # Looking children up by their labels costs more than counting does.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: Any, status: int, seconds: float) -> None:
        """Count one answer; `route` is the matched route, None where there was none."""
        path = getattr(route, "path", "none")
        key = (method if method in METHODS else "other", path, status)
        children = self._children.get(key)
        if children is None:
            named, path, _status = key
            children = self._answers.labels(named, path, str(status)), self._seconds.labels(named, path)
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def shown(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
