"""Reading at two places without servers: slow places, a bound of repeated reads, and what is counted once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, cast

import pytest
from fastapi import Request, Response
from starlette.applications import Starlette

from app.database import Connection, DatabaseUnavailable
from app.database.address import address_of
from app.database.connection import Database
from app.database.replicas import ReplicatedDatabase, replicas_url
from app.database.server_group import ServerGroup, ServerState
from app.domain.errors import NotFound
from app.http import replica_reading
from app.http.replica_reading import deferred, read_anywhere, repeated
from app.http.services import HttpServices

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


class Side(Database):
    """A database that answers when `open` is set, or fails. `running` and `most`: readings at the same time."""

    dialect = "postgresql"

    def __init__(self, name: str) -> None:
        self.name = name
        self.open = asyncio.Event()
        self.open.set()
        self.failing = False
        self.running = self.most = 0

    @asynccontextmanager
    async def reading(self, **_options: Any) -> AsyncIterator[Connection]:
        if self.failing:
            raise DatabaseUnavailable(self.name)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.open.wait()
            yield cast("Connection", self.name)
        finally:
            self.running -= 1

    def writing(self) -> Any:
        raise DatabaseUnavailable(self.name)

    async def close(self) -> None:
        pass


class Scene:
    """A primary and a replica, and requests to an endpoint that says where it read."""

    def __init__(self, hedges: int = 2) -> None:
        self.sides = {name: Side(name) for name in ("primary", "replica")}
        groups = {name: self._group(name) for name in self.sides}
        self.database = ReplicatedDatabase(groups["primary"], groups["replica"], hedges)
        self.counted = 0
        self.app = Starlette()
        nothing = cast("Any", None)
        self.app.state.services = HttpServices(
            settings=nothing,
            now=lambda: NOW,
            database=self.database,
            limits=nothing,
            metrics=nothing,
            draining=nothing,
            register_gauges=nothing,
        )

    def _group(self, name: str) -> ServerGroup:
        group = ServerGroup(name, 1, cast("Any", None), cast("Any", None))
        group.up, group._database = True, self.sides[name]  # noqa: SLF001 - opened without a server
        group.state = ServerState(monotonic(), name == "replica", 1, 0.0)
        return group

    async def endpoint(self, request: Request) -> Response:
        if not repeated():
            self.counted += 1
        async with self.database.reading() as connection:
            side = str(connection)
        if side in request.query_params.get("missing", ""):
            if not deferred(self._miss):
                self._miss()
            raise NotFound("unknown_dossier", side)
        return Response(side)

    def _miss(self) -> None:
        self.counted += 100

    async def ask(self, query: str = "", *, replica_first: bool = True) -> str:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
        handler = read_anywhere(self.endpoint, replica_first=lambda _request: replica_first)
        answer = await handler(Request({**scope, "app": self.app}))
        return bytes(answer.body).decode()


def test_a_silent_replica_is_followed_by_the_primary_and_its_read_is_dropped() -> None:
    async def run() -> None:
        scene = Scene()
        scene.sides["replica"].open.clear()
        assert await scene.ask() == "primary"
        await asyncio.sleep(0)
        assert scene.sides["replica"].running == 0, "the loser gives its connection back"
        assert scene.counted == 1, "a limit counts the request once"
        assert scene.database.hedges_left == 2

    asyncio.run(run())


def test_repeated_reads_are_bounded_so_that_overload_is_not_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        scene = Scene(hedges=2)
        for side in scene.sides.values():
            side.open.clear()
        asking = [asyncio.create_task(scene.ask()) for _ in range(20)]
        await asyncio.sleep(0.3)
        assert (scene.sides["replica"].most, scene.sides["primary"].most) == (20, 2)
        scene.sides["replica"].open.set()
        assert set(await asyncio.gather(*asking)) == {"replica"}
        await asyncio.sleep(0)
        assert scene.database.hedges_left == 2

    monkeypatch.setattr(replica_reading, "PATIENCE", 0.05)
    asyncio.run(run())


def test_reads_of_a_place_that_goes_down_all_move_to_the_other() -> None:
    async def run() -> None:
        scene = Scene(hedges=1)
        scene.sides["replica"].open.clear()
        asking = [asyncio.create_task(scene.ask()) for _ in range(10)]
        await asyncio.sleep(0.05)
        scene.database.replica.up = False
        assert set(await asyncio.gather(*asking)) == {"primary"}
        assert await scene.ask() == "primary"

    asyncio.run(run())


def test_staff_wait_for_a_slow_primary_and_read_on_when_it_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        scene = Scene()
        scene.sides["primary"].open.clear()
        asking = asyncio.create_task(scene.ask(replica_first=False))
        await asyncio.sleep(0.3)
        assert not asking.done(), "a slow primary is no reason to show old data"
        scene.database.primary.up = False
        assert await asking == "replica"

    monkeypatch.setattr(replica_reading, "PATIENCE", 0.05)
    asyncio.run(run())


def test_what_a_replica_does_not_know_is_asked_of_the_primary_and_missed_once() -> None:
    async def run() -> None:
        scene = Scene()
        assert await scene.ask("missing=replica") == "primary"
        assert scene.counted == 1, "no miss"
        with pytest.raises(NotFound):
            await scene.ask("missing=replica,primary")
        assert scene.counted == 102, "one miss for two places"
        scene.sides["primary"].failing = True
        with pytest.raises(NotFound):
            await scene.ask("missing=replica")

    asyncio.run(run())


def test_without_any_place_the_answer_is_an_outage() -> None:
    async def run() -> None:
        scene = Scene()
        for side in scene.sides.values():
            side.failing = True
        with pytest.raises(DatabaseUnavailable):
            await scene.ask()

    asyncio.run(run())


def test_several_hosts_for_reading_mean_a_standby_unless_another_is_named() -> None:
    several = "postgresql://motcua@10.0.0.1,10.0.0.2/motcua"
    assert address_of(replicas_url(several)).target == "prefer-standby"
    assert address_of(replicas_url(f"{several}?target_session_attrs=any")).target == "any"
    assert address_of(replicas_url("postgresql://motcua@10.0.0.1/motcua")).target == "any"
