"""All reference data in one immutable copy, which answers from memory what a request asks of it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.catalogue.records import Catalogue, Procedure, Unit, Version
from app.catalogue.sessions import Week, default_week, working_sessions
from app.catalogue.units import UnitRegister
from app.domain.calendar import DEFAULT_SESSIONS, CalendarYear, WorkingCalendar, WorkingSessions
from app.domain.errors import Invalid
from app.domain.terms import Law

# How many calendars of former revisions are kept at once; each takes part of a megabyte.
_KEPT_CALENDARS = 16


@dataclass(frozen=True, slots=True)
class SessionRevision:
    """A unit's week as it was set at an instant (rules §3)."""

    id: int
    unit_id: int
    week: Week
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StoredYear:
    """One revision of a year's calendar as kept: `calendar.revision` is its id, `number` counts within the year."""

    calendar: CalendarYear
    number: int
    source: str | None
    recorded_at: datetime

    @property
    def id(self) -> int:
        """The revision that journals name."""
        return self.calendar.revision


class Reference(UnitRegister):
    """Reference data as of one `revision`; every question is answered from memory.

    `units`, `procedures` and `catalogues` are by id, `years` has each year's latest revision; `calendar` is of those.
    `subscribed`: some system is to be told what happens to dossiers.
    """

    def __init__(
        self,
        revision: int,
        units: Iterable[Unit] = (),
        catalogues: Iterable[Catalogue] = (),
        procedures: Iterable[Procedure] = (),
        sessions: Iterable[SessionRevision] = (),
        years: Iterable[StoredYear] = (),
        *,
        subscribed: bool = False,
    ) -> None:
        super().__init__(units)
        self.revision = revision
        self.subscribed = subscribed
        self.catalogues: Mapping[int, Catalogue] = {one.id: one for one in catalogues}
        self.procedures: Mapping[int, Procedure] = {one.id: one for one in procedures}
        self._by_procedure_code = {one.code: one for one in self.procedures.values()}
        self._versions = {version.id: version for one in self.procedures.values() for version in one.versions}
        self._keep_sessions(sessions)
        self._keep_years(years)
        self._laws: dict[tuple[int, int | None], Law] = {}
        self._calendars: dict[frozenset[int], WorkingCalendar] = {}

    def _keep_sessions(self, sessions: Iterable[SessionRevision]) -> None:
        self._weeks: dict[int, list[SessionRevision]] = defaultdict(list)
        self._sessions: dict[int, WorkingSessions] = {}
        for one in sorted(sessions, key=lambda one: (one.recorded_at, one.id)):
            self._weeks[one.unit_id].append(one)
            self._sessions[one.id] = working_sessions(one.week)

    def _keep_years(self, years: Iterable[StoredYear]) -> None:
        self._revisions: dict[int, StoredYear] = {}
        self.years: dict[int, StoredYear] = {}
        self._of_year: dict[int, list[StoredYear]] = defaultdict(list)
        for one in sorted(years, key=lambda one: one.number):
            self._revisions[one.id] = self.years[one.calendar.year] = one
            self._of_year[one.calendar.year].append(one)
        self.calendar = WorkingCalendar(one.calendar for one in self.years.values())

    # --- Procedures ---------------------------------------------------------------------------------------------------

    def procedure(self, code: str) -> Procedure:
        """The procedure of this code; raises Invalid `unknown_procedure`."""
        found = self._by_procedure_code.get(code)
        if found is None:
            raise Invalid("unknown_procedure", f"There is no procedure {code}.", pointer="/procedure")
        return found

    def find_procedure(self, code: str) -> Procedure | None:
        """The procedure of this code, None where there is none."""
        return self._by_procedure_code.get(code)

    def version_on(self, procedure: Procedure, on: date) -> Version:
        """The version in force on a local date (rules §4); raises Invalid `procedure_not_in_force`."""
        found = self.in_force(procedure, on)
        if found is None:
            spans = ", ".join(
                f"{one.effective_from} to {one.effective_to}" if one.effective_to else f"from {one.effective_from} on"
                for one in procedure.versions
            )
            raise Invalid(
                "procedure_not_in_force",
                f"The procedure {procedure.code} is not in force on {on}; it is in force: {spans or 'never'}.",
                pointer="/procedure",
            )
        return found

    def in_force(self, procedure: Procedure, on: date) -> Version | None:
        """The version in force on a local date, None where there is none."""
        return next((version for version in procedure.versions if version.in_force_on(on)), None)

    def version(self, version_id: int) -> Version:
        """The version of this id, which something stored names."""
        return self._versions[version_id]

    def procedure_of(self, version_id: int) -> Procedure:
        """The procedure that a version belongs to."""
        return self.procedures[self._versions[version_id].procedure_id]

    # --- Sessions and calendars ---------------------------------------------------------------------------------------

    def sessions(self, unit_id: int, at: datetime) -> tuple[WorkingSessions, int | None]:
        """A unit's sessions for a receipt at an instant, and their revision (rules §3).

        A change of sessions holds for later receipts, so it is the last revision recorded by then; before the first
        the default sessions hold, whose revision is None.
        """
        weeks = self._weeks.get(unit_id)
        if not weeks:
            return DEFAULT_SESSIONS, None
        index = bisect_right(weeks, at, key=lambda one: one.recorded_at)
        revision = weeks[index - 1].id if index else None
        return self.sessions_of(revision), revision

    def sessions_of(self, revision_id: int | None) -> WorkingSessions:
        """The sessions of a revision that a journal names; None are the default ones."""
        return DEFAULT_SESSIONS if revision_id is None else self._sessions[revision_id]

    def week(self, unit_id: int) -> Sequence[Mapping[str, Any]]:
        """A unit's present opening hours: `{weekday: 1 (Monday) – 7, from, to, reception_only}` in order."""
        weeks = self._weeks.get(unit_id)
        return weeks[-1].week if weeks else default_week()

    def calendar_with(self, revision_ids: Iterable[int]) -> WorkingCalendar:
        """The latest calendars, but for their years the revisions named: to compute a deadline again (rules §13)."""
        former = frozenset(one for one in revision_ids if self.years[self._revisions[one].calendar.year].id != one)
        if not former:
            return self.calendar
        known = self._calendars.get(former)
        if known is None:
            if len(self._calendars) >= _KEPT_CALENDARS:
                self._calendars.clear()
            known = self.calendar.with_years(self._revisions[one].calendar for one in former)
            self._calendars[former] = known
        return known

    def calendar_then(self, named: Iterable[int], recorded_at: datetime) -> WorkingCalendar:
        """The calendars that an entry was decided by: the revisions it names, else those published when recorded.

        What was recorded before anything was published (a simulated past) was decided by the first revision.
        """
        then = {year: _published_by(revisions, recorded_at) for year, revisions in self._of_year.items()}
        then |= {self._revisions[one].calendar.year: one for one in named}
        return self.calendar_with(then.values())

    def law(
        self, version_id: int, counter_unit_id: int, received_at: datetime, calendar: WorkingCalendar | None = None
    ) -> Law:
        """What the deadline of a dossier received at an instant at a counter is computed with."""
        sessions, revision = self.sessions(counter_unit_id, received_at)
        if calendar is not None and calendar is not self.calendar:
            return Law(calendar, sessions, revision, self._versions[version_id].terms)
        known = self._laws.get((version_id, revision))
        if known is None:
            known = Law(self.calendar, sessions, revision, self._versions[version_id].terms)
            self._laws[version_id, revision] = known
        return known


def _published_by(revisions: Sequence[StoredYear], instant: datetime) -> int:
    """The revision of a year that held at an instant; the revisions are in order."""
    return next((one.id for one in reversed(revisions) if one.recorded_at <= instant), revisions[0].id)
