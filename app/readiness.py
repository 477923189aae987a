"""Whether a database has the schema that this version of the package needs."""

from functools import cache

from sqlalchemy import column, select, table, text

from app import schema
from app.database import Connection, Prepared
from app.problems import Unavailable
from app.tables import recount_due

_HAS_VERSION = {
    "sqlite": Prepared(text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")),
    "postgresql": Prepared(text("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL")),
}
_DUE = Prepared(select(recount_due.c.why))
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


@cache
def _head() -> str | None:
    # Read from files, which stay as they are while the process runs.
    return schema.head()
