"""Migrates a database up or down the chain of migrations, and reads its schema version."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.database.address import Address, address_of, database_url
from app.database.postgresql_servers import Servers
from app.encryption.key_files import Keys

T = TypeVar("T")

# The oldest schema that this code can use. A contract migration of a later version may raise it.
OLDEST_SCHEMA = "0025"

# A number that no other lock on the database uses: the letters of "motcua".
_ADVISORY_LOCK = 0x6D6F74637561


def upgrade(url: str, revision: str = "head", keys: Keys | None = None) -> None:
    """Migrates the database at `url` up to `revision` in one transaction. Does nothing if it is there already.

    `keys` encrypt and decrypt rows; the default is the keys that `Keys` finds. If several processes call it at the
    same time, one migrates and the others wait. Not for use inside an event loop.
    """
    usable = keys or Keys(url)
    in_transaction(url, lambda connection: command.upgrade(_config(connection, usable), revision))


def downgrade(url: str, revision: str, keys: Keys | None = None) -> None:
    """Migrates the database down to `revision` (`base`: no table) in one transaction. Not inside an event loop."""
    usable = keys or Keys(url)
    in_transaction(url, lambda connection: command.downgrade(_config(connection, usable), revision))


def current(url: str) -> str | None:
    """The schema revision of the database at `url`, None if it was never migrated. Not inside an event loop."""
    return in_transaction(url, revision_of)


def revision_of(connection: Connection) -> str | None:
    """The schema revision of the database of `connection`, None if it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The schema revision that this version of the package needs, None if the chain is empty."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_known(revision: str) -> bool:
    """True if this version of the package can migrate a database at `revision` up to its own."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def usable() -> frozenset[str]:
    """The schema revisions that this code can use: from `OLDEST_SCHEMA` to the newest one that it knows."""
    scripts = ScriptDirectory.from_config(_config()).iterate_revisions("head", OLDEST_SCHEMA, inclusive=True)
    return frozenset(script.revision for script in scripts)


def in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    """The result of `work`, run in one transaction. A lock excludes other migrations of the same database."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _on_sqlite(parsed, work)
    return asyncio.run(_on_postgresql(address_of(url), work))


def _on_sqlite(url: URL, work: Callable[[Connection], T]) -> T:
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def prepare(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's default mode runs DDL outside transactions, so `begin` below sends BEGIN itself.
        raw.isolation_level = None
        # A batch migration drops and recreates a table, which would delete the rows that reference it. The pragma has
        # no effect inside a transaction.
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
    # Foreign keys are off during a migration, so this check replaces them.
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        references = ", ".join(f"{row[0]} row {row[1]} to {row[2]}" for row in broken[:10])
        raise ValueError(f"the migration would leave {len(broken)} broken references: {references}")


async def _on_postgresql(address: Address, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=Servers(address, address.connect_seconds).connect, poolclass=NullPool
    )
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
    # An installed package contains the migrations; a checkout has them in its root folder.
    package = Path(__file__).resolve().parents[1]
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
