"""Changes the wording of procedures and versions, which is no law: names, fields, papers, legal basis (rules §4)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from app.catalogue.cache import Reference, load, touch
from app.catalogue.queries import find_procedure
from app.catalogue.records import Procedure, Version
from app.catalogue.schemas import ProcedurePatch, VersionPatch
from app.database import Connection, Prepared
from app.database.tables import procedure_versions, procedures
from app.domain.errors import Invalid, NotFound
from app.ledger.entries import Author
from app.ledger.service import record
from app.text_input import fold

_PROCEDURE = ("name", "name_folded", "field", "note")
_VERSION = ("documents", "results", "legal_basis")
_SET_PROCEDURE = Prepared(
    update(procedures)
    .where(procedures.c.id == bindparam("procedure"))
    .values({name: bindparam(f"new_{name}", type_=procedures.c[name].type) for name in _PROCEDURE})
)
_SET_VERSION = Prepared(
    update(procedure_versions)
    .where(procedure_versions.c.id == bindparam("version"))
    .values({name: bindparam(f"new_{name}", type_=procedure_versions.c[name].type) for name in _VERSION})
)


async def change_procedure(
    connection: Connection,
    code: str,
    body: ProcedurePatch,
    author: Author,
    now: datetime,
    require: Callable[[int], None],
) -> tuple[Reference, Procedure]:
    """Changes the given words of a procedure; `require` as in `add_version`.

    Raises NotFound `unknown_procedure`, and Invalid `field_needed` for a name or field without a text.
    """
    await touch(connection)
    procedure = find_procedure(await load(connection), code)
    require(len(procedure.versions))
    if await update_procedure(connection, procedure, body):
        await record(connection, {procedures: [procedure.id]}, author, now)
    reference = await load(connection)
    return reference, reference.procedure(code)


async def change_version(
    connection: Connection,
    code: str,
    number: int,
    body: VersionPatch,
    author: Author,
    now: datetime,
    require: Callable[[int], None],
) -> tuple[Reference, Procedure]:
    """Changes the given words of a version; its limits stay, so dossiers do.

    Raises NotFound `unknown_procedure` and `unknown_version`.
    """
    await touch(connection)
    procedure = find_procedure(await load(connection), code)
    require(len(procedure.versions))
    version = next((version for version in procedure.versions if version.version == number), None)
    if version is None:
        raise NotFound("unknown_version", f"The procedure {code} has no version {number}.")
    if await update_version(connection, version, body):
        await record(connection, {procedure_versions: [version.id]}, author, now)
    reference = await load(connection)
    return reference, reference.procedure(code)


async def update_procedure(connection: Connection, procedure: Procedure, body: ProcedurePatch) -> bool:
    """Changes a procedure without a record in the ledger; False: nothing is different. Raises as `change_procedure`."""
    given = body.model_dump(exclude_unset=True)
    for name in ("name", "field"):
        if name in given and given[name] is None:
            raise Invalid("field_needed", f"A procedure needs its {name}.", pointer=f"/{name}")
    if "name" in given:
        given["name_folded"] = fold(given["name"])
    return await _update(connection, _SET_PROCEDURE, _PROCEDURE, procedure, given, procedure=procedure.id)


async def update_version(connection: Connection, version: Version, body: VersionPatch) -> bool:
    """Changes the words of a version without a record in the ledger; False: nothing is different."""
    given = body.model_dump(exclude_unset=True, exclude={"documents", "results"})
    for name in {"documents", "results"} & body.model_fields_set:
        given[name] = [item.model_dump(exclude_none=True) for item in getattr(body, name) or ()]
    return await _update(connection, _SET_VERSION, _VERSION, version, given, version=version.id)


async def _update(
    connection: Connection,
    statement: Prepared,
    names: tuple[str, ...],
    present: Any,
    given: Mapping[str, Any],
    **key: int,
) -> bool:
    stored = {name: getattr(present, name) for name in names}
    if {**stored, **given} == stored:
        return False
    await connection.run(statement, **key, **{f"new_{name}": value for name, value in {**stored, **given}.items()})
    return True
