"""The wire shapes of contacts and reminders."""

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
# Kinds and not a text: what is kept of a reminder shall hold nothing about people.
Reason = Literal["being_done", "waiting_for_answer", "agreed_with_applicant", "other"]
State = Literal["current", "acknowledged", "snoozed", "ended"]


class ThresholdsIn(WireIn):
    """From when on something is an occasion; days and hours are working ones."""

    soon_days: Few | None = Field(_DEFAULTS.soon_days, description="due soon: within so many days", examples=[2])
    soon_hours: Few | None = Field(None, description="due soon: within so many hours", examples=[None])
    soon_percent: Percent | None = Field(
        None, description="due soon: with so many per cent of the limit left", examples=[None]
    )
    not_taken_hours: Few = Field(_DEFAULTS.not_taken_hours, description="handed over and not taken for so many hours")
    idle_days: Few = Field(_DEFAULTS.idle_days, description="without any event for so many days")
    suspended_days: Few = Field(_DEFAULTS.suspended_days, description="suspended for so many days")
    collect_days: Few = Field(_DEFAULTS.collect_days, description="finished and not collected for so many days")


class ProcedureThresholds(WireIn):
    """From when on somebody is reminded of the dossiers of a procedure; what is null is as each contact says.

    Due soon is one thing said in three ways: where any of them is given here, a contact's count no more.
    """

    model_config = with_example({"soon_hours": 2, "not_taken_hours": 1})

    soon_days: Few | None = Field(None, description="due soon: within so many working days", examples=[None])
    soon_hours: Few | None = Field(None, description="due soon: within so many working hours", examples=[2])
    soon_percent: Percent | None = Field(None, description="due soon: with so many per cent of the limit left")
    not_taken_hours: Few | None = Field(None, description="handed over and not taken for so many working hours")
    idle_days: Few | None = Field(None, description="without any event for so many working days")
    suspended_days: Few | None = Field(None, description="suspended for so many working days")
    collect_days: Few | None = Field(None, description="finished and not collected for so many working days")


class ContactIn(WireIn):
    """An address that is to be reminded."""

    model_config = with_example(
        {"unit": "20899", "role": "unit", "channel": "email", "address": "mot-cua@tra-my.example.vn"}
    )

    unit: UnitReference | None = Field(
        None, description="the unit that it belongs to; the token's own where none is given", examples=["20899"]
    )
    role: Literal["unit", "officer", "supervisor"] = Field(
        description="unit: reminded of what the unit has to do; officer: of one officer's dossiers; supervisor: of what"
        " is overdue or needs an apology beneath it, and of what a unit does not acknowledge",
        examples=["unit"],
    )
    officer: Name | None = Field(None, description="an officer's name as it stands in dossiers", examples=[None])
    channel: Literal["email", "gateway"] = Field(description="how it is reached", examples=["email"])
    address: Address = Field(
        description="its e-mail address, or telephone number", examples=["mot-cua@tra-my.example.vn"]
    )
    thresholds: ThresholdsIn = Field(default_factory=ThresholdsIn, description="from when on it is reminded")
    escalate_hours: Hours = Field(
        8, description="after how many working hours without acknowledgement supervisors are told", examples=[8]
    )


class ContactPatch(WireIn):
    """What shall change of a contact (merge-patch: what is not named stays, of its thresholds too)."""

    model_config = with_example({"thresholds": {"soon_days": 3}, "escalate_hours": 4})

    address: Address | None = Field(None, description="its e-mail address, or telephone number")
    thresholds: ThresholdsIn | None = Field(None, description="from when on it is reminded")
    escalate_hours: Hours | None = Field(None, description="working hours after which supervisors are told")


class ContactOut(BaseModel):
    """An address that is reminded."""

    id: int = Field(description="its id", examples=[5])
    unit: UnitOut | None = Field(description="the unit that it belongs to")
    role: Literal["unit", "officer", "supervisor"] = Field(description="what it is reminded of", examples=["unit"])
    officer: str | None = Field(description="whose dossiers, for an officer", examples=[None])
    channel: Literal["email", "gateway"] = Field(description="how it is reached", examples=["email"])
    address: str = Field(description="where it is reached", examples=["mot-cua@tra-my.example.vn"])
    thresholds: ThresholdsIn = Field(description="from when on it is reminded", examples=[asdict(_DEFAULTS)])
    escalate_hours: int = Field(description="working hours after which supervisors are told", examples=[8])
    created_at: Moment = Field(description="since when it is reminded")
    ended_at: Moment | None = Field(description="when it was deleted", examples=[None])


class ReminderQuery(PageQuery):
    """Which reminders; a filter given twice means either."""

    unit: UnitCode | None = Field(None, description="code of a unit: those of its subtree")
    officer: Name | None = Field(None, description="only those to this officer")
    kind: list[Occasion] = Field(default_factory=list, max_length=8, description="why somebody is reminded")
    state: State = Field("current", description="current, acknowledged, snoozed, or ended: the occasion is over")


class ReminderOut(BaseModel):
    """An occasion on which somebody is reminded of a dossier."""

    id: int = Field(description="its id", examples=[77])
    dossier: str = Field(description="code of the dossier", examples=["000.31.15.H47-210816-0001"])
    kind: Occasion = Field(description="why", examples=["due_today"])
    occasion: str = Field(description="the due date, or since when it is so", examples=["2021-08-19"])
    unit: UnitOut | None = Field(description="the unit that has to act")
    officer: str | None = Field(description="the officer who is reminded, where it is one", examples=[None])
    contact: int = Field(description="id of the contact that is reminded", examples=[5])
    escalated: bool = Field(
        description="whether a supervisor is told since the unit did not acknowledge it", examples=[False]
    )
    raised_at: Moment = Field(description="when the occasion was seen")
    told_at: Moment | None = Field(description="when the message with it was put into the outbox")
    acknowledged_at: Moment | None = Field(description="when somebody said that they know", examples=[None])
    acknowledged_by: str | None = Field(description="who, as journals name clients", examples=[None])
    snoozed_until: Moment | None = Field(description="not told again before this instant", examples=[None])
    snooze_reason: Reason | None = Field(description="why it was put off", examples=[None])
    ended_at: Moment | None = Field(description="when it was seen to be over", examples=[None])
    version: int = Field(description="counts what was done to it", examples=[1])


class AcknowledgeIn(WireIn):
    """Somebody knows of it."""

    model_config = with_example({"officer": "Lê Thị Lan"})

    officer: Name | None = Field(None, description="who says so", examples=["Lê Thị Lan"])


class SnoozeIn(WireIn):
    """Somebody knows of it, and wants to be told again later."""

    model_config = with_example({"until": "2021-08-20T08:00:00+07:00", "snooze_reason": "waiting_for_answer"})

    until: Moment = Field(description="when to tell it again, if it still is so")
    snooze_reason: Reason = Field(description="why not now", examples=["waiting_for_answer"])
