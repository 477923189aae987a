"""Checks that a database has the schema, the figures and the keys that this version of the package needs."""

from functools import cache

from sqlalchemy import column, select, table, text
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Database, Prepared, schema
from app.database.tables import encryption_keys, recount_due
from app.domain.errors import Unavailable
from app.encryption.errors import KeysUnusable

_HAS_VERSION = Prepared(
    text("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"),
    sqlite=text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"),
)
_RECOUNT_DUE = Prepared(select(recount_due.c.why))
_KEYS = Prepared(select(encryption_keys.c.id, encryption_keys.c.check))
_ADMIT = Prepared(insert(encryption_keys).on_conflict_do_nothing())
_VERSION = Prepared(select(column("version_num")).select_from(table("alembic_version")))


async def require_schema(connection: Connection) -> None:
    """Raises Unavailable `schema_behind` if the database was not migrated to this version."""
    version = None
    if await connection.scalar(_HAS_VERSION) is not None:
        version = await connection.scalar(_VERSION)
    if version != _head():
        at = f"at {version}" if version else "not created yet"
        raise Unavailable(
            "schema_behind", f"The database's schema is {at}; this version needs {_head()}: run `motcua migrate`."
        )


async def require_figures(connection: Connection) -> None:
    """Raises Unavailable `figures_behind` if a migration requires a recount of the figures."""
    if await connection.scalar(_RECOUNT_DUE) is not None:
        raise Unavailable(
            "figures_behind", "The figures have to be counted again: run `motcua migrate` or `motcua recount`."
        )


async def require_keys(connection: Connection) -> None:
    """Raises KeysUnusable if a key is missing or wrong that encrypted something in the database."""
    await _registered_keys(connection)


async def admit_keys(database: Database) -> None:
    """Checks the keys like `require_keys`, and registers the first key, so that its loss is noticed later."""
    async with database.reading() as connection:
        registered, first = await _registered_keys(connection), connection.ring.keys[0]
    if first.id not in registered:
        async with database.writing() as connection:
            await connection.run(_ADMIT, id=first.id, check=first.check)


async def _registered_keys(connection: Connection) -> set[str]:
    registered = {row.id: row.check for row in await connection.all(_KEYS)}
    ours = {key.id: key.check for key in connection.ring.keys}
    if missing := sorted(registered.keys() - ours.keys()):
        raise KeysUnusable("key_unknown", f"The database needs keys that are missing here: {', '.join(missing)}.")
    if others := sorted(name for name in registered if registered[name] != ours[name]):
        raise KeysUnusable("key_differs", f"The database has other keys with these ids: {', '.join(others)}.")
    return set(registered)


@cache
def _head() -> str | None:
    # The migration files do not change while the process runs.
    return schema.head()
