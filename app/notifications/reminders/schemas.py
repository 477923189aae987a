"""Request and response models of contacts and reminders."""

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt

from app.catalogue.parameters import PageQuery, UnitCode
from app.domain.occasions import Occasion, Thresholds
from app.http.wire_types import Moment, UnitOut, UnitReference, WireIn, with_example
from app.text_input import Name

_DEFAULTS = Thresholds()
Few = Annotated[StrictInt, Field(ge=0, le=366)]
Percent = Annotated[StrictInt, Field(ge=1, le=99)]
Address = Annotated[str, Field(min_length=1, max_length=254)]
Hours = Annotated[StrictInt, Field(ge=1, le=200)]
# An enumeration, not free text: reminders must not have personal data.
Reason = Literal["being_done", "waiting_for_answer", "agreed_with_applicant", "other"]
State = Literal["current", "acknowledged", "snoozed", "ended"]


class ThresholdsIn(WireIn):
    """Thresholds of reminders, in working days and working hours."""

    soon_days: Few | None = Field(_DEFAULTS.soon_days, description="due soon: within this number of days", examples=[2])
    soon_hours: Few | None = Field(None, description="due soon: within this number of hours", examples=[None])
    soon_percent: Percent | None = Field(
        None, description="due soon: with this percentage of the limit left", examples=[None]
    )
    not_taken_hours: Few = Field(_DEFAULTS.not_taken_hours, description="hours since a hand-off that was not taken")
    idle_days: Few = Field(_DEFAULTS.idle_days, description="days without an event")
    suspended_days: Few = Field(_DEFAULTS.suspended_days, description="days of suspension")
    collect_days: Few = Field(_DEFAULTS.collect_days, description="days since the result, which was not collected")


class ProcedureThresholds(WireIn):
    """Thresholds of a procedure. A null value leaves the threshold to each contact.

    The three thresholds of `due_soon` belong together: if one is set here, those of contacts are ignored.
    """

    model_config = with_example({"soon_hours": 2, "not_taken_hours": 1})

    soon_days: Few | None = Field(None, description="due soon: within this number of working days", examples=[None])
    soon_hours: Few | None = Field(None, description="due soon: within this number of working hours", examples=[2])
    soon_percent: Percent | None = Field(None, description="due soon: with this percentage of the limit left")
    not_taken_hours: Few | None = Field(None, description="working hours since a hand-off that was not taken")
    idle_days: Few | None = Field(None, description="working days without an event")
    suspended_days: Few | None = Field(None, description="working days of suspension")
    collect_days: Few | None = Field(None, description="working days since the result, which was not collected")


class ContactIn(WireIn):
    """A contact to add."""

    model_config = with_example(
        {"unit": "20899", "role": "unit", "channel": "email", "address": "mot-cua@tra-my.example.vn"}
    )

    unit: UnitReference | None = Field(
        None, description="unit of the contact; default: the token's own", examples=["20899"]
    )
    role: Literal["unit", "officer", "supervisor"] = Field(
        description="unit: reminders for the unit; officer: for the dossiers of one officer; supervisor: for overdue"
        " dossiers and due apologies in the subtree, and for reminders that a unit does not acknowledge",
        examples=["unit"],
    )
    officer: Name | None = Field(None, description="name of the officer, as in dossiers", examples=[None])
    channel: Literal["email", "gateway"] = Field(description="channel of the messages", examples=["email"])
    address: Address = Field(description="e-mail address or telephone number", examples=["mot-cua@tra-my.example.vn"])
    thresholds: ThresholdsIn = Field(default_factory=ThresholdsIn, description="thresholds of its reminders")
    escalate_hours: Hours = Field(
        8, description="working hours without acknowledgement after which supervisors get a reminder", examples=[8]
    )


class ContactPatch(WireIn):
    """Changes of a contact (merge-patch: members that are not given stay, also thresholds)."""

    model_config = with_example({"thresholds": {"soon_days": 3}, "escalate_hours": 4})

    address: Address | None = Field(None, description="e-mail address or telephone number")
    thresholds: ThresholdsIn | None = Field(None, description="thresholds of its reminders")
    escalate_hours: Hours | None = Field(
        None, description="working hours without acknowledgement after which supervisors get a reminder"
    )


class ContactOut(BaseModel):
    """A contact for reminders."""

    id: int = Field(description="id of the contact", examples=[5])
    unit: UnitOut | None = Field(description="unit of the contact")
    role: Literal["unit", "officer", "supervisor"] = Field(description="kind of its reminders", examples=["unit"])
    officer: str | None = Field(description="name of the officer, if the role is officer", examples=[None])
    channel: Literal["email", "gateway"] = Field(description="channel of the messages", examples=["email"])
    address: str = Field(description="e-mail address or telephone number", examples=["mot-cua@tra-my.example.vn"])
    thresholds: ThresholdsIn = Field(description="thresholds of its reminders", examples=[asdict(_DEFAULTS)])
    escalate_hours: int = Field(
        description="working hours without acknowledgement after which supervisors get a reminder", examples=[8]
    )
    created_at: Moment = Field(description="time of the addition")
    ended_at: Moment | None = Field(description="time of the removal", examples=[None])
    version: int = Field(description="number of changes", examples=[1])


class ReminderQuery(PageQuery):
    """Filter and page of reminders; a repeated filter means either value."""

    unit: UnitCode | None = Field(None, description="code of a unit; includes its subtree")
    officer: Name | None = Field(None, description="only reminders of this officer")
    kind: list[Occasion] = Field(default_factory=list, max_length=len(Occasion), description="occasions")
    state: State = Field("current", description="current, acknowledged, snoozed, or ended: the occasion is over")


class ReminderOut(BaseModel):
    """A reminder about a dossier."""

    id: int = Field(description="id of the reminder", examples=[77])
    dossier: str = Field(description="code of the dossier", examples=["000.31.15.H47-210816-0001"])
    kind: Occasion = Field(description="occasion", examples=["due_today"])
    occasion: str = Field(
        description="the due or promised date, or the beginning of the condition", examples=["2021-08-19"]
    )
    unit: UnitOut | None = Field(description="the unit that has to act")
    officer: str | None = Field(description="the officer of the contact, if its role is officer", examples=[None])
    contact: int = Field(description="id of the contact", examples=[5])
    escalated: bool = Field(
        description="true if it goes to a supervisor because the unit did not acknowledge it", examples=[False]
    )
    raised_at: Moment = Field(description="time of detection")
    told_at: Moment | None = Field(description="time when its message was stored in the outbox")
    acknowledged_at: Moment | None = Field(description="time of the acknowledgement", examples=[None])
    acknowledged_by: str | None = Field(description="officer or client of the acknowledgement", examples=[None])
    snoozed_until: Moment | None = Field(description="instant until which it is not sent again", examples=[None])
    snooze_reason: Reason | None = Field(description="reason of the snooze", examples=[None])
    ended_at: Moment | None = Field(description="time when the condition ended", examples=[None])
    version: int = Field(description="number of changes", examples=[1])


class AcknowledgeIn(WireIn):
    """Acknowledgement of a reminder."""

    model_config = with_example({"officer": "Lê Thị Lan"})

    officer: Name | None = Field(None, description="officer who acknowledges", examples=["Lê Thị Lan"])


class SnoozeIn(WireIn):
    """Snooze of a reminder."""

    model_config = with_example({"until": "2021-08-20T08:00:00+07:00", "snooze_reason": "waiting_for_answer"})

    until: Moment = Field(description="instant at which to send it again, if it is still due")
    snooze_reason: Reason = Field(description="reason of the snooze", examples=["waiting_for_answer"])
