"""Personal data appear only at their own places: every call has marked names, numbers and texts."""

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

# Fields of bodies with personal data and typed texts.
PERSONAL = {
    "applicant",
    "handed_in_by",
    "further_applicants",
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
AGENT = {
    "name": f"Hồ {MARK}",
    "identity_number": MARKED_NUMBER,
    "phone": f"0{MARKED_NUMBER}",
    "address": f"Thôn {MARK}",
    "authority": f"Giấy {MARK}",
}
CO_APPLICANT = {
    "name": f"Hồ {MARK}",
    "identity_number": MARKED_NUMBER,
    "phone": f"0{MARKED_NUMBER}",
    "address": f"Thôn {MARK}",
    "relation": f"Bên {MARK}",
}
RIGHT: Mapping[str, Any] = {
    "applicant": APPLICANT,
    "handed_in_by": AGENT,
    "further_applicants": [CO_APPLICANT],
    "documents": [{"name": f"Giấy {MARK}"}],
    "identity_number": MARKED_NUMBER,
    "phone": MARKED_NUMBER,
}
PEOPLE_BESIDE: Mapping[str, Any] = {"handed_in_by": AGENT, "further_applicants": [CO_APPLICANT]}
NAME_PEOPLE_BESIDE = ("post /api/v1/dossiers", "patch /api/v1/dossiers/{code}")
# Values that are refused in place of a valid one.
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
# Columns for personal data and typed texts. Identity numbers are encrypted even there.
BELONGS = {
    "applicants": {"name", "name_folded", "phone", "phone_key", "email", "address", "commune_text"},
    "participants": {"name_folded", "phone", "phone_key"},
    "entry_texts": {"content"},
    "dossiers": {"summary", "documents", "officer"},
    "rating_comments": {"content"},
    "persons": {"name", "email"},
}
# Reference data and tokens have no personal data.
OF_NO_PEOPLE = (
    "/units",
    "/procedures",
    "/catalogues",
    "/reference",
    "/calendar",
    "/tokens",
    "/statistics",
    "/deadline",
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All log lines of the service in both formats, on the lowest level."""
    output = io.StringIO()
    handlers = []
    for log_format in ("json", "text"):
        handler = logging.StreamHandler(output)
        formatter = log_config(Settings(log_format=log_format))["formatters"]["lines"]["()"]
        handler.setFormatter(logging.config.BaseConfigurator({}).resolve(formatter)())
        handlers.append(handler)
    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.DEBUG)
    root.handlers += handlers
    yield output
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


def has_mark(content: str) -> bool:
    return any(mark in content for mark in MARKS)


def bodies(right: Mapping[str, Any]) -> Iterator[Any]:
    """The body with marked valid values, then with each invalid one."""
    of_people = {name: RIGHT.get(name, f"{MARK} {MARK}") for name in right if name in PERSONAL}
    yield {**right, **of_people}
    for name in sorted(PERSONAL & (right.keys() | {"officer", "note"})):
        for wrong in WRONG:
            yield {**right, **of_people, name: wrong}
    yield {**right, **of_people, "unknown": {"name": MARK}}
    yield [MARK]
    yield MARK


def raw_bodies() -> Iterator[tuple[bytes, str]]:
    """Bodies that are not JSON, or have another content type."""
    body = f'{{"summary": "{MARK}", "applicant": {{"name": "{MARK}'.encode()
    yield body, "application/json"
    yield body + b'\xff"}}', "application/json"
    yield f'{{"summary": "{MARK}"}}'.encode(), "text/plain"
    yield f"name={MARK}&identity_number={MARKED_NUMBER}".encode(), "application/x-www-form-urlencoded"
    yield b"[" * 2000 + f'"{MARK}"'.encode(), "application/json"
    yield f'{{"summary": "{MARK}", "note": NaN, "x": {MARKED_NUMBER}{"0" * 5000}}}'.encode(), "application/json"


def caller(scene: Scene, operation: str) -> str | None:
    """A caller with the right to the operation, who sees people if it is about dossiers."""
    if operation.endswith("/current") and "/tokens" not in operation:
        return scene.person_of(("supervisor", "all"))
    if "/persons" in operation or any(part in operation for part in OF_NO_PEOPLE):
        return scene.administrator
    return scene.token_of(("supervisor", "all"))


def sent(scene: Scene, operation: str) -> Iterator[httpx.Response]:
    """The answers to the operation with each body, from a caller with the right to it."""
    token = caller(scene, operation)
    call = CALLS[operation](scene)
    headers = {"Content-Type": "application/json"}
    if call.json is None:
        for address in (call.path, f"{call.path}{'&' if '?' in call.path else '?'}unknown={MARK}&limit={MARK}"):
            yield scene.client.request(call.method, address, token=token, content=call.content, headers=call.headers)
        return
    right = {**call.json, **(PEOPLE_BESIDE if operation in NAME_PEOPLE_BESIDE else {})}
    for number, body in enumerate(bodies(right)):
        # After an accepted change the next one needs a new subject.
        again = CALLS[operation](scene) if number == 1 else call
        content = json.dumps(body, ensure_ascii=False).encode(errors="backslashreplace")
        kept = {"Idempotency-Key": f"{operation} {number}".replace("/", " ")} if number == 0 else {}
        yield scene.client.request(call.method, again.path, content=content, token=token, headers={**headers, **kept})
    for content, media_type in raw_bodies():
        sent_as = {"Content-Type": media_type}
        yield scene.client.request(call.method, call.path, content=content, token=token, headers=sent_as)


@pytest.mark.parametrize("operation", CALLS)
def test_no_log_and_no_refusal_repeats_personal_data(scene: Scene, written: io.StringIO, operation: str) -> None:
    answers = list(sent(scene, operation))
    assert any(answer.is_success for answer in answers) or operation.startswith(("get", "put")), operation
    for answer in answers:
        assert answer.status_code < 500, answer.text
        if not answer.is_success:
            problem = answer.json()
            problem.pop("instance")  # the address, without personal data
            # The name of a field comes from the client. Its value must not be repeated.
            pointers = [error.pop("pointer", "") for error in problem.get("errors", ())]
            assert not has_mark(json.dumps(problem, ensure_ascii=False)), problem
            assert not has_mark("".join(pointer for pointer in pointers if MARK not in pointer))
    assert not has_mark(written.getvalue())


def test_marks_are_stored_only_in_their_columns(scene: Scene, url: str) -> None:
    named = ("applicant", "handed_in_by", "further_applicants", "summary", "officer", "note")
    dossier = scene.client.post(
        DOSSIERS,
        {**guardianship(), **{name: RIGHT.get(name, MARK) for name in named}},
        token=scene.supervisor,
        headers={"Idempotency-Key": "stored"},
    )
    assert dossier.status_code == 201, dossier.text
    scene.client.get(f"{DOSSIERS}/{dossier.json()['code']}", token=scene.supervisor)
    rating = scene.to_be_rated()
    sent_once = {"Idempotency-Key": "rated"}
    assert scene.client.post(rating.path, {**rating.json, "comment": MARK}, headers=sent_once).is_success
    scene.person(name=f"Hồ {MARK}", email=f"{MARK}@example.vn")
    marked = {place for place, content in _everything(url) if has_mark(content)}
    allowed = {(table, column) for table, columns in BELONGS.items() for column in columns}
    assert marked <= allowed, marked - allowed
    assert {
        ("applicants", "name"),
        ("participants", "phone"),
        ("rating_comments", "content"),
        ("persons", "email"),
    } <= marked
    numbers = {
        place for place, content in _everything(url) if MARKED_NUMBER in content.replace(f"0{MARKED_NUMBER}", "")
    }
    assert not numbers
    metrics = scene.client.get("/metrics").text
    assert "motcua_requests" in metrics
    assert not has_mark(metrics)


def _everything(url: str) -> list[tuple[tuple[str, str], str]]:
    """Every value by table and column, without reference data."""
    apart = {"units", "procedures", "procedure_versions", "catalogues", "tokens", "token_changes"}

    def read(connection: Connection) -> list[tuple[tuple[str, str], str]]:
        values = []
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                if (row["subject"] if table == "ledger" else table) not in apart:
                    values += [((table, column), str(value)) for column, value in row.items()]
        return values

    return schema.in_transaction(url, read)


@contextmanager
def broken(url: str, kind: str) -> Iterator[None]:
    """The database refuses the rows of a receipt, by a trigger or because a table is missing."""
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
def test_an_error_of_the_database_is_logged_without_its_values(
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
    assert not has_mark(answer.text)
    assert not has_mark(written.getvalue())
    if status == 500:
        assert "the request failed" in written.getvalue()


def test_the_server_logs_no_content_of_requests(seeded_url: str, tmp_path: Path) -> None:
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
    written = log.read_text(encoding="utf-8", errors="replace")
    assert "/api/v1/dossiers" in written
    assert not has_mark(written)
