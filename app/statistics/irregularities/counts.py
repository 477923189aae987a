"""Counts the facts that fit a pattern, of how many, by unit; and keeps those of the one pattern that is opened."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.localtime import floor_minute, local_date
from app.statistics.irregularities.definitions import Pattern, Thresholds
from app.statistics.irregularities.facts import Correction, Event, Finish, Reschedule, SupplementRequest
from app.statistics.irregularities.office_hours import OfficeHours
from app.statistics.on_time.parameters import Period

_AT_ONCE = timedelta(seconds=60)


@dataclass(slots=True)
class Tally:
    """What fits each pattern, of it what was imported, and out of how many."""

    found: Counter[Pattern] = field(default_factory=Counter)
    imported: Counter[Pattern] = field(default_factory=Counter)
    out_of: Counter[Pattern] = field(default_factory=Counter)

    def include(self, other: "Tally") -> None:
        """Count all that another has counted."""
        self.found.update(other.found)
        self.imported.update(other.imported)
        self.out_of.update(other.out_of)


@dataclass(frozen=True, slots=True)
class Case:
    """One dossier behind a pattern: the entry that fits it, and for how many seconds it was suspended."""

    event: Event
    suspended: int | None = None


@dataclass(frozen=True, slots=True)
class Looking:
    """When is looked at, where each pattern begins, and what hours are kept.

    `matured`: the instants [from, until) of the finishes whose results should have been fetched in the period.
    """

    period: Period
    thresholds: Thresholds
    hours: OfficeHours
    matured: tuple[datetime, datetime]


class Findings:
    """What was found of each unit; with `opened`, `cases` holds what fits that pattern."""

    def __init__(self, looking: Looking, opened: Pattern | None = None) -> None:
        self._looking = looking
        self._opened = opened
        self.tallies: dict[int, Tally] = defaultdict(Tally)
        self.cases: list[Case] = []
        self._recorded: dict[tuple[int, str], list[tuple[datetime, Event | None]]] = defaultdict(list)

    def add_finishes(self, finishes: Iterable[Finish]) -> None:
        """Finishes of the period, and those whose results should have been fetched in it."""
        start, until = self._looking.period.start, self._looking.period.until
        matured_from, matured_until = self._looking.matured
        for one in finishes:
            if matured_from <= one.event.at < matured_until:
                self._add_result(one, until)
            if start <= one.event.at < until:
                self._add_finish(one)

    def _add_result(self, one: Finish, until: datetime) -> None:
        returned = one.returned_at is not None and one.returned_at < until
        self._add(Pattern.NOT_RETURNED, one.event, fits=not returned)

    def _add_finish(self, one: Finish) -> None:
        event, looking = one.event, self._looking
        if not event.imported:
            recorded_late = event.recorded_at - event.at > timedelta(hours=looking.thresholds.recorded_hours)
            self._add(Pattern.FINISH_RECORDED_LATE, event, fits=recorded_late)
            self.tallies[event.unit].out_of[Pattern.FINISHED_IN_BULK] += 1
            # Of a register of millions nothing is kept that nobody asks for.
            kept = event if self._opened is Pattern.FINISHED_IN_BULK else None
            self._recorded[event.unit, one.client].append((event.recorded_at, kept))
        at_once = one.returned_at is not None and floor_minute(one.returned_at) == floor_minute(event.at)
        self._add(Pattern.FINISHED_OUTSIDE_HOURS, event, fits=looking.hours.outside(event.unit, event.at))
        self._add(Pattern.FINISHED_AT_ONCE, event, fits=event.at - one.received_at <= _AT_ONCE)
        self._add(Pattern.RETURNED_AT_ONCE, event, fits=at_once)
        self._add_time(one)

    def _add_time(self, one: Finish) -> None:
        tally, lasted = self.tallies[one.event.unit], int((one.event.at - one.received_at).total_seconds())
        tally.out_of[Pattern.TIME_SUSPENDED] += lasted
        if one.suspended:
            tally.found[Pattern.TIME_SUSPENDED] += one.suspended
            tally.imported[Pattern.TIME_SUSPENDED] += one.suspended if one.event.imported else 0
            if self._opened is Pattern.TIME_SUSPENDED:
                self.cases.append(Case(one.event, one.suspended))

    def add(self, one: SupplementRequest | Reschedule | Correction) -> None:
        """What else happened in the period."""
        match one:
            case SupplementRequest(event, due_date, again):
                self._add(Pattern.SUPPLEMENT_AT_THE_END, event, fits=local_date(event.at) >= due_date)
                self._add(Pattern.SUPPLEMENT_AGAIN, event, fits=again)
            case Reschedule(event, late):
                self._add(Pattern.RESCHEDULE_RECORDED_LATE, event, fits=late)
            case Correction(event, cured):
                self._add(Pattern.LATE_CORRECTED, event, fits=cured)

    def close(self) -> None:
        """Once all was added: which finishes were recorded together."""
        limits = self._looking.thresholds
        for (unit, _client), recorded in self._recorded.items():
            recorded.sort(key=lambda one: one[0])
            together = dense([at for at, _ in recorded], limits.bulk_finishes, timedelta(minutes=limits.bulk_minutes))
            self.tallies[unit].found[Pattern.FINISHED_IN_BULK] += sum(together)
            kept = (event for fits, (_, event) in zip(together, recorded, strict=True) if fits)
            self.cases += [Case(event) for event in kept if event is not None]

    def _add(self, pattern: Pattern, event: Event, *, fits: bool) -> None:
        tally = self.tallies[event.unit]
        tally.out_of[pattern] += 1
        if fits:
            tally.found[pattern] += 1
            tally.imported[pattern] += event.imported
            if pattern is self._opened:
                self.cases.append(Case(event))


def dense(times: Sequence[datetime], number: int, within: timedelta) -> list[bool]:
    """Of instants in order, whether each is one of `number` or more within a stretch so long, both ends included."""
    fits = [False] * len(times)
    marked = 0
    for first, begin in enumerate(times):
        end = bisect_right(times, begin + within, first)
        if end - first >= number:
            for index in range(max(first, marked), end):
                fits[index] = True
            marked = end
    return fits
