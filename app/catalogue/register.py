"""Reference data in one immutable copy in memory (rules §3, §4, §12)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from app.catalogue.records import Catalogue, Procedure, Reform, Unit, Version
from app.catalogue.sessions import Week, default_week
from app.catalogue.units import Readable, UnitRegister, unreadable
from app.database.readable import ForeignRow
from app.domain.calendar import DEFAULT_SESSIONS, CalendarYear, WorkingCalendar, WorkingSessions
from app.domain.errors import Invalid
from app.domain.terms import Law

# Cached calendars of former revisions; each takes part of a megabyte.
_KEPT_CALENDARS = 16


@dataclass(frozen=True, slots=True)
class SessionRevision:
    """The sessions of a unit's week, set at an instant (rules §3)."""

    id: int
    unit_id: int
    week: Week
    sessions: WorkingSessions
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StoredYear:
    """One revision of a year's calendar: `calendar.revision` is its id, `number` counts within the year."""

    calendar: CalendarYear
    number: int
    source: str | None
    recorded_at: datetime

    @property
    def id(self) -> int:
        """The id of the revision, as journals name it."""
        return self.calendar.revision


class Unread(NamedTuple):
    """Rows that cannot be read, each with its table, and the units whose sessions are among them."""

    rows: Sequence[tuple[str, ForeignRow]] = ()
    units: frozenset[int] = frozenset()


