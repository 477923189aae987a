"""Measures responses and processes for Prometheus. With several workers, `/metrics` of each covers all of them."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.database.connection import PoolState

CONTENT_TYPE = CONTENT_TYPE_LATEST

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# Of all workers together.
_POOL = {
    "pool_size": "Most connections of the pools to the database",
    "pool_lent_connections": "Connections that tasks use",
    "pool_idle_connections": "Open connections that no task uses",
    "pool_waiting_tasks": "Tasks that wait for a connection",
}
# The worst that a worker sees.
_SERVER = {
    "server_down": "Whether the last probe of the server failed (0 or 1)",
    "server_standby": "Whether the server is a standby (0 or 1)",
    "server_age_seconds": "Seconds since the data of the server were those of the primary",
}

# Clients may send any method. Only these have their own series.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# The library reads this variable at its import: if it is set, counts are kept in files of that directory.
_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_counts(workers: int, port: int) -> Iterator[None]:
    """Makes several workers, started within the block, keep their counts in files that each of them can read.

    Removes the files of an earlier run. Raises OSError if the directory cannot be made.
    """
    if workers == 1:
        yield
        return
    directory = Path(tempfile.gettempdir(), f"motcua-metrics-{port}")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    os.environ[_DIRECTORY] = str(directory)
    try:
        yield
    finally:
        del os.environ[_DIRECTORY]
        shutil.rmtree(directory, ignore_errors=True)


class Metrics:
    """The measures of one application: of all workers if they share their counts, of this process otherwise."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        if _DIRECTORY in os.environ:
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
            own = None
        else:
            own = self._registry
            ProcessCollector(registry=own)
            PlatformCollector(registry=own)
            GCCollector(registry=own)
        labels = ("method", "route")
        self._responses = Counter("motcua_requests", "Responses", (*labels, "status"), registry=own)
        self._seconds = Histogram(
            "motcua_request_seconds", "Seconds to a response", labels, buckets=_BUCKETS, registry=own
        )
        self._round_successes = Gauge(
            "motcua_task_last_success_timestamp_seconds",
            "Time of the last successful round of a background task",
            ("task",),
            multiprocess_mode="max",
            registry=own,
        )
        self._round_failures = Counter(
            "motcua_task_failures", "Failed rounds of a background task", ("task",), registry=own
        )
        self._pools = [
            Gauge(f"motcua_{name}", text, ("pool",), multiprocess_mode="livesum", registry=own)
            for name, text in _POOL.items()
        ]
        self._servers = [
            Gauge(f"motcua_{name}", text, ("pool",), multiprocess_mode="livemax", registry=own)
            for name, text in _SERVER.items()
        ]
        # Finding a child by its labels costs more than counting.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: Any, status: int, seconds: float) -> None:
        """Counts one response; `route` is the matched route, None if there was none."""
        path = getattr(route, "path", "none")
        key = (method if method in METHODS else "other", path, status)
        children = self._children.get(key)
        if children is None:
            label, path, _status = key
            children = self._responses.labels(label, path, str(status)), self._seconds.labels(label, path)
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def round_ended(self, task: str, *, succeeded: bool) -> None:
        """Counts a round of a background task."""
        self._round_failures.labels(task).inc(0 if succeeded else 1)
        if succeeded:
            self._round_successes.labels(task).set_to_current_time()

    def last_successes(self) -> dict[str, datetime]:
        """Time of the last successful round of each background task, in any worker that shares its counts."""
        name = "motcua_task_last_success_timestamp_seconds"
        samples = [sample for family in self._registry.collect() if family.name == name for sample in family.samples]
        return {sample.labels["task"]: datetime.fromtimestamp(int(sample.value), UTC) for sample in samples}

    def pooled(self, pools: Iterable[PoolState]) -> None:
        """Measures the pools of this process and the servers behind them."""
        for pool in pools:
            numbers = (pool.most, pool.lent, pool.open - pool.lent, pool.waiting)
            for gauge, number in zip(self._pools, numbers, strict=True):
                gauge.labels(pool.name).set(number)
            for gauge, value in zip(self._servers, (not pool.up, pool.standby, pool.age), strict=True):
                gauge.labels(pool.name).set(value)

    def text(self) -> bytes:
        """All measures in Prometheus' text format."""
        return generate_latest(self._registry)
