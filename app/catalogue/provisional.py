"""Calendars of years without a decision, made of the library `holidays` when a computation first needs one."""

from datetime import datetime
from importlib.metadata import version

from sqlalchemy import bindparam, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalogue.cache import touch
from app.catalogue.calendars import YearContent, append_revision
from app.database import Connection, Prepared
from app.database.tables import calendar_revisions
from app.domain.errors import Invalid
from app.domain.working_days import SATURDAY, CalendarMissing, CalendarStatus
from app.http.services import HttpServices

# A deadline spans two years at most but suspensions more, and each attempt may miss one more year.
_ATTEMPTS = 50

_STORED = Prepared(select(calendar_revisions.c.id).where(calendar_revisions.c.year == bindparam("year")).limit(1))


async def provide_year(connection: Connection, year: int, now: datetime) -> None:
    """Stores a provisional calendar of a year of which none is stored, in the caller's writing transaction (rules §3).

    Raises Invalid `calendar_unknown` where the library does not know the year either: then nothing can be computed.
    """
    if await connection.scalar(_STORED, year=year) is not None:
        return
    content = provisional_year(year)
    await touch(connection)
    # Another process may have stored it while this one waited.
    if await connection.scalar(_STORED, year=year) is None:
        await append_revision(connection, content, now)


def provisional_year(year: int) -> YearContent:
    """What the library knows of a year's days off and make-up days; raises Invalid `calendar_unknown`."""
    # Takes a fifth of a second and much memory, and is needed once a year.
    import holidays  # noqa: PLC0415

    known = holidays.country_holidays("VN", years=year, language="vi")
    # Beyond the years that the library covers it gives none, which must not be taken for a year without holidays.
    if not any(day.year == year for day in known):
        raise Invalid("calendar_unknown", f"No working calendar is known for the year {year}.", year=year)
    days_off = {day: name for day, name in known.items() if day.year == year and day.weekday() < SATURDAY}
    worked = {day: "Làm bù" for day in known.weekend_workdays if day.year == year}
    return YearContent(
        year=year,
        status=CalendarStatus.PROVISIONAL,
        decision=None,
        days_off=frozenset(days_off),
        working_days=frozenset(worked),
        names=dict(sorted({**days_off, **worked}.items())),
        source=f"holidays {version('holidays')}",
    )


class ProvisionalYears:
    """Runs a request again when it ended for want of a year's calendar, after that year was stored.

    Each year is stored in a transaction of its own; what the request had begun to write was undone before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Replayed(receive)
        fresh = dict(scope)
        for _attempt in range(_ATTEMPTS):
            try:
                await self._app(scope, body.receive, send)
            except CalendarMissing as missing:
                services = HttpServices.of(fresh["app"])
                async with services.database.writing() as connection:
                    await provide_year(connection, missing.year, services.now())
            else:
                return
            body.rewind()
            # The same mapping, emptied of the first run's marks: what is around the request may look into it later.
            scope.clear()
            scope.update(fresh)
        await self._app(scope, body.receive, send)


class _Replayed:
    """A request's body, which can be received once more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []
        self._position = 0

    async def receive(self) -> Message:
        if self._position == len(self._kept):
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._kept.append(message)
        self._position += 1
        return self._kept[self._position - 1]

    def rewind(self) -> None:
        self._position = 0
