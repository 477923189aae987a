"""Loads all reference data, and keeps one copy of them per worker, checked by revision."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.records import Catalogue, Division, Procedure, Reform, Unit, Version
from app.catalogue.register import Reference, SessionRevision, StoredYear, Unread
from app.catalogue.sessions import working_sessions
from app.catalogue.special_rules import rules_from
from app.database import Connection, Prepared, Row
from app.database.readable import ForeignRow, readable_rows
from app.database.readiness import require_resumed
from app.database.tables import (
    calendar_revisions,
    catalogues,
    procedure_versions,
    procedures,
    reference_state,
    reforms,
    session_revisions,
    units,
    webhooks,
)
from app.domain.limits import ClockPolicy, TimeLimit
from app.domain.state import limit_from
from app.domain.terms import Step
from app.domain.working_days import CalendarStatus, CalendarYear

__all__ = [
    "Catalogue",
    "Division",
    "Procedure",
    "Reference",
    "ReferenceAged",
    "ReferenceCache",
    "Reform",
    "SessionRevision",
    "StoredYear",
    "Unit",
    "Version",
    "load",
    "touch",
    "version_from",
]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_REVISION = Prepared(select(reference_state.c.revision))
_TOUCH = Prepared(
    insert(reference_state)
    .values(id=1, revision=1)
    .on_conflict_do_update(index_elements=[reference_state.c.id], set_={"revision": reference_state.c.revision + 1})
)
_UNIT_OF = Prepared(select(session_revisions.c.unit_id).where(session_revisions.c.id == bindparam("revision")))
_YEAR_OF = Prepared(select(calendar_revisions.c.year).where(calendar_revisions.c.id == bindparam("revision")))
_REFORM = Prepared(
    select(
        reforms.c.id,
        reforms.c.kind,
        reforms.c.began_at,
        reforms.c.client,
        reforms.c.notify,
        reforms.c.last_dossier,
        reforms.c.parameters,
    ).where(reforms.c.done_at.is_(None))
)
_SUBSCRIBED = Prepared(select(webhooks.c.id).where(webhooks.c.ended_at.is_(None)).limit(1))


async def touch(connection: Connection) -> None:
    """Counts the revision up, so that all workers load again; call it first in each change of reference data.

    Such changes also wait for each other here: data that are read after it stay the same until the commit.
    """
    await connection.run(_TOUCH)


async def load(connection: Connection) -> Reference:
    """All reference data as this connection sees them, with its own uncommitted changes.

    A row that cannot be read is left out and named in the log. What depends on it is refused.
    """
    # The revision is read first: after a concurrent commit the copy must look too old, and not too new.
    revision = await connection.scalar(_REVISION) or 0
    foreign: dict[str, list[ForeignRow]] = {}

    async def rows(table: Table, make: Callable[[Row], T]) -> list[T]:
        items, foreign[table.name] = await readable_rows(connection, table, make)
        return items

    versions = defaultdict(list)
    for version in sorted(await rows(procedure_versions, version_from), key=lambda version: version.effective_from):
        versions[version.procedure_id].append(version)
    years = await rows(calendar_revisions, _year)
    sessions = await rows(session_revisions, _sessions)
    # An earlier revision must not be in force instead of one that cannot be read.
    broken_years = {await connection.scalar(_YEAR_OF, revision=row.key) for row in foreign[calendar_revisions.name]}
    broken_units = {await connection.scalar(_UNIT_OF, revision=row.key) for row in foreign[session_revisions.name]}
    reference = Reference(
        revision,
        await rows(units, _unit),
        sorted(await rows(catalogues, lambda row: Catalogue(*row)), key=lambda catalogue: catalogue.name),
        sorted(
            await rows(procedures, lambda row: _procedure(row, tuple(versions[row.id]))),
            key=lambda procedure: procedure.code,
        ),
        sessions,
        [year for year in years if year.calendar.year not in broken_years],
        subscribed=await connection.first(_SUBSCRIBED) is not None,
        reform=_reform(await connection.first(_REFORM)),
    )
    unread = [(name, row) for name, others in foreign.items() for row in others]
    reference.unread = Unread(unread, frozenset(broken_units))
    for name, row in unread:
        logger.error("%s %s cannot be read, and what depends on it is refused: %s", name, row.key, row.reason)
    return reference


def _reform(row: Row | None) -> Reform | None:
    return None if row is None else Reform(*row)


class ReferenceAged(Exception):
    """A decision used a copy of reference data that changed before the commit."""


class ReferenceCache:
    """The copy of one worker; one small query at each use compares its revision.

    The copy before stays too: a replica may still have its revision, and reading there would load it each time.
    """

    def __init__(self) -> None:
        self._copy: Reference | None = None
        self._before: Reference | None = None
        self._loading = asyncio.Lock()

    async def current(self, connection: Connection, revision: int | None = None) -> Reference:
        """The copy of the committed data, or of the `revision` that the caller has just read.

        After `touch` in the same transaction, use `load` instead.
        """
        if revision is None:
            revision = await connection.scalar(_REVISION) or 0
        return self._held(revision) or await self._load(connection, revision)

    def _held(self, revision: int) -> Reference | None:
        if self._copy is None or self._copy.revision != revision:
            if self._before is None or self._before.revision != revision:
                return None
            self._copy, self._before = self._before, self._copy
        return self._copy

    async def _load(self, connection: Connection, revision: int) -> Reference:
        async with self._loading:
            held = self._held(revision)
            if held is None:
                # A restored copy has another process, so that the first use of its data comes here.
                await require_resumed(connection)
                held = await load(connection)
                self._copy, self._before = held, self._copy
            return held

    def peek(self) -> Reference | None:
        """The copy of the last use, None before the first one."""
        return self._copy


def _unit(row: Row) -> Unit:
    values = {name: getattr(row, name) for name in Unit.__slots__}
    division = None if row.division is None else Division.of(row.division)
    return Unit(**{**values, "traits": tuple(row.traits), "fields": tuple(row.fields), "division": division})


def _procedure(row: Row, versions: tuple[Version, ...]) -> Procedure:
    return Procedure(
        id=row.id,
        code=row.code,
        name=row.name,
        name_folded=row.name_folded,
        field=row.field,
        level=row.level,
        catalogue_id=row.catalogue_id,
        note=row.note,
        thresholds=row.thresholds,
        versions=versions,
    )


def version_from(row: Any) -> Version:
    """The version of a row of `procedure_versions`."""
    return Version(
        id=row.id,
        procedure_id=row.procedure_id,
        version=row.version,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        limits={channel: _limit(limit) for channel, limit in row.limits.items()},
        clock_policy=ClockPolicy(row.clock_policy),
        responsible_unit_id=row.responsible_unit_id,
        fee=row.fee,
        documents=row.documents,
        results=row.results,
        route=tuple(Step(step["unit"], step["name"], _limit(step["limit"])) for step in row.route),
        legal_basis=row.legal_basis,
        max_supplement_requests=row.max_supplement_requests,
        max_extension=row.max_extension,
        rules=row.special_rules,
        special=rules_from(row.special_rules),
    )


def _sessions(row: Row) -> SessionRevision:
    return SessionRevision(row.id, row.unit_id, row.sessions, working_sessions(row.sessions), row.recorded_at)


def _limit(data: Mapping[str, Any] | None) -> TimeLimit | None:
    return limit_from(data) if data is not None else None


def _year(row: Row) -> StoredYear:
    calendar = CalendarYear(
        year=row.year,
        days_off=frozenset(map(date.fromisoformat, row.days_off)),
        working_days=frozenset(map(date.fromisoformat, row.working_days)),
        status=CalendarStatus(row.status),
        decision=row.decision,
        revision=row.id,
        names={date.fromisoformat(day): name for day, name in row.names.items()},
    )
    return StoredYear(calendar, row.revision, row.source, row.recorded_at)
