"""The wire shapes of contacts and reminders."""

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt

from app.catalogue.filtering import PageQuery, UnitCode
from app.domain.occasions import Occasion, Thresholds
from app.texts import Name
from app.wire import Moment, UnitOut, UnitReference, WireIn, with_example

_DEFAULTS = Thresholds()
Few = Annotated[StrictInt, Field(ge=0, le=366)]
# Kinds and not a text: what is kept of a reminder shall hold nothing about people.
Reason = Literal["being_done", "waiting_for_answer", "agreed_with_applicant", "other"]
State = Literal["current", "acknowledged", "snoozed", "ended"]


class ThresholdsIn(WireIn):
    """From when on something is an occasion; days and hours are working ones."""

    soon_days: Few | None = Field(_DEFAULTS.soon_days, description="due soon: within so many days", examples=[2])
    soon_hours: Few | None = Field(None, description="due soon: within so many hours", examples=[None])
    soon_percent: Annotated[StrictInt, Field(ge=1, le=99)] | None = Field(
        None, description="due soon: with so many per cent of the limit left", examples=[None]
    )
    not_taken_hours: Few = Field(_DEFAULTS.not_taken_hours, description="handed over and not taken for so many hours")
    idle_days: Few = Field(_DEFAULTS.idle_days, description="without any event for so many days")
    suspended_days: Few = Field(_DEFAULTS.suspended_days, description="suspended for so many days")
    collect_days: Few = Field(_DEFAULTS.collect_days, description="finished and not collected for so many days")


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
    address: Annotated[str, Field(min_length=1, max_length=254)] = Field(
        description="its e-mail address, or telephone number", examples=["mot-cua@tra-my.example.vn"]
    )
    thresholds: ThresholdsIn = Field(default_factory=ThresholdsIn, description="from when on it is reminded")
    escalate_hours: Annotated[StrictInt, Field(ge=1, le=200)] = Field(
        8, description="after how many working hours without acknowledgement supervisors are told", examples=[8]
    )


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
