"""Two tables with a column of each type, and common operations on them for the tests of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.schema import CreateTable

from app.database import Database, Instant, Json, LocalDate, Prepared, Statement, open_database
from app.database.plan import DIALECTS

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
items = Table(
    "items",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("code", Text, nullable=False),
    Column("amount", Integer, CheckConstraint("amount >= 0", name="amount")),
    Column("large", BigInteger),
    Column("share", Float),
    Column("open", Boolean),
    Column("at", Instant),
    Column("day", LocalDate),
    Column("data", Json),
    UniqueConstraint("code", "day"),
)
parts = Table(
    "parts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("item_id", ForeignKey("items.id", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("owner_id", ForeignKey("items.id")),
)

COUNT = Prepared(select(func.count()).select_from(items))
BY_CODE = Prepared(select(items).where(items.c.code == bindparam("code")))
AMOUNT_LOCKED = Prepared(select(items.c.amount).where(items.c.code == bindparam("code")).with_for_update())
SET_AMOUNT = Prepared(update(items).where(items.c.code == bindparam("the_code")).values(amount=bindparam("amount")))
# Runs for minutes unless it is interrupted.
ENDLESS = Prepared(
    text("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT count(*) FROM c")
)

MORNING = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
VIETNAM = timezone(timedelta(hours=7))


async def make_tables(database: Database) -> None:
    async with database.writing() as connection:
        for table in (items, parts):
            await connection.run(text(str(CreateTable(table).compile(dialect=DIALECTS[database.dialect]))))


def on(url: str, work: Callable[[Database], Awaitable[T]], **options: Any) -> T:
    async def go() -> T:
        database = await open_database(url, **options)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(go())


async def put(database: Database, **row: Any) -> int | None:
    async with database.writing() as connection:
        return await connection.insert(items, row)


async def read(database: Database, statement: Statement, **parameters: Any) -> Any:
    async with database.reading() as connection:
        return await connection.scalar(statement, **parameters)


async def count_up(database: Database, times: int) -> None:
    for _ in range(times):
        async with database.writing() as connection:
            amount = await connection.scalar(AMOUNT_LOCKED, code="counter")
            await asyncio.sleep(0)
            assert await connection.run(SET_AMOUNT, the_code="counter", amount=amount + 1) == 1
