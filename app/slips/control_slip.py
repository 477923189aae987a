"""The lines of a control slip: each passing of a dossier with its units, times and verdict (rules §9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.catalogue.cache import Reference
from app.domain.lifecycle import Action
from app.domain.localtime import local_date
from app.domain.state import HandOff, HandOffState
from app.slips.agencies import shop_of
from app.slips.events import Event, officers_by_time
from app.slips.wording import VERDICT, moment_words

_APPLICANT = "Người nộp hồ sơ"
_NOTE: Mapping[HandOffState, str] = {
    HandOffState.GIVEN: "Chưa nhận",
    HandOffState.TAKEN: "Đang giải quyết",
    HandOffState.NOT_TAKEN: "Không nhận, chuyển lại",
}
_REFUSED, _RESULT = "Từ chối giải quyết", "Kết quả giải quyết hồ sơ"


@dataclass(frozen=True, slots=True)
class Party:
    """The giver or the taker in a line."""

    unit: str
    officer: str | None


@dataclass(frozen=True, slots=True)
class HandOffLine:
    """One line of the slip: times, verdict and note are texts ready to print."""

    from_: Party
    to: Party
    given: str
    taken: str | None
    step: str | None = None
    due: str | None = None
    done: str | None = None
    result: str | None = None
    note: str | None = None


def hand_off_lines(reference: Reference, events: Sequence[Event]) -> list[HandOffLine]:
    """A line for the receipt, one for each hand-off, and one for the result that came back to the counter."""
    state = events[-1].state
    givers, takers = officers_by_time(events, Action.FORWARD), officers_by_time(events, Action.TAKE)
    lines = [
        _line(
            reference,
            hand_off,
            givers.get(hand_off.given_at),
            takers.get(hand_off.taken_at) if hand_off.taken_at else None,
        )
        for hand_off in state.hand_offs
    ]
    receipt = next(event for event in events if event.action is Action.RECEIVE)
    applicant = Party(_APPLICANT, None)
    if state.hand_offs and state.hand_offs[0].from_unit is None:
        # The first step of a route begins with the receipt (rules §9).
        lines[0] = replace(lines[0], from_=applicant, to=Party(lines[0].to.unit, receipt.officer))
    else:
        unit = reference.units[receipt.state.counter_unit].full_name
        lines.insert(0, _passing(applicant, Party(unit, receipt.officer), receipt.at))
    return [*lines, *_result(reference, events)]


def _line(reference: Reference, hand_off: HandOff, giver: str | None, taker: str | None) -> HandOffLine:
    from_unit = reference.units[hand_off.from_unit].full_name if hand_off.from_unit is not None else _APPLICANT
    return HandOffLine(
        from_=Party(from_unit, giver),
        to=Party(reference.units[hand_off.to_unit].full_name, taker),
        given=moment_words(hand_off.given_at),
        taken=moment_words(hand_off.taken_at) if hand_off.taken_at else None,
        step=hand_off.step,
        due=moment_words(hand_off.due_at) if hand_off.due_at else None,
        done=moment_words(hand_off.done_at) if hand_off.done_at else None,
        result=VERDICT[hand_off.verdict] if hand_off.verdict else None,
        note=_NOTE.get(hand_off.state),
    )


def _result(reference: Reference, events: Sequence[Event]) -> list[HandOffLine]:
    """The line of the result, with the verdict on the whole dossier; empty before the result."""
    state = events[-1].state
    finish = next((event for event in reversed(events) if event.action is Action.FINISH), None)
    if finish is None or state.finished_at is None:
        return []
    received = local_date(state.received_at or finish.at)
    giver = Party(reference.units[finish.unit].full_name, finish.officer)
    shop = Party(shop_of(reference.units[state.counter_unit], received).name, None)
    verdict = VERDICT[state.verdict] if state.verdict else None
    note = _REFUSED if state.outcome == "refused" else _RESULT
    return [replace(_passing(giver, shop, finish.at), result=verdict, note=note)]


def _passing(giver: Party, taker: Party, at: datetime) -> HandOffLine:
    """A passing that was given and taken at the same time, without a share of the limit."""
    return HandOffLine(giver, taker, given=moment_words(at), taken=moment_words(at))
