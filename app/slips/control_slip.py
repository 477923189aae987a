"""The lines of a control slip: from whom to whom a dossier passed, when, and whether each kept its share (rules §9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.catalogue.cache import Reference
from app.domain.lifecycle import Action
from app.domain.localtime import local_date
from app.domain.state import HandOff, HandOffState
from app.slips.agencies import shop_of
from app.slips.events import Event, handed_by
from app.slips.wording import VERDICT, moment_words

_APPLICANT = "Người nộp hồ sơ"
_NOTE: Mapping[HandOffState, str] = {
    HandOffState.GIVEN: "Chưa nhận",
    HandOffState.TAKEN: "Đang giải quyết",
    HandOffState.NOT_TAKEN: "Không nhận, chuyển lại",
}
_REFUSED = "Từ chối giải quyết"

Line = dict[str, Any]


def hand_offs_of(reference: Reference, events: Sequence[Event]) -> list[Line]:
    """A line for the receipt, one for each hand-off, and one for the result that came back to the counter."""
    state = events[-1].state
    givers, takers = handed_by(events, Action.FORWARD), handed_by(events, Action.TAKE)
    lines = [
        _line(reference, one, givers.get(one.given_at), takers.get(one.taken_at) if one.taken_at else None)
        for one in state.hand_offs
    ]
    receipt = next(one for one in events if one.action is Action.RECEIVE)
    first = state.hand_offs[0] if state.hand_offs else None
    if first is not None and first.from_unit is None:
        # The first step of a route begins with the receipt (rules §9).
        lines[0] |= {"from": _who(_APPLICANT, None), "to": _who(lines[0]["to"]["unit"], receipt.officer)}
    else:
        unit = reference.units[receipt.state.counter_unit].full_name
        lines.insert(0, _passing(_who(_APPLICANT, None), _who(unit, receipt.officer), receipt.at))
    return [*lines, *_result(reference, events)]


def _line(reference: Reference, one: HandOff, giver: str | None, taker: str | None) -> Line:
    from_unit = reference.units[one.from_unit].full_name if one.from_unit is not None else _APPLICANT
    to_unit = reference.units[one.to_unit].full_name
    return {
        **_passing(_who(from_unit, giver), _who(to_unit, taker), one.given_at),
        "step": one.step,
        "taken": moment_words(one.taken_at) if one.taken_at else None,
        "due": moment_words(one.due_at) if one.due_at else None,
        "done": moment_words(one.done_at) if one.done_at else None,
        "result": VERDICT[one.verdict] if one.verdict else None,
        "note": _NOTE.get(one.state),
    }


def _result(reference: Reference, events: Sequence[Event]) -> list[Line]:
    """The result's way back, with the verdict on the whole dossier; nothing while there is none."""
    state = events[-1].state
    finish = next((one for one in reversed(events) if one.action is Action.FINISH), None)
    if finish is None or state.finished_at is None:
        return []
    received = local_date(state.received_at or finish.at)
    shop = shop_of(reference.units[state.counter_unit], received).name
    line = _passing(_who(reference.units[finish.unit].full_name, finish.officer), _who(shop, None), finish.at)
    verdict = VERDICT[state.verdict] if state.verdict else None
    return [{**line, "result": verdict, "note": _REFUSED if state.outcome == "refused" else "Kết quả giải quyết hồ sơ"}]


def _who(unit: str, officer: str | None) -> Line:
    return {"unit": unit, "officer": officer}


def _passing(giver: Line, taker: Line, at: datetime) -> Line:
    """A passing that was given and taken at once, with no share of the limit."""
    when = moment_words(at)
    blank = dict.fromkeys(("step", "due", "done", "result", "note"))
    return {"from": giver, "to": taker, "given": when, "taken": when, **blank}
