"""Spans for OpenTelemetry: their tree, their content without personal data, and nothing without an address."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from app import clock
from app.telemetry import configured_tracing
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, HOA, guardianship
from tests.support.client import Client

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
CONTINUED = {"traceparent": f"00-{TRACE}-{PARENT}-01", "baggage": "who=hoa"}


class Collector:
    """Receives spans as OpenTelemetry's collector does. `raw`: all that was sent."""

    def __init__(self) -> None:
        self.raw = b""
        self.requests: list[ExportTraceServiceRequest] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.raw += body
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Span]:
        """The spans in the order of their begin."""
        made = [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(made, key=lambda span: span.start_time_unix_nano)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that the environment names."""
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


def attributes(span: Span) -> dict[str, object]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


def test_a_receipt_is_a_tree_of_spans_that_continues_the_trace_of_the_client(
    seeded_url: str, collector: Collector
) -> None:
    with Client(seeded_url, NOW) as client:
        token = client.token("clerk")
        answer = client.request("POST", DOSSIERS, json=guardianship(), token=token, headers=CONTINUED)
    assert answer.status_code == 201
    spans = [span for span in collector.spans() if span.trace_id.hex() == TRACE]
    by_id = {span.span_id: span for span in spans}
    (request,) = [span for span in spans if span.parent_span_id.hex() == PARENT]
    assert request.name == f"POST {DOSSIERS}"
    assert attributes(request)["http.response.status_code"] == 201
    assert attributes(request)["motcua.request_id"] == answer.headers["x-request-id"]
    others = [span for span in spans if span is not request]
    assert all(span.parent_span_id in by_id for span in others)
    names = {span.name for span in others}
    assert "INSERT code_ordinals" in names
    if seeded_url.startswith("postgresql"):
        assert {"round trip BEGIN", "round trip COMMIT", "round trip INSERT code_ordinals"} <= names


def test_no_span_contains_a_path_a_query_a_value_or_a_person(seeded_url: str, collector: Collector) -> None:
    with Client(seeded_url, NOW) as client:
        token = client.token("clerk")
        code = client.post(DOSSIERS, guardianship(), token=token).json()["code"]
        client.request("GET", f"/api/v1/lookup/{code}", headers=CONTINUED)
        client.get(DOSSIERS, params={"q": "049185001234"}, token=token)
    assert collector.raw
    for secret in (code, HOA["name"], HOA["identity_number"], HOA["phone"], token, "who=hoa", "q="):
        assert secret.encode() not in collector.raw
    assert "GET /api/v1/lookup/{code}" in {span.name for span in collector.spans()}


def test_a_failure_is_marked_by_its_kind_and_not_by_its_text(collector: Collector) -> None:
    tracing = configured_tracing("1", clock.seconds)
    assert tracing is not None
    request, statement = (
        tracing.request({"method": "GET", "headers": []}),
        tracing.statement("sqlite", "SELECT 1 FROM dossiers"),
    )
    with request, pytest.raises(ValueError, match="Hoa"), statement:
        raise ValueError("Nguyễn Thị Hoa")
    tracing.close()
    failed = [span for span in collector.spans() if span.status.code == Status.STATUS_CODE_ERROR]
    assert [(span.name, attributes(span)["error.type"]) for span in failed] == [("SELECT dossiers", "ValueError")]
    assert b"Hoa" not in collector.raw


def test_background_work_makes_no_span(seeded_url: str, collector: Collector) -> None:
    with Client(seeded_url, NOW):
        pass
    assert collector.spans() == []


def test_without_an_address_there_is_no_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert configured_tracing("1", clock.seconds) is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert configured_tracing("1", clock.seconds) is None


def test_the_packages_are_imported_only_with_an_address() -> None:
    program = "import sys, app.main; app.main.create_app(); sys.exit('opentelemetry.sdk' in sys.modules)"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=plain, timeout=60).returncode == 0


def test_an_address_without_the_packages_is_refused_with_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delitem(sys.modules, "app.telemetry.tracing", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(RuntimeError, match=r"opentelemetry.sdk.trace is missing: install motcua\[telemetry\]"):
        configured_tracing("1", clock.seconds)
