"""Checks the calendar of a year, and appends it as a revision (rules §3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import bindparam, func, select

from app.database import Connection, Prepared
from app.database.tables import calendar_revisions
from app.domain.working_days import CalendarStatus, CalendarYear
from app.ledger.entries import SERVICE, Author
from app.ledger.service import record

_LAST = Prepared(select(func.max(calendar_revisions.c.revision)).where(calendar_revisions.c.year == bindparam("year")))


@dataclass(frozen=True, slots=True)
class YearContent:
    """The content of a revision, checked; `source` names its origin if that is no decision.

    Raises Invalid `calendar_invalid` for a date in both lists, a date of another year, and a make-up day that is no
    weekend date.
    """

    year: int
    status: CalendarStatus
    decision: str | None
    days_off: frozenset[date]
    working_days: frozenset[date]
    names: Mapping[date, str] = field(default_factory=dict)
    source: str | None = None

    def __post_init__(self) -> None:
        self.as_revision(0)

    def as_revision(self, revision: int) -> CalendarYear:
        """The year for computations, with the id of its revision (0: not stored)."""
        return CalendarYear(
            year=self.year,
            days_off=self.days_off,
            working_days=self.working_days,
            status=self.status,
            decision=self.decision,
            revision=revision,
            names=self.names,
        )


def with_former_names(content: YearContent, former: Iterable[Mapping[date, str]]) -> Mapping[date, str]:
    """The names of the content's dates: its own, or those of former revisions."""
    listed = content.days_off | content.working_days
    names = {day: name for revision in former for day, name in revision.items()}
    return {day: name for day, name in sorted({**names, **content.names}.items()) if day in listed}


async def append_revision(
    connection: Connection, content: YearContent, now: datetime, author: Author = SERVICE
) -> None:
    """Stores the next revision of the year; the caller has called `touch` before."""
    number = (await connection.scalar(_LAST, year=content.year) or 0) + 1
    revision = await connection.insert(
        calendar_revisions,
        {
            "year": content.year,
            "revision": number,
            "status": content.status.value,
            "decision": content.decision,
            "days_off": _written(content.days_off),
            "working_days": _written(content.working_days),
            "names": {day.isoformat(): name for day, name in content.names.items()},
            "source": content.source,
            "recorded_at": now,
        },
    )
    assert revision is not None  # the database gives the key
    await record(connection, {calendar_revisions: [revision]}, author, now, reason=content.decision or content.source)


def _written(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]
