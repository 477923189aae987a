"""Brings a dossier up to date with the running reform, in the transaction of the caller (rules §12)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.catalogue.cache import Division, Reference, Reform
from app.database import Connection, Prepared
from app.database.tables import reform_dossiers
from app.domain.calendar import WorkingCalendar
from app.domain.due_dates import redate
from app.domain.lifecycle import Action, Entry, apply
from app.domain.localtime import local_date
from app.dossiers import recording
from app.dossiers.outages import Outage, recorded_in, suspension
from app.dossiers.queries import Dossier
from app.dossiers.rows import EntryRecord
from app.dossiers.service import follow_succession

_SETTLED = Prepared(
    select(reform_dossiers.c.dossier_id).where(
        reform_dossiers.c.reform_id == bindparam("reform"),
        reform_dossiers.c.dossier_id.in_(bindparam("dossier_ids", expanding=True)),
    )
)


class Effect(NamedTuple):
    """A dossier after a reform, whether it moved, and what the answer lists about it."""

    dossier: Dossier
    moved: bool = False
    listed: Mapping[str, Any] = {}


class Publication(NamedTuple):
    """The publication of a year's calendar under a decision, on a local date."""

    year: int
    decision: str | None
    day: date


async def settled(connection: Connection, reference: Reference, dossier: Dossier) -> Dossier:
    """The dossier after the running reform. Its row is locked, and a later batch leaves it out."""
    reform = reference.reform
    if reform is None or dossier.id > reform.last_dossier:
        return dossier
    if await settled_among(connection, reform, [dossier.id]):
        return dossier
    effect = await carried_out(connection, reference, reform, dossier)
    await keep(connection, reform, effect)
    return effect.dossier


async def settled_among(connection: Connection, reform: Reform, ids: Sequence[int]) -> set[int]:
    """The ids of these dossiers that the reform has reached."""
    if not ids:
        return set()
    return {row.dossier_id for row in await connection.all(_SETTLED, reform=reform.id, dossier_ids=list(ids))}


async def carried_out(connection: Connection, reference: Reference, reform: Reform, dossier: Dossier) -> Effect:
    """Carries out the reform on one dossier. Without an effect nothing is recorded."""
    return await _EFFECTS[reform.kind](connection, reference, reform, dossier)


async def keep(connection: Connection, reform: Reform, effect: Effect) -> None:
    """Stores that the reform has reached the dossier."""
    row = {
        "reform_id": reform.id,
        "dossier_id": effect.dossier.id,
        "moved": effect.moved,
        "effect": dict(effect.listed),
    }
    await connection.insert_by_end([(reform_dossiers, row)])


# --- Published calendars ----------------------------------------------------------------------------------------------


def days_of(year: int) -> tuple[date, date]:
    """The first due date and the last date of receipt of dossiers that a calendar of the year can change.

    A date of the year is then in (receipt, due date]. A late step may end in the next year.
    """
    return date(year - 1, 1, 1), date(year, 12, 31)


def new_dates(
    reference: Reference, dossier: Dossier, published: Publication, calendar: WorkingCalendar | None = None
) -> dict[str, Any] | None:
    """The data of the entry for a published calendar; None if nothing changes (rules §3, §6)."""
    state = dossier.state
    if not state.open or state.procedure_version is None or state.received_at is None or state.due_date is None:
        return None
    first_due, last_receipt = days_of(published.year)
    is_due = state.due_date >= first_due and local_date(state.received_at) <= last_receipt
    is_promised = state.promised_date is not None and state.promised_date.year == published.year
    if not is_due and not is_promised:
        return None
    law = reference.law(state.procedure_version, state.receiving_unit, state.received_at, calendar)
    return redate(state, law, published.decision, published.day)


async def _publication(connection: Connection, reference: Reference, reform: Reform, dossier: Dossier) -> Effect:
    parameters = reform.parameters
    published = Publication(parameters["year"], parameters["decision"], local_date(reform.began_at))
    data = new_dates(reference, dossier, published)
    if data is None:
        return Effect(dossier)
    return Effect(await _recorded(connection, reform, dossier, Action.REDATE, data), moved=True)


# --- Successions and outages ------------------------------------------------------------------------------------------


async def _succession(connection: Connection, reference: Reference, reform: Reform, dossier: Dossier) -> Effect:
    gone, chosen = reform.parameters["unit"], successor_chosen(reform.parameters, dossier)
    after = await follow_succession(
        connection,
        reference,
        dossier,
        reform.client,
        reform.began_at,
        notify=reform.notify,
        by_hand={gone: chosen},
    )
    moved = after.state.version > dossier.state.version
    return Effect(after, moved, {"successor": chosen} if moved and "division" in reform.parameters else {})


def successor_chosen(parameters: Mapping[str, Any], dossier: Dossier) -> int:
    """The successor that a succession gives the dossier to: the one chosen by hand, else the one of the rules."""
    if "division" not in parameters:
        return int(parameters["successor"])
    if (by_hand := parameters["by_hand"].get(dossier.code)) is not None:
        return int(by_hand)
    return Division.of(parameters["division"]).successor(dossier.procedure_id, dossier.applicant.get("commune_unit_id"))


async def _outage(connection: Connection, reference: Reference, reform: Reform, dossier: Dossier) -> Effect:
    outage = Outage.of(reform.parameters)
    if not outage.concerns(dossier):
        return Effect(dossier)
    if await recorded_in(connection, outage, [dossier]):
        return Effect(dossier, listed={"recorded_before": True})
    data = suspension(reference, outage, dossier, reform.began_at)
    if data is None:
        return Effect(dossier)
    before, deadline = dossier.state.due_date, data["deadline"]
    listed = {
        "due_date_before": before.isoformat() if before else None,
        "due_date": deadline["due_date"],
        "provisional": deadline["provisional"],
    }
    return Effect(await _recorded(connection, reform, dossier, Action.OUTAGE, data), True, listed)


async def _recorded(
    connection: Connection, reform: Reform, before: Dossier, action: Action, data: Mapping[str, Any]
) -> Dossier:
    """The dossier after an entry of its responsible unit, with the time of the reform."""
    state, now = before.state, reform.began_at
    entry = Entry(state.version + 1, action, now, now, state.responsible_unit, data)
    after = replace(before, state=apply(state, entry))
    return await recording.record(connection, before, after, EntryRecord(entry, reform.client, notify=reform.notify))


_EFFECTS: Mapping[str, Callable[[Connection, Reference, Reform, Dossier], Awaitable[Effect]]] = {
    "publication": _publication,
    "succession": _succession,
    "outage": _outage,
}
