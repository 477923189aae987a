"""Runs SQLAlchemy Core statements straight on the drivers: asyncpg for PostgreSQL, the standard sqlite3 for SQLite."""

from app.database.address import address_of, database_url
from app.database.columns import Instant, Json, LocalDate, json_text
from app.database.connection import Connection, Database
from app.database.errors import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseUnavailable,
    IntegrityFailed,
    NoRow,
    StatementTooLong,
    TooBusy,
    ValueOutOfRange,
)
from app.database.plan import Prepared, Row, Statement
from app.database.postgresql import STATEMENT_CACHE, open_postgresql
from app.database.sqlite import open_sqlite
from app.encryption.key_files import Keys

__all__ = [
    "Connection",
    "Database",
    "DatabaseDamaged",
    "DatabaseFull",
    "DatabaseUnavailable",
    "Instant",
    "IntegrityFailed",
    "Json",
    "LocalDate",
    "NoRow",
    "Prepared",
    "Row",
    "Statement",
    "StatementTooLong",
    "TooBusy",
    "ValueOutOfRange",
    "json_text",
    "open_database",
]


async def open_database(
    url: str,
    *,
    keys: Keys | str = "",
    pool_size: int = 8,
    busy_seconds: float = 10,
    statement_seconds: float | None = None,
    heavy_at_once: int | None = None,
    statement_cache: int = STATEMENT_CACHE,
) -> Database:
    """Opens the database at `url`: `sqlite:///file`, `sqlite:////absolute/file` or `postgresql://…` (`?host=`: socket).

    - `keys`: the keys that decrypt personal data, as the setting has them or as `Keys`. The default: those of `Keys`.
    - `pool_size`: most connections to PostgreSQL.
    - `busy_seconds`: longest wait for a connection or a lock.
    - `statement_seconds`: statement timeout (PostgreSQL), read timeout (SQLite). A PostgreSQL server that does not
      confirm the timeout loses its connection.
    - `heavy_at_once`: heavy readings that run at the same time. Some more wait for their turn.
    - `statement_cache`: prepared statements kept by each connection to PostgreSQL; 0 behind PgBouncer without them.

    Raises DatabaseUnavailable if the server does not answer, and ValueError for a URL of another kind.
    """
    backend = database_url(url).get_backend_name()
    database: Database
    if backend == "sqlite":
        database = open_sqlite(url, busy_seconds, statement_seconds, heavy_at_once)
    elif backend == "postgresql":
        database = await open_postgresql(
            address_of(url), pool_size, busy_seconds, statement_seconds, heavy_at_once, statement_cache
        )
    else:
        raise ValueError(f"neither SQLite nor PostgreSQL: {backend}")
    database.url = url
    database.keys = keys if isinstance(keys, Keys) else Keys(url, keys)
    return database
