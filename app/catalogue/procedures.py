"""Adds catalogues, procedures and their versions (rules §4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import bindparam, update

from app.catalogue.bounds import HOURS_A_DAY, check_limits, check_route, ended_by
from app.catalogue.cache import Reference, load, touch, version_from
from app.catalogue.limit_schemas import LimitIn, ShareIn
from app.catalogue.queries import find_procedure
from app.catalogue.records import CHANNELS, RECEIVING, RESPONSIBLE, Catalogue, Procedure
from app.catalogue.schemas import CatalogueIn, ProcedureIn, StepIn, VersionIn
from app.catalogue.special_checks import check_special_rules
from app.catalogue.special_rules import rules_from, stored
from app.database import Connection, Prepared
from app.database.tables import catalogues, procedure_versions, procedures
from app.domain.errors import Conflict, Invalid
from app.domain.limits import LimitUnit, TimeLimit
from app.domain.state import limit_data
from app.domain.terms import Step
from app.ledger.entries import Author
from app.ledger.service import record
from app.text_input import fold

_END = Prepared(
    update(procedure_versions)
    .where(procedure_versions.c.id == bindparam("version_id"))
    .values(effective_to=bindparam("last_day", type_=procedure_versions.c.effective_to.type))
)


async def create_catalogue(connection: Connection, body: CatalogueIn, author: Author, now: datetime) -> Catalogue:
    """Adds a catalogue; raises Conflict `catalogue_exists`, Invalid `bounds_invalid`."""
    if body.min_days is not None and body.max_days is not None and body.min_days > body.max_days:
        raise Invalid("bounds_invalid", "The shortest limit is longer than the longest.", pointer="/min_days")
    await touch(connection)
    reference = await load(connection)
    if any(catalogue.name == body.name for catalogue in reference.catalogues.values()):
        raise Conflict("catalogue_exists", f"There is a catalogue {body.name} already.", pointer="/name")
    catalogue_id = await connection.insert(catalogues, body.model_dump())
    assert catalogue_id is not None  # the database gives the key
    await record(connection, {catalogues: [catalogue_id]}, author, now)
    return catalogue_named(await load(connection), body.name)


async def create_procedure(
    connection: Connection, body: ProcedureIn, author: Author, now: datetime
) -> tuple[Reference, Procedure]:
    """Adds a procedure with its versions, and returns the reference data with it.

    Raises Conflict `procedure_exists`, Invalid for wrong input.
    """
    await touch(connection)
    procedure = await insert_procedure(connection, await load(connection), body)
    versions = [version.id for version in procedure.versions]
    await record(connection, {procedures: [procedure.id], procedure_versions: versions}, author, now)
    reference = await load(connection)
    return reference, reference.procedure(body.code)


async def insert_procedure(connection: Connection, reference: Reference, body: ProcedureIn) -> Procedure:
    """Adds a procedure to the `reference` data without a record in the ledger; raises as `create_procedure`."""
    if reference.find_procedure(body.code) is not None:
        raise Conflict("procedure_exists", f"There is a procedure {body.code} already.", pointer="/code")
    row: dict[str, Any] = {
        **body.model_dump(include={"code", "name", "field", "level", "note"}),
        "name_folded": fold(body.name),
        "catalogue_id": catalogue_named(reference, body.catalogue).id,
    }
    procedure_id = await connection.insert(procedures, row)
    assert procedure_id is not None  # the database gives the key
    procedure = Procedure(id=procedure_id, thresholds=None, versions=(), **row)
    for number, version in enumerate(body.versions):
        procedure, _changed = await append_version(connection, reference, procedure, version, f"/versions/{number}")
    return procedure


async def add_version(
    connection: Connection, code: str, body: VersionIn, author: Author, now: datetime, require: Callable[[int], None]
) -> tuple[Reference, Procedure]:
    """Adds a version to a procedure and ends the open one before it the day before (rules §4).

    `require` gets the present number of versions, and refuses it if the client expects another.
    Raises NotFound `unknown_procedure`, Conflict `versions_overlap`, Invalid for wrong input.
    """
    await touch(connection)
    reference = await load(connection)
    procedure = find_procedure(reference, code)
    require(len(procedure.versions))
    _procedure, changed = await append_version(connection, reference, procedure, body)
    await record(connection, {procedure_versions: changed}, author, now)
    reference = await load(connection)
    return reference, reference.procedure(code)


async def append_version(
    connection: Connection, reference: Reference, procedure: Procedure, body: VersionIn, prefix: str = ""
) -> tuple[Procedure, set[int]]:
    """Adds a version without a record in the ledger: the procedure with it, and the ids of added and ended versions.

    Raises as `add_version`, at pointers after the `prefix`.
    """
    try:
        row = _row(reference, procedure, body)
        ended = ended_by(procedure.versions, body.effective_from, body.effective_to)
    except (Invalid, Conflict) as refusal:
        extra = {**refusal.extra, "pointer": prefix + refusal.extra.get("pointer", "")}
        raise type(refusal)(refusal.code, refusal.detail, **extra) from None
    versions, changed = list(procedure.versions), set[int]()
    if ended is not None:
        last_day = body.effective_from - timedelta(days=1)
        await connection.run(_END, version_id=ended.id, last_day=last_day)
        versions[versions.index(ended)] = replace(ended, effective_to=last_day)
        changed.add(ended.id)
    version_id = await connection.insert(procedure_versions, row)
    assert version_id is not None  # the database gives the key
    versions.append(version_from(SimpleNamespace(id=version_id, **row)))
    versions.sort(key=lambda version: version.effective_from)
    return replace(procedure, versions=tuple(versions)), changed | {version_id}


def _row(reference: Reference, procedure: Procedure, body: VersionIn) -> Mapping[str, Any]:
    limits = {channel: _limit(getattr(body.limits, channel), f"/limits/{channel}") for channel in CHANNELS}
    route = [_step(reference, step, number, body) for number, step in enumerate(body.route)]
    check_limits(reference.catalogues[procedure.catalogue_id], limits)
    check_route(limits, route)
    responsible = body.responsible_unit
    return {
        "procedure_id": procedure.id,
        "version": 1 + max((version.version for version in procedure.versions), default=0),
        "effective_from": body.effective_from,
        "effective_to": body.effective_to,
        "limits": {channel: _written(limit) for channel, limit in limits.items()},
        "clock_policy": body.clock_policy.value,
        "responsible_unit_id": None
        if responsible is None
        else reference.unit(responsible, body.effective_from, pointer="/responsible_unit").id,
        "fee": body.fee,
        "documents": [paper.model_dump(exclude_none=True) for paper in body.documents],
        "results": [result.model_dump(exclude_none=True) for result in body.results],
        "route": [{"unit": step.unit, "name": step.name, "limit": _written(step.limit)} for step in route],
        "legal_basis": body.legal_basis,
        "max_supplement_requests": body.max_supplement_requests,
        "max_extension": body.max_extension,
        "special_rules": _special_rules(reference, body, limits, route),
    }


def _special_rules(
    reference: Reference, body: VersionIn, limits: Mapping[str, TimeLimit | None], route: Sequence[Step]
) -> dict[str, Any]:
    """The rules of the version's sector as the database keeps them; raises Invalid for what does not fit the limits."""
    if body.rules is None:
        return {}
    rules = stored(body.rules, lambda unit, pointer: reference.unit(unit, body.effective_from, pointer=pointer).id)
    check_special_rules(limits, rules_from(rules), route, body.max_extension)
    return rules


