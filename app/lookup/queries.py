"""What look-ups read: a dossier's state and what happened to it, and nothing about the people in it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    case,
    cast,
    extract,
    func,
    or_,
    select,
    type_coerce,
)

from app.database import Connection, Json, Prepared, Row
from app.database.tables import dossiers, entries, reference_state
from app.domain.codes import normalise_code, parse_code
from app.domain.errors import Invalid, NotFound
from app.domain.lifecycle import CORRECTIONS, Action, Entry, effective
from app.domain.state import DossierState
from app.dossiers.rows import state_of
from app.lookup.texts import UNKNOWN

EXAMPLE = "000.31.15.H47-210816-0001"

# What `state_of` needs: no applicant, officer, summary or papers are even read.
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
    "returned_at",
    "last_occurred_at",
    "flags",
    "details",
    "version",
)

# The types of entries of whose data something is told; those of the others stay in the database.
_TELLING = (
    Action.FORWARD,
    Action.EXTEND,
    Action.APPLY_CONDITION,
    Action.RESCHEDULE,
    Action.TRANSFER,
    Action.FINISH,
    Action.REDATE,
    Action.SUCCEED,
    Action.CORRECT,
    Action.APPROVE_CORRECTION,
)


class _Forms(NamedTuple):
    """How a database makes a JSON array of values and of rows, and the seconds of an entry's instant."""

    array: Callable[..., ColumnElement[Any]]
    array_of_rows: Callable[..., ColumnElement[Any]]
    seconds: ColumnElement[int]


_POSTGRESQL = _Forms(func.json_build_array, func.json_agg, cast(extract("epoch", entries.c.occurred_at), BigInteger))
# SQLite stores instants as seconds.
_SQLITE = _Forms(func.json_array, func.json_group_array, entries.c.occurred_at)


def _statement(forms: _Forms, *, whole: bool) -> Select[Any]:
    """One statement for all: the state, the journal, in short or `whole`, and the revision of the reference data."""
    telling = or_(*(entries.c.type == action.value for action in _TELLING))
    told = entries.c.data if whole else case((telling, entries.c.data))
    row = forms.array(entries.c.sequence, entries.c.type, forms.seconds, entries.c.unit_id, told)
    journal = select(forms.array_of_rows(row)).where(entries.c.dossier_id == dossiers.c.id).scalar_subquery()
    return select(
        *(dossiers.c[name] for name in _COLUMNS),
        type_coerce(journal, Json).label("journal"),
        select(reference_state.c.revision).scalar_subquery().label("reference_revision"),
    ).where(dossiers.c.code == bindparam("code"))


_SEQUENCE = itemgetter(0)
_NOTHING: Mapping[str, Any] = {}

_FOUND, _FOUND_WHOLE = (
    Prepared(_statement(_POSTGRESQL, whole=whole), sqlite=_statement(_SQLITE, whole=whole)) for whole in (False, True)
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


class JournalStep(NamedTuple):
    """An entry in short; `type` is an Action's value."""

    type: str
    at: datetime
    unit: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DossierSnapshot:
    """A dossier as far as it may be told to anybody: its row, and its effective journal in short."""

    row: Row
    steps: Sequence[JournalStep]

    @property
    def state(self) -> DossierState:
        """The whole state, which takes longer to make than most look-ups need."""
        return state_of(self.row)


async def find(connection: Connection, typed: str, language: str) -> DossierSnapshot:
    """The dossier whose code somebody typed, in whatever case, with spaces or other dashes (rules §10).

    Raises NotFound `unknown_dossier` in the language for people, also for what is no code at all.
    """
    row = await _row(connection, _FOUND, typed, language)
    return DossierSnapshot(row, _happened(row.journal))


async def find_dated(connection: Connection, typed: str, language: str) -> tuple[DossierSnapshot, Sequence[Entry]]:
    """As `find`, in the same round trip with what `case_of` needs of the journal to explain the due date.

    Of its entries the instant of recording is not read.
    """
    row = await _row(connection, _FOUND_WHOLE, typed, language)
    journal: list[list[Any]] = row.journal
    journal.sort(key=_SEQUENCE)
    if any(one[1] in CORRECTIONS for one in journal):
        entries = [_entry(*one) for one in journal]
        return DossierSnapshot(row, _in_short(entries)), entries
    # Reading the data of all entries would take longer than everything else of a look-up.
    lean = [[*one[:4], one[4] if one[1] in _TELLING else None] for one in journal]
    return DossierSnapshot(row, _happened(lean)), _last_dating(journal)


def _last_dating(journal: list[list[Any]]) -> list[Entry]:
    """The last entry that set a deadline, if any did."""
    for one in reversed(journal):
        if one[4] and '"deadline"' in one[4]:
            entry = _entry(*one)
            if "deadline" in entry.data:
                return [entry]
    return []


async def _row(connection: Connection, statement: Prepared, typed: str, language: str) -> Row:
    try:
        code = str(parse_code(normalise_code(typed)))
    except Invalid:
        raise unknown_dossier(language) from None
    row = await connection.first(statement, code=code)
    if row is None:
        raise unknown_dossier(language)
    return row


def unknown_dossier(language: str) -> NotFound:
    """The refusal of a code that no dossier has, in the language for people."""
    return NotFound("unknown_dossier", UNKNOWN.say(language, example=EXAMPLE))


def _happened(journal: list[list[Any]]) -> list[JournalStep]:
    journal.sort(key=_SEQUENCE)
    if any(one[1] in CORRECTIONS for one in journal):
        return _in_short([_entry(*one) for one in journal])
    return [
        JournalStep(action, datetime.fromtimestamp(seconds, UTC), unit, json.loads(told) if told else _NOTHING)
        for _sequence, action, seconds, unit, told in journal
    ]


def _in_short(journal: Sequence[Entry]) -> list[JournalStep]:
    return [JournalStep(one.type, one.occurred_at, one.unit, one.data) for one in effective(journal)]


def _entry(sequence: int, action: str, seconds: int, unit: int, told: str | None) -> Entry:
    at = datetime.fromtimestamp(seconds, UTC)
    return Entry(sequence, Action(action), at, at, unit, json.loads(told) if told else _NOTHING)


async def whole_journal(connection: Connection, dossier_id: int) -> list[Entry]:
    """All entries of a dossier as they were written, oldest first."""
    rows = await connection.all(_ENTRIES, dossier_id=dossier_id)
    return [
        Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data) for row in rows
    ]
