"""Changes of protected rows by an owner of the database, with the triggers disabled."""

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

Work = Callable[[Connection], object]


def behind_the_back(url: str, work: Work) -> None:
    """Runs `work` in a transaction without triggers and foreign keys, and restores them."""
    if make_url(url).get_backend_name() == "sqlite":
        # Foreign keys are off by default.
        with create_engine(url, poolclass=NullPool).begin() as connection:
            triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _sql in triggers:
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            work(connection)
            for _name, sql in triggers:
                connection.exec_driver_sql(sql)
        return
    asyncio.run(_on_postgresql(url, [text("SET LOCAL session_replication_role = replica")], work))


def with_triggers(url: str, work: Work) -> None:
    """Runs `work` in a transaction with the triggers, as any user with the password can."""
    if make_url(url).get_backend_name() == "sqlite":
        with create_engine(url, poolclass=NullPool).begin() as connection:
            work(connection)
        return
    asyncio.run(_on_postgresql(url, [], work))


async def _on_postgresql(url: str, first: list[object], work: Work) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            for statement in first:
                await connection.execute(statement)  # type: ignore[call-overload]
            await connection.run_sync(work)
    finally:
        await engine.dispose()
