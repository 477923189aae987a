"""Promises of deploy/haproxy: refusals before the service, limits of size and time, forwarded addresses, outages."""

import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from app.database import schema
from app.http.messages import TITLES
from app.http.problems import Problem
from tests.support import proxy
from tests.support.certificates import Authority
from tests.support.databases import SqliteDatabases
from tests.support.live import free_port, live_server
from tests.support.proxy import FOLDER, installed_in, proxied
from tests.support.raw_sockets import PATIENCE, Service, answers, drip, is_problem, is_refused

CONFIGURATION = (FOLDER / "haproxy.cfg").read_text(encoding="utf-8")
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(autouse=True)
def unharmed(behind: Service) -> Iterator[None]:
    """Each test leaves the service well and receives nothing."""
    with behind.unharmed():
        yield


# --- The file ---------------------------------------------------------------------------------------------------------


def test_haproxy_takes_the_configuration_without_a_warning(tmp_path: Path) -> None:
    command = [proxy.program(), "-c", "-f", str(installed_in(tmp_path, {}))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


def test_its_problems_are_those_of_the_service() -> None:
    lines = re.findall(r"http-error status (\d+) content-type (\S+) lf-string '(.*)'\n", CONFIGURATION)
    assert {status for status, _type, _body in lines} == {"400", "404", "408", "413", "429", "502", "503", "504"}
    for status, media_type, body in lines:
        problem = json.loads(re.sub(r"""'"\$\w+"'""", "1", body))
        assert media_type == "application/problem+json"
        assert Problem.model_validate(problem).status == int(status)
        assert problem["type"] == f"urn:motcua:problem:{problem['code']}"
        assert problem["title"] == TITLES[problem["code"]].vi


# --- Requests that it refuses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_head", "detail"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", "Host is missing"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", "Host is missing"),
        (b"POST /healthz HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "needs HTTP/1.1"),
        (GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", "Only one Authorization"),
        (GET + b"Authorization: Bearer a\r\nauthorization: Bearer a\r\n\r\n", "Only one Authorization"),
        (b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n", "Use HTTP/1.1"),
    ],
)
def test_ambiguous_requests_are_refused(behind: Service, request_head: bytes, detail: str) -> None:
    answer = behind.ask(request_head)
    is_problem(answer, 400, code="unparsable")
    assert detail in json.loads(answer.body)["detail"]


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET http://elsewhere.test/healthz HTTP/1.1\r\nHost: service.test\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        GET + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
        GET + b"X: " + b"a" * 3_000_000,
        GET + b"X: a\r\n" * 200 + b"\r\n",
        GET + b"X: a\r\n" * 100_000,
        b"GET /" + b"a" * 3_000_000,
        b"\x00\x01\x02nonsense\r\n\r\n",
    ],
)
def test_malformed_and_oversized_heads_do_not_reach_the_service(behind: Service, request_head: bytes) -> None:
    before = behind.answered("/healthz", "none")
    is_refused(behind.ask(request_head), 400)
    # No other request than that for the measures, and the checks of the proxy.
    assert behind.answered("/healthz", "none") == before


@pytest.mark.parametrize(
    "endless", [b"0\r\nX: " + b"a" * 500_000, b"0\r\n" + b"X: a\r\n" * 80_000, b"2;" + b"a" * 500_000]
)
def test_framing_around_chunks_is_bounded(behind: Service, endless: bytes) -> None:
    # The proxy refuses what does not fit into its buffer. If it waits for the end of an extension instead, the service
    # refuses a body that does not arrive. Either bounds what one client can hold.
    is_refused(behind.ask(behind.head(Transfer_Encoding="chunked"), endless), 400, 408)


