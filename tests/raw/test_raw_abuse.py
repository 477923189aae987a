"""Requests that no client library sends, over bare sockets: refused, without effect, and the service goes on.

Each test runs against the service alone and against the service behind HAProxy.
"""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.support.bodies import DOSSIERS, guardianship
from tests.support.raw_sockets import PATIENCE, Answer, Service, answers, drip, is_problem, is_refused


@pytest.fixture(autouse=True)
def unharmed(service: Service) -> Iterator[None]:
    """Each test leaves the service well and receives nothing."""
    with service.unharmed():
        yield


def receipt(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = guardianship(applicant={"name": "Nguyễn Thị Hoa"}, **changes)
    del body["receiving_unit"], body["at"]
    return body


def encoded(**changes: Any) -> bytes:
    return json.dumps(receipt(**changes), ensure_ascii=False).encode()


# --- Bodies -----------------------------------------------------------------------------------------------------------


def test_a_body_that_breaks_off_is_not_acted_upon(service: Service) -> None:
    body = encoded()
    for kept in (0, 1, len(body) // 2, len(body) - 1):
        with closing(service.connect()) as connection:
            connection.sendall(service.head(Content_Length=str(len(body))) + body[:kept])
            connection.shutdown(socket.SHUT_WR)
            assert answers(connection)[0].status in (0, 400)


@pytest.mark.parametrize(
    ("headers", "change", "status"),
    [
        ({"Content_Encoding": "gzip"}, gzip.compress, 415),
        ({}, gzip.compress, 400),
        ({}, lambda body: body.decode().encode("utf-16"), 400),
        ({"Content_Type": "application/json; charset=utf-16"}, lambda body: body.decode().encode("utf-16"), 400),
        ({"Content_Type": "application/json; charset=latin-1"}, lambda body: body + b"\xe9", 400),
        ({}, lambda body: body.replace("ễ".encode(), b"\xe1\xbb"), 400),
        ({}, lambda body: body.replace("ễ".encode(), b"\xc0\xaf"), 400),
        ({}, lambda body: b"\xef\xbb\xbf" + body, 400),
        ({}, lambda body: body + body, 400),
        ({}, lambda _body: b"", 422),
        ({}, lambda _body: b"\0", 400),
        ({"Content_Type": "text/plain"}, bytes, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, bytes, 415),
        ({"Content_Type": "application/xml"}, lambda _body: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 415),
    ],
)
def test_a_body_in_another_coding_is_refused(
    service: Service, headers: dict[str, str], change: Callable[[bytes], bytes], status: int
) -> None:
    is_problem(service.post(change(encoded()), **headers), status)


def with_member(text: str) -> bytes:
    return encoded()[:-1] + b", " + text.encode() + b"}"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (with_member('"channel": "counter"'), "duplicate_key"),
        (with_member('"channel": "online"'), "duplicate_key"),
        (with_member('"ch\\u0061nnel": "online"'), "duplicate_key"),
        (encoded().replace(b'"name": ', b'"name": "x", "name": ', 1), "duplicate_key"),
        (with_member('"fee": NaN'), "unparsable"),
        (with_member('"x": -Infinity'), "unparsable"),
        (with_member('"x": 1e400'), "unparsable"),
        (with_member(f'"x": {"9" * 400}'), "unparsable"),
        (with_member(f'"x": -{"9" * 5000}'), "unparsable"),
        (with_member(f'"x": 0.{"1" * 400}'), "unparsable"),
        (with_member(f'"x": {"[" * 40}{"]" * 40}'), "unparsable"),
        (with_member(f'"x": {"[" * 200_000}{"]" * 200_000}'), "unparsable"),
        (with_member('"x": ' + '{"a": ' * 40 + "1" + "}" * 40), "unparsable"),
        (b"[" * 500_000, "unparsable"),
        (with_member('"x": 01'), "unparsable"),
        (with_member("'x': 1"), "unparsable"),
        (with_member('"x": "\n"'), "unparsable"),
    ],
)
def test_json_that_readers_may_read_differently_or_not_at_all_is_refused(
    service: Service, body: bytes, code: str
) -> None:
    is_problem(service.post(body), 400, code=code)


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udfff\\ud800", "\\u202e"])
@pytest.mark.parametrize("place", ["summary", "name", "code", "path"])
def test_characters_that_no_text_may_have_are_refused(service: Service, text: str, place: str) -> None:
    if place == "path":
        answer = service.ask(service.head("GET", "/api/v1/lookup/" + text.replace("\\u", "%"), Content_Length="0"))
        is_problem(answer, 404)
        return
    body = {
        "summary": receipt(summary="HERE"),
        "name": receipt() | {"applicant": {"name": "HERE"}},
        "code": receipt(external=[{"system": "dvcqg", "code": "HERE"}]),
    }[place]
    is_problem(service.post(json.dumps(body).replace("HERE", text).encode()), 400, 422)


