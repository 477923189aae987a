"""Reading on a replica: a real primary with a standby, killed, frozen and promoted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Table, func, make_url, select

from app.database import Database
from app.database.tables import access_log, sessions
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.databases import PostgresDatabases
from tests.support.live import live_server
from tests.support.postgres import Server, Standby
from tests.support.reference import seed, token_at

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    # Without it a killed server loses what it has just answered.
    with Server({"synchronous_commit": "on"}) as running:
        yield running


@pytest.fixture(scope="module")
def url(primary: Server) -> str:
    created = PostgresDatabases(primary.url).create()
    seed(created)
    return created


@pytest.fixture(scope="module")
def standby(primary: Server, url: str) -> Iterator[Standby]:
    assert url
    with primary.standby() as following:
        yield following


def at(server: Server, url: str) -> str:
    """The URL of the same database at another server."""
    return make_url(server.url).set(database=make_url(url).database).render_as_string(hide_password=False)


def test_a_standby_is_ready_for_reading_and_not_for_changes(url: str, standby: Standby) -> None:
    with Client(at(standby, url), NOW) as client:
        assert client.get("/readyz/read").status_code == 200
        refused = client.get("/readyz/write")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"]
    with Client(url, NOW) as client:
        assert [client.get(f"/readyz/{kind}").status_code for kind in ("read", "write")] == [200, 200]


class Cluster:
    """A service over a primary and its standby, and a clerk's token."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, *, staff: bool = False, known: str = "") -> httpx.Response:
        sent = {**({"If-None-Match": known} if known else {}), **(self._headers if staff else {})}
        return httpx.get(self._address + path, headers=sent, timeout=60)

    def receive(self) -> httpx.Response:
        body = guardianship(applicant={"name": "Nguyễn Thị Hoa"})
        del body["receiving_unit"], body["at"]
        return httpx.post(self._address + DOSSIERS, json=body, headers=self._headers, timeout=60)

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """A session at the counter."""
        with httpx.Client(base_url=self._address, headers={"Origin": self._address}, timeout=60) as browser:
            token = self._headers["Authorization"].removeprefix("Bearer ")
            assert browser.post("/sign-in", data={"token": token}).status_code == 303
            yield browser

    def source(self, path: str, *, staff: bool = False) -> str:
        answer = self.get(path, staff=staff)
        assert answer.status_code == 200, answer.text
        return answer.headers["x-data-source"]


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come about"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def views_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("views")


@pytest.fixture(scope="module")
def cluster(standby: Standby, url: str, views_folder: Path) -> Iterator[Cluster]:
    token = token_at(url, "clerk", "20900")
    settings = {"read_database_url": at(standby, url), "views_dir": str(views_folder)}
    with live_server(
        url, workers=2, lookup_rate="0", lookup_misses="3", token_cache_seconds="0", **settings
    ) as address:
        yield Cluster(address, token)


@pytest.fixture(scope="module")
def lookup(cluster: Cluster) -> str:
    answer = cluster.receive()
    assert answer.status_code == 201, answer.text
    path = f"/api/v1/lookup/{answer.json()['code']}"
    until(lambda: cluster.source(path) == "replica")
    return path


FIGURES = "/api/v1/statistics/on-time?by=unit"


def test_the_public_reads_at_the_replica_and_staff_at_the_primary(cluster: Cluster, lookup: str) -> None:
    assert [cluster.source(path) for path in (lookup, FIGURES, "/d/" + lookup.rpartition("/")[2])] == ["replica"] * 3
    assert cluster.source(lookup.replace("lookup", "dossiers"), staff=True) == "primary"
    assert cluster.source(FIGURES, staff=True) == "replica"
    age = datetime.now(UTC) - datetime.fromisoformat(cluster.get(lookup).headers["x-data-as-of"])
    assert age.total_seconds() < 5


def test_a_dossier_that_the_replica_has_not_yet_is_found_at_the_primary(
    cluster: Cluster, lookup: str, standby: Standby
) -> None:
    assert lookup
    with standby.replay_paused():
        received = cluster.receive().json()
        code, version = received["code"], received["version"]
        answer = cluster.get(f"/api/v1/lookup/{code}")
        assert (answer.status_code, answer.headers["x-data-source"]) == (200, "primary")
        assert cluster.get("/api/v1/lookup/000.00.00.H00-210816-9999").status_code == 404
        wrong = [
            cluster.get(f"/api/v1/lookup/000.00.00.H00-210816-{number}").status_code for number in range(9980, 9999)
        ]
        assert wrong[-1] == 429, "the address has to wait, except for codes that exist"
        assert cluster.get(f"/api/v1/lookup/{code}").status_code == 200
        known = cluster.get(lookup)
        assert known.headers["x-data-source"] == "replica"
        newer = cluster.get(lookup, known=f'"{version + 7}"')
        assert newer.headers["x-data-source"] == "primary", "the client knows a later version"


def served_throughout(cluster: Cluster, paths: list[str], seconds: float) -> list[httpx.Response]:
    """The answers to repeated requests. None fails. `python -m proofs.cluster` bounds how long one takes."""
    began, answers = time.monotonic(), []
    while time.monotonic() - began < seconds:
        for path in paths:
            answers.append(cluster.get(path))
            assert answers[-1].status_code == 200, answers[-1].text
    return answers


