"""Opening hours in words: consecutive days with the same hours share a line."""

from collections.abc import Sequence
from typing import NamedTuple

from app.catalogue.presenting import SessionOut
from app.lookup.reasons import weekday


class Opening(NamedTuple):
    """One line: `days` as "Thứ Hai – Thứ Sáu", `hours` as "07:00–11:30, 13:30–17:00"."""

    days: str
    hours: str
    reception_only: bool


def openings(sessions: Sequence[SessionOut], language: str) -> list[Opening]:
    """The week in as few lines as possible, in order."""
    lines: list[tuple[int, int, str, bool]] = []
    for reception_only in (False, True):
        for number in range(1, 8):
            hours = _hours(sessions, number, reception_only)
            if not hours:
                continue
            if lines and lines[-1][1:] == (number - 1, hours, reception_only):
                lines[-1] = (lines[-1][0], number, hours, reception_only)
            else:
                lines.append((number, number, hours, reception_only))
    lines.sort()
    return [Opening(_days(first, last, language), hours, only) for first, last, hours, only in lines]


def _hours(sessions: Sequence[SessionOut], number: int, reception_only: bool) -> str:
    of_day = (session for session in sessions if session.weekday == number)
    spans = [(session.from_, session.to) for session in of_day if session.reception_only == reception_only]
    return ", ".join(f"{begin}–{end}" for begin, end in sorted(spans))


def _days(first: int, last: int, language: str) -> str:
    names = weekday(first - 1, language), weekday(last - 1, language)
    return names[0] if first == last else " – ".join(names)
