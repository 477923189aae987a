"""The filters of the work list as clients write them, and what they mean on this day."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.access.errors import Forbidden
from app.catalogue.reference import Reference
from app.dossiers.listing import Filters, Sort
from app.dossiers.presenting import Reader
from app.texts import Name
from app.wire import Day

StatusName = Literal[
    "submitted",
    "received",
    "declined",
    "processing",
    "awaiting_supplement",
    "awaiting_payment",
    "withdrawn",
    "discontinued",
    "finished",
    "returned",
]
UnitCode = Annotated[str, Field(min_length=1, max_length=40)]
UnitId = Annotated[int, Field(ge=1, lt=2**31)]


class FilterFields(BaseModel):
    """What list and search have in common."""

    model_config = ConfigDict(extra="forbid")

    holder_unit: list[UnitCode] = Field(default_factory=list, max_length=50, description="code, resolved today")
    holder_unit_id: list[UnitId] = Field(default_factory=list, max_length=50)
    responsible_unit: list[UnitCode] = Field(default_factory=list, max_length=50)
    responsible_unit_id: list[UnitId] = Field(default_factory=list, max_length=50)
    receiving_unit: list[UnitCode] = Field(default_factory=list, max_length=50)
    receiving_unit_id: list[UnitId] = Field(default_factory=list, max_length=50)
    on: Day | None = Field(None, description="the date on which unit codes are resolved; today where not given")
    subtree: bool = Field(False, description="the units below count too")
    status: list[StatusName] = Field(default_factory=list, max_length=10)
    stage: list[Literal["receive", "process", "return"]] = Field(default_factory=list, max_length=3)
    open: bool | None = Field(None, description="received and not ended; true unless another filter is about the ended")
    procedure: list[Name] = Field(default_factory=list, max_length=50, description="procedure code")
    field: list[Name] = Field(default_factory=list, max_length=50)
    overdue: bool | None = None
    due_soon: bool | None = None
    clock: list[Literal["not_started", "running", "suspended", "ended"]] = Field(default_factory=list, max_length=4)
    due_from: Day | None = None
    due_to: Day | None = None
    received_from: Day | None = None
    received_to: Day | None = None
    finished_from: Day | None = None
    finished_to: Day | None = None
    verdict: list[Literal["early", "on_time", "late"]] = Field(default_factory=list, max_length=3)
    officer: list[Name] = Field(default_factory=list, max_length=50)
    flag: list[Literal["backdated", "imported", "corrected", "late_apology", "repeated_supplement"]] = Field(
        default_factory=list, max_length=5
    )
    q: Name | None = Field(None, max_length=100, description="code, or part of it")
    sort: Sort = "due"


class ListQuery(FilterFields):
    """The work list's query."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(max_length=1000)] | None = None


class SearchIn(FilterFields):
    """The search's body: personal data stand here and never in an address."""

    name: Name | None = Field(None, description="part of the applicant's name, with or without accents")
    identity_number: Name | None = None
    phone: Name | None = None
    limit: Annotated[int, Field(ge=1, le=500)] | None = None
    cursor: Annotated[str, Field(max_length=1000)] | None = None


def filters_of(asked: FilterFields, reference: Reference, reader: Reader) -> Filters:
    """The filters with units, procedures and fields looked up; raises Invalid for those that are not known."""
    procedures = [reference.procedure(code).id for code in asked.procedure]
    if asked.field:
        fields = set(asked.field)
        of_field = [one.id for one in reference.procedures.values() if one.field in fields]
        # -1: no procedure has this field, so nothing fits.
        procedures = [one for one in procedures if one in of_field] if procedures else of_field
        procedures = procedures or [-1]
    people = {name: getattr(asked, name, None) for name in ("name", "identity_number", "phone")}
    if any(people.values()) and not reader.sees_people:
        raise Forbidden("role_may_not", "Reporters do not search for people.")
    return Filters(
        units=_units(asked, reference, reader),
        status=asked.status,
        stage=asked.stage,
        open=_open(asked),
        procedures=procedures,
        overdue=asked.overdue,
        due_soon=asked.due_soon,
        clock=asked.clock,
        due=(asked.due_from, asked.due_to),
        received=(asked.received_from, asked.received_to),
        finished=(asked.finished_from, asked.finished_to),
        verdict=asked.verdict,
        officer=asked.officer,
        flag=asked.flag,
        q=asked.q,
        sort=asked.sort,
        **people,
    )


def _open(asked: FilterFields) -> bool | None:
    # The default, open ones only, would make a filter about ended dossiers answer nothing, and hide what is looked for.
    about_others = asked.status or asked.stage or asked.clock or asked.verdict or asked.q
    about_ends = asked.finished_from or asked.finished_to or asked.due_soon is False or asked.overdue is False
    if asked.open is not None:
        return asked.open
    return None if about_others or about_ends else True


def _units(asked: FilterFields, reference: Reference, reader: Reader) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    on = asked.on or reader.today
    for place in ("holder", "responsible", "receiving"):
        codes, ids = getattr(asked, f"{place}_unit"), getattr(asked, f"{place}_unit_id")
        units = [reference.query_unit(code, None, on) for code in codes]
        units += [reference.query_unit(None, one, on) for one in ids]
        named = {unit.id for unit in units if unit is not None}
        if asked.subtree:
            named = {below for unit in named for below in reference.subtree(unit)}
        if codes or ids:
            found[place] = frozenset(named)
    return found