def test_a_body_that_is_too_large_is_refused_with_and_without_a_length(service: Service) -> None:
    is_refused(service.ask(service.head(Content_Length="999999999999999999999"), b"{"), 400, 413)
    whole = answered(service, service.head(Content_Length="2000000"), b" " * 2_000_000)
    is_problem(whole, 413, code="body_too_large")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    pieces = [service.head(Transfer_Encoding="chunked"), *[chunk] * 20, b"0\r\n\r\n"]
    is_problem(answered(service, *pieces), 413, code="body_too_large")


def answered(service: Service, *pieces: bytes) -> Answer:
    """The answer to a request that is refused while it is sent. A reset connection may lose it, so it is sent again."""
    for _attempt in range(10):
        answer = service.ask(*pieces)
        if answer.status:
            break
    return answer


# --- Where a request begins and ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5 5\r\n",
        b"Content-Length: \r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Content-Length : 5\r\n",
        b" Content-Length: 5\r\n",
        b"X: a\r\n b: folded\r\n",
        b"X: a\rContent-Length: 5\r\n",
        b"X: a\0b\r\n",
        b"X\xff: a\r\n",
        b": no name\r\n",
        b"no colon\r\n",
    ],
)
def test_where_two_readers_might_see_two_requests_there_is_one_answer_and_an_end(
    service: Service, headers: bytes
) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    line = b"POST /api/v1/deadline HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with closing(service.connect()) as connection:
        connection.sendall(line + headers + b"\r\n0\r\n\r\n" + smuggled)
        connection.shutdown(socket.SHUT_WR)
        first, second = answers(connection, 2)
    is_refused(first, 400, 415, 422)
    assert second.status in (0, 400), "nothing of it was taken for a request of its own"


@pytest.mark.parametrize(
    "chunks", [b"x\r\n", b"-1\r\n", b"5;\x00\r\n", b"fffffffffffffffff\r\n", b"1\r\nab\r\n0\r\n\r\n"]
)
def test_chunks_that_are_none_are_refused(service: Service, chunks: bytes) -> None:
    is_refused(service.ask(service.head(Transfer_Encoding="chunked"), chunks), 400, 408)


def test_fields_behind_a_body_are_no_headers(service: Service) -> None:
    line = b"GET %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" % DOSSIERS.encode()
    is_problem(service.ask(line + f"Authorization: Bearer {service.token}\r\n\r\n".encode()), 401)
    last = b"X-Forwarded-Proto: https\r\nX-Request-ID: smuggled\r\n\r\n"
    answer = service.ask(line.replace(DOSSIERS.encode(), b"/healthz") + last)
    assert answer.status == 200
    assert "strict-transport-security" not in answer.headers
    assert answer.headers["x-request-id"] != "smuggled"


def test_a_body_in_many_small_chunks_is_taken(service: Service) -> None:
    body = b"".join(b"40\r\n%b\r\n" % (b" " * 64) for _ in range(9_000))
    answer = service.ask(service.head(Transfer_Encoding="chunked"), body + b"2\r\n{}\r\n0\r\n\r\n")
    is_problem(answer, 422)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_in_pieces_after_one_with_a_large_body_is_taken(service: Service, chunked: bool) -> None:
    body = b'{"limit": "%b"}' % (b"x" * 200_000)
    coding = {"Transfer_Encoding": "chunked"} if chunked else {"Content_Length": str(len(body))}
    if chunked:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    with closing(service.connect()) as connection:
        connection.sendall(service.head(**coding) + body)
        is_problem(answers(connection)[0], 422)
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        time.sleep(0.2)
        connection.sendall(b"Host: x\r\n\r\n")
        assert answers(connection)[0].status == 200


def test_requests_one_after_the_other_are_answered_in_their_order(service: Service) -> None:
    with closing(service.connect()) as connection:
        get = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(get % b"healthz" + get % b"nowhere" + get % b"healthz")
        assert [answer.status for answer in answers(connection, 3)] == [200, 404, 200]


def test_http_1_0_is_answered_and_ended(service: Service) -> None:
    with closing(service.connect()) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n")
        first, second = answers(connection, 2)
    assert (first.status, first.headers["connection"], second.status) == (200, "close", 0)


@pytest.mark.parametrize(
    "line",
    [
        b"BREW /healthz HTTP/1.1",
        b"get /healthz HTTP/1.1",
        b"GET /healthz HTTP/9.9",
        b"GET http:// HTTP/1.1",
        b"GET healthz HTTP/1.1",
        b"CONNECT service.test:80 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET /\xc3\xa9 HTTP/1.1",
        b"GET /healthz\x00 HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_request_lines_outside_http_1_are_refused(service: Service, line: bytes) -> None:
    is_refused(service.ask(line + b"\r\nHost: x\r\n\r\n"), 400, 404, 405)


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/../../etc/passwd",
        "/api/v1/lookup/..%2f..%2fdossiers",
        "/api/v1/lookup/%2e%2e%2f%2e%2e",
        "//healthz",
        "/healthz/",
        "/healthz;a=b",
        "/healthz%00",
        "/%",
        "/%zz",
        "/api/v1/lookup/" + "%25" * 500,
    ],
)
def test_a_path_leads_nowhere_but_where_it_says(service: Service, target: str) -> None:
    is_problem(service.ask(service.head("GET", target, Accept="application/json", Content_Length="0")), 404)


