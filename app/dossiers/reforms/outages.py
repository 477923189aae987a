"""Records an announced outage of a system as a suspension of many dossiers at once (rules §5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import dossiers, entries
from app.domain.actions import ActionRequest
from app.domain.decisions import decide
from app.domain.lifecycle import Action, Entry, apply
from app.domain.localtime import local_date
from app.domain.state import Clock
from app.dossiers import recording
from app.dossiers.queries import Dossier, dossier_of, dossier_select
from app.dossiers.rows import EntryRecord

_CHUNK = 500
_RUNNING = Prepared(
    dossier_select()
    .where(
        dossiers.c.open.is_(True),
        dossiers.c.clock == Clock.RUNNING.value,
        dossiers.c.received_date <= bindparam("last_day"),
        dossiers.c.id > bindparam("after"),
    )
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)
_RECORDED = Prepared(
    select(entries.c.dossier_id, entries.c.data).where(
        entries.c.dossier_id.in_(bindparam("dossier_ids", expanding=True)), entries.c.type == Action.OUTAGE.value
    )
)


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage from `start` to `end`, by the owner's notice, for units and procedures; None means all procedures."""

    units: frozenset[int]
    procedures: frozenset[int] | None
    start: datetime
    end: datetime
    notice: str

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of the journal entry."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat(), "notice": self.notice}

    def is_in(self, data: Mapping[str, Any]) -> bool:
        """True if the data of an entry record this outage: its notice and its span."""
        span = datetime.fromisoformat(data["from"]), datetime.fromisoformat(data["to"])
        return data["notice"] == self.notice and span == (self.start, self.end)


@dataclass(frozen=True, slots=True)
class SuspendedDossier:
    """A dossier that the outage suspends, and the data of its entry."""

    dossier: Dossier
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutageEffects:
    """The dossiers that an outage suspends, and the codes of those in which it is recorded already."""

    suspended: list[SuspendedDossier] = field(default_factory=list)
    recorded_before: list[str] = field(default_factory=list)


async def effects_of(connection: Connection, reference: Reference, outage: Outage, now: datetime) -> OutageEffects:
    """The effects of the outage on the dossiers whose limit runs. Each is suspended once for one notice and span."""
    effects, after = OutageEffects(), 0
    while True:
        rows = await connection.all(_RUNNING, last_day=local_date(outage.end), after=after)
        concerned = [dossier for row in rows if _concerns(outage, dossier := dossier_of(connection.ring, row))]
        recorded = await _recorded_in(connection, outage, concerned)
        for dossier in concerned:
            if dossier.id in recorded:
                effects.recorded_before.append(dossier.code)
            elif (data := _data(reference, outage, dossier, now)) is not None:
                effects.suspended.append(SuspendedDossier(dossier, data))
        if len(rows) < _CHUNK:
            return effects
        after = rows[-1].id


def _concerns(outage: Outage, dossier: Dossier) -> bool:
    of_procedure = outage.procedures is None or dossier.procedure_id in outage.procedures
    return of_procedure and dossier.state.responsible_unit in outage.units


async def _recorded_in(connection: Connection, outage: Outage, concerned: Sequence[Dossier]) -> set[int]:
    """The ids of these dossiers whose journal has the outage."""
    if not concerned:
        return set()
    rows = await connection.all(_RECORDED, dossier_ids=[dossier.id for dossier in concerned])
    return {row.dossier_id for row in rows if outage.is_in(row.data)}


def _data(reference: Reference, outage: Outage, dossier: Dossier, now: datetime) -> dict[str, Any] | None:
    """The data of the entry; None if the outage suspends nothing."""
    state = dossier.state
    if state.procedure_version is None or state.received_at is None:
        return None
    law = reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    data = decide(state, ActionRequest(Action.OUTAGE, now, now, outage.inputs), law)
    return data if "span" in data else None


async def record_outage(
    connection: Connection, reference: Reference, client: str, outage: Outage, now: datetime, *, notify: bool
) -> OutageEffects:
    """Suspends the dossiers, each with a journal entry of its responsible unit; returns the effects."""
    effects = await effects_of(connection, reference, outage, now)
    for item in effects.suspended:
        before = item.dossier
        entry = Entry(before.state.version + 1, Action.OUTAGE, now, now, before.state.responsible_unit, item.data)
        after = replace(before, state=apply(before.state, entry))
        record = EntryRecord(entry, client, notify=notify)
        await recording.record(connection, before, after, record)
    return effects
