"""From when on somebody is reminded of the dossiers of a procedure: what it says goes before what a contact says."""

from collections.abc import Callable

from sqlalchemy import bindparam, update

from app.catalogue.cache import Reference, load, touch
from app.catalogue.queries import find_procedure
from app.database import Connection, Prepared
from app.database.tables import procedures
from app.notifications.reminders.schemas import ProcedureThresholds

_SET = Prepared(
    update(procedures)
    .where(procedures.c.id == bindparam("procedure"))
    .values(thresholds=bindparam("said", type_=procedures.c.thresholds.type))
)


def thresholds_of(reference: Reference, code: str) -> ProcedureThresholds:
    """What the procedure says. Raises NotFound `unknown_procedure`."""
    return ProcedureThresholds(**(find_procedure(reference, code).thresholds or {}))


async def set_thresholds(
    connection: Connection, code: str, said: ProcedureThresholds, require: Callable[[int], None]
) -> Reference:
    """Keeps what the procedure says from now on; gives the reference data with it.

    `require` is asked whether the reference data's version, as it was, will do. Raises NotFound `unknown_procedure`.
    """
    await touch(connection)
    reference = await load(connection)
    procedure = find_procedure(reference, code)
    require(reference.revision - 1)
    await connection.run(_SET, procedure=procedure.id, said=said.model_dump(exclude_none=True) or None)
    return await load(connection)
