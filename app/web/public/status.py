"""Facts of the status page: reading, changes, replicas, seals, messages and background tasks."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from math import isfinite
from typing import Any

from app.background import within
from app.catalogue.dependencies import CatalogueServices
from app.database import Connection, Database, DatabaseUnavailable
from app.database.readiness import require_figures, require_keys, require_schema, require_writable, revision_of
from app.database.replicas import Place, ReplicatedDatabase, reading_at
from app.domain.errors import DomainError
from app.statistics.workload.keeping_gauges import Keeping, read_keeping

# A silent place is left after so many seconds: the page must answer when little else does.
_PATIENCE = 1.5
# Names of the background tasks for readers.
_TASKS: Mapping[str, Mapping[str, str]] = {
    "roll_up": {"vi": "Cộng số liệu", "en": "Adding figures"},
    "seals": {"vi": "Niêm phong nhật ký", "en": "Sealing the journal"},
    "outbox": {"vi": "Gửi thông báo", "en": "Sending messages"},
    "near_years": {"vi": "Chuẩn bị lịch làm việc", "en": "Preparing calendars"},
    "expired_responses": {"vi": "Xóa dữ liệu hết hạn", "en": "Deleting expired data"},
}


@dataclass(frozen=True, slots=True)
class _State:
    """The answer of a place of the database."""

    writable: bool
    schema: str | None
    keeping: Keeping


async def status_facts(services: CatalogueServices, version: str, language: str) -> dict[str, Any]:
    """The facts of the page. They name no dossier, no unit, no server and no setting."""
    database = services.database
    state = await _state(database)
    writable = state is not None and state.writable
    successes = services.metrics.last_successes()
    return {
        "now": services.now(),
        "reading": state is not None,
        "writing": writable,
        "replicas": isinstance(database, ReplicatedDatabase),
        "replica_age": _replica_age(database),
        "keeping": state.keeping if state else None,
        "tasks": [(names[language], successes[task]) for task, names in _TASKS.items() if task in successes],
        "version": version,
        "schema": state.schema if state else None,
    }


async def _state(database: Database) -> _State | None:
    """The state by the primary, or else by a replica. None if neither can be read."""
    if not isinstance(database, ReplicatedDatabase):
        return await _asked(database, None)
    first = database.usable_first(database.primary)
    # Both at once: the page must not wait for one silent place after the other.
    asking = [asyncio.create_task(_asked(database, Place(group))) for group in (first, database.other(first))]
    try:
        for task in asking:
            if (state := await task) is not None:
                return state
        return None
    finally:
        for task in asking:
            task.cancel()


async def _asked(database: Database, place: Place | None) -> _State | None:
    try:
        with reading_at(place) if place else nullcontext():
            return await within(_PATIENCE, _read(database))
    except (DatabaseUnavailable, DomainError, TimeoutError):
        return None


async def _read(database: Database) -> _State:
    async with database.reading() as connection:
        await require_schema(connection)
        await require_figures(connection)
        await require_keys(connection)
        writable = await _is_writable(connection)
        return _State(writable, await revision_of(connection), await read_keeping(connection))


async def _is_writable(connection: Connection) -> bool:
    try:
        await require_writable(connection)
    except DatabaseUnavailable:
        return False
    return True


def _replica_age(database: Database) -> int | None:
    """Seconds by which the data of replicas may be older than the primary's; None if no replica answers."""
    if not isinstance(database, ReplicatedDatabase) or not database.replica.up:
        return None
    age = database.age(database.replica)
    return int(age) if isfinite(age) else None
