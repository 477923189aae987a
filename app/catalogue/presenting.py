"""Shapes of reference data for clients, and how they are made (contract, Reference data)."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue.cache import Reference, StoredYear
from app.catalogue.records import CHANNELS, Catalogue, Procedure, Unit, Version
from app.domain.limits import TimeLimit
from app.domain.terms import Step
from app.http.wire_types import Day, Moment, UnitOut


class RelatedUnit(BaseModel):
    """A unit as another unit names it."""

    id: int = Field(description="the unit's own id; codes are re-used", examples=[2])
    code: str = Field(description="its official code", examples=["48"])
    name: str = Field(description="its name without its type", examples=["Đà Nẵng"])


class SessionOut(BaseModel):
    """Opening hours on a weekday."""

    model_config = ConfigDict(serialize_by_alias=True)

    weekday: int = Field(description="1 is Monday, 7 Sunday", examples=[1])
    from_: str = Field(alias="from", description="local time", examples=["07:00"])
    to: str = Field(description="local time", examples=["11:30"])
    reception_only: bool = Field(
        description="dossiers are received, but the hours count towards no limit", examples=[False]
    )


class UnitRecord(BaseModel):
    """A unit with all its data."""

    id: int = Field(description="the unit's own id; codes are re-used", examples=[31])
    code: str = Field(description="its official code", examples=["20900"])
    name: str = Field(description="its name without its type", examples=["Trà My"])
    kind: str = Field(description="province, district, office or commune", examples=["commune"])
    type: str = Field(description="its official type", examples=["Xã"])
    agency_identifier: str = Field(description="first part of dossier codes", examples=["000.00.44.H17"])
    parent: RelatedUnit | None = Field(description="the unit above")
    address: str | None = Field(description="address of its counter", examples=[None])
    phone: str | None = Field(description="its counter's telephone", examples=[None])
    sessions: list[SessionOut] = Field(description="present opening hours")
    traits: list[str] = Field(description="what its area is", examples=[[]])
    fields: list[str] = Field(description="fields of procedures that a department answers for", examples=[[]])
    valid_from: Day = Field(description="first day of its existence", examples=["2025-07-01"])
    valid_to: Day | None = Field(description="last day of its existence", examples=[None])
    successor: RelatedUnit | None = Field(description="its successor; of a divided unit the main one")
    successors: list[RelatedUnit] = Field(description="all its successors, the main one first", examples=[[]])


class CatalogueOut(BaseModel):
    """A named set of procedures, with the bounds of their time limits (rules §4)."""

    id: int = Field(description="its id", examples=[1])
    name: str = Field(description="its name", examples=["Thủ tục có thời hạn từ 2 đến 20 ngày"])
    decision: str | None = Field(description="the decision that issued it", examples=[None])
    min_days: int | None = Field(description="shortest limit in days; null: not bounded", examples=[2])
    max_days: int | None = Field(description="longest limit in days; null: not bounded", examples=[20])


class CatalogueName(BaseModel):
    """A catalogue as a procedure names it."""

    id: int = Field(description="its id", examples=[1])
    name: str = Field(description="its name", examples=["Thủ tục có thời hạn từ 2 đến 20 ngày"])


class TimeLimitOut(BaseModel):
    """A time limit."""

    amount: int | None = Field(description="amount; null for same_day", examples=[3])
    unit: str = Field(description="unit of the amount", examples=["working_day"])


class ChannelLimits(BaseModel):
    """The limit of each channel; null if it is not offered."""

    counter: TimeLimitOut | None = Field(description="limit for the counter")
    online: TimeLimitOut | None = Field(description="limit for online requests")
    postal: TimeLimitOut | None = Field(description="limit for requests by post")


class RouteStep(BaseModel):
    """One step of a route (rules §9)."""

    unit: UnitOut | Literal["receiving", "responsible"] = Field(description="a unit, or a role of the dossier's units")
    name: str = Field(description="name of the step", examples=["Tiếp nhận và thẩm tra"])
    limit: TimeLimitOut | None = Field(description="its share of the limit")


class VersionOut(BaseModel):
    """A version of a procedure, in force from a date (rules §4)."""

    version: int = Field(description="its number within the procedure", examples=[1])
    effective_from: Day = Field(description="first day in force", examples=["2018-01-01"])
    effective_to: Day | None = Field(description="last day in force", examples=[None])
    limits: ChannelLimits = Field(description="the limit of each channel")
    clock_policy: str = Field(description="effect of suspensions on the limit", examples=["exclude"])
    responsible_unit: UnitOut | None = Field(description="responsible unit; null: see rules §4")
    fee: int | None = Field(description="in đồng; null: not known", examples=[0])
    documents: list[dict[str, Any]] = Field(description="papers to be handed in", examples=[[{"name": "Tờ khai"}]])
    results: list[dict[str, Any]] = Field(
        description="what the applicant gets", examples=[[{"name": "Giấy khai sinh"}]]
    )
    route: list[RouteStep] = Field(description="steps in order")
    legal_basis: str | None = Field(description="legal basis", examples=["163/QĐ-BTP"])
    max_supplement_requests: int = Field(description="number of requests for papers without a supervisor", examples=[1])
    max_extension: int = Field(description="days by which the limit may be extended", examples=[0])
    rules: dict[str, Any] = Field(
        description="rules of its sector, as they were sent; empty: the general rules", examples=[{}]
    )


class ProcedureRecord(BaseModel):
    """A procedure."""

    code: str = Field(description="national code", examples=["1.004837"])
    name: str = Field(description="official name", examples=["Thủ tục đăng ký giám hộ"])
    field: str = Field(description="its field", examples=["Hộ tịch"])
    level: str = Field(description="level that decides it", examples=["commune"])
    catalogue: CatalogueName = Field(description="the set it belongs to")
    in_force: VersionOut | None = Field(description="the version in force on the date asked for, today by default")
    versions: list[VersionOut] = Field(description="all versions, oldest first")


class CalendarOut(BaseModel):
    """A year's working calendar in its latest revision (rules §3)."""

    year: int = Field(description="the year", examples=[2026])
    status: str = Field(description="official, or provisional until the decision is in", examples=["official"])
    decision: str | None = Field(description="the decisions it follows", examples=["12729/VPCP-KGVX"])
    days_off: list[Day] = Field(description="Mondays to Fridays that are not worked", examples=[["2026-01-01"]])
    working_days: list[Day] = Field(description="weekend dates that are worked", examples=[["2026-01-10"]])
    names: dict[str, str] = Field(description="what each date is", examples=[{"2026-01-01": "Tết Dương lịch"}])
    source: str | None = Field(description="origin of a provisional calendar", examples=[None])
    revision: int = Field(description="number within the year", examples=[1])
    recorded_at: Moment = Field(description="when this revision was published")


