"""What is of people turns up nowhere but where it belongs: every call is made with marked names, numbers and words."""

import io
import json
import logging
import logging.config
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Connection, inspect, make_url, text

from app.database import schema
from app.http.logs import log_config
from app.settings import Settings
from tests.conftest import NOW
from tests.support.access_scene import CALLS, Scene
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.client import Client
from tests.support.live import live_process
from tests.support.reference import seed, token_at

if TYPE_CHECKING:
    from tests.support.databases import Databases, Templates

MARK, MARKED_NUMBER = "zqdấuzq", "970318850777"
MARKS = (MARK, "zqd\\u1ea5uzq", MARKED_NUMBER)

# The fields, of whatever body, that hold people and what they write.
PERSONAL = {
    "applicant",
    "summary",
    "officer",
    "note",
    "reason",
    "legal_basis",
    "documents",
    "received_by",
    "request",
    "name",
    "identity_number",
    "phone",
    "comment",
}
APPLICANT = {
    "name": f"Hồ {MARK}",
    "identity_number": MARKED_NUMBER,
    "phone": f"0{MARKED_NUMBER}",
    "email": f"{MARK}@example.vn",
    "address": f"Thôn {MARK}",
    "commune": f"Xã {MARK}",
}
RIGHT: Mapping[str, Any] = {
    "applicant": APPLICANT,
    "documents": [{"name": f"Giấy {MARK}"}],
    "identity_number": MARKED_NUMBER,
    "phone": MARKED_NUMBER,
}
# Of a value of the right kind something that is refused.
WRONG: tuple[Any, ...] = (
    [MARK],
    {"x": MARK},
    {MARK: 1},
    f"{MARK}\u0007",
    f"{MARK}\u202e",
    MARK * 3000,
    f"{MARK}\ud800",
    int(MARKED_NUMBER),
    [{"name": MARK, "copies": MARK}],
    {"name": [MARK], "phone": {"x": MARKED_NUMBER}},
)
# Where people and what they write are kept, by column; the numbers themselves not even here.
BELONGS = {
    "applicants": {"name", "name_folded", "phone", "email", "address", "commune_text"},
    "entry_texts": {"content"},
    "dossiers": {"summary", "documents", "officer"},
    "rating_comments": {"content"},
}
# What reference data and tokens hold is public, or typed by administrators about systems.
OF_NO_PEOPLE = ("/units", "/procedures", "/catalogues", "/calendar", "/tokens", "/statistics", "/deadline")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that the service logs, in either format, down to the least."""
    told = io.StringIO()
    handlers = []
    for log_format in ("json", "text"):
        handler = logging.StreamHandler(told)
        formatter = log_config(Settings(log_format=log_format))["formatters"]["lines"]["()"]
        handler.setFormatter(logging.config.BaseConfigurator({}).resolve(formatter)())
        handlers.append(handler)
    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.DEBUG)
    root.handlers += handlers
    yield told
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture(scope="module")
def url(databases: "Databases", templates: "Templates") -> Iterator[str]:
    url = databases.create(templates.prepared_by(seed))
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def scene(url: str) -> Iterator[Scene]:
    with Client(url, NOW, lookup_rate=0, outbox_worker=False) as client:
        yield Scene(client, url)


def holds_mark(content: str) -> bool:
    return any(mark in content for mark in MARKS)


def bodies(right: Mapping[str, Any]) -> Iterator[Any]:
    """The body with marked values where they belong, then with each that is refused."""
    of_people = {name: RIGHT.get(name, f"{MARK} {MARK}") for name in right if name in PERSONAL}
    yield {**right, **of_people}
    for name in sorted(PERSONAL & (right.keys() | {"officer", "note"})):
        for wrong in WRONG:
            yield {**right, **of_people, name: wrong}
    yield {**right, **of_people, "unknown": {"name": MARK}}
    yield [MARK]
    yield MARK


def raw_bodies() -> Iterator[tuple[bytes, str]]:
    """What is no JSON, or comes as something else."""
    body = f'{{"summary": "{MARK}", "applicant": {{"name": "{MARK}'.encode()
    yield body, "application/json"
    yield body + b'\xff"}}', "application/json"
    yield f'{{"summary": "{MARK}"}}'.encode(), "text/plain"
    yield f"name={MARK}&identity_number={MARKED_NUMBER}".encode(), "application/x-www-form-urlencoded"
    yield b"[" * 2000 + f'"{MARK}"'.encode(), "application/json"
    yield f'{{"summary": "{MARK}", "note": NaN, "x": {MARKED_NUMBER}{"0" * 5000}}}'.encode(), "application/json"


def sent(scene: Scene, operation: str) -> Iterator[httpx.Response]:
    """The answers to the operation with each body, in the name of whoever may do it."""
    of_people = not any(part in operation for part in OF_NO_PEOPLE)
    token = scene.token_of(("supervisor", "all")) if of_people else scene.administrator
    call = CALLS[operation](scene)
    headers = {"Content-Type": "application/json"}
    if call.json is None:
        for address in (call.path, f"{call.path}{'&' if '?' in call.path else '?'}unknown={MARK}&limit={MARK}"):
            yield scene.client.request(call.method, address, token=token)
        return
    for number, body in enumerate(bodies(call.json)):
        # Of a change that is accepted the next needs a subject of its own.
        again = CALLS[operation](scene) if number == 1 else call
        content = json.dumps(body, ensure_ascii=False).encode(errors="backslashreplace")
        kept = {"Idempotency-Key": f"{operation} {number}".replace("/", " ")} if number == 0 else {}
        yield scene.client.request(call.method, again.path, content=content, token=token, headers={**headers, **kept})
    for content, media_type in raw_bodies():
        sent_as = {"Content-Type": media_type}
        yield scene.client.request(call.method, call.path, content=content, token=token, headers=sent_as)


@pytest.mark.parametrize("operation", CALLS)
def test_no_log_and_no_refusal_repeats_what_is_of_people(scene: Scene, written: io.StringIO, operation: str) -> None:
    answers = list(sent(scene, operation))
    assert any(one.is_success for one in answers) or operation.startswith(("get", "put")), operation
    for one in answers:
        assert one.status_code < 500, one.text
        if not one.is_success:
            problem = one.json()
            problem.pop("instance")  # the address, which holds no personal data
            # A field's own name is the client's; what was in it is not said.
            pointers = [error.pop("pointer", "") for error in problem.get("errors", ())]
            assert not holds_mark(json.dumps(problem, ensure_ascii=False)), problem
            assert not holds_mark("".join(pointer for pointer in pointers if MARK not in pointer))
    assert not holds_mark(written.getvalue())


def test_marks_are_stored_where_they_belong_and_nowhere_else(scene: Scene, url: str) -> None:
    made = scene.client.post(
        DOSSIERS,
        {**guardianship(), **{name: RIGHT.get(name, MARK) for name in ("applicant", "summary", "officer", "note")}},
        token=scene.supervisor,
        headers={"Idempotency-Key": "stored"},
    )
    assert made.status_code == 201, made.text
    scene.client.get(f"{DOSSIERS}/{made.json()['code']}", token=scene.supervisor)
    rating = scene.to_be_rated()
    sent_once = {"Idempotency-Key": "rated"}
    assert scene.client.post(rating.path, {**rating.json, "comment": MARK}, headers=sent_once).is_success
    found = {place for place, content in _everything(url) if holds_mark(content)}
    allowed = {(table, column) for table, columns in BELONGS.items() for column in columns}
    assert found <= allowed, found - allowed
    assert {("applicants", "name"), ("rating_comments", "content")} <= found
    numbers = {
        place for place, content in _everything(url) if MARKED_NUMBER in content.replace(f"0{MARKED_NUMBER}", "")
    }
    assert not numbers
    metrics = scene.client.get("/metrics").text
    assert "motcua_requests" in metrics
    assert not holds_mark(metrics)


def _everything(url: str) -> list[tuple[tuple[str, str], str]]:
    """Every value of every column, by table and column; what administrators say of reference data apart."""
    apart = {"units", "procedures", "procedure_versions", "catalogues", "tokens", "token_changes"}

    def read(connection: Connection) -> list[tuple[tuple[str, str], str]]:
        found = []
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                found += [((table, column), str(value)) for column, value in row.items() if table not in apart]
        return found

    return schema.in_transaction(url, read)


@contextmanager
def broken(url: str, kind: str) -> Iterator[None]:
    """The database refuses what a receipt writes: by a rule, or for want of a table."""
    sqlite = make_url(url).get_backend_name() == "sqlite"
    if kind == "rule":
        breaking = (
            "CREATE UNIQUE INDEX broken ON applicants (name)"
            if sqlite
            else "ALTER TABLE applicants ADD CONSTRAINT broken CHECK (name = '') NOT VALID"
        )
        mending = "DROP INDEX broken" if sqlite else "ALTER TABLE applicants DROP CONSTRAINT broken"
    else:
        breaking, mending = (
            "ALTER TABLE {} RENAME TO {}".format("entry_texts", "gone"),
            "ALTER TABLE gone RENAME TO entry_texts",
        )
    schema.in_transaction(url, lambda connection: connection.execute(text(breaking)))
    yield
    schema.in_transaction(url, lambda connection: connection.execute(text(mending)))


@pytest.mark.parametrize(("kind", "status"), [("rule", 409), ("table", 500)])
def test_a_database_that_refuses_is_told_of_without_what_it_refused(
    seeded_url: str, written: io.StringIO, kind: str, status: int
) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        body = guardianship(applicant={"name": MARK, "identity_number": MARKED_NUMBER}, note=MARK)
        if kind == "rule":
            assert client.post(DOSSIERS, body, token=clerk).status_code == 201
        with broken(seeded_url, kind):
            answer = client.post(DOSSIERS, body, token=clerk)
        assert answer.status_code == status, answer.text
    assert not holds_mark(answer.text)
    assert not holds_mark(written.getvalue())
    if status == 500:
        assert "the request failed" in written.getvalue()


def test_neither_does_the_server_write_what_it_was_sent(seeded_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    token = token_at(seeded_url, "clerk", "20900")
    with live_process(seeded_url, log=log, log_level="debug") as (address, _process):
        body = json.dumps(guardianship(receiving_unit="20900", applicant=APPLICANT, at=None, note=MARK)).encode()
        authorized = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        assert httpx.post(f"{address}{DOSSIERS}", content=body, headers=authorized).status_code == 201
        httpx.post(f"{address}{DOSSIERS}/search", json={"name": MARK, "officer": [MARK, 1]}, headers=authorized)
        httpx.post(f"{address}/{MARK}", content=MARK.encode())
        httpx.get(
            f"{address}{DOSSIERS}?officer={MARK}&x={MARK}", headers={**authorized, "X-Request-Id": f"{MARKED_NUMBER}!"}
        )
        host, port = str(urlsplit(address).hostname), urlsplit(address).port
        for request in (
            f'POST {DOSSIERS} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{{"summary": "{MARK}',
            f"GET /{MARK} HTTP/9.9\r\n\r\n",
            f"{MARK} {MARK}\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\n{MARK}\r\n\r\n",
        ):
            with socket.create_connection((host, port)) as raw:
                raw.sendall(request.encode())
                raw.shutdown(socket.SHUT_WR)
                raw.settimeout(5)
                raw.recv(10_000)
    told = log.read_text(encoding="utf-8", errors="replace")
    assert "/api/v1/dossiers" in told
    assert not holds_mark(told)