def test_two_equal_hosts_arrive_as_one(behind: Service) -> None:
    assert behind.ask(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").status == 200


def test_nonsense_after_a_request_does_not_take_the_place_of_its_answer(behind: Service) -> None:
    with closing(behind.connect()) as connection:
        connection.sendall(b"GET /api/v1/units HTTP/1.1\r\nHost: x\r\n\r\n\x00\x01\x02nonsense\r\n\r\n")
        first, second = answers(connection, 2)
    assert (first.status, second.status) == (200, 400)


def test_a_large_head_right_behind_a_body_is_refused(behind: Service) -> None:
    first = behind.head("POST", "/api/v1/deadline", Content_Length="2") + b"{}"
    with closing(behind.connect()) as connection:
        connection.sendall(first + GET + b"X: %b\r\n\r\n" % (b"a" * 40_000))
        assert [answer.status for answer in answers(connection, 2)] == [422, 400]


# --- Time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("begun", "byte"), [(b"", b"\r\n"), (GET + b"X: ", b"a"), (b"GET /", b"a")])
def test_a_head_that_comes_byte_by_byte_is_not_waited_for(behind: Service, begun: bytes, byte: bytes) -> None:
    with closing(behind.connect()) as connection:
        connection.sendall(begun)
        assert drip(connection, byte)
        connection.settimeout(PATIENCE)
        is_refused(answers(connection)[0], 408)


def test_a_silent_connection_ends(behind: Service) -> None:
    with closing(behind.connect()) as connection:
        first, second = answers(connection, 2)
    assert (first.status, second.status) == (408, 0)


def test_an_idle_connection_ends_without_an_answer(behind: Service) -> None:
    with closing(behind.connect()) as connection:
        connection.sendall(GET + b"\r\n")
        assert [answer.status for answer in answers(connection, 2)] == [200, 0]


def much_asked_for(service: Service) -> socket.socket:
    """A connection on which more answers are due than the system takes in for who does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE)
    parts = urlsplit(service.front)
    connection.connect((str(parts.hostname), int(parts.port or 0)))
    request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n"
    connection.sendall((request + b"\r\n") * 39 + request + b"Connection: close\r\n\r\n")
    return connection


def test_a_client_that_reads_nothing_loses_its_connection(behind: Service) -> None:
    with closing(much_asked_for(behind)) as connection:
        time.sleep(12)  # four times what a client may take nothing: a busy service fills the buffers slowly
        read = 0
        while piece := connection.recv(1 << 20):
            read += len(piece)
    assert read < 40 * len(httpx.get(f"{behind.address}/openapi.json").content)


def test_a_client_that_reads_slowly_gets_the_whole_answer(behind: Service) -> None:
    with closing(much_asked_for(behind)) as connection:
        for _pause in range(10):
            time.sleep(0.8)
            left = 512 * 1024
            while left > 0:
                left -= len(connection.recv(min(left, 64 * 1024)))
        read = 10 * 512 * 1024
        while piece := connection.recv(1 << 20):
            read += len(piece)
    assert read > 40 * len(httpx.get(f"{behind.address}/openapi.json").content)


def test_one_address_has_a_bounded_number_of_connections(behind: Service, tmp_path: Path) -> None:
    limit = "tcp-request connection reject if { sc0_conn_cur gt %d }"
    with proxied(behind.address, tmp_path, {limit % 250: limit % 3}) as front, ExitStack() as opened:
        service = Service(behind.address, front, behind.token)
        statuses = []
        for _number in range(5):
            try:
                connection = opened.enter_context(closing(service.connect()))
                connection.sendall(GET + b"\r\n")
                statuses.append(answers(connection)[0].status)
            except ConnectionError:
                statuses.append(0)
    assert statuses == [200, 200, 200, 0, 0]


# --- What it adds -----------------------------------------------------------------------------------------------------


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    """A migrated database without a row."""
    url = sqlite_databases.create()
    schema.upgrade(url)
    yield url
    sqlite_databases.drop(url)


def test_a_client_cannot_forge_its_address(sqlite_url: str, tmp_path: Path) -> None:
    line = b"GET /api/v1/lookup/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    with live_server(sqlite_url, lookup_misses="2") as address, proxied(address, tmp_path, {}) as front:
        service = Service(address, front, "")
        asked = [
            line + b"X-Forwarded-For: 203.0.113.1\r\n\r\n0\r\n\r\n",
            line + b"X-Forwarded-For: 203.0.113.2\r\nX-Forwarded-For: 203.0.113.3\r\n\r\n0\r\n\r\n",
            line + b"\r\n0\r\nX-Forwarded-For: 203.0.113.4\r\n\r\n",
            line + b"\r\n0\r\nx-forwarded-for: 203.0.113.5\r\n\r\n",
        ]
        assert [service.ask(request).status for request in asked] == [404, 404, 404, 429]


def test_tls_ends_at_the_proxy_and_the_service_knows(sqlite_url: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificate = authority.certificate_for("localhost")
    trusting = ssl.create_default_context(cafile=str(authority.file))
    with (
        live_server(sqlite_url) as address,
        proxied(address, tmp_path, {}, bind=f"ssl crt {certificate}") as front,
        httpx.Client(verify=trusting) as client,
    ):
        answer = client.get(f"{front.replace('127.0.0.1', 'localhost')}/healthz", headers={"X-Forwarded-Proto": "http"})
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        plain = httpx.get(f"{address}/healthz")
        assert "strict-transport-security" not in plain.headers


def test_every_answer_has_an_id_which_no_client_chooses(behind: Service) -> None:
    for path in ("/healthz", "/nowhere", "/metrics"):
        chosen = {"X-Request-ID": "chosen-1"}
        ids = {httpx.get(behind.front + path, headers=chosen).headers["x-request-id"] for _time in range(3)}
        assert len(ids) == 3
        assert "chosen-1" not in ids
    for wrong in (b"a b", b'"', b"a" * 65, b"\xff"):
        answer = behind.ask(b"GET /healthz HTTP/1.1\r\nX-Request-ID: %b\r\n\r\n" % wrong)
        is_problem(answer, 400)
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])


def test_its_log_has_no_personal_data(behind: Service, tmp_path: Path) -> None:
    with proxied(behind.address, tmp_path, {}) as front:
        httpx.get(f"{front}/api/v1/lookup/000.31.15.H47-210816-0001?officer=Lan", headers={"X-Request-ID": "a-line"})
        for _attempt in range(50):
            if "a-line" in (log := (tmp_path / "log").read_text()):
                break
            time.sleep(0.1)
    line = next(line for line in log.splitlines() if "a-line" in line)
    assert json.loads(line)["status"] == 404
    assert not any(word in line for word in ("H47", "Lan", "127.0.0.1"))


# --- Look-ups and measures --------------------------------------------------------------------------------------------


class Codes(BaseHTTPRequestHandler):
    """A service that knows a single code, and answers 404 for others and for last digits."""

    def do_GET(self) -> None:
        is_right = not unquote(self.path).startswith(("/d/", "/api/v1/lookup/")) or "0001" in self.path
        self.send_response(200 if is_right and "X-Last-Digits" not in self.headers else 404)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def test_only_misses_of_look_ups_count_and_a_right_code_is_always_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_PROXY_MISSES", "3")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Codes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    right, wrong = "/api/v1/lookup/A-0001", "/%61pi/v1/lookup/A-0002"
    with closing(server.socket), proxied(f"http://127.0.0.1:{server.server_port}", tmp_path, {}) as front:
        assert [httpx.get(front + right).status_code for _time in range(9)] == [200] * 9
        missed = [httpx.get(front + path) for path in (wrong, "/d/A-0003", wrong, wrong)]
        assert [answer.status_code for answer in missed] == [404, 404, 404, 429]
        assert (missed[3].json()["code"], missed[3].headers["retry-after"]) == ("too_many_requests", "600")
        page = httpx.get(f"{front}/d/A-0003")
        assert (page.status_code, 'lang="vi"' in page.text) == (429, True)
        assert [httpx.get(front + path).status_code for path in (right, "/d/A-0001", "/other")] == [200] * 3
        # Digits can be guessed, so they are not even checked.
        assert httpx.get(front + right, headers={"X-Last-Digits": "123456"}).status_code == 429
        assert httpx.post(f"{front}/d/A-0001/proof").status_code == 429
        server.shutdown()


def test_misses_of_ipv6_count_for_the_48() -> None:
    assert "track-sc1 src,ipmask(32,48) table misses if look_up" in CONFIGURATION


def test_measures_are_not_for_the_public(behind: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/metrics", "/%6detrics", "/metrics/"):
        assert httpx.get(behind.front + path).status_code == 404
    assert httpx.get(f"{behind.front}/metrics").json()["code"] == "no_such_path"
    monkeypatch.setenv("MOTCUA_PROXY_METRICS", "127.0.0.0/8")
    with proxied(behind.address, tmp_path, {}) as front:
        assert httpx.get(f"{front}/metrics").status_code == 200


# --- A service that is away -------------------------------------------------------------------------------------------


class Readiness(BaseHTTPRequestHandler):
    """A service whose readiness the test sets."""

    is_ready = True

    def do_GET(self) -> None:
        status = 200 if self.is_ready or self.path != "/readyz/process" else 503
        self.send_response(status)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def comes_to(status: int, get: Callable[[], httpx.Response]) -> httpx.Response:
    for _attempt in range(100):
        if (answer := get()).status_code == status:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"it never answers {status}")


def test_a_service_that_is_not_ready_gets_no_request(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Readiness)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with closing(server.socket), proxied(f"http://127.0.0.1:{server.server_port}", tmp_path, {}) as front:
        assert httpx.get(f"{front}/any").status_code == 200
        Readiness.is_ready = False
        away = comes_to(503, lambda: httpx.get(f"{front}/any"))
        Readiness.is_ready = True
        comes_to(200, lambda: httpx.get(f"{front}/any"))
        server.shutdown()
    assert away.json()["code"] == "unavailable"
    assert away.json()["instance"] == "/any"
    assert away.headers["retry-after"] == "5"


def test_browsers_get_a_page_and_programs_a_problem(tmp_path: Path) -> None:
    with proxied(f"http://127.0.0.1:{free_port()}", tmp_path, {}) as front:
        first = httpx.get(f"{front}/any")
        page = comes_to_html(front)
        program = httpx.get(f"{front}/any", headers={"Accept": "application/json"})
    assert first.status_code == page.status_code == program.status_code == 503
    assert 'lang="vi"' in page.text
    assert page.headers["retry-after"] == program.headers["retry-after"] == first.headers["retry-after"] == "5"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert program.json()["code"] == first.json()["code"] == "unavailable"


def comes_to_html(front: str) -> httpx.Response:
    """The page, which comes once the checks have failed."""
    for _attempt in range(100):
        answer = httpx.get(f"{front}/any", headers={"Accept": "text/html,*/*;q=0.8"})
        if answer.headers["content-type"] == "text/html; charset=utf-8":
            return answer
        time.sleep(0.1)
    raise AssertionError("there is no page")
