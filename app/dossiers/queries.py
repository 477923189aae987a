"""What is read of dossiers: one by its code, its journal, who may read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.database import Connection, Prepared
from app.domain.errors import NotFound
from app.domain.lifecycle import Action, Entry
from app.domain.state import DossierState
from app.dossiers.chain import START
from app.dossiers.rows import APPLICANT_FIELDS, state_of
from app.tables import applicants, dossier_units, dossiers, entries, entry_texts, externals


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


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry with what people wrote beside it."""

    entry: Entry
    client: str
    texts: Mapping[str, Any]
    corrects: int | None


def dossier_select() -> Select[Any]:
    """Dossiers with their applicants' present data."""
    return select(dossiers, *(applicants.c[name].label(f"applicant_{name}") for name in APPLICANT_FIELDS)).join(
        applicants,
        (applicants.c.dossier_id == dossiers.c.id) & (applicants.c.number == dossiers.c.applicant_number),
    )


_BY_CODE = Prepared(dossier_select().where(dossiers.c.code == bindparam("code")))
_BY_CODE_LOCKED = Prepared(dossier_select().where(dossiers.c.code == bindparam("code")).with_for_update(of=dossiers))
_EXTERNALS = Prepared(
    select(externals.c.system, externals.c.code)
    .where(externals.c.dossier_id == bindparam("dossier_id"))
    .order_by(externals.c.system, externals.c.code)
)
_UNITS = Prepared(select(dossier_units.c.unit_id).where(dossier_units.c.dossier_id == bindparam("dossier_id")))
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
    if row is None:
        raise NotFound("unknown_dossier", f"There is no dossier with the code {code}.")
    others = await connection.all(_EXTERNALS, dossier_id=row.id)
    return dossier_of(row, tuple((one.system, one.code) for one in others))


def dossier_of(row: Any, others: tuple[tuple[str, str], ...] = ()) -> Dossier:
    """The dossier in a row of `dossier_select`."""
    return Dossier(
        id=row.id,
        code=row.code,
        procedure_id=row.procedure_id,
        state=state_of(row),
        applicant={name: getattr(row, f"applicant_{name}") for name in APPLICANT_FIELDS},
        applicant_number=row.applicant_number,
        summary=row.summary,
        documents=row.documents,
        return_method=row.return_method,
        fee=row.fee,
        officer=row.officer,
        externals=others,
        journal_hash=row.journal_hash,
    )


async def externals_of(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Other systems' codes of several dossiers, by dossier id."""
    statement = (
        select(externals).where(externals.c.dossier_id.in_(list(ids))).order_by(externals.c.system, externals.c.code)
    )
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for row in await connection.all(statement):
        found[row.dossier_id] = (*found.get(row.dossier_id, ()), (row.system, row.code))
    return found


async def units_ever(connection: Connection, dossier_id: int) -> set[int]:
    """The units that are or were its counter, holder or responsible unit."""
    return {row.unit_id for row in await connection.all(_UNITS, dossier_id=dossier_id)}


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
