"""Goes through what is under way: which occasions are new, and which of those that were raised are over."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Database, Instant, Prepared, Row
from app.database.tables import UNDER_WAY, dossiers, outbox, reminders
from app.domain.calendar import CalendarMissing, add_working_time
from app.domain.occasions import DueReminder, Occasion, occasions
from app.dossiers.rows import state_of
from app.notifications.reminders.contacts import Contact
from app.notifications.reminders.recipients import Roster

# Dossiers that are looked at in one go: others get to work in between.
_CHUNK = 200
_LAST_ID = 2**63 - 1
# What no occasion depends on, and takes time to read.
_ASIDE = frozenset({"summary", "documents", "fee", "return_method", "journal_hash"})
_NEXT = Prepared(
    select(*(item for item in dossiers.c if item.name not in _ASIDE))
    .where(dossiers.c.id > bindparam("after"), literal_column(UNDER_WAY))
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)
_CURRENT = Prepared(
    select(reminders).where(
        reminders.c.dossier_id > bindparam("after"),
        reminders.c.dossier_id <= bindparam("last"),
        reminders.c.ended_at.is_(None),
    )
)
_GIVEN = ("contact_id", "dossier_id", "kind", "occasion", "unit_id", "escalated", "raised_at")
_INSERT = insert(reminders).values({name: bindparam(name, type_=reminders.c[name].type) for name in _GIVEN})
# Once for each occasion: one that is so again is the same, and told again only where it was not told yet.
_RAISE = Prepared(
    _INSERT.on_conflict_do_update(
        index_elements=[
            reminders.c.contact_id,
            reminders.c.dossier_id,
            reminders.c.kind,
            reminders.c.occasion,
        ],
        set_={"ended_at": None, "unit_id": _INSERT.excluded.unit_id},
    )
)
_MOVE = Prepared(update(reminders).where(reminders.c.id == bindparam("reminder")).values(unit_id=bindparam("to_unit")))
_END = Prepared(
    update(reminders).where(reminders.c.id == bindparam("reminder")).values(ended_at=bindparam("at", type_=Instant()))
)
_UNTELL = Prepared(update(reminders).where(reminders.c.id == bindparam("reminder")).values(told_at=None))
_NOT_SENT = Prepared(
    select(outbox.c.recipient, outbox.c.created_at).where(
        and_(outbox.c.state == "pending", outbox.c.kind == "reminders")
    )
)

# Contact, kind and occasion: what is unique among the reminders of a dossier.
Place = tuple[int, str, str]


@dataclass(slots=True)
class Changes:
    """What is to be written: reminders to raise, those that are over, and those that another unit now has to act on."""

    raised: list[dict[str, Any]] = field(default_factory=list)
    over: list[Row] = field(default_factory=list)
    moved: list[dict[str, int]] = field(default_factory=list)


async def changes_now(database: Database, roster: Roster) -> Changes:
    """What has changed since the last look, for those who are at work."""
    changes, after = Changes(), 0
    while True:
        async with database.reading(heavy=True, in_turn=False) as connection:
            rows = await connection.all(_NEXT, after=after)
            last = rows[-1].id if rows else _LAST_ID
            current = await connection.all(_CURRENT, after=after, last=last)
        # Beside the event loop, where requests are answered.
        await asyncio.to_thread(_look, rows, current, roster, changes)
        if not rows:
            return changes
        after = last


async def write(connection: Connection, roster: Roster, changes: Changes) -> None:
    """Raises what is new, and ends what is over."""
    await connection.run_many(_RAISE, changes.raised)
    await connection.run_many(_MOVE, changes.moved)
    await connection.run_many(_END, [{"reminder": row.id, "at": roster.now} for row in changes.over])
    # What is left out of a message that waits was not told.
    unsent = {(row.recipient, row.created_at) for row in await connection.all(_NOT_SENT)} if changes.over else set()
    untold = [row for row in changes.over if (f"contact:{row.contact_id}", row.told_at) in unsent]
    await connection.run_many(_UNTELL, [{"reminder": row.id} for row in untold])


def _look(rows: Sequence[Row], current: Iterable[Row], roster: Roster, changes: Changes) -> None:
    known: dict[int, list[Row]] = defaultdict(list)
    for row in current:
        known[row.dossier_id].append(row)
    for dossier in rows:
        _compare(dossier.id, _found(dossier, roster), known.pop(dossier.id, []), roster, changes)
    # What is not under way any more.
    changes.over += [row for left in known.values() for row in left]


def _found(dossier: Row, roster: Roster) -> dict[Place, DueReminder]:
    state = state_of(dossier)
    units = {state.holder_unit, state.counter_unit}
    if state.pending is not None:
        units.add(state.pending.to_unit)
    found: dict[Place, DueReminder] = {}
    # Whoever works at the same times with the same thresholds sees the same: most of those near do.
    seen: dict[tuple[int, int], list[DueReminder]] = {}
    for contact in roster.near(units):
        at, limits = roster.moment(contact), roster.limits(contact, dossier.procedure_id)
        alike = (id(at.sessions), id(limits))
        if alike not in seen:
            seen[alike] = occasions(state, at, limits)
        for item in seen[alike]:
            if roster.concerns(contact, item, dossier.officer):
                found[contact.id, str(item.occasion), item.key] = item
    return found


def _compare(
    dossier_id: int, found: Mapping[Place, DueReminder], known: Sequence[Row], roster: Roster, changes: Changes
) -> None:
    places = {_place(row) for row in known}
    # Of those who are not at work nothing can be said.
    own = [row for row in known if not row.escalated]
    over = {row.id for row in own if row.contact_id in roster.contacts and _place(row) not in found}
    changes.over += [row for row in own if row.id in over]
    changes.moved += [
        {"reminder": row.id, "to_unit": found[_place(row)].unit}
        for row in own
        if _place(row) in found and found[_place(row)].unit != row.unit_id
    ]
    new = [_row(contact, dossier_id, one, roster) for (contact, *_), one in found.items()]
    changes.raised += [item for item in new if _place_of(item) not in places]
    still = [row for row in own if row.id not in over]
    changes.raised += [
        {**item, "escalated": True} for item in _escalated(still, roster) if _place_of(item) not in places | set(found)
    ]
    left = {_what(row) for row in still} | {(kind, key) for _, kind, key in found}
    changes.over += [row for row in known if row.escalated and _what(row) not in left]


def _escalated(still: Sequence[Row], roster: Roster) -> Iterator[dict[str, Any]]:
    """What a unit was told and nobody there has acknowledged in time, for the supervisors above it."""
    heard = {_what(row) for row in still if row.acknowledged_at is not None or _is_put_off(row, roster)}
    for row in still:
        if _what(row) not in heard and _is_unheard(row, roster):
            again = DueReminder(Occasion(row.kind), row.unit_id, row.occasion)
            for supervisor in roster.above(row.unit_id):
                if supervisor.id != row.contact_id:
                    yield _row(supervisor.id, row.dossier_id, again, roster)


def _is_unheard(row: Row, roster: Roster) -> bool:
    contact: Contact | None = roster.contacts.get(row.contact_id)
    if contact is None or row.told_at is None:
        return False
    at = roster.moment(contact)
    with suppress(CalendarMissing):
        return add_working_time(row.told_at, 60 * contact.escalate_hours, at.calendar, at.sessions) <= roster.now
    return False


def _is_put_off(row: Row, roster: Roster) -> bool:
    return row.snoozed_until is not None and row.snoozed_until > roster.now


def _place(row: Row) -> Place:
    return row.contact_id, row.kind, row.occasion


def _place_of(one: Mapping[str, Any]) -> Place:
    return one["contact_id"], one["kind"], one["occasion"]


def _what(row: Row) -> tuple[str, str]:
    return row.kind, row.occasion


def _row(contact_id: int, dossier_id: int, one: DueReminder, roster: Roster) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "dossier_id": dossier_id,
        "kind": str(one.occasion),
        "occasion": one.key,
        "unit_id": one.unit,
        "escalated": False,
        "raised_at": roster.now,
    }
