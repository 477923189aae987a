"""Checks that a database has the schema, the figures and the keys that this version of the package needs."""

from functools import cache

from sqlalchemy import Text, bindparam, column, func, select, table, text
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Database, DatabaseUnavailable, Prepared, schema
from app.database.places import IS_RESTORED
from app.database.tables import encryption_keys, recount_due, schema_compatibility
from app.domain.errors import Unavailable
from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import Key

_HAS_TABLE = Prepared(
    select(func.to_regclass(bindparam("name", type_=Text())).isnot(None)),
    sqlite=text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name").bindparams(
        bindparam("name", type_=Text())
    ),
)
# A primary that is set to read only refuses changes as a standby does.
_READ_ONLY = Prepared(
    text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"),
    sqlite=text("SELECT 0"),
)
_RECOUNT_DUE = Prepared(select(recount_due.c.why))
_KEYS = Prepared(select(encryption_keys.c.id, encryption_keys.c.check))
_ADMIT = Prepared(insert(encryption_keys).on_conflict_do_nothing())
_OLDEST_CODE = Prepared(
    select(schema_compatibility.c.oldest_code).where(schema_compatibility.c.revision == bindparam("revision"))
)
_VERSION = Prepared(select(column("version_num")).select_from(table("alembic_version")))


async def require_schema(connection: Connection) -> None:
    """Raises Unavailable unless this code can use the schema of the database.

    `schema_behind`: the schema is older than the oldest that this code can use. `schema_ahead`: it is newer than this
    code, and the database says that it no longer bears such an old version (docs/decisions/0015-migrations.md).
    """
    version = await revision_of(connection)
    if version in _usable():
        return
    if version is None or _is_known(version):
        at = f"at {version}" if version else "not created yet"
        raise Unavailable(
            "schema_behind",
            f"The database's schema is {at}; this version needs {schema.OLDEST_SCHEMA} or a later one: "
            "run `motcua migrate`.",
        )
    if not await _bears_this_code(connection, version):
        raise Unavailable(
            "schema_ahead",
            f"The database's schema {version} is newer than this version, which knows {_head()}, and does not bear it: "
            "run a newer version.",
        )


async def require_own_schema(connection: Connection) -> None:
    """Raises Unavailable unless the schema is the newest that this code knows.

    For commands that compare or count everything: on another schema they would count other figures.
    """
    await require_schema(connection)
    version = await revision_of(connection)
    if version == _head():
        return
    code, way = "schema_ahead", "use the newer one"
    if version in _usable():
        code, way = "schema_behind", "run `motcua migrate`"
    raise Unavailable(code, f"The database's schema is {version}, and this version needs {_head()} here: {way}.")


async def revision_of(connection: Connection) -> str | None:
    """The schema revision of the database, None if it was never migrated."""
    if not await connection.scalar(_HAS_TABLE, name="alembic_version"):
        return None
    version: str | None = await connection.scalar(_VERSION)
    return version


async def _bears_this_code(connection: Connection, version: str) -> bool:
    """Whether an unknown schema bears this code: if this code knows the oldest code that it bears."""
    if not await connection.scalar(_HAS_TABLE, name=schema_compatibility.name):
        return False
    oldest = await connection.scalar(_OLDEST_CODE, revision=version)
    return oldest is not None and _is_known(oldest)


async def require_writable(connection: Connection) -> None:
    """Raises DatabaseUnavailable for a standby, which answers questions and refuses changes."""
    if await connection.scalar(_READ_ONLY):
        raise DatabaseUnavailable("PostgreSQL: a standby")


async def require_figures(connection: Connection) -> None:
    """Raises Unavailable `figures_behind` if a migration requires a recount of the figures."""
    if await connection.scalar(_RECOUNT_DUE) is not None:
        raise Unavailable(
            "figures_behind", "The figures have to be counted again: run `motcua migrate` or `motcua recount`."
        )


async def require_resumed(connection: Connection) -> None:
    """Raises Unavailable `register_restored` for a restored copy that was not resumed (rules §13)."""
    if await connection.scalar(IS_RESTORED):
        raise Unavailable(
            "register_restored",
            "The register was restored from a backup, so codes and tokens of the time since would be used twice: run "
            "`motcua resume --after TIME`.",
        )


async def require_keys(connection: Connection) -> None:
    """Raises KeysUnusable if a key is missing or wrong that encrypted something in the database."""
    await _registered_keys(connection)


async def admit_keys(database: Database) -> Key | None:
    """Checks the keys like `require_keys`, and registers the first key, so that its loss is noticed later.

    Returns the key if it was not registered before.
    """
    async with database.reading() as connection:
        registered, first = await _registered_keys(connection), connection.ring.keys[0]
    if first.id in registered:
        return None
    async with database.writing() as connection:
        # Of two processes that begin together, one registers it.
        return first if await connection.run(_ADMIT, id=first.id, check=first.check) else None


async def _registered_keys(connection: Connection) -> set[str]:
    registered = {row.id: row.check for row in await connection.all(_KEYS)}
    ours = {key.id: key.check for key in connection.ring.keys}
    if missing := sorted(registered.keys() - ours.keys()):
        raise KeysUnusable("key_unknown", f"The database needs keys that are missing here: {', '.join(missing)}.")
    if others := sorted(name for name in registered if registered[name] != ours[name]):
        raise KeysUnusable("key_differs", f"The database has other keys with these ids: {', '.join(others)}.")
    return set(registered)


# The migration files do not change while the process runs.
@cache
def _head() -> str | None:
    return schema.head()


@cache
def _is_known(revision: str) -> bool:
    return schema.is_known(revision)


@cache
def _usable() -> frozenset[str]:
    return schema.usable()
