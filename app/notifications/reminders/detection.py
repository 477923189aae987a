"""Compares the due reminders of all dossiers under way with the stored ones: new, moved and ended reminders."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Database, Instant, Prepared, Row
from app.database.tables import UNDER_WAY, dossiers, outbox, reminders
from app.domain.calendar import CalendarMissing, add_working_time
from app.domain.occasions import DueReminder, occasions
from app.dossiers.rows import state_of
from app.notifications.reminders.contacts import Contact
from app.notifications.reminders.recipients import Roster

# Dossiers read by one statement. Requests take turns between statements.
_CHUNK = 200
_LAST_ID = 2**63 - 1
# Columns without influence on occasions, left out to save time.
_UNUSED = frozenset({"summary", "documents", "return_method", "notify", "journal_hash"})


@dataclass(frozen=True, slots=True)
class StoredReminder:
    """A row of `reminders` that has not ended."""

    id: int
    contact_id: int
    dossier_id: int
    kind: str
    occasion: str
    unit_id: int
    escalated: bool
    told_at: datetime | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None


class Key(NamedTuple):
    """The identity of a reminder among those of a dossier."""

    contact_id: int
    kind: str
    occasion: str

    @property
    def condition(self) -> tuple[str, str]:
        """The condition of the dossier, which is the same for all contacts."""
        return self.kind, self.occasion


class NewReminder(NamedTuple):
    """A reminder to store: its identity, the unit that has to act, and whether it goes to a supervisor."""

    key: Key
    dossier_id: int
    unit_id: int
    escalated: bool = False


@dataclass(slots=True)
class Changes:
    """Reminders to store, to end, and to move to another unit that has to act now."""

    new: list[NewReminder] = field(default_factory=list)
    ended: list[StoredReminder] = field(default_factory=list)
    moved: list[tuple[StoredReminder, int]] = field(default_factory=list)


# --- Statements -------------------------------------------------------------------------------------------------------

_NEXT = Prepared(
    select(*(column for column in dossiers.c if column.name not in _UNUSED))
    .where(dossiers.c.id > bindparam("after"), literal_column(UNDER_WAY))
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)
_CURRENT = Prepared(
    select(*(reminders.c[name] for name in StoredReminder.__slots__)).where(
        reminders.c.dossier_id > bindparam("after"),
        reminders.c.dossier_id <= bindparam("last"),
        reminders.c.ended_at.is_(None),
    )
)
_COLUMNS = ("contact_id", "dossier_id", "kind", "occasion", "unit_id", "escalated", "raised_at")
_INSERT = insert(reminders).values({name: bindparam(name, type_=reminders.c[name].type) for name in _COLUMNS})
# A condition that returns is the same reminder. It is sent again only if it was not sent before.
_STORE = Prepared(
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
_MARK_UNSENT = Prepared(update(reminders).where(reminders.c.id == bindparam("reminder")).values(told_at=None))
_PENDING = Prepared(
    select(outbox.c.recipient, outbox.c.created_at).where(
        and_(outbox.c.state == "pending", outbox.c.kind == "reminders")
    )
)


async def detect(database: Database, roster: Roster) -> Changes:
    """The changes since the last round, for contacts in their office hours."""
    changes, after = Changes(), 0
    while True:
        async with database.reading(heavy=True, in_turn=False) as connection:
            rows = await connection.all(_NEXT, after=after)
            last = rows[-1].id if rows else _LAST_ID
            stored = [StoredReminder(*row) for row in await connection.all(_CURRENT, after=after, last=last)]
        # In a thread, because the event loop answers requests.
        await asyncio.to_thread(_compare_chunk, rows, stored, roster, changes)
        if not rows:
            return changes
        after = last


async def write(connection: Connection, roster: Roster, changes: Changes) -> None:
    """Stores new reminders, and moves and ends others."""
    await connection.run_many(_STORE, [_row(reminder, roster.now) for reminder in changes.new])
    await connection.run_many(_MOVE, [{"reminder": moved.id, "to_unit": unit} for moved, unit in changes.moved])
    await connection.run_many(_END, [{"reminder": ended.id, "at": roster.now} for ended in changes.ended])
    # An ended reminder is left out of a pending message, so it was not sent.
    pending = {(row.recipient, row.created_at) for row in await connection.all(_PENDING)} if changes.ended else set()
    unsent = [ended for ended in changes.ended if (f"contact:{ended.contact_id}", ended.told_at) in pending]
    await connection.run_many(_MARK_UNSENT, [{"reminder": ended.id} for ended in unsent])


def _row(reminder: NewReminder, now: datetime) -> dict[str, object]:
    return {
        **reminder.key._asdict(),
        "dossier_id": reminder.dossier_id,
        "unit_id": reminder.unit_id,
        "escalated": reminder.escalated,
        "raised_at": now,
    }


# --- Comparison -------------------------------------------------------------------------------------------------------


def _compare_chunk(rows: Sequence[Row], stored: Iterable[StoredReminder], roster: Roster, changes: Changes) -> None:
    by_dossier: dict[int, list[StoredReminder]] = defaultdict(list)
    for reminder in stored:
        by_dossier[reminder.dossier_id].append(reminder)
    for dossier in rows:
        _compare(dossier.id, _due(dossier, roster), by_dossier.pop(dossier.id, []), roster, changes)
    # The other dossiers are no longer under way.
    changes.ended += [reminder for others in by_dossier.values() for reminder in others]


def _due(dossier: Row, roster: Roster) -> dict[Key, DueReminder]:
    state = state_of(dossier)
    units = {state.holder_unit, state.counter_unit}
    if state.pending is not None:
        units.add(state.pending.to_unit)
    due: dict[Key, DueReminder] = {}
    # Contacts with the same hours and thresholds have the same occasions, and most contacts of a unit do.
    computed: dict[tuple[int, int], list[DueReminder]] = {}
    for contact in roster.near(units):
        at, limits = roster.moment(contact), roster.limits(contact, dossier.procedure_id)
        shared = (id(at.sessions), id(limits))
        if shared not in computed:
            computed[shared] = occasions(state, at, limits)
        for reminder in computed[shared]:
            if roster.concerns(contact, reminder, dossier.officer):
                due[Key(contact.id, str(reminder.occasion), reminder.key)] = reminder
    return due


def _compare(
    dossier_id: int,
    due: Mapping[Key, DueReminder],
    stored: Sequence[StoredReminder],
    roster: Roster,
    changes: Changes,
) -> None:
    keys = {_key(reminder) for reminder in stored}
    own = [reminder for reminder in stored if not reminder.escalated]
    # Reminders of contacts outside their office hours stay as they are.
    ended = {reminder.id for reminder in own if reminder.contact_id in roster.contacts and _key(reminder) not in due}
    changes.ended += [reminder for reminder in own if reminder.id in ended]
    for reminder in own:
        match = due.get(_key(reminder))
        if match is not None and match.unit != reminder.unit_id:
            changes.moved.append((reminder, match.unit))
    changes.new += [NewReminder(key, dossier_id, reminder.unit) for key, reminder in due.items() if key not in keys]
    remaining = [reminder for reminder in own if reminder.id not in ended]
    changes.new += [reminder for reminder in _escalated(remaining, roster) if reminder.key not in keys | set(due)]
    conditions = {_key(reminder).condition for reminder in remaining} | {key.condition for key in due}
    changes.ended += [
        reminder for reminder in stored if reminder.escalated and _key(reminder).condition not in conditions
    ]


def _escalated(remaining: Sequence[StoredReminder], roster: Roster) -> Iterator[NewReminder]:
    """Reminders for the supervisors above a unit without an acknowledgement in time."""
    acknowledged = {
        _key(reminder).condition
        for reminder in remaining
        if reminder.acknowledged_at is not None or _is_snoozed(reminder, roster)
    }
    for reminder in remaining:
        if _key(reminder).condition not in acknowledged and _is_unanswered(reminder, roster):
            for supervisor in roster.above(reminder.unit_id):
                if supervisor.id != reminder.contact_id:
                    key = Key(supervisor.id, reminder.kind, reminder.occasion)
                    yield NewReminder(key, reminder.dossier_id, reminder.unit_id, escalated=True)


def _is_unanswered(reminder: StoredReminder, roster: Roster) -> bool:
    contact: Contact | None = roster.contacts.get(reminder.contact_id)
    if contact is None or reminder.told_at is None:
        return False
    at, minutes = roster.moment(contact), 60 * contact.escalate_hours
    with suppress(CalendarMissing):
        return add_working_time(reminder.told_at, minutes, at.calendar, at.sessions) <= roster.now
    return False


def _is_snoozed(reminder: StoredReminder, roster: Roster) -> bool:
    return reminder.snoozed_until is not None and reminder.snoozed_until > roster.now


def _key(reminder: StoredReminder) -> Key:
    return Key(reminder.contact_id, reminder.kind, reminder.occasion)