def _step(reference: Reference, step: StepIn, number: int, body: VersionIn) -> Step:
    place: int | str = step.unit
    if place not in (RECEIVING, RESPONSIBLE):
        place = reference.unit(place, body.effective_from, pointer=f"/route/{number}/unit").id
    return Step(place, step.name, _share(step.limit, f"/route/{number}/limit"))


def _share(given: ShareIn | None, pointer: str) -> TimeLimit | None:
    """A step's share; half days become working hours, eight a day, as offices write them (rules §9)."""
    if given is None or isinstance(given.amount, int) or given.amount is None:
        return _limit(given, pointer)
    if given.unit is not LimitUnit.WORKING_DAY:
        raise Invalid("limit_invalid", "Half days are shares of limits in working days only.", pointer=pointer)
    return TimeLimit(round(given.amount * HOURS_A_DAY), LimitUnit.WORKING_HOUR)


def _limit(given: LimitIn | ShareIn | None, pointer: str) -> TimeLimit | None:
    if given is None:
        return None
    try:
        return TimeLimit(cast("int | None", given.amount), given.unit)
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, pointer=pointer) from None


def _written(limit: TimeLimit | None) -> Mapping[str, Any] | None:
    return None if limit is None else limit_data(limit)


def catalogue_named(reference: Reference, named: int | str) -> Catalogue:
    """The catalogue with the id or name; raises Invalid `unknown_catalogue`."""
    for catalogue in reference.catalogues.values():
        if named in (catalogue.id, catalogue.name):
            return catalogue
    raise Invalid("unknown_catalogue", f"There is no catalogue {named}.", pointer="/catalogue")