def test_no_lookup_waits_for_a_frozen_replica(cluster: Cluster, lookup: str, standby: Standby) -> None:
    with standby.frozen():
        answers = served_throughout(cluster, [lookup, FIGURES], 4)
        assert answers[-1].headers["x-data-source"] == "primary"
    until(lambda: cluster.source(lookup) == "replica")


def test_reading_goes_on_while_the_primary_is_frozen(cluster: Cluster, lookup: str, primary: Server) -> None:
    dossier = lookup.replace("/lookup/", "/dossiers/")
    with primary.frozen():
        answers = served_throughout(cluster, [lookup, FIGURES, "/readyz/read"], 4)
        assert {answer.headers["x-data-source"] for answer in answers} == {"replica"}
        age = datetime.now(UTC) - datetime.fromisoformat(cluster.get(lookup).headers["x-data-as-of"])
        assert age.total_seconds() > 3
        figures = cluster.get(FIGURES)
        as_of = datetime.fromisoformat(figures.json()["as_of"])
        assert abs(as_of - datetime.fromisoformat(figures.headers["x-data-as-of"])).total_seconds() <= 2
        assert cluster.source(f"{dossier}/deadline", staff=True) == "replica", "staff read on, and see that it is old"
        assert cluster.source(DOSSIERS, staff=True) == "replica"
    until(lambda: cluster.source(DOSSIERS, staff=True) == "primary")
    until(lambda: cluster.receive().status_code == 201)


def test_reading_goes_on_without_the_primary(cluster: Cluster, lookup: str, primary: Server) -> None:
    primary.kill()
    try:
        served_throughout(cluster, [lookup, FIGURES], 2)
        assert cluster.get("/readyz/read").status_code == 200
        refused = cluster.get("/readyz/write")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        refused = cluster.receive()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert cluster.get("/api/v1/lookup/000.00.00.H00-210816-9999").status_code == 404
    finally:
        primary.start()
    until(lambda: cluster.receive().status_code == 201)


def test_the_status_says_what_works_whatever_is_silent(
    cluster: Cluster, lookup: str, primary: Server, standby: Standby
) -> None:
    def status() -> str:
        answer = cluster.get("/status?lang=en")
        assert answer.status_code == 200
        return answer.text

    until(lambda: "works normally" in status())
    with primary.frozen():
        until(lambda: "Only reading works" in status())
    with killed(primary), standby.frozen():
        until(lambda: "interrupted" in status())
    until(lambda: cluster.source(lookup) == "replica" and cluster.receive().status_code == 201)


def test_reading_goes_on_without_the_replica(cluster: Cluster, lookup: str, standby: Standby) -> None:
    standby.kill()
    try:
        answers = served_throughout(cluster, [lookup, FIGURES], 2)
        assert answers[-1].headers["x-data-source"] == "primary"
    finally:
        standby.start()
    until(lambda: cluster.source(lookup) == "replica")


def test_a_service_starts_without_its_primary(primary: Server, standby: Standby, url: str, lookup: str) -> None:
    with killed(primary), live_server(url, read_database_url=at(standby, url)) as address:
        assert httpx.get(address + lookup, timeout=60).headers["x-data-source"] == "replica"
        assert httpx.get(f"{address}/readyz/write", timeout=60).status_code == 503
    until(lambda: views(url) >= 0)


READ_ONLY = "Hiện chỉ xem được hồ sơ, chưa lưu được thay đổi"


def views(url: str) -> int:
    return rows(url, access_log)


def rows(url: str, table: Table) -> int:
    async def count(database: Database) -> int:
        async with database.reading() as connection:
            number: int = await connection.scalar(select(func.count()).select_from(table))
            return number

    return in_database(url, count)


@pytest.mark.parametrize("fault", ["frozen", "killed"])
def test_counters_read_on_and_each_view_is_logged_once(
    cluster: Cluster, lookup: str, primary: Server, standby: Standby, url: str, views_folder: Path, fault: str
) -> None:
    dossier = lookup.replace("/lookup/", "/dossiers/")
    until(lambda: cluster.source(dossier, staff=True) == "primary")
    until(lambda: not list(views_folder.iterdir()))
    before = views(url)
    with cluster.browser() as browser:
        # A session that the replica does not have yet is unknown while the primary is away.
        until(lambda: rows(at(standby, url), sessions) == rows(url, sessions))
        with primary.frozen() if fault == "frozen" else killed(primary):
            for _ in range(8):
                answer = cluster.get(dossier, staff=True)
                assert answer.status_code == 200, answer.text
                assert answer.json()["applicant"]["name"] == "Nguyễn Thị Hoa"
            assert answer.headers["x-data-source"] == "replica"
            page = browser.get("/counter")
            assert page.status_code == 200, page.text
            assert READ_ONLY in page.text
            assert list(views_folder.iterdir()), "the views wait on the disk"
        until(lambda: not list(views_folder.iterdir()))
        assert views(url) == before + 9, "eight dossiers, and the list of the page"
        until(lambda: READ_ONLY not in browser.get("/counter").text)


@contextmanager
def killed(server: Server) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()
