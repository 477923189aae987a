"""Bodies and answers of published calendars and succeeded units (contract, Reference data)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.http.wire_types import Day, Moment, UnitOut, UnitReference, WireIn, with_example
from app.text_input import Name

Days = Annotated[list[Day], Field(max_length=366)]


class CalendarIn(WireIn):
    """The calendar of one year as decided."""

    model_config = with_example(
        {
            "status": "official",
            "decision": "12729/VPCP-KGVX",
            "days_off": ["2026-01-01", "2026-01-02"],
            "working_days": ["2026-01-10"],
            "names": {"2026-01-01": "Tết Dương lịch", "2026-01-10": "Làm bù cho ngày 02/01"},
        }
    )

    status: Literal["official", "provisional"] = Field("official", description="provisional until decided")
    decision: Name | None = Field(None, description="the decision's reference", examples=["12729/VPCP-KGVX"])
    days_off: Days = Field(description="days off", examples=[["2026-01-01", "2026-01-02"]])
    working_days: Days = Field(description="make-up days: weekend dates that are worked", examples=[["2026-01-10"]])
    names: dict[str, Name] = Field(
        default_factory=dict, max_length=366, description="names of these dates; names of former revisions stay"
    )


class DeadlineChangeOut(BaseModel):
    """A dossier with a new deadline or promised date."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-251229-0001"])
    due_date_before: Day | None = Field(description="due date before", examples=["2026-01-02"])
    due_date: Day = Field(description="due date after", examples=["2026-01-05"])
    provisional: bool = Field(
        description="the new due date depends on a year without an official calendar", examples=[False]
    )
    promised_date_before: Day | None = Field(None, description="promised date before", examples=[None])
    promised_date: Day | None = Field(
        None,
        description="promised date after: a day off moves to the next working day, one up to the due date lapses",
        examples=[None],
    )


class PublicationOut(BaseModel):
    """The result of a publication, or of its dry run."""

    year: int = Field(description="the year", examples=[2026])
    dry_run: bool = Field(description="true if nothing was changed", examples=[True])
    moved: int = Field(
        description="number of open dossiers with another deadline or promised date, or without their provisional mark",
        examples=[1],
    )
    dossiers: list[DeadlineChangeOut] | None = Field(description="these dossiers, in a dry run")


class OutageIn(WireIn):
    """An outage of a system that its owner has announced."""

    model_config = with_example(
        {"unit": "48", "from": "2026-09-07T08:00:00+07:00", "to": "2026-09-07T15:30:00+07:00", "notice": "12/TB-A06"}
    )

    unit: UnitReference = Field(description="the unit with all beneath it, whose dossiers are concerned")
    procedures: Annotated[list[Name], Field(max_length=500)] | None = Field(
        None, description="codes of procedures; null: all whose rules know outages"
    )
    from_: Moment = Field(alias="from", description="its begin")
    to: Moment = Field(description="its end: the system works normally again")
    notice: Name = Field(description="number of the owner's notice", examples=["12/TB-A06"])


class OutageOut(BaseModel):
    """The dossiers that an outage suspended, or in a dry run would suspend."""

    dry_run: bool = Field(description="true if nothing was changed", examples=[True])
    suspended: int = Field(description="number of dossiers", examples=[1])
    dossiers: list[DeadlineChangeOut] = Field(description="these dossiers with their due dates")
    recorded_before: list[str] = Field(
        description="codes of dossiers in which this notice with this span is recorded already; they stay as they are",
        examples=[["000.31.15.H47-260907-0001"]],
    )


class DivisionRuleIn(WireIn):
    """The dossiers that go to one of several successors; without a condition all."""

    into: UnitReference = Field(description="this successor", examples=["21002"])
    procedures: Annotated[list[Name], Field(min_length=1, max_length=500)] | None = Field(
        None, description="codes of procedures; null: all"
    )
    communes: Annotated[list[UnitReference], Field(min_length=1, max_length=500)] | None = Field(
        None, description="home communes of applicants, with their predecessors; null: all"
    )


class DossierByHandIn(WireIn):
    """A dossier that goes to a successor whatever the rules say."""

    code: Name = Field(description="the dossier's code", examples=["000.31.15.H47-261125-0001"])
    into: UnitReference = Field(description="its successor", examples=["21002"])


class SuccessionIn(WireIn):
    """The successors and their first day."""

    model_config = with_example({"into": "20900", "on": "2025-07-01"})

    into: UnitReference | Annotated[list[UnitReference], Field(min_length=1, max_length=50)] = Field(
        description="the successor, resolved on that day; of a divided unit a list with the main successor first, which"
        " gets what no rule names",
        examples=["20900"],
    )
    on: Day = Field(description="its first day; today or earlier")
    rules: list[DivisionRuleIn] = Field(
        default_factory=list, max_length=200, description="how a division goes: the first rule that fits decides"
    )
    dossiers: list[DossierByHandIn] = Field(
        default_factory=list, max_length=10_000, description="dossiers divided by hand, before any rule"
    )


class SuccessorOut(BaseModel):
    """A successor, and how many dossiers it takes over."""

    unit: UnitOut = Field(description="the successor")
    moved: int = Field(description="number of dossiers", examples=[57])


class DossierMoveOut(BaseModel):
    """A dossier, and the successor that it goes to."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-261125-0001"])
    into: UnitOut = Field(description="its successor")


class SuccessionOut(BaseModel):
    """The result of a succession, or of its dry run."""

    dry_run: bool = Field(description="true if nothing was changed", examples=[False])

    unit: UnitOut = Field(description="the unit that ends")
    valid_to: Day = Field(description="its last day", examples=["2025-06-30"])
    successor: UnitOut = Field(
        description="the successor; after a division the main one",
        examples=[{"id": 31, "code": "20900", "name": "Trà My", "kind": "commune"}],
    )
    successors: list[SuccessorOut] = Field(description="all successors, the main one first")
    moved: int = Field(description="number of dossiers that moved", examples=[57])
    dossiers: list[DossierMoveOut] | None = Field(description="these dossiers, in a dry run")
