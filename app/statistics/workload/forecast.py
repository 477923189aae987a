"""Forecast of late dossiers: the open ones by the share of comparable dossiers that finished late in the window."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

from app.domain.calendar import WorkingCalendar
from app.domain.localtime import local_date
from app.domain.verdict import Verdict, working_days_left

# The groups of comparable dossiers from the closest on; the first with enough dossiers is used.
LEVELS = ("unit_and_procedure", "procedure", "unit", "all")
NO_BASIS = "none"
# About one dossier in thirty is late: fewer than these say too little.
ENOUGH = 50

_Group = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class FinishGroup:
    """The number of dossiers of one unit and procedure that finished with `left` working days left; -1: late."""

    unit: int
    procedure: int
    left: int
    dossiers: int


def left_at_finish(calendar: WorkingCalendar, due: date, finished: date, verdict: str) -> int:
    """The working days from the result to the due date; -1 if late, also by hours on the due date."""
    return -1 if verdict == Verdict.LATE.value else max(working_days_left(calendar, finished, due), 0)


def left_before(calendar: WorkingCalendar, due: date, suspended_at: datetime | None, now: datetime) -> int:
    """The working days left of an open dossier before today began; a finish today leaves fewer.

    A suspended dossier counts as if it resumed now, with the days left when the suspension began, as under `exclude`
    (rules §5). Under `restart` it will have more.
    """
    if suspended_at is not None:
        return max(calendar.working_days_between(local_date(suspended_at), due), 0) + 1
    return calendar.working_days_between(local_date(now) - timedelta(days=1), due)


@dataclass(frozen=True, slots=True)
class Chance:
    """The share of comparable dossiers that were late, with their level; None without comparable dossiers."""

    late: float | None
    level: str


@dataclass(slots=True)
class Forecast:
    """The expected number of late dossiers as a sum of chances, and the number of dossiers compared at each level."""

    expected: float = 0.0
    dossiers: Counter[str] = field(default_factory=Counter)

    def add(self, chance: Chance, dossiers: int) -> None:
        """Adds a number of dossiers with the same chance."""
        self.expected += (chance.late or 0.0) * dossiers
        self.dossiers[chance.level] += dossiers

    def include(self, other: "Forecast") -> None:
        """Adds another forecast."""
        self.expected += other.expected
        self.dossiers.update(other.dossiers)


class Experience:
    """The working days left when dossiers finished in the window, per unit and procedure."""

    def __init__(self, groups: Iterable[FinishGroup], enough: int = ENOUGH) -> None:
        counts: dict[_Group, Counter[int]] = {}
        for group in groups:
            for key in _keys(group.unit, group.procedure):
                counts.setdefault(key, Counter())[group.left] += group.dossiers
        self._fewer = {key: _fewer(left) for key, left in counts.items()}
        self._enough = enough
        self._chances: dict[tuple[int, int, int], Chance] = {}

    @property
    def total(self) -> int:
        """The number of all dossiers."""
        every = self._fewer.get((LEVELS[-1], 0, 0))
        return every[-1] if every else 0

    def chance(self, unit: int, procedure: int, left: int) -> Chance:
        """The share that was late, of the comparable dossiers that finished with fewer days left.

        Dossiers of the same unit and procedure are comparable. If too few of them finished with fewer days left, those
        of the procedure at any unit are. Next come those of the unit under any procedure, last all dossiers.
        """
        key = (unit, procedure, left)
        chance = self._chances.get(key)
        if chance is None:
            chance = self._chances[key] = self._chance(*key)
        return chance

    def _chance(self, unit: int, procedure: int, left: int) -> Chance:
        key, compared = (NO_BASIS, 0, 0), 0
        for key in _keys(unit, procedure):
            compared = self._with_fewer(key, left)
            if compared >= self._enough:
                break
        if not compared:
            return Chance(None, NO_BASIS)
        return Chance(self._with_fewer(key, 0) / compared, key[0])

    def _with_fewer(self, key: _Group, left: int) -> int:
        fewer = self._fewer.get(key)
        return fewer[min(max(left, 0), len(fewer) - 1)] if fewer else 0


def _keys(unit: int, procedure: int) -> tuple[_Group, ...]:
    both, of_procedure, of_unit, every = LEVELS
    return (both, unit, procedure), (of_procedure, 0, procedure), (of_unit, unit, 0), (every, 0, 0)


def _fewer(left: Mapping[int, int]) -> list[int]:
    """At index d the number that finished with fewer than d days left; at index 0 the late ones."""
    return list(accumulate(left.get(days, 0) for days in range(-1, max(left) + 1)))
