"""What clients send and see when calendars are published and units succeeded."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.texts import Name
from app.wire import Day, UnitOut, UnitReference, WireIn

Days = Annotated[list[Day], Field(max_length=366)]


class CalendarIn(WireIn):
    """A year's calendar as decided."""

    status: Literal["official", "provisional"] = Field("official", description="provisional until decided")
    decision: Name | None = Field(None, description="the decision's reference", examples=["12729/VPCP-KGVX"])
    days_off: Days = Field(description="dates that are not worked", examples=[["2026-01-01", "2026-01-02"]])
    working_days: Days = Field(description="weekend dates that are worked", examples=[["2026-01-10"]])
    names: dict[str, Name] = Field(
        default_factory=dict, max_length=366, description="names of these dates; those known before are kept"
    )


class MovedOut(BaseModel):
    """A dossier whose deadline changes."""

    code: str
    due_date_before: Day | None
    due_date: Day
    provisional: bool


class PublishedOut(BaseModel):
    """What a publication did, or would do."""

    year: int
    dry_run: bool
    moved: int = Field(description="how many open dossiers got another deadline or lost their provisional mark")
    dossiers: list[MovedOut] | None = Field(description="which ones, in a dry run")


class SuccessionIn(WireIn):
    """Which unit takes the place, from when on."""

    into: UnitReference = Field(description="the successor, resolved on that day", examples=["20900"])
    on: Day = Field(description="its first day; today or earlier")


class SuccessionOut(BaseModel):
    """What a succession did."""

    unit: UnitOut
    valid_to: Day
    successor: UnitOut
    moved: int = Field(description="how many dossiers moved")
