"""What changes add to the counts, by day and by all that figures are told apart by; sums of it are what is counted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from app.database.tables import FIGURES
from app.domain.localtime import local_date
from app.rollups.facts import OPEN, STEP, SUBMITTED, Occurrence, Span, SpanKey

DOSSIER = "dossier"  # the other subject that is counted is the `step`
INDEX = {name: number for number, name in enumerate(FIGURES)}
# A bucket's key in the dimension of all dossiers.
EVERYTHING = 0

# How much figures grew, by their place in `FIGURES`; those not in it did not.
Numbers = dict[int, int]


class Place(NamedTuple):
    """What of a dossier the counts tell apart, and no action moves: only a correction does. Units as ids."""

    receiving_unit: int
    procedure: int
    channel: str


class Cell(NamedTuple):
    """Where a number stands: the finest that is counted. `unit` was responsible then, or did the step."""

    subject: str
    unit: int
    receiving_unit: int
    procedure: int
    channel: str
    day: date


class Move(NamedTuple):
    """From which unit to which, on a local date."""

    subject: str
    unit: int
    to_unit: int
    day: date


class Late(NamedTuple):
    """Whose figures from which day on somebody changed from later; dimension `all`, `unit` or `receiving`."""

    dimension: str
    key: int
    day: date


@dataclass(slots=True)
class Counts:
    """Growth by cell, moves, and when what was late was recorded; adds up in any order."""

    cells: dict[Cell, Numbers] = field(default_factory=dict)
    moves: dict[Move, int] = field(default_factory=lambda: defaultdict(int))
    late: dict[Late, datetime] = field(default_factory=dict)

    def begin(self, place: Place, key: SpanKey, day: date, sign: int = 1) -> None:
        """From a local date on the dossier, or its step, counts as `key`; with `sign` -1 it does not any more.

        Ends of days are what is counted: overdue from midnight on is overdue at the end of the day before. A day that
        lies ahead is counted ahead, and taken back there where it ends before.
        """
        if key.phase == SUBMITTED:
            self._add(DOSSIER, place, key.responsible_unit_id, day, WAITING, sign)
            return
        subject = STEP if key.phase == STEP else DOSSIER
        unit = key.responsible_unit_id
        self._add(subject, place, unit, day, OPEN_, sign)
        if key.suspended:
            self._add(subject, place, unit, day, SUSPENDED, sign)
        if key.overdue_from is not None:
            lapses = max(day, local_date(key.overdue_from - _SECOND))
            self._add(subject, place, unit, lapses, OVERDUE, sign)
            if key.phase == OPEN and not key.apology:
                self._add(subject, place, unit, lapses, OVERDUE_UNAPOLOGISED, sign)

    def happen(self, place: Place, one: Occurrence, sign: int = 1) -> None:
        """What an entry did counts on its day; with `sign` -1 no longer."""
        subject = STEP if one.kind.startswith(STEP) else DOSSIER
        kind = _KINDS.get(one.kind, one.kind)
        if kind == "moved" and one.to_unit_id is not None:
            self.moves[Move(subject, one.unit_id, one.to_unit_id, one.date)] += sign
            return
        for figure in _figures_of(kind, one, place, subject):
            self._add(subject, place, one.unit_id, one.date, INDEX[figure], sign)

    def whole(self, place: Place, spans: Iterable[Span], occurrences: Iterable[Occurrence], sign: int = 1) -> None:
        """All that one dossier's spans and occurrences count."""
        for span in spans:
            self.begin(place, span.key, local_date(span.from_at), sign)
            if span.to_at is not None:
                self.begin(place, span.key, local_date(span.to_at), -sign)
        for occurrence in occurrences:
            self.happen(place, occurrence, sign)

    def change_late(self, place: Place, units: Iterable[int], since: datetime, recorded_at: datetime) -> None:
        """An entry recorded then changed figures from an instant on, of these units or of whoever counts them."""
        day = local_date(since)
        keys = [Late("all", EVERYTHING, day), Late("receiving", place.receiving_unit, day)]
        for key in (*keys, *(Late("unit", unit, day) for unit in units)):
            self.late[key] = max(recorded_at, self.late.get(key, recorded_at))

    def add(self, other: "Counts") -> None:
        """All that the other counts too."""
        for cell, numbers in other.cells.items():
            grow(self.cells.setdefault(cell, {}), numbers)
        for move, number in other.moves.items():
            self.moves[move] += number
        for key, recorded_at in other.late.items():
            self.late[key] = max(recorded_at, self.late.get(key, recorded_at))

    def __bool__(self) -> bool:
        return bool(self.cells or self.moves or self.late)

    def _add(self, subject: str, place: Place, unit: int, day: date, figure: int, number: int) -> None:
        cell = Cell(subject, unit, *place, day)
        numbers = self.cells.get(cell)
        if numbers is None:
            numbers = self.cells[cell] = {}
        numbers[figure] = numbers.get(figure, 0) + number


