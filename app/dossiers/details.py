"""Converts the part of a state that no list filters by to JSON and back: suspensions, hand-offs, counters."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.deadline import ClockPolicy
from app.domain.regimes import FIRST
from app.domain.state import (
    DossierState,
    HandOff,
    HandOffState,
    PendingCorrection,
    Status,
    SuspensionReason,
    Wait,
    limit_data,
    limit_from,
)
from app.domain.verdict import Verdict

Row = dict[str, Any]


def details_of(state: DossierState) -> Row:
    """The details of a state without empty values."""
    details: Row = {
        "extension_days": state.extension_days,
        "regime": None if state.regime is FIRST else state.regime.code,
        "another_area": state.another_area,
        "clock_started_at": _text_of(state.clock_started_at),
        "conditions": list(state.conditions),
        "condition_days": state.condition_days,
        "supplement_requests": state.supplement_requests,
        "papers_asked": state.papers_asked,
        "waits": [_wait_data(wait) for wait in state.waits],
        "hand_offs": [_hand_off_data(hand_off) for hand_off in state.hand_offs],
        "apology_at": _text_of(state.apology_at),
        "closed_at": _text_of(state.closed_at),
        "corrections": [_correction_data(correction) for correction in state.corrections],
    }
    return {"policy": state.policy.value, **{name: value for name, value in details.items() if value}}


def _text_of(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _wait_data(wait: Wait) -> Row:
    return {
        "reason": wait.reason.value,
        "start": wait.start.isoformat(),
        "end": wait.end.isoformat() if wait.end else None,
        "counts": wait.counts,
        "policy": wait.policy.value,
        "status_before": wait.status_before.value,
        **({"answer_by": wait.answer_by.isoformat()} if wait.answer_by else {}),
    }


def wait_of(data: Row) -> Wait:
    """The suspension in an item of `details["waits"]`."""
    return Wait(
        SuspensionReason(data["reason"]),
        datetime.fromisoformat(data["start"]),
        data["counts"],
        ClockPolicy(data["policy"]),
        Status(data["status_before"]),
        instant_of(data["end"]),
        instant_of(data.get("answer_by")),
    )


def _hand_off_data(hand_off: HandOff) -> Row:
    data: Row = {
        "number": hand_off.number,
        "step": hand_off.step,
        "from_unit": hand_off.from_unit,
        "to_unit": hand_off.to_unit,
        "given_at": hand_off.given_at.isoformat(),
        "taken_at": hand_off.taken_at.isoformat() if hand_off.taken_at else None,
        "state": hand_off.state.value,
        "done_at": hand_off.done_at.isoformat() if hand_off.done_at else None,
    }
    if hand_off.limit and hand_off.due_date and hand_off.due_at:
        data |= {
            "limit": limit_data(hand_off.limit),
            "due_date": hand_off.due_date.isoformat(),
            "due_at": hand_off.due_at.isoformat(),
            "verdict": hand_off.verdict.value if hand_off.verdict else None,
        }
    return data


def hand_off_of(data: Row) -> HandOff:
    """The hand-off in an item of `details["hand_offs"]`."""
    judged = data.get("verdict")
    due = data.get("due_date")
    given = HandOff(
        data["number"],
        data["step"],
        data["from_unit"],
        data["to_unit"],
        datetime.fromisoformat(data["given_at"]),
        instant_of(data["taken_at"]),
        HandOffState(data["state"]),
        done_at=instant_of(data["done_at"]),
    )
    if not due:
        return given
    return replace(
        given,
        limit=limit_from(data["limit"]),
        due_date=date.fromisoformat(due),
        due_at=instant_of(data["due_at"]),
        verdict=Verdict(judged) if judged else None,
    )


def _correction_data(correction: PendingCorrection) -> Row:
    return {
        "sequence": correction.sequence,
        "entry": correction.entry,
        "client": correction.client,
        "asked_at": correction.asked_at.isoformat(),
    }


def correction_of(data: Row) -> PendingCorrection:
    """The correction in an item of `details["corrections"]`."""
    return PendingCorrection(data["sequence"], data["entry"], data["client"], datetime.fromisoformat(data["asked_at"]))


def instant_of(text: str | None) -> datetime | None:
    """The instant of an ISO text, None for None."""
    return datetime.fromisoformat(text) if text else None
