"""Queries of the lists of units and procedures, checked and resolved on a day."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.cache import Reference
from app.catalogue.queries import ProcedureFilter, UnitFilter
from app.catalogue.schemas import Kind, Level
from app.http.pagination import DEFAULT_LIMIT
from app.http.wire_types import Day
from app.text_input import Name

UnitCode = Annotated[str, Field(min_length=1, max_length=40)]
Id = Annotated[int, Field(ge=1, lt=2**31)]


class PageQuery(BaseModel):
    """The page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500)] = Field(DEFAULT_LIMIT, description="how many items at most")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


class UnitQuery(PageQuery):
    """Filters of units; a filter given twice means either value."""

    kind: list[Kind] = Field(default_factory=list, max_length=4, description="level in the hierarchy")
    parent: list[UnitCode] = Field(default_factory=list, max_length=50, description="code of the parent unit")
    parent_id: list[Id] = Field(default_factory=list, max_length=50, description="id of the parent unit")
    on: Day | None = Field(None, description="only units that exist on this date; without it units of all times")


class ProcedureQuery(PageQuery):
    """Filters of procedures; a filter given twice means either value."""

    q: Name | None = Field(None, max_length=200, description="part of code or name, with or without accents")
    field: list[Name] = Field(default_factory=list, max_length=50, description="field, with or without accents")
    level: list[Level] = Field(default_factory=list, max_length=4, description="level that decides it")
    unit: list[UnitCode] = Field(default_factory=list, max_length=50, description="code of the responsible unit")
    unit_id: list[Id] = Field(default_factory=list, max_length=50, description="id of the responsible unit")
    catalogue: list[Id] = Field(default_factory=list, max_length=50, description="id of the catalogue")
    on: Day | None = Field(None, description="the date of `in_force` and of units; today if not given")


def unit_filter(reference: Reference, query: UnitQuery, today: date) -> UnitFilter:
    """The filter with ids of units; raises Invalid for unknown or ambiguous ones."""
    parents = _units(reference, query.parent, query.parent_id, query.on or today, "parent")
    return UnitFilter(query.kind, parents, query.on)


def procedure_filter(reference: Reference, query: ProcedureQuery, today: date) -> ProcedureFilter:
    """As `unit_filter`."""
    on = query.on or today
    units = _units(reference, query.unit, query.unit_id, on, "unit")
    return ProcedureFilter(query.q, query.field, query.level, units, query.catalogue, on)


def _units(reference: Reference, codes: Iterable[str], ids: Iterable[int], on: date, name: str) -> set[int]:
    named = [*((code, None) for code in codes), *((None, unit_id) for unit_id in ids)]
    units = (reference.query_unit(code, unit_id, on, name) for code, unit_id in named)
    return {unit.id for unit in units if unit is not None}
