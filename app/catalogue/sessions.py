"""Converts the stored opening hours of a week to working sessions (rules §3)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from app.domain.calendar import DEFAULT_SESSIONS, Session, WorkingSessions
from app.domain.errors import Invalid
from app.domain.working_days import SATURDAY

Week = Sequence[Mapping[str, Any]]


def working_sessions(week: Week) -> WorkingSessions:
    """The sessions of a stored week that count towards limits (rules §3).

    `week` has `{weekday: 1 (Monday) – 7, from: "HH:MM", to: "HH:MM", reception_only}`, in any order. Raises Invalid
    `sessions_invalid` if openings overlap, end before they begin, or count on a weekend. Each day from Monday to Friday
    needs a counting opening.
    """
    for weekday in range(1, 8):
        openings = _openings(opening for opening in week if opening["weekday"] == weekday)
        for (_, earlier), (later, _) in pairwise(openings):
            if later < earlier:
                raise Invalid("sessions_invalid", f"Openings of weekday {weekday} overlap.", pointer="/sessions")
    counting = [opening for opening in week if not opening["reception_only"]]
    if any(opening["weekday"] > SATURDAY for opening in counting):
        raise Invalid(
            "sessions_invalid",
            "An opening on a Saturday or Sunday is reception_only: it does not make a working day.",
            pointer="/sessions",
        )
    try:
        return WorkingSessions(tuple(_sessions(counting, weekday) for weekday in range(1, 8)))
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, pointer="/sessions") from None


def default_week() -> list[dict[str, Any]]:
    """The default week of a unit (rules §3)."""
    return [
        {"weekday": weekday, "from": _clock(opening.start), "to": _clock(opening.end), "reception_only": False}
        for weekday, sessions in enumerate(DEFAULT_SESSIONS.week, start=1)
        for opening in sessions
    ]


def _sessions(week: Week, weekday: int) -> tuple[Session, ...]:
    return tuple(
        Session(*opening) for opening in _openings(opening for opening in week if opening["weekday"] == weekday)
    )


def _openings(day: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    openings = sorted((_minute(opening["from"]), _minute(opening["to"])) for opening in day)
    for start, end in openings:
        if end <= start:
            raise Invalid("sessions_invalid", "An opening begins before it ends.", pointer="/sessions")
    return openings


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
