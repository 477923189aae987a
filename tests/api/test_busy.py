"""Reports that take long: ended in time, bounded in number, and never in the way of the counters."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Connection, Prepared
from app.database import fair_queue as turns
from app.statistics.on_time.figures import count_and_change
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Call, Client

REPORT = "/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-31"
# The module of the counting that the route of the figures calls.
COUNT = "app.statistics.on_time.routes.count_and_change"
_ENDLESS = Prepared(text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n"))


class Stall:
    """Blocks reports while they count, each with its turn at a heavy reading, until `let_go` is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held = 0
        self._free = asyncio.Event()

        async def held_up(*arguments: Any) -> Any:
            self.held += 1
            await self._free.wait()
            return await count_and_change(*arguments)

        monkeypatch.setattr(COUNT, held_up)

    def let_go(self) -> None:
        self._free.set()


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, reports_at_once=2, lookup_rate=0, statement_seconds=1) as client:
        yield client


def test_while_reports_are_held_up_counters_and_citizens_are_served(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 60)
    clerk = client.token("clerk", "20899")
    code = received(client, clerk)["code"]
    stall = Stall(monkeypatch)
    most = 2 + 2 * turns.WAITING_PER_TURN
    with client.under_way([Call("GET", REPORT)] * most) as reports:
        refused = client.get(REPORT)
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert refused.headers["retry-after"] == "5"
        assert client.get("/api/v1/statistics/ranking?of=commune&period=2021").status_code == 503
        for _ in range(20):
            assert client.get(f"/api/v1/lookup/{code}").status_code == 200
            assert client.post(DOSSIERS, guardianship(), token=clerk).status_code == 201
        assert "motcua_register_up 1" in client.get("/metrics").text
        assert client.get("/readyz").status_code == 200
        assert stall.held == 2, "the others wait for their turn"
        stall.let_go()
        assert [answer.status_code for answer in reports()] == [200] * most
    assert client.get(REPORT).status_code == 200


def test_a_report_that_takes_too_long_is_ended_and_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(connection: Connection, *arguments: Any) -> Any:
        await connection.all(_ENDLESS)
        return await count_and_change(connection, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(COUNT, endless)
        answer = client.get(REPORT)
    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
    assert answer.headers["retry-after"] == "30"
    assert client.get(REPORT).status_code == 200
