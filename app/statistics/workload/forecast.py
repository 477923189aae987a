"""The plain projection: how many open dossiers will be late, if things go on as for those that were finished lately."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

from app.domain.calendar import WorkingCalendar
from app.domain.localtime import local_date
from app.domain.verdict import Verdict, working_days_left

# The dossiers that are compared, from the closest on: the first level with enough of them is taken.
LEVELS = ("unit_and_procedure", "procedure", "unit", "all")
NO_BASIS = "none"
# One in thirty or so is late: fewer finished dossiers than these say too little of it.
ENOUGH = 50

_Cell = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Finished:
    """Some dossiers of one unit and procedure that were finished with so many working days left, late ones with -1."""

    unit: int
    procedure: int
    left: int
    dossiers: int


def left_at_finish(calendar: WorkingCalendar, due: date, finished: date, verdict: str) -> int:
    """The working days from the result to the due date; -1 for whatever was late, by hours on the due date too."""
    return -1 if verdict == Verdict.LATE.value else max(working_days_left(calendar, finished, due), 0)


def left_before(calendar: WorkingCalendar, due: date, suspended_at: datetime | None, now: datetime) -> int:
    """The working days that were left of an open dossier before today began: whoever finishes it today has fewer.

    One that is suspended counts as if it resumed now: as many are left as there were when that began, as under
    `exclude` (rules §5); under `restart` it will be more.
    """
    if suspended_at is not None:
        return max(calendar.working_days_between(local_date(suspended_at), due), 0) + 1
    return calendar.working_days_between(local_date(now) - timedelta(days=1), due)


@dataclass(frozen=True, slots=True)
class Chance:
    """The share of the comparable dossiers that were late, and of which level those are; None where there are none."""

    late: float | None
    level: str


@dataclass(slots=True)
class Projection:
    """How many will be late: the sum of the chances, and how many dossiers were compared at which level."""

    expected: float = 0.0
    dossiers: Counter[str] = field(default_factory=Counter)

    def add(self, chance: Chance, dossiers: int) -> None:
        """Count so many dossiers of the same chance."""
        self.expected += (chance.late or 0.0) * dossiers
        self.dossiers[chance.level] += dossiers

    def include(self, other: "Projection") -> None:
        """Count all that another one has counted."""
        self.expected += other.expected
        self.dossiers.update(other.dossiers)


class Experience:
    """How many working days were left when dossiers were finished lately, per unit and procedure."""

    def __init__(self, finished: Iterable[Finished], enough: int = ENOUGH) -> None:
        counts: dict[_Cell, Counter[int]] = {}
        for one in finished:
            for cell in _cells(one.unit, one.procedure):
                counts.setdefault(cell, Counter())[one.left] += one.dossiers
        self._fewer = {cell: _fewer(left) for cell, left in counts.items()}
        self._enough = enough
        self._chances: dict[tuple[int, int, int], Chance] = {}

    @property
    def total(self) -> int:
        """How many dossiers there are in all."""
        every = self._fewer.get((LEVELS[-1], 0, 0))
        return every[-1] if every else 0

    def chance(self, unit: int, procedure: int, left: int) -> Chance:
        """The share of those that were late among the comparable ones that were finished with fewer days left.

        Comparable are those of the same unit and procedure; where fewer than enough of these had fewer days left, those
        of the procedure at any unit, then those of the unit under any procedure, then all there are.
        """
        key = (unit, procedure, left)
        known = self._chances.get(key)
        if known is None:
            known = self._chances[key] = self._chance(*key)
        return known

    def _chance(self, unit: int, procedure: int, left: int) -> Chance:
        cell, compared = (NO_BASIS, 0, 0), 0
        for cell in _cells(unit, procedure):
            compared = self._with_fewer(cell, left)
            if compared >= self._enough:
                break
        if not compared:
            return Chance(None, NO_BASIS)
        return Chance(self._with_fewer(cell, 0) / compared, cell[0])

    def _with_fewer(self, cell: _Cell, left: int) -> int:
        fewer = self._fewer.get(cell)
        return fewer[min(max(left, 0), len(fewer) - 1)] if fewer else 0


def _cells(unit: int, procedure: int) -> tuple[_Cell, ...]:
    both, of_procedure, of_unit, every = LEVELS
    return (both, unit, procedure), (of_procedure, 0, procedure), (of_unit, unit, 0), (every, 0, 0)


def _fewer(left: Mapping[int, int]) -> list[int]:
    """At index d: how many were finished with fewer than d days left, from d = 0 on: those that were late."""
    return list(accumulate(left.get(days, 0) for days in range(-1, max(left) + 1)))