class Reference(UnitRegister):
    """Reference data as of one `revision`; all methods answer from memory.

    `units`, `procedures` and `catalogues` are by id. `years` has the latest revision of each year, and `calendar` is
    made of them. `subscribed`: a webhook exists. `reform`: the one whose dossiers still follow. What depends on an
    `unread` row is refused with Unavailable `reference_unreadable`.
    """

    unread = Unread()

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
        reform: Reform | None = None,
    ) -> None:
        super().__init__(units)
        self.revision = revision
        self.subscribed = subscribed
        self.reform = reform
        self.catalogues: Mapping[int, Catalogue] = {catalogue.id: catalogue for catalogue in catalogues}
        self.procedures: Mapping[int, Procedure] = Readable(
            "procedures", {procedure.id: procedure for procedure in procedures}
        )
        self._by_procedure_code = {procedure.code: procedure for procedure in self.procedures.values()}
        self._versions = Readable(
            "procedure_versions",
            {version.id: version for procedure in self.procedures.values() for version in procedure.versions},
        )
        self._keep_sessions(sessions)
        self._keep_years(years)
        self._laws: dict[tuple[int, int | None], Law] = {}
        self._calendars: dict[frozenset[int], WorkingCalendar] = {}

    def _keep_sessions(self, sessions: Iterable[SessionRevision]) -> None:
        self._weeks: dict[int, list[SessionRevision]] = defaultdict(list)
        self._sessions = Readable[WorkingSessions]("session_revisions")
        for revision in sorted(sessions, key=lambda revision: (revision.recorded_at, revision.id)):
            self._weeks[revision.unit_id].append(revision)
            self._sessions[revision.id] = revision.sessions

    def _keep_years(self, years: Iterable[StoredYear]) -> None:
        self._revisions = Readable[StoredYear]("calendar_revisions")
        self.years: dict[int, StoredYear] = {}
        self._of_year: dict[int, list[StoredYear]] = defaultdict(list)
        for year in sorted(years, key=lambda year: year.number):
            self._revisions[year.id] = self.years[year.calendar.year] = year
            self._of_year[year.calendar.year].append(year)
        self.calendar = WorkingCalendar(year.calendar for year in self.years.values())

    # --- Procedures ---------------------------------------------------------------------------------------------------

    def procedure(self, code: str, *, pointer: str = "/procedure") -> Procedure:
        """The procedure of this code; raises Invalid `unknown_procedure` at the pointer."""
        procedure = self._by_procedure_code.get(code)
        if procedure is None:
            raise Invalid("unknown_procedure", f"There is no procedure {code}.", pointer=pointer)
        return procedure

    def find_procedure(self, code: str) -> Procedure | None:
        """The procedure of this code, None for an unknown code."""
        return self._by_procedure_code.get(code)

    def version_on(self, procedure: Procedure, on: date) -> Version:
        """The version in force on a local date (rules §4); raises Invalid `procedure_not_in_force`."""
        version = self.in_force(procedure, on)
        if version is None:
            spans = ", ".join(
                f"{period.effective_from} to {period.effective_to}"
                if period.effective_to
                else f"from {period.effective_from} on"
                for period in procedure.versions
            )
            raise Invalid(
                "procedure_not_in_force",
                f"The procedure {procedure.code} is not in force on {on}; it is in force: {spans or 'never'}.",
                pointer="/procedure",
            )
        return version

    def in_force(self, procedure: Procedure, on: date) -> Version | None:
        """The version in force on a local date, None without one (rules §4)."""
        return next((version for version in procedure.versions if version.in_force_on(on)), None)

    def version(self, version_id: int) -> Version:
        """The version of a stored id."""
        return self._versions[version_id]

    def procedure_of(self, version_id: int) -> Procedure:
        """The procedure of a version."""
        return self.procedures[self._versions[version_id].procedure_id]

    # --- Sessions and calendars ---------------------------------------------------------------------------------------

    def sessions(self, unit_id: int, at: datetime) -> tuple[WorkingSessions, int | None]:
        """A unit's sessions for a receipt at an instant, and their revision (rules §3).

        A change of sessions applies to later receipts, so it is the last revision recorded by then. Before the first
        one the default sessions apply, with revision None.
        """
        if unit_id in self.unread.units:
            raise unreadable(f"a revision of the sessions of unit {unit_id}")
        weeks = self._weeks.get(unit_id)
        if not weeks:
            return DEFAULT_SESSIONS, None
        index = bisect_right(weeks, at, key=lambda week: week.recorded_at)
        revision = weeks[index - 1].id if index else None
        return self.sessions_of(revision), revision

    def sessions_of(self, revision_id: int | None) -> WorkingSessions:
        """The sessions of a revision that a journal names; the default sessions for None."""
        return DEFAULT_SESSIONS if revision_id is None else self._sessions[revision_id]

    def known_sessions(self) -> list[WorkingSessions]:
        """The default sessions, and those of every revision."""
        return [DEFAULT_SESSIONS, *self._sessions.values()]

    def week(self, unit_id: int) -> Sequence[Mapping[str, Any]]:
        """A unit's present opening hours: `{weekday: 1 (Monday) – 7, from, to, reception_only}` in order."""
        weeks = self._weeks.get(unit_id)
        return weeks[-1].week if weeks else default_week()

    def calendar_with(self, revision_ids: Iterable[int]) -> WorkingCalendar:
        """The latest calendars, with the given revisions for their years: to compute a deadline again (rules §13)."""
        former = frozenset(
            revision for revision in revision_ids if self.years[self._revisions[revision].calendar.year].id != revision
        )
        if not former:
            return self.calendar
        calendar = self._calendars.get(former)
        if calendar is None:
            if len(self._calendars) >= _KEPT_CALENDARS:
                self._calendars.clear()
            calendar = self.calendar.with_years(self._revisions[revision].calendar for revision in former)
            self._calendars[former] = calendar
        return calendar

    def calendar_then(self, named: Iterable[int], recorded_at: datetime) -> WorkingCalendar:
        """The calendars behind an entry: the revisions that it names, or those of its recording (rules §13).

        An entry from before the first publication (a simulated past) was decided by the first revision.
        """
        then = {year: _published_by(revisions, recorded_at) for year, revisions in self._of_year.items()}
        then |= {self._revisions[revision].calendar.year: revision for revision in named}
        return self.calendar_with(then.values())

    def law(
        self, version_id: int, counter_unit_id: int, received_at: datetime, calendar: WorkingCalendar | None = None
    ) -> Law:
        """The law for a dossier received at an instant at a counter (rules §3, §4)."""
        sessions, revision = self.sessions(counter_unit_id, received_at)
        if calendar is not None and calendar is not self.calendar:
            return Law(calendar, sessions, revision, self._versions[version_id].terms)
        law = self._laws.get((version_id, revision))
        if law is None:
            law = Law(self.calendar, sessions, revision, self._versions[version_id].terms)
            self._laws[version_id, revision] = law
        return law


def _published_by(revisions: Sequence[StoredYear], instant: datetime) -> int:
    """The revision of a year that was valid at an instant; the revisions are in order."""
    return next((year.id for year in reversed(revisions) if year.recorded_at <= instant), revisions[0].id)
