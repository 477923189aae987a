"""Loads all reference data, and keeps one copy of them per worker, checked by revision."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.records import Catalogue, Procedure, Reform, Unit, Version
from app.catalogue.register import Reference, SessionRevision, StoredYear
from app.catalogue.special_rules import rules_from
from app.database import Connection, Prepared, Row
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
]

_REVISION = Prepared(select(reference_state.c.revision))
_TOUCH = Prepared(
    insert(reference_state)
    .values(id=1, revision=1)
    .on_conflict_do_update(index_elements=[reference_state.c.id], set_={"revision": reference_state.c.revision + 1})
)
_UNITS = Prepared(select(units))
_CATALOGUES = Prepared(select(catalogues).order_by(catalogues.c.name))
_PROCEDURES = Prepared(select(procedures).order_by(procedures.c.code))
_VERSIONS = Prepared(select(procedure_versions).order_by(procedure_versions.c.effective_from))
_SESSIONS = Prepared(select(session_revisions))
_YEARS = Prepared(select(calendar_revisions))
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
    """All reference data as this connection sees them, with its own uncommitted changes."""
    # The revision is read first: after a concurrent commit the copy must look too old, and not too new.
    revision = await connection.scalar(_REVISION) or 0
    versions = defaultdict(list)
    for row in await connection.all(_VERSIONS):
        versions[row.procedure_id].append(_version(row))
    return Reference(
        revision,
        [_unit(row) for row in await connection.all(_UNITS)],
        [Catalogue(*row) for row in await connection.all(_CATALOGUES)],
        [_procedure(row, tuple(versions[row.id])) for row in await connection.all(_PROCEDURES)],
        [
            SessionRevision(row.id, row.unit_id, row.sessions, row.recorded_at)
            for row in await connection.all(_SESSIONS)
        ],
        [_year(row) for row in await connection.all(_YEARS)],
        subscribed=await connection.first(_SUBSCRIBED) is not None,
        reform=_reform(await connection.first(_REFORM)),
    )


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
                held = await load(connection)
                self._copy, self._before = held, self._copy
            return held

    def peek(self) -> Reference | None:
        """The copy of the last use, None before the first one."""
        return self._copy


def _unit(row: Row) -> Unit:
    values = {name: getattr(row, name) for name in Unit.__slots__}
    return Unit(**{**values, "traits": tuple(row.traits)})


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


def _version(row: Row) -> Version:
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
        route=tuple(Step(step["unit"], step["name"], _limit(step["limit"])) for step in row.route),
        legal_basis=row.legal_basis,
        max_supplement_requests=row.max_supplement_requests,
        max_extension=row.max_extension,
        rules=row.special_rules,
        special=rules_from(row.special_rules),
    )


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
