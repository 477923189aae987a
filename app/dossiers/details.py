"""The part of a dossier's state that no list filters by, as JSON: suspensions, hand-offs and counters."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.deadline import ClockPolicy
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
    details: Row = {"policy": state.policy.value}
    if state.extension_days:
        details["extension_days"] = state.extension_days
    if state.supplement_requests:
        details["supplement_requests"] = state.supplement_requests
    if state.waits:
        details["waits"] = [_wait_data(one) for one in state.waits]
    if state.hand_offs:
        details["hand_offs"] = [_hand_off_data(one) for one in state.hand_offs]
    if state.apology_at:
        details["apology_at"] = state.apology_at.isoformat()
    if state.closed_at:
        details["closed_at"] = state.closed_at.isoformat()
    if state.corrections:
        details["corrections"] = [_correction_data(one) for one in state.corrections]
    return details


def _wait_data(one: Wait) -> Row:
    return {
        "reason": one.reason.value,
        "start": one.start.isoformat(),
        "end": one.end.isoformat() if one.end else None,
        "counts": one.counts,
        "policy": one.policy.value,
        "status_before": one.status_before.value,
    }


def wait_of(data: Row) -> Wait:
    return Wait(
        SuspensionReason(data["reason"]),
        datetime.fromisoformat(data["start"]),
        data["counts"],
        ClockPolicy(data["policy"]),
        Status(data["status_before"]),
        instant_of(data["end"]),
    )


def _hand_off_data(one: HandOff) -> Row:
    data: Row = {
        "number": one.number,
        "step": one.step,
        "from_unit": one.from_unit,
        "to_unit": one.to_unit,
        "given_at": one.given_at.isoformat(),
        "taken_at": one.taken_at.isoformat() if one.taken_at else None,
        "state": one.state.value,
        "done_at": one.done_at.isoformat() if one.done_at else None,
    }
    if one.limit and one.due_date and one.due_at:
        data |= {
            "limit": limit_data(one.limit),
            "due_date": one.due_date.isoformat(),
            "due_at": one.due_at.isoformat(),
            "verdict": one.verdict.value if one.verdict else None,
        }
    return data


def hand_off_of(data: Row) -> HandOff:
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


def _correction_data(one: PendingCorrection) -> Row:
    return {
        "sequence": one.sequence,
        "entry": one.entry,
        "client": one.client,
        "asked_at": one.asked_at.isoformat(),
    }


def correction_of(data: Row) -> PendingCorrection:
    return PendingCorrection(data["sequence"], data["entry"], data["client"], datetime.fromisoformat(data["asked_at"]))


def instant_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
