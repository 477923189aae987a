"""Regimes: rules that changed on a date. The receipt of a dossier chooses its regime (rules §15).

An entry that receives a dossier keeps the code of its regime. An entry without one was decided before the service knew
regimes, or belongs to the first regime. Its journal replays under the first regime.
"""

from dataclasses import dataclass
from datetime import date, time

from app.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Regime:
    """The national rules for receipts from the date `since` on, up to the next regime.

    `starts_at_competent_agency`: a dossier for another area is counted from the instant at which the competent agency
    has it. `apology_by_calendar_day`: an apology is in time up to the calendar day before the due date.
    `most_supplement_requests`: the ceiling; None: a procedure version alone decides. `hand_on_by`: a receipt up to this
    time of day is handed on the same working day; None: no rule. `asking_watched`: whether papers were asked for in
    time is watched.
    """

    code: str
    since: date
    source: str
    starts_at_competent_agency: bool = False
    apology_by_calendar_day: bool = False
    most_supplement_requests: int | None = None
    hand_on_by: time | None = None
    asking_watched: bool = False


FIRST = Regime("2018", date.min, "Decree 61/2018/NĐ-CP")

# Oldest first. Each lists everything that is in force, so that a reader needs no other line.
REGIMES = (
    FIRST,
    Regime(
        "2025-07-01",
        date(2025, 7, 1),
        "Decree 118/2025/NĐ-CP",
        apology_by_calendar_day=True,
        most_supplement_requests=2,
    ),
    Regime(
        "2026-08-05",
        date(2026, 8, 5),
        "Decree 118/2025/NĐ-CP as amended by Decree 309/2026/NĐ-CP",
        starts_at_competent_agency=True,
        apology_by_calendar_day=True,
        most_supplement_requests=2,
        hand_on_by=time(15),
        asking_watched=True,
    ),
)
_BY_CODE = {regime.code: regime for regime in REGIMES}


def regime_on(received: date) -> Regime:
    """The regime of a receipt on a local date."""
    return next(regime for regime in reversed(REGIMES) if regime.since <= received)


def regime_of(code: str | None) -> Regime:
    """The regime that an entry names; the first for an entry that names none. Raises Invalid `regime_unknown`."""
    if code is None:
        return FIRST
    if code not in _BY_CODE:
        raise Invalid("regime_unknown", f"There is no regime {code!r}.")
    return _BY_CODE[code]
