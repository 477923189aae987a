"""Thresholds for reminders about a procedure, which take precedence over those of contacts."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, update

from app.catalogue.cache import Reference, load, touch
from app.catalogue.queries import find_procedure
from app.database import Connection, Prepared
from app.database.tables import procedures
from app.ledger.entries import Author
from app.ledger.service import record
from app.notifications.reminders.schemas import ProcedureThresholds

_SET = Prepared(
    update(procedures)
    .where(procedures.c.id == bindparam("procedure"))
    .values(thresholds=bindparam("new_thresholds", type_=procedures.c.thresholds.type))
)


def thresholds_of(reference: Reference, code: str) -> ProcedureThresholds:
    """The thresholds of the procedure. Raises NotFound `unknown_procedure`."""
    return ProcedureThresholds(**(find_procedure(reference, code).thresholds or {}))


async def set_thresholds(
    connection: Connection,
    code: str,
    thresholds: ProcedureThresholds,
    author: Author,
    now: datetime,
    require: Callable[[int], None],
) -> Reference:
    """Stores the thresholds of the procedure; the new reference data.

    `require` gets the version of the reference data before the change. Raises NotFound `unknown_procedure`.
    """
    await touch(connection)
    reference = await load(connection)
    procedure = find_procedure(reference, code)
    require(reference.revision - 1)
    await connection.run(_SET, procedure=procedure.id, new_thresholds=thresholds.model_dump(exclude_none=True) or None)
    await record(connection, {procedures: [procedure.id]}, author, now)
    return await load(connection)
