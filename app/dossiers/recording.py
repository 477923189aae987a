"""Writes every change of a dossier: the journal entry, the row, counters and messages, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from app.catalogue.exclusion import HELD_REVISION, REVISION
from app.database import Connection, Prepared
from app.database.json_rows import ON_POSTGRESQL, ON_SQLITE, JsonForms
from app.database.resumptions import lift_of
from app.database.tables import (
    applicants,
    code_ordinals,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    externals,
    outbox_events,
    participants,
    payments,
)
from app.domain.codes import dossier_code
from app.domain.hash_chain import START
from app.domain.lifecycle import Entry
from app.domain.money import payment_of
from app.domain.money import payments as payments_of
from app.domain.state import DossierState
from app.dossiers.chain import Link
from app.dossiers.details import Row
from app.dossiers.externals import external_rows
from app.dossiers.participants import participant_rows, participants_in
from app.dossiers.queries import NEWEST_SEAL, Dossier, newest_seal, units_ever
from app.dossiers.rows import (
    EntryRecord,
    Particulars,
    applicant_row,
    dossier_row,
    encrypted_applicant,
    entry_rows,
    payment_rows,
    state_columns,
    unit_rows,
    units_of,
)
from app.dossiers.similar import Application, SimilarDossier, similar_dossiers, similar_rows
from app.rollups import service as rollups
from app.rollups.facts import History
from app.rollups.increments import Counts, Place

# Columns that are written once. Each change writes all others.
_GIVEN_ONCE = frozenset({"id", "code", "receiving_unit_id"})
_OTHER_COLUMNS = (
    "procedure_id",
    "applicant_number",
    "summary",
    "documents",
    "return_method",
    "notify",
    "officer",
    "journal_hash",
)
_UPDATE = Prepared(
    update(dossiers)
    .where(dossiers.c.id == bindparam("dossier"))
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in dossiers.columns
            if column.name not in _GIVEN_ONCE
        }
    )
)

_HOLD = Prepared(
    update(dossier_units)
    .where(dossier_units.c.dossier_id == bindparam("dossier"), dossier_units.c.unit_id == bindparam("unit"))
    .values(held=True)
)


_DELETE_PAYMENTS = Prepared(delete(payments).where(payments.c.dossier_id == bindparam("dossier")))


class IssuedCode(NamedTuple):
    """Id and code of a new dossier, the newest seal, and the revision of the reference data that is locked."""

    dossier_id: int
    code: str
    revision: int
    newest_seal: int
    similar: Sequence[SimilarDossier]


def _issue(next_id: ColumnElement[int], revision: ColumnElement[int], forms: JsonForms) -> ReturningInsert[Any]:
    """The statement that takes the next ordinal of an agency's day and the next dossier id, in one round trip.

    It also reads the similar dossiers, locks the reference data and reads their revision (rules §3). The row of the
    agency's day is locked until the transaction ends, so ordinals have no gaps (rules §10). SQLite has one writer at a
    time, so the next id is the highest one plus 1.
    """
    day = bindparam("day", type_=code_ordinals.c.date.type)
    return (
        insert(code_ordinals)
        .values(agency_identifier=bindparam("agency"), date=day, last=lift_of(day) + 1)
        .on_conflict_do_update(
            index_elements=[code_ordinals.c.agency_identifier, code_ordinals.c.date],
            set_={"last": code_ordinals.c.last + 1},
        )
        .returning(
            code_ordinals.c.last,
            next_id.label("dossier_id"),
            revision.label("revision"),
            NEWEST_SEAL,
            similar_rows(forms),
        )
    )


_ISSUE = Prepared(
    _issue(func.nextval(text("'dossiers_id_seq'")), HELD_REVISION, ON_POSTGRESQL),
    sqlite=_issue(select(func.coalesce(func.max(dossiers.c.id), 0) + 1).scalar_subquery(), REVISION, ON_SQLITE),
)


async def issue_code(connection: Connection, agency: str, day: date, application: Application) -> IssuedCode:
    """Id and code of a new dossier; ordinals have no duplicates and no gaps (rules §10).

    With them come the dossiers that are similar to this application (rules §8).
    """
    issued = await connection.one(_ISSUE, agency=agency, day=day, **application.parameters(connection.ring))
    code = dossier_code(agency, day, issued.last)
    return IssuedCode(
        issued.dossier_id, code, issued.revision or 0, issued.newest_seal, similar_dossiers(issued.similar)
    )


class NewDossier(NamedTuple):
    """A dossier to be written: its id and code, its first entry, and the state after it."""

    id: int
    code: str
    procedure_id: int
    about: Particulars
    record: EntryRecord
    state: DossierState
    newest_seal: int
    externals: Sequence[tuple[str, str]] = ()


async def record_new(connection: Connection, new: NewDossier) -> Dossier:
    """Writes a new dossier with its first entry, and returns it."""
    about, record = new.about, new.record
    applicant = applicant_row(new.id, 1, about.applicant)
    entry_row, text_row = entry_rows(Link(new.id, new.code, START), record, applicant)
    row = dossier_row(new.id, new.code, new.procedure_id, new.state, about, record.officer)
    units = unit_rows(new.id, [new.state])
    rows: list[tuple[Any, Row]] = [
        (dossiers, {**row, "journal_hash": entry_row["hash"]}),
        (applicants, encrypted_applicant(connection.ring, applicant)),
        *((dossier_units, unit) for unit in units),
        *((externals, row) for row in external_rows(new.id, new.externals)),
        (entries, {**entry_row, "newest_seal": new.newest_seal}),
        *([(entry_texts, text_row)] if text_row else []),
        *((participants, person) for person in participant_rows(connection.ring, new.id, 1, record.texts)),
        *_event_row(new.id, record),
        *_payment_rows(new.id, record.entry, new.state),
        *_count_rows(new),
    ]
    await connection.insert_by_end(rows)
    return Dossier(
        id=new.id,
        code=new.code,
        procedure_id=new.procedure_id,
        state=new.state,
        applicant=applicant,
        applicant_number=1,
        summary=about.summary,
        documents=about.documents,
        return_method=about.return_method,
        officer=record.officer,
        notify=about.notify,
        externals=tuple(sorted(new.externals)),
        journal_hash=entry_row["hash"],
        newest_seal=new.newest_seal,
        units={unit["unit_id"]: unit["held"] for unit in units},
        people=participants_in(record.texts),
    )


def _count_rows(new: NewDossier) -> list[tuple[Any, Row]]:
    """The rows by which the figures count a new dossier."""
    counts = Counts()
    place = Place(new.state.receiving_unit, new.procedure_id, new.state.channel)
    rows = rollups.rows(new.id, place, [(new.record.entry, new.state)], counts)
    if new.record.changes_from is not None:
        counts.change_late(place, units_of(new.state), new.record.changes_from, new.record.entry.recorded_at)
    return [*rows, *rollups.increment(counts)]


async def record(connection: Connection, before: Dossier, after: Dossier, record: EntryRecord) -> Dossier:
    """Writes one more entry of a dossier, from the state before it to the state after it; returns the dossier."""
    written = await _write_entry(connection, before, after, record)
    await connection.insert_by_end(_payment_rows(after.id, record.entry, after.state))
    await rollups.follow(connection, await _change(connection, before, after, record))
    return written


async def record_correction(
    connection: Connection,
    before: Dossier,
    after: Dossier,
    record: EntryRecord,
    journal: Sequence[Entry],
) -> Dossier:
    """As `record`, for a correction: counts the whole dossier again. `journal` includes the correction."""
    history, corrected = rollups.history_of(journal[:-1]), rollups.history_of(journal)
    written = await _write_entry(connection, before, after, record, [state for _, state in corrected])
    change = await _change(connection, before, after, record)
    await rollups.rebuild(connection, change, history, corrected, _place(before))
    await _rewrite_payments(connection, after.id, history, corrected)
    return written


async def _rewrite_payments(connection: Connection, dossier_id: int, before: History, after: History) -> None:
    """Replaces the payments by those of the corrected journal, if the correction changes one."""
    rows = payment_rows(dossier_id, payments_of(after))
    if rows != payment_rows(dossier_id, payments_of(before)):
        await connection.run(_DELETE_PAYMENTS, dossier=dossier_id)
        await connection.insert_by_end([(payments, row) for row in rows])


def _payment_rows(dossier_id: int, entry: Entry, after: DossierState) -> list[tuple[Any, Row]]:
    """The row of the payment that an entry records; empty for most entries."""
    payment = payment_of(entry, after.counter_unit)
    return [] if payment is None else [(payments, row) for row in payment_rows(dossier_id, [payment])]


def _event_row(dossier_id: int, record: EntryRecord) -> list[tuple[Any, Row]]:
    """The row from which the recipients of messages are found later."""
    return [(outbox_events, {"dossier_id": dossier_id, "sequence": record.entry.sequence})] if record.notify else []


async def _change(connection: Connection, before: Dossier, after: Dossier, record: EntryRecord) -> rollups.Change:
    late = None
    if record.changes_from is not None:
        late = rollups.Late(record.changes_from, set(await units_ever(connection, after.id)))
    return rollups.Change(after.id, _place(after), before.state, after.state, record.entry, late)


def _place(dossier: Dossier) -> Place:
    return Place(dossier.state.receiving_unit, dossier.procedure_id, dossier.state.channel)


async def _write_entry(
    connection: Connection, before: Dossier, after: Dossier, record: EntryRecord, states: Sequence[DossierState] = ()
) -> Dossier:
    applicant = None
    rows: list[tuple[Any, Row]] = []
    if after.applicant_number != before.applicant_number:
        applicant = applicant_row(after.id, after.applicant_number, after.applicant)
        rows.append((applicants, encrypted_applicant(connection.ring, applicant)))
    entry_row, text_row = entry_rows(Link(after.id, after.code, before.journal_hash), record, applicant)
    newest = before.newest_seal if before.newest_seal is not None else await newest_seal(connection)
    after = replace(after, journal_hash=entry_row["hash"], newest_seal=newest)
    new = {
        **state_columns(after.state),
        **{name: getattr(after, name) for name in _OTHER_COLUMNS},
        "documents": list(after.documents),
    }
    await connection.run(_UPDATE, dossier=after.id, **{f"new_{name}": value for name, value in new.items()})
    rows.append((entries, {**entry_row, "newest_seal": newest}))
    if text_row:
        rows.append((entry_texts, text_row))
    people = participant_rows(connection.ring, after.id, record.entry.sequence, record.texts)
    rows += [(participants, person) for person in people]
    rows += _event_row(after.id, record)
    units = await _new_units(connection, before.state, states or [after.state], after.id)
    rows += [(dossier_units, unit) for unit in units]
    await connection.insert_by_end(rows)
    return after


async def _new_units(
    connection: Connection, before: DossierState, states: Sequence[DossierState], dossier_id: int
) -> list[Row]:
    """The rows of units that are new to the dossier; a unit that first holds it now is marked."""
    # The receiving unit was the first holder. Units of the present state need no query.
    held = {before.holder_unit, before.receiving_unit}
    stood = units_of(before)
    rows = [row for row in unit_rows(dossier_id, states) if row["unit_id"] not in (held if row["held"] else stood)]
    if not rows:
        return []
    held_before: Mapping[int, bool] = dict.fromkeys(stood, False)
    if not {row["unit_id"] for row in rows} <= stood:
        held_before = await units_ever(connection, dossier_id)
    for row in rows:
        if row["held"] and held_before.get(row["unit_id"]) is False:
            await connection.run(_HOLD, dossier=dossier_id, unit=row["unit_id"])
    return [row for row in rows if row["unit_id"] not in held_before]
