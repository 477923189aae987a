"""What a client asks of the workload: the parameters, and the question they make for one caller over one register."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.dossiers.permissions import needs_names, scope_of
from app.http.errors import Forbidden, Unauthenticated
from app.http.wire_types import Day
from app.text_input import Name

By = Literal["unit", "officer"]
Basis = Literal["holder", "responsible"]


class WorkloadIn(BaseModel):
    """The parameters; a filter given twice means either."""

    by: By = Field("unit", description="what a row stands for; `officer` is for staff and needs a token")
    basis: Basis = Field(
        "holder", description="for which unit an open dossier counts: who has it, or who answers for its due date"
    )
    unit: list[Name] = Field([], max_length=50, description="code: this unit and its subtree", examples=[["20899"]])
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        [], max_length=50, description="id: this unit and its subtree"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default today")
    idle_days: int = Field(
        5, ge=1, le=250, description="after how many working days without any event a dossier stands still"
    )
    projection: bool = Field(False, description="also how many of those in time will be late, if things go on")


@dataclass(frozen=True, slots=True)
class Question:
    """Whose open dossiers are counted and for whom; `units` None: all."""

    by: By
    basis: Basis
    units: frozenset[int] | None
    idle_days: int
    projection: bool


def asked(query: WorkloadIn, reference: Reference, caller: Caller | None, now: datetime) -> Question:
    """The question that the parameters make for the caller now.

    Raises what naming a unit may raise; with rows for officers Unauthenticated `token_missing`, and Forbidden
    `role_may_not` or `unit_of_others`.
    """
    units = _units(query, reference, now)
    if query.by == "officer":
        units = _of_caller(units, reference, _who_sees_officers(caller, query.basis), now)
    return Question(query.by, query.basis, units, query.idle_days, query.projection)


def _units(query: WorkloadIn, reference: Reference, now: datetime) -> frozenset[int] | None:
    if not query.unit and not query.unit_id:
        return None
    on = query.on or local_date(now)
    found = [reference.query_unit(code, None, on) for code in query.unit]
    found += [reference.query_unit(None, unit_id, on) for unit_id in query.unit_id]
    return frozenset(below for unit in found if unit is not None for below in reference.subtree(unit.id))


def _who_sees_officers(caller: Caller | None, basis: Basis) -> Caller:
    """The caller, who is shown officers by name in every dossier that is counted by this basis."""
    if caller is None:
        raise Unauthenticated("token_missing", "Rows for officers need a token: `Authorization: Bearer <token>`.")
    if not needs_names(caller.role):
        raise Forbidden("role_may_not", f"A {caller.role} counts units, and needs no names.")
    if caller.role is Role.OFFICER and basis != "holder":
        raise Forbidden("role_may_not", "An officer sees who works on what its units hold: ask by `basis=holder`.")
    return caller


def _of_caller(
    units: frozenset[int] | None, reference: Reference, caller: Caller, now: datetime
) -> frozenset[int] | None:
    """Officers are people: staff see those of the units in their token's subtree (rules §8)."""
    scope = scope_of(caller, reference, now)
    if units is None or scope is None:
        return scope if units is None else units
    if units.isdisjoint(scope):
        raise Forbidden("unit_of_others", "None of the units asked for is in your token's subtree.")
    return units & scope