def unit_name(unit: Unit) -> UnitOut:
    """The unit as other objects name it."""
    return UnitOut(id=unit.id, code=unit.code, name=unit.name, kind=unit.kind)


def unit_record(reference: Reference, unit: Unit) -> UnitRecord:
    """The unit with all its data."""

    def related(unit_id: int | None) -> RelatedUnit | None:
        if unit_id is None:
            return None
        other = reference.units[unit_id]
        return RelatedUnit(id=other.id, code=other.code, name=other.name)

    return UnitRecord(
        id=unit.id,
        code=unit.code,
        name=unit.name,
        kind=unit.kind,
        type=unit.type,
        agency_identifier=unit.agency_identifier,
        parent=related(unit.parent_id),
        address=unit.address,
        phone=unit.phone,
        traits=list(unit.traits),
        fields=list(unit.fields),
        sessions=[SessionOut.model_validate(other) for other in reference.week(unit.id)],
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        successor=related(unit.successor_id),
        successors=[other for other in map(related, unit.successors) if other is not None],
    )


def catalogue_out(catalogue: Catalogue) -> CatalogueOut:
    """The catalogue for clients."""
    return CatalogueOut(
        id=catalogue.id,
        name=catalogue.name,
        decision=catalogue.decision,
        min_days=catalogue.min_days,
        max_days=catalogue.max_days,
    )


def procedure_out(reference: Reference, procedure: Procedure, on: date) -> ProcedureRecord:
    """The procedure with the version in force on a local date (rules §4)."""
    catalogue = reference.catalogues[procedure.catalogue_id]
    in_force = reference.in_force(procedure, on)
    return ProcedureRecord(
        code=procedure.code,
        name=procedure.name,
        field=procedure.field,
        level=procedure.level,
        catalogue=CatalogueName(id=catalogue.id, name=catalogue.name),
        in_force=_version(reference, in_force) if in_force else None,
        versions=[_version(reference, version) for version in procedure.versions],
    )


def _version(reference: Reference, version: Version) -> VersionOut:
    responsible = version.responsible_unit_id
    return VersionOut(
        version=version.version,
        effective_from=version.effective_from,
        effective_to=version.effective_to,
        limits=ChannelLimits(**{channel: _limit(version.limits.get(channel)) for channel in CHANNELS}),
        clock_policy=version.clock_policy.value,
        responsible_unit=unit_name(reference.units[responsible]) if responsible is not None else None,
        fee=version.fee,
        documents=[dict(paper) for paper in version.documents],
        results=[dict(result) for result in version.results],
        route=[_step(reference, step) for step in version.route],
        legal_basis=version.legal_basis,
        max_supplement_requests=version.max_supplement_requests,
        max_extension=version.max_extension,
        rules=dict(version.rules),
    )


def _step(reference: Reference, step: Step) -> RouteStep:
    place: Any = unit_name(reference.units[step.unit]) if isinstance(step.unit, int) else step.unit
    return RouteStep(unit=place, name=step.name, limit=_limit(step.limit))


def _limit(limit: TimeLimit | None) -> TimeLimitOut | None:
    return TimeLimitOut(amount=limit.amount, unit=limit.unit.value) if limit is not None else None


def calendar_out(stored: StoredYear) -> CalendarOut:
    """A year as its latest revision has it."""
    year = stored.calendar
    return CalendarOut(
        year=year.year,
        status=year.status.value,
        decision=year.decision,
        days_off=sorted(year.days_off),
        working_days=sorted(year.working_days),
        names={day.isoformat(): name for day, name in sorted(year.names.items())},
        source=stored.source,
        revision=stored.number,
        recorded_at=stored.recorded_at,
    )
