"""Outages of the database: stopped, frozen, full or moved away, and the recovery."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Client
from tests.support.databases import PostgresDatabases
from tests.support.live import live_server
from tests.support.postgres import Server
from tests.support.reference import seed, token_at

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
LOOKUP = "/api/v1/lookup/000.31.15.H47-210816-0001"


def refused_for_now(answer: httpx.Response, code: str = "unavailable") -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert int(answer.headers["retry-after"]) > 0


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for these tests alone, because they stop it."""
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def service(server: Server) -> Iterator[tuple[str, str]]:
    """The address of a running service over this server, and a clerk's token."""
    url = PostgresDatabases(server.url).create()
    seed(url)
    token = token_at(url, "clerk", "20900")
    with live_server(url, statement_seconds="1", lookup_rate="0", token_cache_seconds="0") as address:
        yield address, token


def calls_to(service: tuple[str, str]) -> list[Callable[[], httpx.Response]]:
    address, token = service
    # A receipt now, at the counter of the token's unit.
    body = guardianship(applicant={"name": "Nguyễn Thị Hoa"})
    del body["receiving_unit"], body["at"]
    headers = {"Authorization": f"Bearer {token}"}

    def asked(method: str, path: str, **options: Any) -> Callable[[], httpx.Response]:
        return lambda: httpx.request(method, address + path, timeout=60, **options)

    return [
        asked("GET", "/readyz"),
        asked("GET", LOOKUP),
        asked("GET", DOSSIERS, headers=headers),
        asked("POST", DOSSIERS, headers=headers, json=body),
    ]


def answers_within(seconds: float, calls: list[Callable[[], httpx.Response]], times: int = 1) -> list[httpx.Response]:
    began = time.monotonic()
    with ThreadPoolExecutor(len(calls) * times) as pool:
        answers = [future.result() for future in [pool.submit(call) for call in calls * times]]
    assert time.monotonic() - began < seconds
    return answers


def ready_within(seconds: float, address: str) -> None:
    began = time.monotonic()
    while not (answer := httpx.get(f"{address}/readyz", timeout=60)).is_success:
        refused_for_now(answer)
        assert time.monotonic() - began < seconds, "the service did not find its database again"
        time.sleep(0.1)


def test_a_service_without_postgresql_reports_it_and_recovers(server: Server, service: tuple[str, str]) -> None:
    calls = calls_to(service)
    assert [answer.status_code for answer in answers_within(20, calls)] == [200, 404, 200, 201]
    for _ in range(2):
        server.stop()
        try:
            for answer in answers_within(5, calls, times=5):
                refused_for_now(answer)
            assert httpx.get(f"{service[0]}/healthz").status_code == 200
            assert "motcua_register_up 0" in httpx.get(f"{service[0]}/metrics").text
        finally:
            server.start()
        ready_within(5, service[0])
        assert [answer.status_code for answer in answers_within(20, calls)] == [200, 404, 200, 201]


def test_no_request_hangs_on_a_frozen_postgresql(server: Server, service: tuple[str, str]) -> None:
    calls = calls_to(service)
    answers_within(20, calls)
    with server.frozen():
        # Longest waits: 10 s for a free connection, 1 + 5 s for the end of a statement, 5 s for a new connection.
        for answer in answers_within(20, calls, times=4):
            refused_for_now(answer)
    ready_within(5, service[0])
    assert [answer.status_code for answer in answers_within(20, calls)] == [200, 404, 200, 201]


# --- SQLite -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "motcua.db"
    seed(f"sqlite:///{path}")
    return path


def stored(file: Path) -> list[int]:
    with closing(sqlite3.connect(file)) as connection:
        tables = ("dossiers", "entries", "applicants")
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def fill(client: Client, clerk: str) -> int:
    """Receives dossiers until the disk is full. Returns their number."""
    for number in range(5000):
        answer = client.post(DOSSIERS, guardianship(summary="Đăng ký giám hộ " * 50), token=clerk)
        if answer.status_code != 201:
            refused_for_now(answer, "no_room")
            return number
    raise AssertionError("it was never full")


def viewed_until_refused(client: Client, clerk: str) -> httpx.Response:
    """The answer to a view of a dossier that cannot be recorded, so personal data are not shown."""
    code = client.get(DOSSIERS, token=clerk).json()["items"][0]["code"]
    for _ in range(5000):
        answer = client.get(f"{DOSSIERS}/{code}", token=clerk)
        if answer.status_code != 200:
            return answer
    raise AssertionError("it was never full")


def test_a_full_sqlite_file_is_reported_leaves_no_partial_rows_and_works_with_space_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **options))
        return opened[-1]

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", noting)
        client = Client(f"sqlite:///{file}", NOW).__enter__()
    try:
        clerk = client.token("clerk", "20899")
        received(client, clerk)

        def bound(pages: int) -> None:
            for connection in opened:
                (used,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count = {used + pages}").fetchall()

        bound(8)
        written = 1 + fill(client, clerk)
        refused_for_now(client.post(DOSSIERS, guardianship(), token=clerk), "no_room")
        assert client.get("/readyz").status_code == 200, "reading goes on"
        refused_for_now(viewed_until_refused(client, clerk), "no_room")
        assert stored(file) == [written] * 3
        bound(10_000)
        received(client, clerk)
        assert stored(file) == [written + 1] * 3
    finally:
        client.__exit__()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_reported_leaves_no_partial_rows_and_is_recovered_from(file: Path, small_disk: Path) -> None:
    path = Path(shutil.copy(file, small_disk / "motcua.db"))
    ballast = small_disk / "ballast"
    with Client(f"sqlite:///{path}", NOW) as client:
        clerk = client.token("clerk", "20899")
        received(client, clerk)
        free = shutil.disk_usage(small_disk).free
        ballast.write_bytes(bytes(max(free - 200_000, 0)))
        written = 1 + fill(client, clerk)
        refused_for_now(client.post(DOSSIERS, guardianship(), token=clerk), "no_room")
        assert client.get(DOSSIERS, token=clerk).status_code == 200, "reading goes on"
        ballast.unlink()
        received(client, clerk)
        assert stored(path) == [written + 1] * 3


def test_a_removed_or_replaced_file_is_not_written(file: Path) -> None:
    with Client(f"sqlite:///{file}", NOW) as client:
        clerk = client.token("clerk", "20899")
        received(client, clerk)
        away = file.rename(file.with_name("away.db"))
        refused_for_now(client.get("/readyz"))
        refused_for_now(client.post(DOSSIERS, guardianship(), token=clerk))
        assert not file.exists(), "no empty file is created in its place"
        file.touch()
        refused_for_now(client.post(DOSSIERS, guardianship(), token=clerk))
        away.rename(file)
        received(client, clerk)
        assert client.get("/readyz").status_code == 200
    assert stored(file) == [2] * 3


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_name_of_a_database_may_have_any_character(tmp_path: Path) -> None:
    path = tmp_path / "một cửa #1?50%.db"
    url = make_url("sqlite://").set(database=str(path)).render_as_string()
    seed(url)
    assert path.exists()
    with Client(url, NOW) as client:
        received(client, client.token("clerk", "20899"))
    assert stored(path) == [1] * 3
