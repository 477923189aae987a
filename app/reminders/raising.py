"""Goes through what is under way and raises a reminder for each new occasion; those whose occasion is over end."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.reference import Reference
from app.database import Connection, Instant, Prepared, Row
from app.domain.calendar import CalendarMissing, add_working_time, local_date
from app.domain.occasions import Found, Moment, Occasion, occasions
from app.domain.state import DossierState
from app.dossiers.rows import state_of
from app.reminders.contacts import Contact
from app.reminders.office import moment_at
from app.tables import dossiers, reminders

_CHUNK = 500
# What can give an occasion: what is open, and what was not collected.
_UNDER_WAY = Prepared(
    select(dossiers)
    .where(dossiers.c.id > bindparam("after"), or_(dossiers.c.open.is_(True), dossiers.c.status == "finished"))
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)
_GIVEN = ("contact_id", "dossier_id", "kind", "occasion", "unit_id", "escalated", "raised_at")
_RAISE = Prepared(
    insert(reminders)
    .values({name: bindparam(name, type_=reminders.c[name].type) for name in _GIVEN})
    .on_conflict_do_nothing(
        index_elements=[
            reminders.c.contact_id,
            reminders.c.dossier_id,
            reminders.c.kind,
            reminders.c.occasion,
        ]
    )
)
_CURRENT = Prepared(
    select(reminders).where(reminders.c.contact_id == bindparam("contact"), reminders.c.ended_at.is_(None))
)
_END = Prepared(
    update(reminders).where(reminders.c.id == bindparam("reminder")).values(ended_at=bindparam("at", type_=Instant()))
)

# Theirs to decide or to answer for; the rest comes to them when a unit does not say that it knows.
_OF_SUPERVISORS = frozenset({Occasion.OVERDUE, Occasion.APOLOGY_OWED})

Place = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Present:
    """Contacts that are at work now, each with its working time."""

    contacts: Sequence[Contact]
    moments: Mapping[int, Moment]
    reference: Reference
    now: datetime


async def found_now(connection: Connection, present: Present) -> dict[Place, dict[str, Any]]:
    """What gives occasion to remind the contacts that are present, as rows of `reminders` by what is unique in them."""
    found: dict[Place, dict[str, Any]] = {}
    async for row in _under_way(connection):
        for one in _of_dossier(row, present):
            found[one["contact_id"], one["dossier_id"], one["kind"], one["occasion"]] = one
    return found


async def raise_reminders(connection: Connection, present: Present, found: Mapping[Place, Mapping[str, Any]]) -> None:
    """Raises what is new of what was found, and ends what is over."""
    await connection.run_many(_RAISE, list(found.values()))
    for contact in present.contacts:
        current = [row for row in await connection.all(_CURRENT, contact=contact.id) if not row.escalated]
        over = [row.id for row in current if (contact.id, row.dossier_id, row.kind, row.occasion) not in found]
        await connection.run_many(_END, [{"reminder": one, "at": present.now} for one in over])


async def escalate(connection: Connection, present: Present) -> None:
    """Raises for supervisors what a unit was told and has not acknowledged in time; ends what is over."""
    told = select(reminders).where(reminders.c.ended_at.is_(None), reminders.c.escalated.is_(False))
    rows = await connection.all(told.where(reminders.c.told_at.is_not(None), reminders.c.acknowledged_at.is_(None)))
    hours = {one.id: one.escalate_hours for one in present.contacts}
    unheard = [row for row in rows if row.contact_id in hours and _is_unheard(row, hours[row.contact_id], present)]
    raised = [
        {**_row(supervisor, row.dossier_id, _again(row), present.now), "escalated": True}
        for supervisor in present.contacts
        if supervisor.role == "supervisor"
        for row in unheard
        if row.contact_id != supervisor.id and _is_beneath(present, supervisor, row.unit_id)
    ]
    await connection.run_many(_RAISE, raised)
    current = {(row.dossier_id, row.kind, row.occasion) for row in await connection.all(told)}
    above = await connection.all(
        select(reminders).where(reminders.c.ended_at.is_(None), reminders.c.escalated.is_(True))
    )
    over = [row.id for row in above if (row.dossier_id, row.kind, row.occasion) not in current]
    await connection.run_many(_END, [{"reminder": one, "at": present.now} for one in over])


def _again(row: Row) -> Found:
    return Found(Occasion(row.kind), row.unit_id, row.occasion)


def _is_unheard(row: Row, hours: int, present: Present) -> bool:
    if row.snoozed_until is not None and row.snoozed_until > present.now:
        return False
    at = present.moments[row.contact_id]
    with suppress(CalendarMissing):
        return add_working_time(row.told_at, 60 * hours, at.calendar, at.sessions) <= present.now
    return False


def _of_dossier(row: Row, present: Present) -> list[dict[str, Any]]:
    state: DossierState = state_of(row)
    rows: list[dict[str, Any]] = []
    for contact in present.contacts:
        with suppress(CalendarMissing):
            found = occasions(state, present.moments[contact.id], contact.limits)
            mine = [one for one in found if _concerns(present, contact, one, row.officer)]
            rows += [_row(contact, row.id, one, present.now) for one in mine]
    return rows


def _concerns(present: Present, contact: Contact, one: Found, officer: str | None) -> bool:
    match contact.role:
        case "unit":
            return contact.unit_id == one.unit
        case "officer":
            return contact.unit_id == one.unit and contact.officer == officer
        case _:
            return one.occasion in _OF_SUPERVISORS and _is_beneath(present, contact, one.unit)


def _is_beneath(present: Present, supervisor: Contact, unit_id: int) -> bool:
    scope = present.reference.scope(supervisor.unit_id, local_date(present.now))
    return scope is None or unit_id in scope


def _row(contact: Contact, dossier_id: int, one: Found, now: datetime) -> dict[str, Any]:
    return {
        "contact_id": contact.id,
        "dossier_id": dossier_id,
        "kind": str(one.occasion),
        "occasion": one.key,
        "unit_id": one.unit,
        "escalated": False,
        "raised_at": now,
    }


async def _under_way(connection: Connection) -> AsyncIterator[Row]:
    after = 0
    while rows := await connection.all(_UNDER_WAY, after=after):
        for row in rows:
            yield row
        after = rows[-1].id


def present_at(reference: Reference, contact: Contact, now: datetime) -> Moment:
    """Now, in the working time of a contact's unit, or of what succeeded it."""
    return moment_at(reference, reference.succeeded(contact.unit_id, local_date(now)).id, now)
