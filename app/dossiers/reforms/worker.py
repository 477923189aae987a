"""Carries out reforms: begins them at once for all, and brings up their dossiers in short transactions (rules §12)."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from app.catalogue.cache import Reference, ReferenceCache, Reform, load, touch
from app.catalogue.exclusion import exclusive_guard, shared_guard
from app.catalogue.provisional import with_provisional_years
from app.database import Connection, Database, Prepared
from app.database.tables import dossiers, reforms
from app.domain.errors import DomainError
from app.domain.working_days import CalendarMissing
from app.dossiers.queries import Dossier, dossier_of
from app.dossiers.reforms.batches import BATCHES
from app.dossiers.settling import carried_out, keep, settled_among
from app.http.idempotency.keys import IdempotencyKey
from app.http.idempotency.responses import reused
from app.ledger.entries import Author
from app.ledger.service import record

logger = logging.getLogger(__name__)

# Dossiers of one transaction. A change of one of them waits for it; on SQLite every change does.
SIZE = 50

_LAST_DOSSIER = Prepared(select(func.coalesce(func.max(dossiers.c.id), 0)))
_RUNNING = Prepared(select(reforms.c.id, reforms.c.position).where(reforms.c.done_at.is_(None)))
_OF_KEY = Prepared(select(reforms).where(reforms.c.idempotency_key == bindparam("key")))
# Workers take turns by the lock of the row. It lets actions insert rows that refer to it.
_POSITION = Prepared(
    select(reforms.c.position)
    .where(reforms.c.id == bindparam("reform"), reforms.c.done_at.is_(None))
    .with_for_update(key_share=True)
)
_ADVANCE = Prepared(
    update(reforms)
    .where(reforms.c.id == bindparam("reform"))
    .values(position=bindparam("last", type_=dossiers.c.id.type))
)
_END = Prepared(
    update(reforms)
    .where(reforms.c.id == bindparam("reform"), reforms.c.done_at.is_(None))
    .values(done_at=bindparam("now", type_=reforms.c.done_at.type))
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A reform that a client asks for.

    `begin` checks it, changes the reference data, and returns the parameters. `parameters` are the same if another
    request has begun it already.
    """

    kind: str
    client: str
    begin: Callable[[Connection, Reference, datetime], Awaitable[Mapping[str, Any]]]
    parameters: Callable[[Reference], Mapping[str, Any]]
    tells_applicants: bool = False


class OtherReform(Exception):
    """Another reform is running; its dossiers have to follow first."""

    def __init__(self, reform: Reform) -> None:
        super().__init__(f"reform {reform.id} is running")
        self.reform = reform


async def begin(connection: Connection, plan: Plan, now: datetime, key: IdempotencyKey | None = None) -> int:
    """Begins a reform in a short transaction in which nothing else changes; the id of the reform.

    A repeated request gets the reform that it began before. Raises OtherReform while another one is running.
    """
    await exclusive_guard(connection)
    await touch(connection)
    reference = await load(connection)
    if key is not None and (stored := await connection.first(_OF_KEY, key=key.id)) is not None:
        if stored.fingerprint != (key.meaning or key.fingerprint):
            raise reused()
        return int(stored.id)
    running = reference.reform
    if running is not None:
        if running.kind == plan.kind and running.parameters == plan.parameters(reference):
            return running.id
        raise OtherReform(running)
    parameters = await plan.begin(connection, reference, now)
    reform_id = await connection.insert(
        reforms,
        {
            "kind": plan.kind,
            "began_at": now,
            "client": plan.client,
            "idempotency_key": key.id if key else None,
            "fingerprint": (key.meaning or key.fingerprint) if key else None,
            "parameters": dict(parameters),
            "notify": plan.tells_applicants or reference.subscribed,
            "last_dossier": await connection.scalar(_LAST_DOSSIER),
            "position": 0,
        },
    )
    assert reform_id is not None
    await record(connection, {reforms: [reform_id]}, Author(plan.client, None), now)
    return reform_id


@dataclass(frozen=True, slots=True)
class ReformWorker:
    """Brings up the dossiers of reforms. Several workers share one reform in turns; `committed` is called after each.

    A batch has `size` dossiers.
    """

    database: Database
    references: ReferenceCache
    now: Callable[[], datetime]
    committed: Callable[[], None] = lambda: None
    size: int = SIZE

    async def carried_out(self, plan: Plan) -> int:
        """Carries out a reform from its begin to its end, after those before it; its id."""
        while True:
            try:
                async with self.database.writing() as connection:
                    reform_id = await begin(connection, plan, self.now())
            except OtherReform as other:
                await self.finish(other.reform.id)
            else:
                await self.finish(reform_id)
                return reform_id

    async def finish(self, reform_id: int) -> None:
        """Brings up all dossiers of a reform that has begun. Returns when it is done, by this or by another worker."""
        while await with_provisional_years(self.database, self.now, lambda: self.advance(reform_id)):
            self.committed()
        async with self.database.writing() as connection:
            # Waits for actions that still know the reform as running.
            await exclusive_guard(connection)
            if await connection.run(_END, reform=reform_id, now=self.now()):
                await touch(connection)
        self.committed()

    async def advance(self, reform_id: int) -> bool:
        """Brings up the next batch. False: none is left."""
        async with self.database.writing() as connection:
            reference = await self.references.current(connection, await shared_guard(connection))
            position = await connection.scalar(_POSITION, reform=reform_id)
            reform = reference.reform
            if position is None or reform is None or reform.id != reform_id:
                return False
            batches = BATCHES[reform.kind]
            bounds = batches.bounds(reform.parameters)
            rows = await connection.all(
                batches.locked, after=position, upto=reform.last_dossier, most=self.size, **bounds
            )
            reached = await settled_among(connection, reform, [row.id for row in rows])
            for row in rows:
                if row.id not in reached:
                    await _follow(connection, reference, reform, dossier_of(connection.ring, row))
            if rows:
                await connection.run(_ADVANCE, reform=reform_id, last=rows[-1].id)
        return len(rows) == self.size


async def _follow(connection: Connection, reference: Reference, reform: Reform, dossier: Dossier) -> None:
    try:
        effect = await carried_out(connection, reference, reform, dossier)
    except CalendarMissing:
        raise  # `finish` stores the year and repeats the batch.
    except DomainError as refusal:
        # One dossier must not keep all others, and all later reforms, waiting for ever. Its next action tries again.
        logger.error("reform %s: dossier %s does not follow: %s", reform.id, dossier.code, refusal.detail)
        return
    if effect.moved or effect.listed:
        await keep(connection, reform, effect)


async def running(database: Database) -> tuple[int, int] | None:
    """Id and position of the running reform; None without one."""
    async with database.reading() as connection:
        row = await connection.first(_RUNNING)
    return None if row is None else (row.id, row.position)
