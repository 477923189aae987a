"""The database's schema version: brings a database up or down the one chain of migrations, and says where it stands."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.encryption.key_files import Keys

T = TypeVar("T")

# Any number that nothing else on the database locks: the letters of "motcua".
_ADVISORY_LOCK = 0x6D6F74637561


def upgrade(url: str, revision: str = "head", keys: Keys | None = None) -> None:
    """Bring the database at `url` up to `revision` in one transaction; where it is there already nothing happens.

    `keys` are needed where rows have to be sealed or opened; without, those that `Keys` finds. Several processes may
    call it at once: one migrates, the others wait for it. Not for use inside an event loop.
    """
    found = keys or Keys(url)
    in_transaction(url, lambda connection: command.upgrade(_config(connection, found), revision))


def downgrade(url: str, revision: str, keys: Keys | None = None) -> None:
    """Take the database at `url` down to `revision` (`base`: no table) in one transaction. Not inside an event loop."""
    found = keys or Keys(url)
    in_transaction(url, lambda connection: command.downgrade(_config(connection, found), revision))


def current(url: str) -> str | None:
    """The revision that the database at `url` stands at, None where it was never migrated. Not inside an event loop."""
    return in_transaction(url, revision_of)


def revision_of(connection: Connection) -> str | None:
    """The revision of the database behind `connection`, None where it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The revision that this version of the package needs, None while the chain is empty."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this version of the package can bring a database at `revision` up to its own."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    """The result of `work`, done in one transaction that no other migration of the same database overlaps."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _on_sqlite(parsed, work)
    return asyncio.run(_on_postgresql(parsed, work))


def _on_sqlite(url: URL, work: Callable[[Connection], T]) -> T:
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def prepare(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own mode runs DDL outside transactions: BEGIN is emitted by hand instead.
        raw.isolation_level = None
        # A table made anew by a batch would take its children's rows along; no effect once a transaction has begun.
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        result = work(connection)
        _refuse_broken_references(connection)
    return result


def _refuse_broken_references(connection: Connection) -> None:
    # What the keys would have refused had they been on.
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        found = ", ".join(f"{row[0]} row {row[1]} to {row[2]}" for row in broken[:10])
        raise ValueError(f"the migration would leave {len(broken)} broken references: {found}")


async def _on_postgresql(url: URL, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(connection: Connection | None = None, keys: Keys | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_migrations_directory()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["keys"] = keys
    return config


def _migrations_directory() -> Path:
    # An installed package carries the chain inside itself, a checkout has it at its top.
    package = Path(__file__).resolve().parents[1]
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
