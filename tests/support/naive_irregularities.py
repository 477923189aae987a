"""Naive count of the irregularities, dossier by dossier over the journals, to compare the service with."""

import asyncio
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.database.tables import entries
from app.domain.calendar import DEFAULT_SESSIONS, TZ, local_date
from app.domain.deadline import ClockPolicy
from app.domain.lifecycle import Action, Entry, effective, replay, states
from app.domain.state import DossierState, Wait
from tests.support.calendars import OFFICIAL
from tests.support.database_access import open_database

# Matches and denominators by responsible unit and pattern.
Counts = dict[tuple[int, str], tuple[int, int]]
Journal = list[tuple[Entry, str]]

BULK, WITHIN, RECORDED, DAYS = 10, timedelta(minutes=10), timedelta(hours=24), 30


def journals(url: str) -> list[Journal]:
    """The entries of each dossier in order, with the clients that recorded them."""

    async def read() -> list[Journal]:
        database = await open_database(url)
        try:
            async with database.reading() as connection:
                rows = await connection.all(select(entries).order_by(entries.c.dossier_id, entries.c.sequence))
        finally:
            await database.close()
        by_dossier: dict[int, Journal] = defaultdict(list)
        for row in rows:
            entry = Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
            by_dossier[row.dossier_id].append((entry, row.client))
        return list(by_dossier.values())

    return asyncio.run(read())


class ByHand:
    """The irregularities of the local dates [first, last], a period that has ended, with the thresholds above."""

    def __init__(self, all_journals: list[Journal], first: date, last: date) -> None:
        self.first, self.last = first, last
        self.counts: Counter[tuple[int, str, bool]] = Counter()
        self.recorded: dict[tuple[int, str], list[datetime]] = defaultdict(list)
        for journal in all_journals:
            self._count(journal)
        for (unit, _client), times in self.recorded.items():
            for at in times:
                together = any(
                    sum(begin <= other <= begin + WITHIN for other in times) >= BULK
                    for begin in times
                    if begin <= at <= begin + WITHIN
                )
                self._add(unit, "finished_in_bulk", together)

    @property
    def shares(self) -> Counts:
        """Matches and denominators."""
        keys = {(unit, pattern) for unit, pattern, _ in self.counts}
        return {key: (self.counts[*key, True], self.counts[*key, True] + self.counts[*key, False]) for key in keys}

    def _add(self, unit: int, pattern: str, fits: bool, amount: int = 1) -> None:
        self.counts[unit, pattern, fits] += amount

    def _inside(self, at: datetime) -> bool:
        return self.first <= local_date(at) <= self.last

    def _count(self, journal: Journal) -> None:
        raw = [entry for entry, _ in journal]
        after, before = states(raw), None
        asked = 0
        for entry, state in zip(effective(raw), after, strict=True):
            client = journal[entry.sequence - 1][1]
            if entry.type is Action.FINISH:
                self._finish(entry, state, client, after)
            if entry.type is Action.REQUEST_SUPPLEMENT and before is not None and before.received_at is not None:
                assert before.due_date is not None
                if self._inside(entry.occurred_at):
                    late = not before.awaits_agency and local_date(entry.occurred_at) >= before.due_date
                    self._add(before.responsible_unit, "supplement_at_the_end", late)
                    self._add(before.responsible_unit, "supplement_again", asked > 0)
                asked += 1
            if entry.type is Action.RESCHEDULE and self._inside(entry.occurred_at):
                assert before is not None
                assert before.due_date is not None
                late = local_date(entry.recorded_at) > OFFICIAL.previous_working_day(before.due_date)
                self._add(before.responsible_unit, "reschedule_recorded_late", late)
            if "replaced" in entry.data and self._inside(entry.occurred_at):
                was, now = replay(raw[: entry.sequence - 1]), replay(raw[: entry.sequence])
                cured = was.verdict == "late" and now.verdict in ("early", "on_time")
                self._add(now.responsible_unit, "late_corrected", cured)
                self._add(now.responsible_unit, "voided", "changes" not in entry.data)
            before = state

    def _finish(self, entry: Entry, state: DossierState, client: str, after: list[DossierState]) -> None:
        unit, at, end = state.responsible_unit, entry.occurred_at, after[-1]
        ripe = OFFICIAL.add_working_days(local_date(at), DAYS)
        if self.first <= ripe <= self.last:
            until = datetime(self.last.year, self.last.month, self.last.day, tzinfo=TZ) + timedelta(days=1)
            self._add(unit, "not_returned", end.returned_at is None or end.returned_at >= until)
        if not self._inside(at):
            return
        moment = at.astimezone(TZ)
        minute = moment.hour * 60 + moment.minute
        open_then = [session.start <= minute <= session.end for session in DEFAULT_SESSIONS.on(moment.date(), OFFICIAL)]
        assert state.received_at is not None
        lasted = int((at - state.received_at).total_seconds())
        suspended = sum(self._suspended(wait) for wait in after[-1].waits)
        if "imported" not in entry.data.get("flags", ()):
            self._add(unit, "finish_recorded_late", entry.recorded_at - at > RECORDED)
            self.recorded[unit, client].append(entry.recorded_at)
        self._add(unit, "finished_outside_hours", not any(open_then))
        self._add(unit, "finished_at_once", lasted <= 60)
        returned = end.returned_at.astimezone(TZ) if end.returned_at else None
        self._add(unit, "returned_at_once", returned is not None and f"{returned:%F %H:%M}" == f"{moment:%F %H:%M}")
        self._add(unit, "time_suspended", True, suspended)
        self._add(unit, "time_suspended", False, lasted - suspended)

    @staticmethod
    def _suspended(wait: Wait) -> int:
        assert wait.end is not None
        return 0 if wait.policy is ClockPolicy.RUN else int((wait.end - wait.start).total_seconds())
