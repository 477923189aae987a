"""Counts of irregularities by unit: matching facts, imported ones among them, and denominators."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.localtime import floor_minute, local_date
from app.statistics.irregularities.definitions import Irregularity, Thresholds
from app.statistics.irregularities.facts import Correction, Event, Finish, Reschedule, SupplementRequest
from app.statistics.irregularities.office_hours import OfficeHours
from app.statistics.on_time.question import Period

_AT_ONCE = timedelta(seconds=60)


@dataclass(slots=True)
class IrregularityCounts:
    """For each irregularity the matching facts, the imported ones among them, and the denominator of the share."""

    matches: Counter[Irregularity] = field(default_factory=Counter)
    imported: Counter[Irregularity] = field(default_factory=Counter)
    out_of: Counter[Irregularity] = field(default_factory=Counter)

    def include(self, other: "IrregularityCounts") -> None:
        """Adds the counts of another."""
        self.matches.update(other.matches)
        self.imported.update(other.imported)
        self.out_of.update(other.out_of)


@dataclass(frozen=True, slots=True)
class Case:
    """One dossier behind an irregularity: the matching entry, and the seconds that the dossier was suspended."""

    event: Event
    suspended: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The period, the thresholds and the office hours of a search.

    `matured`: the instants [from, until) of the finishes with results that should have been fetched in the period.
    """

    period: Period
    thresholds: Thresholds
    hours: OfficeHours
    matured: tuple[datetime, datetime]


class Findings:
    """The counts of each unit; `cases` lists the dossiers of the irregularity `opened`."""

    def __init__(self, scope: Scope, opened: Irregularity | None = None) -> None:
        self._scope = scope
        self._opened = opened
        self.by_unit: dict[int, IrregularityCounts] = defaultdict(IrregularityCounts)
        self.cases: list[Case] = []
        self._recorded: dict[tuple[int, str], list[tuple[datetime, Event | None]]] = defaultdict(list)

    def add_finishes(self, finishes: Iterable[Finish]) -> None:
        """Adds finishes of the period, and finishes with results that should have been fetched in it."""
        start, until = self._scope.period.start, self._scope.period.until
        matured_from, matured_until = self._scope.matured
        for finish in finishes:
            if matured_from <= finish.event.at < matured_until:
                self._add_result(finish, until)
            if start <= finish.event.at < until:
                self._add_finish(finish)

    def _add_result(self, finish: Finish, until: datetime) -> None:
        returned = finish.returned_at is not None and finish.returned_at < until
        self._add(Irregularity.NOT_RETURNED, finish.event, matches=not returned)

    def _add_finish(self, finish: Finish) -> None:
        event, scope = finish.event, self._scope
        if not event.imported:
            recorded_late = event.recorded_at - event.at > timedelta(hours=scope.thresholds.recorded_hours)
            self._add(Irregularity.FINISH_RECORDED_LATE, event, matches=recorded_late)
            self.by_unit[event.unit].out_of[Irregularity.FINISHED_IN_BULK] += 1
            # Events are kept only for the list of cases: a register has millions of them.
            kept = event if self._opened is Irregularity.FINISHED_IN_BULK else None
            self._recorded[event.unit, finish.client].append((event.recorded_at, kept))
        at_once = finish.returned_at is not None and floor_minute(finish.returned_at) == floor_minute(event.at)
        self._add(Irregularity.FINISHED_OUTSIDE_HOURS, event, matches=scope.hours.outside(event.unit, event.at))
        self._add(Irregularity.FINISHED_AT_ONCE, event, matches=event.at - finish.received_at <= _AT_ONCE)
        self._add(Irregularity.RETURNED_AT_ONCE, event, matches=at_once)
        self._add_time(finish)

    def _add_time(self, finish: Finish) -> None:
        counts, event, suspended = self.by_unit[finish.event.unit], finish.event, finish.suspended
        counts.out_of[Irregularity.TIME_SUSPENDED] += int((event.at - finish.received_at).total_seconds())
        if suspended:
            counts.matches[Irregularity.TIME_SUSPENDED] += suspended
            counts.imported[Irregularity.TIME_SUSPENDED] += suspended if event.imported else 0
            if self._opened is Irregularity.TIME_SUSPENDED:
                self.cases.append(Case(event, suspended))

    def add(self, fact: SupplementRequest | Reschedule | Correction) -> None:
        """Adds another fact of the period."""
        match fact:
            case SupplementRequest(event, due_date, again):
                at_the_end = due_date is not None and local_date(event.at) >= due_date
                self._add(Irregularity.SUPPLEMENT_AT_THE_END, event, matches=at_the_end)
                self._add(Irregularity.SUPPLEMENT_AGAIN, event, matches=again)
            case Reschedule(event, late):
                self._add(Irregularity.RESCHEDULE_RECORDED_LATE, event, matches=late)
            case Correction(event, cured, voids):
                self._add(Irregularity.LATE_CORRECTED, event, matches=cured)
                self._add(Irregularity.VOIDED, event, matches=voids)

    def close(self) -> None:
        """Counts the finishes recorded together, once all facts are added."""
        limits = self._scope.thresholds
        for (unit, _client), recorded in self._recorded.items():
            recorded.sort(key=lambda finish: finish[0])
            together = dense([at for at, _ in recorded], limits.bulk_finishes, timedelta(minutes=limits.bulk_minutes))
            self.by_unit[unit].matches[Irregularity.FINISHED_IN_BULK] += sum(together)
            kept = (event for matches, (_, event) in zip(together, recorded, strict=True) if matches)
            self.cases += [Case(event) for event in kept if event is not None]

    def _add(self, irregularity: Irregularity, event: Event, *, matches: bool) -> None:
        counts = self.by_unit[event.unit]
        counts.out_of[irregularity] += 1
        if matches:
            counts.matches[irregularity] += 1
            counts.imported[irregularity] += event.imported
            if irregularity is self._opened:
                self.cases.append(Case(event))


def dense(times: Sequence[datetime], number: int, within: timedelta) -> list[bool]:
    """For each of the ordered instants: true if a stretch of this length with it has `number` or more of them.

    Both ends of the stretch are included.
    """
    marks = [False] * len(times)
    marked = 0
    for first, begin in enumerate(times):
        end = bisect_right(times, begin + within, first)
        if end - first >= number:
            for index in range(max(first, marked), end):
                marks[index] = True
            marked = end
    return marks
