"""Whether a database has the schema that this version of the package needs."""

from functools import cache

from sqlalchemy import column, select, table, text
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Database, Prepared, schema
from app.database.tables import encryption_keys, recount_due
from app.domain.errors import Unavailable
from app.encryption.errors import KeysUnusable

_HAS_VERSION = {
    "sqlite": Prepared(text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")),
    "postgresql": Prepared(text("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL")),
}
_DUE = Prepared(select(recount_due.c.why))
_KEYS = Prepared(select(encryption_keys.c.id, encryption_keys.c.check))
_ADMIT = Prepared(insert(encryption_keys).on_conflict_do_nothing())
_VERSION = Prepared(select(column("version_num")).select_from(table("alembic_version")))


async def require_schema(connection: Connection) -> None:
    """Raises Unavailable `schema_behind` where the database was not migrated to this version."""
    found = None
    if await connection.scalar(_HAS_VERSION[connection.dialect]) is not None:
        found = await connection.scalar(_VERSION)
    if found != _head():
        raise Unavailable(
            "schema_behind",
            f"The database's schema is at {found or 'nothing'}, this version needs {_head()}: run `motcua migrate`.",
        )


async def require_figures(connection: Connection) -> None:
    """Raises Unavailable `figures_behind` where a migration has left the counts to be made anew."""
    if await connection.scalar(_DUE) is not None:
        raise Unavailable(
            "figures_behind", "The figures have to be counted anew: run `motcua migrate` or `motcua recount`."
        )


async def require_keys(connection: Connection) -> None:
    """Raises KeysUnusable where the keys at hand are not those that something in the database was sealed with."""
    await _known_keys(connection)


async def admit_keys(database: Database) -> None:
    """As `require_keys`; from then on the database knows the first key, so that it is missed where it is lost."""
    async with database.reading() as connection:
        known, first = await _known_keys(connection), connection.ring.keys[0]
    if first.id not in known:
        async with database.writing() as connection:
            await connection.run(_ADMIT, id=first.id, check=first.check)


async def _known_keys(connection: Connection) -> set[str]:
    known = {row.id: row.check for row in await connection.all(_KEYS)}
    ours = {key.id: key.check for key in connection.ring.keys}
    if missing := sorted(known.keys() - ours.keys()):
        raise KeysUnusable("key_unknown", f"The database needs keys that are not at hand: {', '.join(missing)}.")
    if others := sorted(name for name in known if known[name] != ours[name]):
        raise KeysUnusable("key_differs", f"Under these ids the database knows other keys: {', '.join(others)}.")
    return set(known)


@cache
def _head() -> str | None:
    # Read from files, which stay as they are while the process runs.
    return schema.head()
