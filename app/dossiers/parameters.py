"""Filters of the work list: as clients write them, and resolved for a reader on this day."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.state import OPEN, Flag, LateCause
from app.dossiers.reader import Reader
from app.dossiers.work_list import Filters, Sort
from app.http.errors import Forbidden
from app.http.wire_types import Day, with_example
from app.text_input import Name

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
    """The filters of both list and search."""

    model_config = ConfigDict(extra="forbid")

    holder_unit: list[UnitCode] = Field(default_factory=list, max_length=50, description="code of the unit that has it")
    holder_unit_id: list[UnitId] = Field(default_factory=list, max_length=50, description="id of who has it")
    responsible_unit: list[UnitCode] = Field(
        default_factory=list, max_length=50, description="code of who answers for it"
    )
    responsible_unit_id: list[UnitId] = Field(
        default_factory=list, max_length=50, description="id of who answers for it"
    )
    receiving_unit: list[UnitCode] = Field(
        default_factory=list, max_length=50, description="code of the unit where it was received"
    )
    receiving_unit_id: list[UnitId] = Field(
        default_factory=list, max_length=50, description="id of the unit where it was received"
    )
    on: Day | None = Field(None, description="the date on which unit codes are resolved; today where not given")
    subtree: bool = Field(False, description="the units below count too")
    status: list[StatusName] = Field(default_factory=list, max_length=10, description="stable name of the status")
    stage: list[Literal["receive", "process", "return"]] = Field(
        default_factory=list, max_length=3, description="part of its way; closed ones keep their last"
    )
    open: list[bool] = Field(
        default_factory=list,
        max_length=2,
        description="received and not ended; the work list takes true unless another filter names what is not open",
    )
    procedure: list[Name] = Field(default_factory=list, max_length=50, description="procedure code")
    field: list[Name] = Field(default_factory=list, max_length=50, description="field of the procedure")
    overdue: list[bool] = Field(
        default_factory=list, max_length=2, description="still open and the due date has passed"
    )
    due_soon: list[bool] = Field(
        default_factory=list, max_length=2, description="the clock runs and the due date is today or close"
    )
    not_taken: list[bool] = Field(
        default_factory=list, max_length=2, description="still open, given to its holder, who has not taken it yet"
    )
    clock: list[Literal["not_started", "running", "suspended", "ended"]] = Field(
        default_factory=list, max_length=4, description="what the time limit does just now"
    )
    due_from: Day | None = Field(None, description="due date from this day on")
    due_to: Day | None = Field(None, description="due date up to this day")
    received_from: Day | None = Field(None, description="date of receipt from this day on")
    received_to: Day | None = Field(None, description="date of receipt up to this day")
    promised_from: Day | None = Field(None, description="promised for this day or later")
    promised_to: Day | None = Field(None, description="promised up to this day")
    finished_from: Day | None = Field(None, description="date on which the result was ready from this day on")
    finished_to: Day | None = Field(None, description="date on which the result was ready up to this day")
    verdict: list[Literal["early", "on_time", "late"]] = Field(
        default_factory=list, max_length=3, description="how it was finished against its due date"
    )
    late_cause: list[LateCause | Literal["unknown"]] = Field(
        default_factory=list,
        max_length=len(LateCause) + 1,
        description="cause of its late result; unknown: the cause is not recorded",
    )
    officer: list[Name] = Field(default_factory=list, max_length=50, description="who has it in hand")
    mine: bool = Field(
        default=False,
        description="true: the person who signed in has it in hand. Of people with one name the last who acted counts",
    )
    flag: list[Flag] = Field(
        default_factory=list, max_length=len(Flag), description="a mark that the journal left on it"
    )
    correction: list[Literal["pending"]] = Field(
        default_factory=list,
        max_length=1,
        description="`pending`: a correction waits to be approved, whether the dossier is open or not",
    )
    q: Name | None = Field(
        None,
        max_length=200,
        description="code, its beginning, or the beginning of a part behind `.` or `-`; or whole code elsewhere",
    )
    sort: Sort = Field("due", description="by due date, by receipt, or by receipt with the latest first")


class ListQuery(FilterFields):
    """The query of the work list."""

    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="how many items at most")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


class SearchIn(FilterFields):
    """The body of a search; personal data are sent here and never in an address. A list of one may be a value."""

    model_config = with_example({"name": "nguyen thi hoa", "receiving_unit": ["20899"], "open": [True], "limit": 20})

    name: Name | None = Field(
        None,
        description="words of the name of the applicant, or of who handed in: in any order, each by its beginning, "
        "with or without accents",
    )
    identity_number: Name | None = Field(None, description="whole number of the applicant, or of who handed in")
    phone: Name | None = Field(None, description="whole telephone of the applicant, or of who handed in")
    sort: Sort = Field("-received", description="by due date, by receipt, or by receipt with the latest first")
    limit: Annotated[int, Field(ge=1, le=500)] | None = Field(None, description="how many items at most; 50 by default")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Adds single values to the OpenAPI document."""
        document = handler(schema)
        for field in handler.resolve_ref_schema(document)["properties"].values():
            if field.get("type") == "array":
                field["anyOf"] = [field["items"], {key: field.pop(key) for key in ("type", "items", "maxItems")}]
        return document

    @model_validator(mode="before")
    @classmethod
    def one_value_without_its_list(cls, data: Any) -> Any:
        """Makes a list of a single value, as a filter given once in an address is a list of one."""
        if not isinstance(data, dict):
            return data
        lists = {name for name, field in cls.model_fields.items() if field.default_factory is list}
        return {key: [value] if key in lists and not isinstance(value, list) else value for key, value in data.items()}