def grow(numbers: Numbers, more: Numbers) -> None:
    """Adds to the first what the other says."""
    for figure, number in more.items():
        numbers[figure] = numbers.get(figure, 0) + number


WAITING, OPEN_, SUSPENDED = INDEX["waiting"], INDEX["open"], INDEX["suspended"]
OVERDUE, OVERDUE_UNAPOLOGISED = INDEX["overdue"], INDEX["overdue_unapologised"]
_SECOND = timedelta(seconds=1)
# Steps are counted by the same figures: received is given, finished is done (rules §11).
_KINDS = {
    "step_given": "received",
    "step_done": "finished",
    "step_withdrawn": "withdrawn",
    "step_discontinued": "discontinued",
    "step_moved": "moved",
}


def _figures_of(kind: str, one: Occurrence, place: Place, subject: str) -> Sequence[str]:
    if kind == "received":
        return (f"received_{place.channel}",)
    if kind == "finished":
        verdict = one.verdict or "unjudged"
        unapologised = one.overdue and not one.apology and subject == DOSSIER
        return (verdict, "late_unapologised") if unapologised else (verdict,)
    return (kind, f"{kind}_overdue") if one.overdue else (kind,)


# --- As it is appended ----------------------------------------------------------------------------------------------

Content = dict[str, list[Any]]


def content_of(counts: Counts) -> Content:
    """The counts as JSON: days as ordinals, instants as seconds, of the figures only those that grew."""
    content: Content = {}
    cells = [
        [*cell[:5], cell.day.toordinal(), *sparse]
        for cell, numbers in counts.cells.items()
        if (sparse := _sparse(numbers))
    ]
    moves = [[*move[:3], move.day.toordinal(), number] for move, number in counts.moves.items() if number]
    late = [[key.dimension, key.key, key.day.toordinal(), int(at.timestamp())] for key, at in counts.late.items()]
    for name, found in (("cells", cells), ("moves", moves), ("late", late)):
        if found:
            content[name] = found
    return content


def counts_of(contents: Iterable[Content]) -> Counts:
    """The sum of what was appended."""
    counts = Counts()
    for content in contents:
        for subject, unit, receiving, procedure, channel, day, *sparse in content.get("cells", ()):
            cell = Cell(subject, unit, receiving, procedure, channel, date.fromordinal(day))
            grow(counts.cells.setdefault(cell, {}), dict(zip(sparse[::2], sparse[1::2], strict=True)))
        for subject, unit, to_unit, day, number in content.get("moves", ()):
            counts.moves[Move(subject, unit, to_unit, date.fromordinal(day))] += number
        for dimension, key, day, seconds in content.get("late", ()):
            late, at = Late(dimension, key, date.fromordinal(day)), datetime.fromtimestamp(seconds, UTC)
            counts.late[late] = max(at, counts.late.get(late, at))
    return counts


def _sparse(numbers: Numbers) -> list[int]:
    return [part for figure, number in numbers.items() if number for part in (figure, number)]
