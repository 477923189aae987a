"""Reads a dossier for a look-up: its state and its journal in short, and nothing about people."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, bindparam, case, or_, select, type_coerce

from app.database import Connection, Json, Prepared, Row
from app.database.json_rows import ON_POSTGRESQL, ON_SQLITE, JsonForms
from app.database.tables import dossiers, entries, reference_state
from app.domain.errors import Invalid, NotFound
from app.domain.lifecycle import CORRECTIONS, Action, Entry, effective
from app.domain.state import DossierState
from app.domain.typed_codes import code_in
from app.dossiers.externals import code_of_external
from app.dossiers.rows import state_of
from app.lookup.steps import TYPES_WITH_DATA, JournalStep
from app.lookup.texts import UNKNOWN

EXAMPLE = "000.31.15.H47-210816-0001"

# The columns that `state_of` needs. Applicant, officer, summary and papers are not read.
_COLUMNS = (
    "id",
    "code",
    "procedure_id",
    "status",
    "stage",
    "clock",
    "open",
    "channel",
    "receiving_unit_id",
    "responsible_unit_id",
    "holder_unit_id",
    "counter_unit_id",
    "procedure_version_id",
    "submitted_at",
    "received_at",
    "limit_amount",
    "limit_unit",
    "original_due_date",
    "due_date",
    "due_at",
    "provisional",
    "overdue_from",
    "promised_date",
    "finished_at",
    "outcome",
    "verdict",
    "late_cause",
    "returned_at",
    "last_occurred_at",
    "flags",
    "details",
    "fee",
    "money",
    "version",
)


_REVISION = select(reference_state.c.revision).scalar_subquery().label("reference_revision")


def _statement(forms: JsonForms, *, whole: bool) -> Select[Any]:
    """One statement for the state, the journal (in short or `whole`) and the revision of the reference data."""
    has_data = or_(*(entries.c.type == action.value for action in sorted(TYPES_WITH_DATA)))
    data = entries.c.data if whole else case((has_data, entries.c.data))
    row = forms.array(entries.c.sequence, entries.c.type, forms.seconds(entries.c.occurred_at), entries.c.unit_id, data)
    journal = select(forms.array_of_rows(row)).where(entries.c.dossier_id == dossiers.c.id).scalar_subquery()
    return select(
        *(dossiers.c[name] for name in _COLUMNS),
        type_coerce(journal, Json).label("journal"),
        _REVISION,
    ).where(dossiers.c.code == bindparam("code"))


_SEQUENCE = itemgetter(0)
_NO_DATA: Mapping[str, Any] = {}

_WITHOUT_JOURNAL = Prepared(
    select(*(dossiers.c[name] for name in _COLUMNS), _REVISION).where(dossiers.c.code == bindparam("code"))
)
_WITH_SHORT_JOURNAL, _WITH_WHOLE_JOURNAL = (
    Prepared(_statement(ON_POSTGRESQL, whole=whole), sqlite=_statement(ON_SQLITE, whole=whole))
    for whole in (False, True)
)
_ENTRIES = Prepared(
    select(
        entries.c.sequence,
        entries.c.type,
        entries.c.occurred_at,
        entries.c.recorded_at,
        entries.c.unit_id,
        entries.c.data,
    )
    .where(entries.c.dossier_id == bindparam("dossier_id"))
    .order_by(entries.c.sequence)
)


@dataclass(frozen=True, slots=True)
class DossierSnapshot:
    """The public part of a dossier: its row, and its effective journal in short."""

    row: Row
    steps: Sequence[JournalStep]

    @property
    def state(self) -> DossierState:
        """The whole state; most look-ups do without it, as making it takes long."""
        return state_of(self.row)


async def find_bare(connection: Connection, typed: str, language: str) -> DossierSnapshot:
    """As `find`, without steps: what the code alone tells needs no journal (rules §20)."""
    return DossierSnapshot(await _row(connection, _WITHOUT_JOURNAL, typed, language), ())


async def find(connection: Connection, typed: str, language: str) -> DossierSnapshot:
    """The dossier of a typed code, or of its code in another system (rules §10).

    Raises NotFound `unknown_dossier` in the language for people, also for a text that is no code.
    """
    row = await _row(connection, _WITH_SHORT_JOURNAL, typed, language)
    return DossierSnapshot(row, _steps(row.journal))


async def find_dated(connection: Connection, typed: str, language: str) -> tuple[DossierSnapshot, Sequence[Entry]]:
    """As `find`, in one round trip with the entries that `case_of` needs to explain the due date.

    The entries have no instant of recording.
    """
    row = await _row(connection, _WITH_WHOLE_JOURNAL, typed, language)
    journal: list[list[Any]] = row.journal
    journal.sort(key=_SEQUENCE)
    if _has_corrections(journal):
        entries = [_entry(*item) for item in journal]
        return DossierSnapshot(row, _steps_of(entries)), entries
    # Parsing the data of all entries takes longer than the rest of a look-up.
    short = [[*item[:4], item[4] if item[1] in TYPES_WITH_DATA else None] for item in journal]
    return DossierSnapshot(row, _steps(short)), _last_with_deadline(journal)


def _has_corrections(journal: list[list[Any]]) -> bool:
    return any(item[1] in CORRECTIONS for item in journal)


def _last_with_deadline(journal: list[list[Any]]) -> list[Entry]:
    """The last entry that set a deadline, as a list of one; empty before the receipt."""
    for item in reversed(journal):
        if item[4] and '"deadline"' in item[4]:
            entry = _entry(*item)
            if "deadline" in entry.data:
                return [entry]
    return []


async def _row(connection: Connection, statement: Prepared, typed: str, language: str) -> Row:
    with suppress(Invalid):
        row = await connection.first(statement, code=code_in(typed))
        if row is not None:
            return row
    other = await code_of_external(connection, typed)
    row = None if other is None else await connection.first(statement, code=other)
    if row is None:
        raise unknown_dossier(language)
    return row


def unknown_dossier(language: str) -> NotFound:
    """The refusal of a code that no dossier has, in the language for people."""
    return NotFound("unknown_dossier", UNKNOWN.say(language, example=EXAMPLE))


def _steps(journal: list[list[Any]]) -> list[JournalStep]:
    journal.sort(key=_SEQUENCE)
    if _has_corrections(journal):
        return _steps_of([_entry(*item) for item in journal])
    return [
        JournalStep(action, datetime.fromtimestamp(seconds, UTC), unit, json.loads(data) if data else _NO_DATA)
        for _sequence, action, seconds, unit, data in journal
    ]


def _steps_of(journal: Sequence[Entry]) -> list[JournalStep]:
    return [JournalStep(entry.type, entry.occurred_at, entry.unit, entry.data) for entry in effective(journal)]


def _entry(sequence: int, action: str, seconds: int, unit: int, data: str | None) -> Entry:
    at = datetime.fromtimestamp(seconds, UTC)
    return Entry(sequence, Action(action), at, at, unit, json.loads(data) if data else _NO_DATA)


async def whole_journal(connection: Connection, dossier_id: int) -> list[Entry]:
    """All entries of a dossier, oldest first, without corrections applied."""
    rows = await connection.all(_ENTRIES, dossier_id=dossier_id)
    return [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data) for row in rows
    ]