def filters_of(query: FilterFields, reference: Reference, reader: Reader) -> Filters:
    """The filters with ids of units and procedures; raises Invalid for unknown ones, Forbidden for people."""
    procedures = [reference.procedure(code).id for code in query.procedure]
    if query.field:
        fields = {procedure.field for procedure in reference.procedures.values()}
        for name in query.field:
            if name not in fields:
                raise Invalid("unknown_field", f"No procedure is of the field {name!r}.", pointer="/field")
        of_field = [procedure.id for procedure in reference.procedures.values() if procedure.field in query.field]
        # If no procedure fits both filters, the id -1 makes the list empty.
        procedures = [number for number in procedures if number in of_field] or [-1] if procedures else of_field
    people = {name: getattr(query, name, None) for name in ("name", "identity_number", "phone")}
    by_people = bool(query.officer or query.mine or any(people.values()))
    if by_people and not reader.needs_names:
        raise Forbidden("role_may_not", f"A {reader.caller.role} needs no names and cannot search for people.")
    person = reader.caller.person
    if query.mine and person is None:
        raise Forbidden("persons_only", "Only a person has dossiers in hand: a program names the officer.")
    return Filters(
        units=_units(query, reference, reader),
        status=query.status,
        stage=query.stage,
        open=True if opens_by_default(query) else _either(query.open),
        procedures=procedures,
        overdue=_either(query.overdue),
        due_soon=_either(query.due_soon),
        not_taken=_either(query.not_taken),
        clock=query.clock,
        due=(query.due_from, query.due_to),
        received=(query.received_from, query.received_to),
        promised=(query.promised_from, query.promised_to),
        finished=(query.finished_from, query.finished_to),
        verdict=query.verdict,
        late_cause=query.late_cause,
        officer=query.officer,
        person=person if query.mine else None,
        flag=query.flag,
        correction_pending=bool(query.correction),
        q=query.q,
        sort=query.sort,
        # A match discloses the name: only dossiers whose people the reader sees are searched.
        held_by=reader.names_only_where_held if by_people else None,
        **people,
    )


def opens_by_default(query: FilterFields) -> bool:
    """True if only open dossiers are listed: `open` is not given, and no other filter asks for other dossiers.

    A search lists all: somebody asks for one dossier, and its result may wait to be collected.
    """
    if isinstance(query, SearchIn):
        return False
    named = (
        any(status not in OPEN for status in query.status),
        "return" in query.stage,
        any(clock in ("not_started", "ended") for clock in query.clock),
        query.verdict or query.late_cause or query.finished_from or query.finished_to,
        query.correction,
    )
    return not query.open and not any(named)


def _either(values: Sequence[bool]) -> bool | None:
    """The value of a yes-or-no filter: None if it is not given, or given with both values."""
    return None if len(set(values)) != 1 else values[0]


def _units(query: FilterFields, reference: Reference, reader: Reader) -> dict[str, frozenset[int]]:
    units_by_place: dict[str, frozenset[int]] = {}
    on = query.on or reader.today
    for place in ("holder", "responsible", "receiving"):
        codes, ids = getattr(query, f"{place}_unit"), getattr(query, f"{place}_unit_id")
        units = [reference.query_unit(code, None, on) for code in codes]
        units += [reference.query_unit(None, unit_id, on) for unit_id in ids]
        named = {unit.id for unit in units if unit is not None}
        if query.subtree:
            named = {below for unit in named for below in reference.subtree(unit)}
        if codes or ids:
            units_by_place[place] = frozenset(named)
    return units_by_place
