"""Routes of reference data: units, catalogues, procedures, calendars (contract, Reference data)."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.access.dependencies import Administrator, Now, Writing, store_response
from app.catalogue import procedures, queries, service, wording
from app.catalogue.cache import Reference, Unit
from app.catalogue.dependencies import CurrentReference
from app.catalogue.parameters import PageQuery, ProcedureQuery, UnitQuery, procedure_filter, unit_filter
from app.catalogue.presenting import (
    CalendarOut,
    CatalogueOut,
    ProcedureRecord,
    UnitRecord,
    calendar_out,
    catalogue_out,
    procedure_out,
    unit_record,
)
from app.catalogue.schemas import CatalogueIn, ProcedureIn, ProcedurePatch, UnitIn, UnitPatch, VersionIn, VersionPatch
from app.domain.errors import NotFound
from app.domain.localtime import local_date
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page

router = APIRouter(prefix="/api/v1", tags=["reference"])

UnitId = Annotated[int, Path(description="the unit's own id", examples=[31])]
ProcedureCode = Annotated[str, Path(description="national code", max_length=40, examples=["1.004837"])]


def _listed(request: Request, reference: Reference, content: BaseModel) -> Response:
    return conditional_json(request, content, reference.revision, private=False)


def _made(request: Request, content: BaseModel, version: int, location: str) -> Response:
    return conditional_json(request, content, version, private=False, status=201, headers={"Location": location})


# --- Units ------------------------------------------------------------------------------------------------------------


@router.get("/units", response_model=Page[UnitRecord], summary="List units")
async def list_units(
    request: Request, reference: CurrentReference, now: Now, query: Annotated[UnitQuery, Query()]
) -> Response:
    """Units of all times by code; with `on` only those of one date."""
    units = queries.list_units(reference, unit_filter(reference, query, local_date(now)))
    shown, following = queries.page_of(units, queries.unit_key, (str, int), query.limit, query.cursor)
    items = [unit_record(reference, unit) for unit in shown]
    return _listed(request, reference, Page[UnitRecord](items=items, next_cursor=following))


@router.get("/units/{unit_id}", response_model=UnitRecord, summary="Read a unit")
async def get_unit(request: Request, reference: CurrentReference, unit_id: UnitId) -> Response:
    """One unit, by its id."""
    unit = reference.units.get(unit_id)
    if unit is None:
        raise NotFound("unknown_unit", f"There is no unit with the id {unit_id}.")
    return _unit(request, reference, unit)


def _unit(request: Request, reference: Reference, unit: Unit) -> Response:
    return conditional_json(request, unit_record(reference, unit), unit.version, private=False)


@router.post("/units", status_code=201, response_model=UnitRecord, summary="Add a unit")
async def create_unit(request: Request, body: UnitIn, caller: Administrator, connection: Writing, now: Now) -> Response:
    """Adds a unit; the code of a unit that has ended can be used again."""
    reference, unit = await service.create_unit(connection, body, caller.author, now)
    made = _made(request, unit_record(reference, unit), unit.version, f"/api/v1/units/{unit.id}")
    return await store_response(request, connection, made)


@router.patch("/units/{unit_id}", response_model=UnitRecord, summary="Change a unit")
async def change_unit(
    request: Request, body: UnitPatch, caller: Administrator, connection: Writing, now: Now, unit_id: UnitId
) -> Response:
    """A merge patch. A unit with dossiers that are not closed cannot get an end."""
    require = partial(require_version, request)
    reference, unit = await service.change_unit(connection, unit_id, body, caller.author, now, require)
    return await store_response(request, connection, _unit(request, reference, unit))


# --- Catalogues and procedures ----------------------------------------------------------------------------------------


@router.get("/catalogues", response_model=Page[CatalogueOut], summary="List catalogues")
async def list_catalogues(
    request: Request, reference: CurrentReference, query: Annotated[PageQuery, Query()]
) -> Response:
    """All sets of procedures with the bounds of their time limits."""
    catalogues = sorted(reference.catalogues.values(), key=lambda catalogue: catalogue.id)
    shown, following = queries.page_of(catalogues, lambda catalogue: (catalogue.id,), (int,), query.limit, query.cursor)
    items = [catalogue_out(catalogue) for catalogue in shown]
    return _listed(request, reference, Page[CatalogueOut](items=items, next_cursor=following))


@router.post("/catalogues", status_code=201, response_model=CatalogueOut, summary="Add a catalogue")
async def create_catalogue(
    request: Request, body: CatalogueIn, caller: Administrator, connection: Writing, now: Now
) -> Response:
    """Adds a set of procedures; without given bounds its limits are 2 to 20 days."""
    catalogue = await procedures.create_catalogue(connection, body, caller.author, now)
    return await store_response(request, connection, _made(request, catalogue_out(catalogue), 1, "/api/v1/catalogues"))


@router.get("/procedures", response_model=Page[ProcedureRecord], summary="List procedures")
async def list_procedures(
    request: Request, reference: CurrentReference, now: Now, query: Annotated[ProcedureQuery, Query()]
) -> Response:
    """All procedures by code, with the version in force on a date."""
    filters = procedure_filter(reference, query, local_date(now))
    matching = queries.list_procedures(reference, filters)
    shown, following = queries.page_of(matching, queries.procedure_key, (str,), query.limit, query.cursor)
    items = [procedure_out(reference, procedure, filters.on) for procedure in shown]
    return _listed(request, reference, Page[ProcedureRecord](items=items, next_cursor=following))


@router.get("/procedures/{code}", response_model=ProcedureRecord, summary="Read a procedure")
async def get_procedure(request: Request, reference: CurrentReference, now: Now, code: ProcedureCode) -> Response:
    """One procedure with all its versions, oldest first."""
    procedure = queries.find_procedure(reference, code)
    content = procedure_out(reference, procedure, local_date(now))
    return conditional_json(request, content, len(procedure.versions), private=False)


@router.post("/procedures", status_code=201, response_model=ProcedureRecord, summary="Add a procedure")
async def create_procedure(
    request: Request, body: ProcedureIn, caller: Administrator, connection: Writing, now: Now
) -> Response:
    """Adds a procedure, with or without versions."""
    reference, procedure = await procedures.create_procedure(connection, body, caller.author, now)
    content = procedure_out(reference, procedure, local_date(now))
    made = _made(request, content, len(procedure.versions), f"/api/v1/procedures/{procedure.code}")
    return await store_response(request, connection, made)


@router.patch("/procedures/{code}", response_model=ProcedureRecord, summary="Change the words of a procedure")
async def change_procedure(
    request: Request, body: ProcedurePatch, caller: Administrator, connection: Writing, now: Now, code: ProcedureCode
) -> Response:
    """A merge patch of name, field and note. No version is added."""
    reference, procedure = await wording.change_procedure(
        connection, code, body, caller.author, now, partial(require_version, request)
    )
    content = procedure_out(reference, procedure, local_date(now))
    changed = conditional_json(request, content, len(procedure.versions), private=False)
    return await store_response(request, connection, changed)


@router.patch(
    "/procedures/{code}/versions/{version}", response_model=ProcedureRecord, summary="Change the words of a version"
)
async def change_procedure_version(
    request: Request,
    body: VersionPatch,
    caller: Administrator,
    connection: Writing,
    now: Now,
    code: ProcedureCode,
    version: Annotated[int, Path(ge=1, lt=2**31, description="its number within the procedure", examples=[1])],
) -> Response:
    """A merge patch of papers, results and legal basis. What is law needs another version."""
    reference, procedure = await wording.change_version(
        connection, code, version, body, caller.author, now, partial(require_version, request)
    )
    content = procedure_out(reference, procedure, local_date(now))
    changed = conditional_json(request, content, len(procedure.versions), private=False)
    return await store_response(request, connection, changed)


@router.post("/procedures/{code}/versions", status_code=201, response_model=ProcedureRecord, summary="Add a version")
async def add_procedure_version(
    request: Request, body: VersionIn, caller: Administrator, connection: Writing, now: Now, code: ProcedureCode
) -> Response:
    """Adds a version; an open version ends on the day before. Received dossiers keep their version."""
    reference, procedure = await procedures.add_version(
        connection, code, body, caller.author, now, partial(require_version, request)
    )
    content = procedure_out(reference, procedure, local_date(now))
    made = _made(request, content, len(procedure.versions), f"/api/v1/procedures/{procedure.code}")
    return await store_response(request, connection, made)


# --- Calendars --------------------------------------------------------------------------------------------------------


@router.get("/calendar/{year}", response_model=CalendarOut, summary="Read a year's calendar")
async def get_calendar(
    request: Request,
    reference: CurrentReference,
    year: Annotated[int, Path(description="the year", examples=[2026])],
) -> Response:
    """The latest revision of a year's working calendar; 404 while none is stored."""
    stored = reference.years.get(year)
    if stored is None:
        raise NotFound("unknown_calendar", f"No calendar of the year {year} is stored.")
    return conditional_json(request, calendar_out(stored), stored.number, private=False)
