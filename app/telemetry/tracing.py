"""Makes the spans. They contain the route and the table, never a path, a query, a value or the text of an error."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Only `traceparent` and `tracestate`: baggage is free text of the client.
_PROPAGATOR = TraceContextTextMapPropagator()
_STATEMENT = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK|COPY|SET|LOCK)\b", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE)\s+\"?([a-z_]+)", re.IGNORECASE)


class RoundTrip(Protocol):
    """A query that the driver sent, as asyncpg describes it."""

    query: str
    elapsed: float
    exception: BaseException | None


class Tracing:
    """The spans of one process. The exporter and the sampler follow OpenTelemetry's variables (`OTEL_…`).

    `seconds`: the clock.
    """

    def __init__(self, version: str, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        own = Resource({SERVICE_NAME: "motcua", SERVICE_VERSION: version})
        # The variables come last, so an operator can name the service.
        resource = Resource.create().merge(own).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("motcua", version)

    def close(self) -> None:
        """Sends the spans that are left."""
        self._provider.shutdown()

    def around_requests(self, app: ASGIApp) -> ASGIApp:
        """The application within a span for each request."""
        return _Requests(app, self)

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Span]:
        """The span of a request. It continues the trace of `traceparent`."""
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracer.start_as_current_span(
            method,
            _PROPAGATOR.extract(carrier),
            SpanKind.SERVER,
            {"http.request.method": method},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    @contextmanager
    def statement(self, dialect: str, sql: str) -> Iterator[None]:
        """The span of a statement, within a request only."""
        if not trace.get_current_span().is_recording():
            yield
            return
        with self._tracer.start_as_current_span(
            _name(sql),
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": dialect, **_parts(sql)},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                _fail(span, error)
                raise

    def round_trip(self, sent: RoundTrip) -> None:
        """The span of a round trip to PostgreSQL that has just ended, within a request only."""
        # The driver reports the round trip after the span of its statement has ended.
        if not trace.get_current_span().get_span_context().trace_flags.sampled:
            return
        end = int(self._seconds() * 1e9)
        span = self._tracer.start_span(
            f"round trip {_name(sent.query)}",
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", **_parts(sent.query)},
            start_time=end - int(sent.elapsed * 1e9),
        )
        if sent.exception is not None:
            _fail(span, sent.exception)
        span.end(end)


class _Requests:
    """A span for each request, around all other middleware."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app = app
        self.tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.tracing.request(scope) as span:

            async def send_observed(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _answered(span, scope, message)
                await send(message)

            try:
                await self.app(scope, receive, send_observed)
            except BaseException as error:
                _fail(span, error)
                raise


def _answered(span: Span, scope: Scope, message: Message) -> None:
    status = message["status"]
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
    headers: Mapping[bytes, bytes] = dict(message.get("headers", ()))
    span.set_attribute("motcua.request_id", headers.get(b"x-request-id", b"").decode("latin-1"))
    route: Any = scope.get("route")
    if route is not None:
        span.set_attribute("http.route", route.path)
        span.update_name(f"{scope['method']} {route.path}")


def _fail(span: Span, error: BaseException) -> None:
    """Marks a span as failed by the kind of the error: its text may quote personal data."""
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))


def _name(sql: str) -> str:
    return " ".join(str(part) for part in _parts(sql).values()) or "statement"


@lru_cache(maxsize=2048)
def _parts(sql: str) -> Mapping[str, str]:
    """Operation and table of a statement."""
    parts = {}
    if operation := _STATEMENT.search(sql):
        parts["db.operation.name"] = operation[1].upper()
    if table := _TABLE.search(sql):
        parts["db.collection.name"] = table[1]
    return parts
