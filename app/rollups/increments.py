"""Increments of the counts by a change, for each day and each combination that figures distinguish."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from app.database.tables import FIGURES
from app.domain.localtime import local_date
from app.rollups.facts import OPEN, STEP, SUBMITTED, Occurrence, Span, SpanKey

DOSSIER = "dossier"  # the other subject of counts is `STEP`
INDEX = {name: number for number, name in enumerate(FIGURES)}
# Key of the dimension of all dossiers.
EVERYTHING = 0

# Growth of figures by their position in `FIGURES`; a missing figure did not grow.
Numbers = dict[int, int]


class Place(NamedTuple):
    """The properties of a dossier that only a correction changes, and that counts distinguish. Units are ids."""

    receiving_unit: int
    procedure: int
    channel: str


class Cell(NamedTuple):
    """The key of a number at the finest grain. `unit` was responsible, or did the step."""

    subject: str
    unit: int
    receiving_unit: int
    procedure: int
    channel: str
    day: date


class Move(NamedTuple):
    """The key of a number of moves: both units, and the local date."""

    subject: str
    unit: int
    to_unit: int
    day: date


class Late(NamedTuple):
    """The key of a later change to figures from `day` on; dimension `all`, `unit` or `receiving`."""

    dimension: str
    key: int
    day: date


@dataclass(slots=True)
class Counts:
    """Growth by cell, moves, and the last times of late changes. The order of additions does not matter."""

    cells: dict[Cell, Numbers] = field(default_factory=dict)
    moves: dict[Move, int] = field(default_factory=lambda: defaultdict(int))
    late: dict[Late, datetime] = field(default_factory=dict)

    def add_start(self, place: Place, key: SpanKey, day: date, sign: int = 1) -> None:
        """Counts the dossier, or its step, as `key` from a local date on; `sign` -1 ends this.

        Figures are counted at the end of each day: overdue from midnight on is overdue at the end of the day before.
        A future day is counted in advance, and subtracted on that day if the span ends earlier.
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

    def add_occurrence(self, place: Place, occurrence: Occurrence, sign: int = 1) -> None:
        """Counts an occurrence on its day; `sign` -1 takes it back."""
        subject = STEP if occurrence.kind.startswith(STEP) else DOSSIER
        kind = _KINDS.get(occurrence.kind, occurrence.kind)
        if kind == "moved" and occurrence.to_unit_id is not None:
            self.moves[Move(subject, occurrence.unit_id, occurrence.to_unit_id, occurrence.date)] += sign
            return
        for figure in _figures_of(kind, occurrence, place, subject):
            self._add(subject, place, occurrence.unit_id, occurrence.date, INDEX[figure], sign)

    def add_dossier(
        self, place: Place, spans: Iterable[Span], occurrences: Iterable[Occurrence], sign: int = 1
    ) -> None:
        """Counts all spans and occurrences of one dossier; `sign` -1 takes them back."""
        for span in spans:
            self.add_start(place, span.key, local_date(span.from_at), sign)
            if span.to_at is not None:
                self.add_start(place, span.key, local_date(span.to_at), -sign)
        for occurrence in occurrences:
            self.add_occurrence(place, occurrence, sign)

    def change_late(self, place: Place, units: Iterable[int], since: datetime, recorded_at: datetime) -> None:
        """Notes a late change: an entry recorded at `recorded_at` changed figures of these units from `since` on."""
        day = local_date(since)
        keys = [Late("all", EVERYTHING, day), Late("receiving", place.receiving_unit, day)]
        for key in (*keys, *(Late("unit", unit, day) for unit in units)):
            self.late[key] = max(recorded_at, self.late.get(key, recorded_at))

    def add(self, other: "Counts") -> None:
        """Adds the other counts."""
        for cell, numbers in other.cells.items():
            grow(self.cells.setdefault(cell, {}), numbers)
        for move, number in other.moves.items():
            self.moves[move] += number
        for key, recorded_at in other.late.items():
            self.late[key] = max(recorded_at, self.late.get(key, recorded_at))

    def taken_back(self) -> "Counts":
        """The counts that take these back. Times of late changes cannot be taken back."""
        cells = {cell: {figure: -by for figure, by in numbers.items()} for cell, numbers in self.cells.items()}
        return Counts(cells, defaultdict(int, {move: -number for move, number in self.moves.items()}))

    def __bool__(self) -> bool:
        return bool(self.cells or self.moves or self.late)

    def _add(self, subject: str, place: Place, unit: int, day: date, figure: int, number: int) -> None:
        cell = Cell(subject, unit, *place, day)
        numbers = self.cells.get(cell)
        if numbers is None:
            numbers = self.cells[cell] = {}
        numbers[figure] = numbers.get(figure, 0) + number


def grow(numbers: Numbers, more: Numbers) -> None:
    """Adds `more` to `numbers`."""
    for figure, number in more.items():
        numbers[figure] = numbers.get(figure, 0) + number


WAITING, OPEN_, SUSPENDED = INDEX["waiting"], INDEX["open"], INDEX["suspended"]
OVERDUE, OVERDUE_UNAPOLOGISED = INDEX["overdue"], INDEX["overdue_unapologised"]
_SECOND = timedelta(seconds=1)
# Steps use the figures of dossiers: a given step counts as received, a done step as finished (rules §11).
_KINDS = {
    "step_given": "received",
    "step_done": "finished",
    "step_withdrawn": "withdrawn",
    "step_discontinued": "discontinued",
    "step_moved": "moved",
}


def _figures_of(kind: str, occurrence: Occurrence, place: Place, subject: str) -> Sequence[str]:
    if kind == "received":
        return (f"received_{place.channel}",)
    if kind == "finished":
        verdict = occurrence.verdict or "unjudged"
        unapologised = occurrence.overdue and not occurrence.apology and subject == DOSSIER
        return (verdict, "late_unapologised") if unapologised else (verdict,)
    return (kind, f"{kind}_overdue") if occurrence.overdue else (kind,)


# --- JSON form ----------------------------------------------------------------------------------------------

Content = dict[str, list[Any]]


def content_of(counts: Counts) -> Content:
    """The counts as JSON: days as ordinals, instants as seconds, only figures that grew."""
    content: Content = {}
    cells = [
        [*cell[:5], cell.day.toordinal(), *sparse]
        for cell, numbers in counts.cells.items()
        if (sparse := _sparse(numbers))
    ]
    moves = [[*move[:3], move.day.toordinal(), number] for move, number in counts.moves.items() if number]
    late = [[key.dimension, key.key, key.day.toordinal(), int(at.timestamp())] for key, at in counts.late.items()]
    for name, rows in (("cells", cells), ("moves", moves), ("late", late)):
        if rows:
            content[name] = rows
    return content


def counts_of(contents: Iterable[Content]) -> Counts:
    """The sum of counts in JSON form."""
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
