"""A standby in place of the primary is an outage: changes are refused for now, and work goes on after its promotion."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import func, make_url, select, text

from app.database import Database, DatabaseUnavailable, Prepared
from app.database.readiness import admit_keys
from app.database.tables import pending_increments
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.databases import PostgresDatabases
from tests.support.live import live_server
from tests.support.postgres import Server, Standby
from tests.support.reference import seed, token_at

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
LOOKUP = "/api/v1/lookup/000.31.15.H47-210816-0001"


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def url(primary: Server) -> str:
    """A database with reference data and one dossier."""
    url = PostgresDatabases(primary.url).create()
    seed(url)
    with Client(url, NOW) as client:
        received(client, client.token("clerk", "20899"))
    in_database(url, admit_keys)
    return url


def on_standby(url: str, standby: Standby) -> str:
    """The URL of the same database on the standby."""
    return make_url(standby.url).set(database=make_url(url).database).render_as_string(hide_password=False)


async def pending(database: Database) -> int:
    async with database.reading() as connection:
        count: int = await connection.scalar(Prepared(select(func.count()).select_from(pending_increments)))
    return count


def test_a_service_on_a_standby_refuses_changes_for_now_and_goes_on_after_the_promotion(
    primary: Server, url: str
) -> None:
    token = token_at(url, "clerk", "20900")
    body = guardianship(applicant={"name": "Nguyễn Thị Hoa"})
    del body["receiving_unit"], body["at"]

    with primary.standby() as standby:
        there = on_standby(url, standby)
        with live_server(there, lookup_rate="0", token_cache_seconds="0") as address:

            def receive() -> httpx.Response:
                headers = {"Authorization": f"Bearer {token}"}
                return httpx.post(address + DOSSIERS, headers=headers, json=body, timeout=60)

            for _ in range(3):
                answer = receive()
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
                assert answer.headers["content-type"].startswith("application/problem+json")
                assert int(answer.headers["retry-after"]) > 0
                assert httpx.get(address + LOOKUP).status_code == 200
            # The roll-up and the token's use fail for a while.
            time.sleep(2.5)
            failures = _measured(address, "motcua_task_failures_total")
            assert failures['task="roll_up"'] > 0
            assert failures['task="token_uses"'] > 0
            standby.promote()
            primary.stop()
            deadline = time.monotonic() + 30
            while (answer := receive()).status_code != 201:
                assert answer.status_code == 503
                assert time.monotonic() < deadline, answer.text
            while in_database(there, pending):
                assert time.monotonic() < deadline, "the figures are not rolled up"
                time.sleep(0.1)
            assert _measured(address, "motcua_task_last_success_timestamp_seconds")['task="roll_up"'] > 0
        primary.start()


def _measured(address: str, name: str) -> dict[str, float]:
    lines = [line for line in httpx.get(f"{address}/metrics").text.splitlines() if line.startswith(f"{name}{{")]
    return {line[len(name) + 1 : line.index("}")]: float(line.rpartition(" ")[2]) for line in lines}


def test_a_connection_to_a_standby_is_not_used_for_a_further_change(primary: Server, url: str) -> None:

    async def work(database: Database) -> None:
        session = Prepared(text("SELECT pg_backend_pid()"))
        refused = [
            text("DELETE FROM pending_increments"),
            text("LOCK TABLE entries IN SHARE MODE"),
            text("SELECT nextval('entries_id_seq')"),
        ]
        for statement in refused:
            async with database.reading() as connection:
                before = await connection.scalar(session)
            with pytest.raises(DatabaseUnavailable):
                async with database.reading() as connection:
                    await connection.run(statement)
            async with database.reading() as connection:
                assert await connection.scalar(session) != before
        with pytest.raises(DatabaseUnavailable):
            async with database.writing():
                pass

    with primary.standby() as standby:
        in_database(on_standby(url, standby), work)
