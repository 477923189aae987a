"""Checks the database as a whole: protective triggers, and rows of missing dossiers."""

from sqlalchemy import Table, func, select

from app.audit.verification.difference import Difference, name_of_missing, unequal
from app.audit.verification.stored_dossiers import PARTS
from app.database import Connection, Prepared
from app.database.append_only import expected_triggers, triggers
from app.database.tables import dossiers, externals

# Largest number of missing dossiers to list for each table.
_MOST = 100


async def trigger_differences(connection: Connection) -> list[Difference]:
    """Triggers that are missing, disabled, changed or unknown (rules §13)."""
    definitions = unequal(expected_triggers(connection), await triggers(connection))
    return [Difference(f"trigger {name}", None, "definition", *values) for name, *values in definitions]


def _orphans(table: Table) -> Prepared:
    missing = table.c.dossier_id
    return Prepared(
        select(missing, func.count().label("number"))
        .select_from(table.outerjoin(dossiers, dossiers.c.id == missing))
        .where(dossiers.c.id.is_(None))
        .group_by(missing)
        .order_by(missing)
        .limit(_MOST)
    )


_ORPHANS = {table.name: _orphans(table) for table in (*PARTS, externals)}


async def orphan_differences(connection: Connection) -> list[Difference]:
    """Rows of missing dossiers. Foreign keys forbid them, so the keys were disabled."""
    return [
        Difference(name_of_missing(row.dossier_id), None, name, "no row", f"{row.number} of its rows")
        for name, statement in _ORPHANS.items()
        for row in await connection.all(statement)
    ]
