"""What is read of dossiers: one by its code, its journal, who may read it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, Integer, Select, bindparam, cast, null, select, union_all

from app.database import Connection, Prepared
from app.database.tables import applicants, dossier_units, dossiers, entries, entry_texts, externals
from app.domain.errors import NotFound
from app.domain.lifecycle import Action, Entry
from app.domain.state import DossierState
from app.dossiers.chain import START
from app.dossiers.rows import APPLICANT_FIELDS, identity_place, state_of
from app.encryption.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier as the register holds it now."""

    id: int
    code: str
    procedure_id: int
    state: DossierState
    applicant: Mapping[str, Any]
    applicant_number: int
    summary: str | None
    documents: Sequence[Mapping[str, Any]]
    return_method: str
    fee: int
    officer: str | None
    externals: tuple[tuple[str, str], ...] = ()
    journal_hash: str = START  # of the last entry
    # Each unit that is or was its counter, holder or responsible unit, with whether it held it; none where not read.
    units: Mapping[int, bool] = field(default_factory=dict)

    @property
    def purged(self) -> bool:
        """Whether what was kept of people was taken away: then there is no applicant."""
        return not self.applicant


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry with what people wrote beside it."""

    entry: Entry
    client: str
    texts: Mapping[str, Any]
    corrects: int | None


def dossier_select() -> Select[Any]:
    """Dossiers with their applicants' present data, nulls where those were purged."""
    kept = {name: "identity_encrypted" if name == "identity_number" else name for name in APPLICANT_FIELDS}
    return select(
        dossiers, *(applicants.c[kept[name]].label(f"applicant_{name}") for name in APPLICANT_FIELDS)
    ).outerjoin(
        applicants,
        (applicants.c.dossier_id == dossiers.c.id) & (applicants.c.number == dossiers.c.applicant_number),
    )


_BY_CODE = Prepared(dossier_select().where(dossiers.c.code == bindparam("code")))
_BY_CODE_LOCKED = Prepared(dossier_select().where(dossiers.c.code == bindparam("code")).with_for_update(of=dossiers))


def _relations(is_wanted: Callable[[Any], Any]) -> Prepared:
    """Other systems' codes and the units, in one round trip."""
    no_unit = (cast(null(), Integer).label("unit_id"), cast(null(), Boolean).label("held"))
    codes = select(externals.c.dossier_id, externals.c.system, externals.c.code, *no_unit)
    units = select(dossier_units.c.dossier_id, null(), null(), dossier_units.c.unit_id, dossier_units.c.held)
    return Prepared(
        union_all(codes.where(is_wanted(externals.c.dossier_id)), units.where(is_wanted(dossier_units.c.dossier_id)))
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
    """The dossier of this code, with its row locked where it is to be changed; raises NotFound `unknown_dossier`."""
    row = await connection.first(_BY_CODE_LOCKED if lock else _BY_CODE, code=code)
    if lock and row is not None and (row.applicant_kind is None or row.closed):
        # Who waited for the lock on PostgreSQL has the row as it is now, but beside it the applicant as of before the
        # wait: none where the number has changed since, and a purged one still there.
        row = await connection.first(_BY_CODE, code=code)
    if row is None:
        raise NotFound("unknown_dossier", f"There is no dossier with the code {code}.")
    rows = await connection.all(_RELATIONS_OF_ONE, dossier_id=row.id)
    return dossier_of(connection.ring, row, _gathered([row.id], rows)[row.id])


@dataclass(slots=True)
class Relations:
    """What stands around a dossier's row: its codes in other systems, sorted, and its units, with who held it."""

    externals: list[tuple[str, str]] = field(default_factory=list)
    units: dict[int, bool] = field(default_factory=dict)


async def relations_of(connection: Connection, ids: Sequence[int]) -> dict[int, Relations]:
    """What stands around several dossiers, by dossier id."""
    return _gathered(ids, await connection.all(_RELATIONS_OF_MANY, dossier_ids=list(ids)))


def _gathered(ids: Sequence[int], rows: Sequence[Any]) -> dict[int, Relations]:
    found = {dossier_id: Relations() for dossier_id in ids}
    for dossier_id, system, code, unit, held in rows:
        if unit is None:
            found[dossier_id].externals.append((system, code))
        else:
            found[dossier_id].units[unit] = held
    for one in found.values():
        one.externals.sort()
    return found


def dossier_of(ring: KeyRing, row: Any, about: Relations | None = None) -> Dossier:
    """The dossier in a row of `dossier_select`."""
    about = about or Relations()
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
        fee=row.fee,
        officer=row.officer,
        journal_hash=row.journal_hash,
        externals=tuple(about.externals),
        units=about.units,
    )


async def units_ever(connection: Connection, dossier_id: int) -> dict[int, bool]:
    """The units that are or were its counter, holder or responsible unit, each with whether it held it."""
    return {row.unit_id: row.held for row in await connection.all(_UNITS, dossier_id=dossier_id)}


async def journal(
    connection: Connection, dossier_id: int, *, after: int = 0, most: int = WHOLE_JOURNAL
) -> list[JournalEntry]:
    """The dossier's entries after a sequence, oldest first."""
    rows = await connection.all(_JOURNAL, dossier_id=dossier_id, after=after, most=most)
    return [
        JournalEntry(
            Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data),
            row.client,
            row.content or {},
            row.corrects,
        )
        for row in rows
    ]


async def superseded(connection: Connection, dossier_id: int) -> dict[int, int]:
    """Which entry was corrected by which: the last one that names it."""
    return {row.corrects: row.sequence for row in await connection.all(_CORRECTIONS, dossier_id=dossier_id)}


async def known_externals(
    connection: Connection, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, str]]:
    """The ids and codes of the dossiers that carry any of these (system, code) already."""
    known: dict[tuple[str, str], tuple[int, str]] = {}
    for system, code in pairs:
        found = await connection.first(_BY_EXTERNAL, system=system, code=code)
        if found is not None:
            known[system, code] = (found.id, found.code)
    return known


_BY_EXTERNAL = Prepared(
    select(dossiers.c.id, dossiers.c.code)
    .join(externals, externals.c.dossier_id == dossiers.c.id)
    .where(externals.c.system == bindparam("system"), externals.c.code == bindparam("code"))
)
