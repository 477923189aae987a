"""Reads dossiers by code, their journals, and the units that may read them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, Select, Text, bindparam, cast, func, null, select, type_coerce, union_all

from app.database import Connection, Prepared
from app.database.tables import (
    applicants,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    externals,
    participants,
    seals,
)
from app.domain.errors import NotFound
from app.domain.hash_chain import START
from app.domain.lifecycle import Action, Entry
from app.domain.state import DossierState
from app.dossiers.participants import NOBODY, Participants, names_people, numbers_of, participants_from, with_numbers
from app.dossiers.rows import APPLICANT_FIELDS, identity_place, state_of
from app.encryption.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier in its present state."""

    id: int
    code: str
    procedure_id: int
    state: DossierState
    applicant: Mapping[str, Any]
    applicant_number: int
    summary: str | None
    documents: Sequence[Mapping[str, Any]]
    return_method: str
    officer: str | None
    notify: bool = True  # false: the applicant wants no messages
    externals: tuple[tuple[str, str], ...] = ()
    journal_hash: str = START  # of the last entry
    newest_seal: int | None = None  # number of the newest seal in this transaction; None if it was not read
    # Client and instant of the last entry; None if they were not read.
    recorded_last: tuple[str, datetime] | None = None
    # Each unit that is or was counter, holder or responsible unit; True if it held the dossier. Empty if not read.
    units: Mapping[int, bool] = field(default_factory=dict)
    # People beside the applicant; none if they were not read.
    people: Participants = NOBODY

    @property
    def purged(self) -> bool:
        """True if the personal data were deleted: then there is no applicant."""
        return not self.applicant

    @property
    def fee(self) -> int:
        """The money taken and not given back, in đồng (rules §19)."""
        return self.state.money.taken


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry with its client and with the words of people."""

    entry: Entry
    client: str
    texts: Mapping[str, Any]
    corrects: int | None
    hash: str
    newest_seal: int | None


def dossier_select() -> Select[Any]:
    """Dossiers with the present data of their applicants; null after a purge."""
    kept = {name: "identity_encrypted" if name == "identity_number" else name for name in APPLICANT_FIELDS}
    return select(
        dossiers, *(applicants.c[kept[name]].label(f"applicant_{name}") for name in APPLICANT_FIELDS)
    ).outerjoin(
        applicants,
        (applicants.c.dossier_id == dossiers.c.id) & (applicants.c.number == dossiers.c.applicant_number),
    )


# With the last entry: its client may void it (rules §8).
_BY_CODE = Prepared(
    dossier_select()
    .add_columns(entries.c.client.label("last_client"), entries.c.recorded_at.label("last_recorded_at"))
    .join(entries, (entries.c.dossier_id == dossiers.c.id) & (entries.c.sequence == dossiers.c.version))
    .where(dossiers.c.code == bindparam("code"))
)
# Number of the newest seal, 0 before the first: what an entry of this transaction is recorded after (rules §13).
NEWEST_SEAL = select(func.coalesce(func.max(seals.c.number), 0)).scalar_subquery().label("newest_seal")
_NEWEST_SEAL = Prepared(select(NEWEST_SEAL))
_BY_CODE_LOCKED = Prepared(
    dossier_select().add_columns(NEWEST_SEAL).where(dossiers.c.code == bindparam("code")).with_for_update(of=dossiers)
)


def _relations(condition: Callable[[Any], Any]) -> Prepared:
    """External codes, units and present people of dossiers, in one round trip.

    `condition` restricts a column of dossier ids.
    """
    no_unit = (cast(null(), Integer).label("unit_id"), cast(null(), Boolean).label("held"))
    nobody = (cast(null(), Integer).label("sequence"), cast(null(), Integer).label("number"))
    codes = select(externals.c.dossier_id, externals.c.system, externals.c.code, *no_unit, *nobody)
    units = select(
        dossier_units.c.dossier_id, null(), null(), dossier_units.c.unit_id, dossier_units.c.held, null(), null()
    )
    people = (
        select(
            participants.c.dossier_id,
            type_coerce(entry_texts.c.content, Text()),
            participants.c.identity_encrypted,
            null(),
            null(),
            participants.c.sequence,
            participants.c.number,
        )
        .join(
            entry_texts,
            (entry_texts.c.dossier_id == participants.c.dossier_id)
            & (entry_texts.c.sequence == participants.c.sequence),
        )
        .where(participants.c.replaced_by.is_(None))
    )
    return Prepared(
        union_all(
            codes.where(condition(externals.c.dossier_id)),
            units.where(condition(dossier_units.c.dossier_id)),
            people.where(condition(participants.c.dossier_id)),
        )
    )


_RELATIONS_OF_ONE = _relations(lambda column: column == bindparam("dossier_id"))
_RELATIONS_OF_MANY = _relations(lambda column: column.in_(bindparam("dossier_ids", expanding=True)))
_UNITS = Prepared(
    select(dossier_units.c.unit_id, dossier_units.c.held).where(dossier_units.c.dossier_id == bindparam("dossier_id"))
)
_JOURNAL = Prepared(
    select(entries, entry_texts.c.content)
    .outerjoin(
        entry_texts,
        (entry_texts.c.dossier_id == entries.c.dossier_id) & (entry_texts.c.sequence == entries.c.sequence),
    )
    .where(
        entries.c.dossier_id == bindparam("dossier_id"),
        entries.c.sequence > bindparam("after"),
    )
    .order_by(entries.c.sequence)
    .limit(bindparam("most"))
)
_CORRECTIONS = Prepared(
    select(entries.c.corrects, entries.c.sequence)
    .where(entries.c.dossier_id == bindparam("dossier_id"), entries.c.corrects.is_not(None))
    .order_by(entries.c.sequence)
)
WHOLE_JOURNAL = 100_000


async def find(connection: Connection, code: str, *, lock: bool = False) -> Dossier:
    """The dossier of this code, its row locked with `lock`; raises NotFound `unknown_dossier`."""
    row = await connection.first(_BY_CODE_LOCKED if lock else _BY_CODE, code=code)
    newest = row.newest_seal if lock and row is not None else None
    if lock and row is not None and (row.applicant_kind is None or row.closed):
        # After a wait for the lock, PostgreSQL gives the present row with the applicant of before the wait: none if the
        # number has changed since, and a purged one as if it were still there.
        row = await connection.first(_BY_CODE, code=code)
    if row is None:
        raise NotFound("unknown_dossier", f"There is no dossier with the code {code}.")
    rows = await connection.all(_RELATIONS_OF_ONE, dossier_id=row.id)
    return replace(dossier_of(connection.ring, row, _gathered([row.id], rows)[row.id]), newest_seal=newest)


async def newest_seal(connection: Connection) -> int:
    """The number of the newest seal, 0 before the first."""
    number: int = await connection.scalar(_NEWEST_SEAL)
    return number


@dataclass(slots=True)
class Relations:
    """External codes of a dossier, sorted, its units (True for one that held it), and rows of its present people."""

    externals: list[tuple[str, str]] = field(default_factory=list)
    units: dict[int, bool] = field(default_factory=dict)
    people: list[tuple[int, int, str, str | None]] = field(default_factory=list)


async def relations_of(connection: Connection, ids: Sequence[int]) -> dict[int, Relations]:
    """The relations of several dossiers, by dossier id."""
    return _gathered(ids, await connection.all(_RELATIONS_OF_MANY, dossier_ids=list(ids)))


def _gathered(ids: Sequence[int], rows: Sequence[Any]) -> dict[int, Relations]:
    relations = {dossier_id: Relations() for dossier_id in ids}
    for dossier_id, system, code, unit, held, sequence, number in rows:
        if unit is not None:
            relations[dossier_id].units[unit] = held
        elif sequence is not None:
            relations[dossier_id].people.append((sequence, number, system, code))
        else:
            relations[dossier_id].externals.append((system, code))
    for related in relations.values():
        related.externals.sort()
    return relations


def dossier_of(ring: KeyRing, row: Any, relations: Relations | None = None) -> Dossier:
    """The dossier in a row of `dossier_select`."""
    relations = relations or Relations()
    applicant = {name: getattr(row, f"applicant_{name}") for name in APPLICANT_FIELDS}
    if applicant["kind"] is None:
        applicant = {}
    elif applicant["identity_number"] is not None:
        place = identity_place(row.id, row.applicant_number)
        applicant["identity_number"] = ring.decrypt(applicant["identity_number"], place)
    return Dossier(
        id=row.id,
        code=row.code,
        procedure_id=row.procedure_id,
        state=state_of(row),
        applicant=applicant,
        applicant_number=row.applicant_number,
        summary=row.summary,
        documents=row.documents,
        return_method=row.return_method,
        officer=row.officer,
        notify=row.notify,
        journal_hash=row.journal_hash,
        recorded_last=(row.last_client, row.last_recorded_at) if hasattr(row, "last_client") else None,
        externals=tuple(relations.externals),
        units=relations.units,
        people=participants_from(ring, row.id, relations.people),
    )


async def units_ever(connection: Connection, dossier_id: int) -> dict[int, bool]:
    """The units that are or were counter, holder or responsible unit; True for a unit that held the dossier."""
    return {row.unit_id: row.held for row in await connection.all(_UNITS, dossier_id=dossier_id)}


async def journal(
    connection: Connection, dossier_id: int, *, after: int = 0, most: int = WHOLE_JOURNAL
) -> list[JournalEntry]:
    """The dossier's entries after a sequence, oldest first."""
    rows = await connection.all(_JOURNAL, dossier_id=dossier_id, after=after, most=most)
    named = any(row.content and names_people(row.content) for row in rows)
    numbers = await numbers_of(connection, dossier_id) if named else {}
    return [
        JournalEntry(
            Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data),
            row.client,
            with_numbers(row.content or {}, numbers.get(row.sequence, {})),
            row.corrects,
            row.hash,
            row.newest_seal,
        )
        for row in rows
    ]


async def superseded(connection: Connection, dossier_id: int) -> dict[int, int]:
    """The last correction of each corrected entry, by sequence."""
    return {row.corrects: row.sequence for row in await connection.all(_CORRECTIONS, dossier_id=dossier_id)}