@pytest.mark.parametrize("name", ["..%2f..%2fmain.py", "%2e%2e/main.py", "%5c..%5cmain.py", "%00", "a" * 5000])
def test_no_file_is_served_but_those_of_the_pages(service: Service, name: str) -> None:
    assert service.ask(service.head("GET", f"/static/{name}", Content_Length="0")).status == 404


def test_a_coding_that_is_not_known_is_waited_for_to_its_end_and_not_acted_upon(service: Service) -> None:
    answer = service.ask(service.head(Transfer_Encoding="xchunked"), encoded() + b"GET /healthz HTTP/1.1\r\n\r\n")
    is_refused(answer, 400, 408)


def test_the_absolute_form_is_taken_for_its_path(service: Service) -> None:
    answer = service.ask(b"GET http://service.test/healthz HTTP/1.1\r\nHost: service.test\r\n\r\n")
    assert answer.status == 200


def test_a_client_that_expects_100_continue_gets_it(service: Service) -> None:
    with closing(service.connect()) as connection:
        connection.sendall(service.head(Content_Length="2", Expect="100-continue"))
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        is_problem(answers(connection)[0], 422)


# --- Size and time ----------------------------------------------------------------------------------------------------


def test_a_head_of_ordinary_size_before_a_large_body_is_taken(service: Service) -> None:
    body = encoded(note="x" * 200_000)
    is_problem(service.post(body, X="a" * 20_000), 422)


@pytest.mark.parametrize("pieces", [1, 300])
def test_a_head_of_any_size_is_no_failure(service: Service, pieces: int) -> None:
    for line in (b"X: " + b"a" * 1_000, b"X%d: a", b"Cookie: " + b"a=b; " * 200):
        lines = b"\r\n".join(line.replace(b"%d", b"%d" % number) for number in range(pieces))
        answer = service.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n\r\n")
        assert answer.status in (200, 400), answer.status


@pytest.mark.parametrize(
    ("coding", "begun", "byte"),
    [
        (b"Content-Length: 1000", b"", b" "),
        (b"Content-Length: 1000", b" " * 300, b" "),
        (b"Content-Length: 65000", b" " * 60_000, b" "),
        (b"Transfer-Encoding: chunked", b"", b"1\r\n \r\n"),
        (b"Transfer-Encoding: chunked", b"0\r\n", b"X: a\r\n"),
        (b"Transfer-Encoding: chunked", b"C350\r\n%b\r\n" % (b" " * 50_000), b"1\r\n \r\n"),
    ],
)
def test_a_body_that_comes_byte_by_byte_is_not_waited_for(
    service: Service, coding: bytes, begun: bytes, byte: bytes
) -> None:
    line = b"POST /api/v1/deadline HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with closing(service.connect()) as connection:
        connection.sendall(line + coding + b"\r\n\r\n" + begun)
        assert drip(connection, byte)
        connection.settimeout(PATIENCE)
        is_problem(answers(connection)[0], 408, code="too_slow")


def test_many_slow_clients_do_not_delay_others(service: Service) -> None:
    slow = [service.connect() for _ in range(200)]
    try:
        for connection in slow:
            connection.sendall(b"POST /api/v1/dossiers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        for _ in range(20):
            assert httpx.get(f"{service.address}/api/v1/units", timeout=PATIENCE).status_code == 200
    finally:
        for connection in slow:
            connection.close()


# --- Headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Idempotency_Key", "If_Match", "Accept_Language", "X_Request_ID", "Authorization"])
def test_a_header_cannot_bring_another_one_along(service: Service, name: str) -> None:
    for value in (b"a\r\nX-Forged: 1", b"a\nX-Forged: 1", b"a%0d%0aX-Forged: 1", "a\u010d\u010aX-Forged: 1".encode()):
        answer = service.post(b"{}", **{name: value})
        assert 400 <= answer.status < 500
        assert "x-forged" not in answer.headers
        assert b"X-Forged: 1" not in answer.body.replace(b"\\r\\n", b"")


def test_an_endless_list_of_tags_is_answered(service: Service) -> None:
    units = "/api/v1/units"
    for value in ('"1-a",' * 4_000, '"1-a"' + " " * 20_000 + "x", "W/" * 10_000, '"' * 20_000):
        answer = service.ask(service.head("GET", units, If_None_Match=value, Content_Length="0"))
        assert answer.status in (200, 400), answer.status


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Basic YTpi", "Bearer \xff", "Bearer a b", "Bearer " + "x" * 20_000]
)
def test_a_token_that_is_none_is_401(service: Service, value: str) -> None:
    is_problem(service.post(encoded(), Authorization=value.encode("latin-1")), 401)


def test_an_upgrade_to_another_protocol_is_not_followed(service: Service) -> None:
    answer = service.ask(service.head("GET", "/healthz", Connection="Upgrade", Upgrade="websocket", Content_Length="0"))
    assert answer.status in (200, 400)
