"""Checks each index of PostgreSQL against its table with the extension amcheck. SQLite checks its own in the schema."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, column, text

from app.audit.verification.difference import Difference
from app.database import Database, DatabaseDamaged, Prepared, Row

# The schema of the extension, if this user may call it. Empty on SQLite.
_EXTENSION = Prepared(
    text(
        "SELECT quote_ident(nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace "
        "JOIN pg_proc p ON pronamespace = n.oid AND proname = 'bt_index_check' "
        "WHERE extname = 'amcheck' AND pronargs >= 2 AND has_function_privilege(p.oid, 'EXECUTE') LIMIT 1"
    ).columns(column("schema", Text())),
    sqlite=text("SELECT '' AS schema").columns(column("schema", Text())),
)
_INDEXES = text(
    "SELECT i.oid::regclass::text AS name FROM pg_index JOIN pg_class i ON i.oid = indexrelid "
    "JOIN pg_am a ON a.oid = i.relam AND amname = 'btree' "
    "WHERE i.relkind = 'i' AND i.relnamespace = current_schema()::regnamespace AND indisvalid AND indisready "
    "AND i.relpersistence = 'p' ORDER BY 1"
).columns(column("name", Text()))


async def index_differences(database: Database) -> list[Difference]:
    """Indexes that lack rows of their table or are damaged. Empty without the extension, of which a note speaks."""
    async with database.reading() as connection:
        schema = await connection.scalar(_EXTENSION)
        indexes: Sequence[Row] = await connection.all(_INDEXES) if schema else []
    differences: list[Difference] = []
    for index in indexes:
        check = text(f"SELECT {schema}.bt_index_check(index => cast(:name AS regclass), heapallindexed => true)")
        try:
            # A reading of its own: PostgreSQL ends the transaction at a fault.
            async with database.reading(heavy=True, in_turn=False) as connection:
                await connection.all(check.bindparams(bindparam("name", type_=Text())), name=index.name)
        except DatabaseDamaged as error:
            differences.append(Difference(f"index {index.name}", None, "amcheck", "an index of its table", str(error)))
    return differences


async def index_notes(database: Database) -> list[str]:
    """A line if no index of PostgreSQL can be compared with its table."""
    async with database.reading() as connection:
        if await connection.scalar(_EXTENSION) is not None:
            return []
    return ["Not checked: indexes against their tables. A superuser allows it by amcheck (docs/operations.md)."]
