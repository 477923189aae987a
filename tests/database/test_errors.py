"""Translation of database errors to the errors of the service."""

import asyncio
import sqlite3
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, make_url, select, text, update

from app.database import (
    Connection,
    Database,
    DatabaseUnavailable,
    IntegrityFailed,
    Prepared,
    ValueOutOfRange,
    open_database,
)
from tests.support.items import AMOUNT_LOCKED, COUNT, ENDLESS, count_up, items, on, parts, put, read


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (insert(items).values(code="A", day=date(2021, 1, 1)), "uq_items_code_day"),
        (insert(items).values(id=500, code="B"), "pk_items"),
        (insert(items).values(code="B", amount=-1), "ck_items_amount"),
        (update(items).values(amount=-1), "ck_items_amount"),
        (insert(items).values(amount=1), None),
    ],
)
@pytest.mark.parametrize("prepared", [False, True])
def test_a_violated_constraint_has_the_same_name_on_both_databases(
    url: str, change: Any, constraint: str | None, prepared: bool
) -> None:
    async def violate(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert(items, {"id": 500, "code": "A", "day": date(2021, 1, 1)})
        with pytest.raises(IntegrityFailed) as refusal:
            async with database.writing() as connection:
                await connection.run(Prepared(change) if prepared else change)
        assert refusal.value.constraint == constraint
        assert await read(database, COUNT) == 1

    on(url, violate, pool_size=1)


@pytest.mark.parametrize("column", ["item_id", "owner_id"], ids=["at the commit", "at once"])
def test_a_broken_reference_is_refused_by_the_statement_or_by_the_commit(url: str, column: str) -> None:
    async def violate(database: Database) -> None:
        key = await put(database, code="A")
        with pytest.raises(IntegrityFailed):
            async with database.writing() as connection:
                await connection.insert(parts, {"name": "p", "item_id": key, column: 999})
        assert await read(database, select(func.count()).select_from(parts)) == 0
        async with database.writing() as connection:
            await connection.insert(parts, {"name": "p", "item_id": key})

    on(url, violate, pool_size=1)


def test_an_error_of_a_trigger_is_a_failed_constraint_without_a_name(url: str) -> None:
    sqlite_trigger = ["CREATE TRIGGER kept BEFORE DELETE ON items BEGIN SELECT RAISE(ABORT, 'kept'); END"]
    postgresql_trigger = [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'kept'; END$$",
        "CREATE TRIGGER kept BEFORE DELETE ON items FOR EACH ROW EXECUTE FUNCTION refuse()",
    ]

    async def violate(database: Database) -> None:
        async with database.writing() as connection:
            for statement in sqlite_trigger if database.dialect == "sqlite" else postgresql_trigger:
                await connection.run(text(statement))
            await connection.insert(items, {"code": "A"})
        with pytest.raises(IntegrityFailed, match="kept") as refusal:
            async with database.writing() as connection:
                await connection.run(delete(items))
        assert refusal.value.constraint is None

    on(url, violate)


def test_a_faulty_statement_raises_the_error_of_the_driver(url: str) -> None:
    async def err(database: Database) -> str:
        async with database.reading() as connection:
            try:
                await connection.all(text("SELECT nothing_of_the_kind FROM items"))
            except (IntegrityFailed, DatabaseUnavailable, ValueOutOfRange):
                return "mistaken"
            except Exception as error:  # noqa: BLE001 - each driver has its own
                return type(error).__module__.partition(".")[0]
        return "none"

    assert on(url, err) in {"sqlite3", "asyncpg"}


@pytest.mark.parametrize(
    "nowhere", ["sqlite:////nowhere/at/all.db", "postgresql://nobody@127.0.0.1:1/none", "postgresql:///a?host=/nowhere"]
)
def test_a_database_that_does_not_answer_is_unavailable(nowhere: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(open_database(nowhere, busy_seconds=5))


@pytest.mark.parametrize("wrong", ["mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_a_url_of_an_unknown_kind_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"neither|needs a file"):
        asyncio.run(open_database(wrong))


def test_a_wait_for_a_task_of_this_process_ends_after_its_limit(url: str) -> None:
    async def wait(database: Database) -> None:
        async with database.writing():
            with pytest.raises(DatabaseUnavailable):
                await put(database, code="A")
        await put(database, code="B")

    on(url, wait, pool_size=1, busy_seconds=0.05)


def test_a_wait_for_a_lock_of_another_process_ends_after_its_limit(url: str) -> None:
    async def wait(database: Database) -> None:
        other = await open_database(url)
        await put(database, code="counter", amount=0)
        async with other.writing() as connection:
            await connection.scalar(AMOUNT_LOCKED, code="counter")
            with pytest.raises(DatabaseUnavailable):
                await count_up(database, 1)
        await count_up(database, 1)
        await other.close()
        assert await read(database, select(items.c.amount)) == 1

    on(url, wait, busy_seconds=0.2)


def test_a_lost_connection_fails_once_and_is_replaced(postgresql_url: str) -> None:
    async def lose(database: Database) -> None:
        own_end = text("SELECT pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(DatabaseUnavailable):
            async with database.writing() as connection:
                await connection.insert(items, {"code": "A"})
                await connection.scalar(own_end)
        with pytest.raises(DatabaseUnavailable):
            await read(database, own_end)
        assert await read(database, COUNT) == 0
        await put(database, code="B")

    on(postgresql_url, lose, pool_size=1)


def test_a_statement_is_ended_after_its_timeout(postgresql_url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        on(postgresql_url, lambda database: read(database, ENDLESS), statement_seconds=0.05)


def test_a_session_has_utc_and_the_name_of_the_service(postgresql_url: str) -> None:
    async def ask(database: Database) -> list[str]:
        return [await read(database, text(f"SHOW {name}")) for name in ("TimeZone", "application_name")]

    assert on(postgresql_url, ask) == ["UTC", "motcua"]


def test_a_commit_on_sqlite_waits_for_the_disk_and_readers_cannot_write(sqlite_url: str) -> None:
    async def ask(database: Database) -> tuple[Any, ...]:
        async with database.writing() as connection:
            settings = [await connection.scalar(text(f"PRAGMA {name}")) for name in ("synchronous", "foreign_keys")]
        async with database.reading() as connection:
            settings.append(await connection.scalar(text("PRAGMA journal_mode")))
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                await connection.run(insert(items).values(code="A"))
        return tuple(settings)

    assert on(sqlite_url, ask) == (2, 1, "wal")


def test_databases_and_connections_have_the_name_of_their_dialect(url: str) -> None:
    async def ask(database: Database) -> tuple[str, str]:
        async with database.reading() as connection:
            assert isinstance(connection, Connection)
            return database.dialect, connection.dialect

    backend = make_url(url).get_backend_name()
    assert on(url, ask) == (backend, backend)
