"""Views kept in files while the primary is away: each is entered once, after crashes and by several workers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.access.view_spool import Row, ViewSpool
from app.database import Database, DatabaseUnavailable
from app.database import schema as migrations
from app.database.tables import access_log
from tests.support.database_access import in_database
from tests.support.databases import PostgresDatabases

AT = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    created = postgresql_databases.create()
    migrations.upgrade(created)
    yield created
    postgresql_databases.drop(created)


def view(dossier: int, request: str | None = "r1") -> Row:
    values = {"viewed_at": AT, "client": "sso:0f3a", "token_id": None, "dossier_id": dossier, "kind": "dossier"}
    return {**values, "request_id": request}


def with_database(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    in_database(url, work)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def dossiers(database: Database, *, above: int) -> list[int]:
    async with database.reading() as connection:
        found = select(access_log.c.dossier_id).where(access_log.c.dossier_id > above).order_by(access_log.c.dossier_id)
        return [row.dossier_id for row in await connection.all(found)]


def test_kept_views_are_entered_and_their_files_removed(url: str, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        spool = ViewSpool(tmp_path)
        await spool.keep(database, [view(101), view(102)])
        await spool.keep(database, [view(103, None)])
        (file,) = files(tmp_path)
        assert b"sso" not in file.read_bytes(), "a client can be a person"
        assert file.stat().st_mode & 0o077 == 0
        assert await spool.enter(database) == 3
        assert await dossiers(database, above=100) == [101, 102, 103]
        assert not files(tmp_path)
        assert await spool.enter(database) == 0

    with_database(url, work)


def test_a_crash_between_commit_and_removal_enters_no_view_twice(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(database: Database) -> None:
        crashed = ViewSpool(tmp_path)
        # Equal views are two views.
        await crashed.keep(database, [view(201), view(201), view(202)])

        def crash(_spool: ViewSpool, _path: Path) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(ViewSpool, "_remove", crash)
            await crashed.enter(database)
        assert await dossiers(database, above=200) == [201, 201, 202]
        await ViewSpool(tmp_path).enter(database)
        assert await dossiers(database, above=200) == [201, 201, 202]
        assert not files(tmp_path)

    with_database(url, work)


def test_a_view_whose_commit_was_not_confirmed_is_not_entered_again(url: str, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        spool = ViewSpool(tmp_path)
        await spool.keep(database, [view(301)])
        async with database.writing() as late:
            # The commit of a server that was frozen, and is not over yet.
            await late.insert(access_log, view(301))
            entering = asyncio.create_task(spool.enter(database))
            done, _ = await asyncio.wait({entering}, timeout=0.3)
            assert not done, "it waits for the commit"
        await entering
        assert await dossiers(database, above=300) == [301]

    with_database(url, work)


def test_a_worker_enters_the_file_of_a_dead_worker_and_not_that_of_a_living_one(url: str, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        living, other = ViewSpool(tmp_path), ViewSpool(tmp_path)
        await living.keep(database, [view(401)])
        await other.keep(database, [view(402)])
        assert await other.enter(database) == 1
        assert await dossiers(database, above=400) == [402]
        # Its lock ends with its process.
        living.close()
        assert await other.enter(database) == 1
        assert await dossiers(database, above=400) == [401, 402]

    with_database(url, work)


def test_a_line_that_was_cut_off_by_a_crash_is_passed_over(url: str, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        spool = ViewSpool(tmp_path)
        await spool.keep(database, [view(501), view(502)])
        (file,) = files(tmp_path)
        file.write_bytes(file.read_bytes()[:-10])
        await spool.enter(database)
        assert await dossiers(database, above=500) == [501]

    with_database(url, work)


def test_without_room_for_the_view_nothing_is_shown(url: str, tmp_path: Path) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(DatabaseUnavailable):
            await ViewSpool(tmp_path / "missing").keep(database, [view(601)])

    with_database(url, work)
