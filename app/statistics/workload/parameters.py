"""Query parameters of the workload, and the question for one caller over one register."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.access.callers import Caller
from app.catalogue.cache import Reference, Unit
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.dossiers.permissions import needs_names, scope_of
from app.http.errors import Forbidden, Unauthenticated
from app.http.query_parameters import parameters_of
from app.http.wire_types import Day
from app.text_input import Name

By = Literal["unit", "officer"]
Basis = Literal["holder", "responsible"]


class WorkloadIn(BaseModel):
    """Parameters of the workload; a repeated filter matches either value."""

    by: By = Field("unit", description="the kind of rows; `officer` is for staff and needs a token")
    basis: Basis = Field(
        "holder",
        description="the unit that an open dossier counts for: its holder, or the one responsible for the due date",
    )
    unit: list[Name] = Field([], max_length=50, description="code: this unit and its subtree", examples=[["20899"]])
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        [], max_length=50, description="id: this unit and its subtree"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default today")
    idle_days: int = Field(5, ge=1, le=250, description="working days without any event after which a dossier is idle")
    projection: bool = Field(False, description="also a forecast of the dossiers that will be late")


PARAMETERS = parameters_of(WorkloadIn)


@dataclass(frozen=True, slots=True)
class WorkloadQuestion:
    """The open dossiers that count, and the kind of rows; `units` None: all. `roots` are the units of the query."""

    by: By
    basis: Basis
    roots: tuple[Unit, ...]
    units: frozenset[int] | None
    idle_days: int
    with_forecast: bool


def workload_question(
    query: WorkloadIn, reference: Reference, caller: Caller | None, now: datetime
) -> WorkloadQuestion:
    """The question of the parameters for the caller at `now`.

    Raises the refusals of `Reference.query_unit`. With rows for officers it raises Unauthenticated `token_missing`, and
    Forbidden `role_may_not` or `unit_of_others`.
    """
    roots = _roots(query, reference, now)
    units = frozenset(unit_id for unit in roots for unit_id in reference.subtree(unit.id)) if roots else None
    if query.by == "officer":
        units = _within_scope(units, reference, _require_names(caller, query.basis), now)
    return WorkloadQuestion(query.by, query.basis, roots, units, query.idle_days, query.projection)


def _roots(query: WorkloadIn, reference: Reference, now: datetime) -> tuple[Unit, ...]:
    on = query.on or local_date(now)
    by_code = [reference.query_unit(code, None, on) for code in query.unit]
    by_id = [reference.query_unit(None, unit_id, on) for unit_id in query.unit_id]
    return tuple(unit for unit in (*by_code, *by_id) if unit is not None)


def _require_names(caller: Caller | None, basis: Basis) -> Caller:
    """The caller, who must be allowed the names of officers in every dossier that this basis counts."""
    if caller is None:
        raise Unauthenticated("token_missing", "Rows for officers need a token: `Authorization: Bearer <token>`.")
    if not needs_names(caller.role):
        raise Forbidden("role_may_not", f"A {caller.role} counts units, and needs no names.")
    if caller.role is Role.OFFICER and basis != "holder":
        raise Forbidden("role_may_not", "An officer sees who works on what its units hold: ask by `basis=holder`.")
    return caller


def _within_scope(
    units: frozenset[int] | None, reference: Reference, caller: Caller, now: datetime
) -> frozenset[int] | None:
    """Officers are people: staff see those of the units in their token's subtree (rules §8)."""
    scope = scope_of(caller, reference, now)
    if units is None or scope is None:
        return scope if units is None else units
    if units.isdisjoint(scope):
        raise Forbidden("unit_of_others", "None of the units asked for is in your token's subtree.")
    return units & scope
