"""The dossiers behind a figure, page by page: what happened in its order, what stood from the latest on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_

from app.catalogue.cache import Reference
from app.database import Connection, Row
from app.database.tables import dossiers, occurrences, spans
from app.domain.localtime import at_minute, local_date
from app.dossiers.presenting import unit_out
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.rollups.facts import STEP, SUBMITTED
from app.rollups.queries import Wanted
from app.statistics.on_time.figure_filters import FIGURES, Behind, Happened, Moved, Part, Stood
from app.statistics.on_time.figures import wanted_of
from app.statistics.on_time.parameters import Question
from app.statistics.on_time.schemas import CountedOut

# What is counted of steps as of dossiers.
_STEP_KINDS = {"received": "given", "finished": "done", "withdrawn": "withdrawn", "discontinued": "discontinued"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the item of these values in a part; `given` items came before."""

    part: int
    at: datetime
    dossier: int
    number: int
    given: int


async def page(
    connection: Connection, behind: Behind, limit: int, cursor: str | None, count: int | None
) -> tuple[list[Row], str | None]:
    """One page of the dossiers, and the cursor of the next.

    `count` is how many there are: so that nobody looks on through all that ever was for one that is not there. None:
    that is not known.
    """
    begin = _place(cursor, behind)
    parts = FIGURES[behind.figure]
    given = begin.given if begin else 0
    rows: list[tuple[int, Row]] = []
    for number, part in enumerate(parts):
        if begin and number < begin.part:
            continue
        statement = _statement(part, behind)
        if statement is None:
            continue
        more = limit + 1 - len(rows)
        if count is not None and isinstance(part, Stood):
            more = min(more, count - given - len(rows))
        if more > 0:
            after = begin if begin and number == begin.part else None
            found = await connection.all(_ordered(statement, part, after).limit(more))
            rows += [(number, row) for row in found]
    shown = rows[:limit]
    if len(rows) <= limit:
        return [row for _, row in shown], None
    part_number, last = shown[-1]
    place = (behind.figure, part_number, last.at, last.dossier_id, last.number, given + limit)
    return [row for _, row in shown], encode_cursor(place)


def _place(cursor: str | None, behind: Behind) -> Place | None:
    if cursor is None:
        return None
    figure, part, at, dossier, number, given = decode_cursor(cursor, str, int, datetime, int, int, int)
    if figure != behind.figure or None in (part, at, dossier, number, given):
        raise foreign_cursor()
    return Place(part, at, dossier, number, given)


def _ordered(statement: Select[Any], part: Part, after: Place | None) -> Select[Any]:
    if isinstance(part, Stood):
        order: Sequence[ColumnElement[Any]] = (spans.c.from_at, spans.c.dossier_id, spans.c.number)
    else:
        order = (occurrences.c.at, occurrences.c.dossier_id, occurrences.c.number)
    if after is not None:
        values = (after.at, after.dossier, after.number)
        known = tuple_(*(literal(value, column.type) for value, column in zip(values, order, strict=True)))
        statement = statement.where(tuple_(*order) < known if isinstance(part, Stood) else tuple_(*order) > known)
    return statement.order_by(*(column.desc() if isinstance(part, Stood) else column for column in order))


def item_out(reference: Reference, row: Row) -> CountedOut:
    """A row of the list as it is shown."""
    return CountedOut(
        **dossier_fields(reference, row),
        unit=unit_out(reference, row.unit_id),
        to_unit=unit_out(reference, row.to_unit_id) if row.to_unit_id is not None else None,
        at=row.at,
    )


def dossier_fields(reference: Reference, row: Row) -> dict[str, Any]:
    """What is shown of the dossier itself, from a row with the columns `OF_DOSSIER`."""
    procedure = reference.procedures[row.procedure_id]
    return {
        "code": row.code,
        "procedure": procedure.code,
        "field": procedure.field,
        "channel": row.channel,
        "receiving_unit": unit_out(reference, row.receiving_unit_id),
        "received_at": row.received_at,
        "due_date": row.due_date,
        "finished_at": row.finished_at,
        "verdict": row.verdict,
        "status": row.status,
    }


# --- One part of a figure ---------------------------------------------------------------------------------------------

OF_DOSSIER = (
    dossiers.c.code,
    dossiers.c.procedure_id,
    dossiers.c.channel,
    dossiers.c.receiving_unit_id,
    dossiers.c.received_at,
    dossiers.c.due_date,
    dossiers.c.status,
    dossiers.c.finished_at,
    dossiers.c.verdict,
)


_OCCURRED = select(
    occurrences.c.dossier_id,
    occurrences.c.number,
    occurrences.c.at,
    occurrences.c.unit_id,
    occurrences.c.to_unit_id,
    *OF_DOSSIER,
).join(dossiers, dossiers.c.id == occurrences.c.dossier_id)


def _statement(part: Part, behind: Behind) -> Select[Any] | None:
    """The part's dossiers; None where what is asked for has no such part."""
    question = behind.narrowed.question
    wanted = wanted_of(question, behind.reference)
    if isinstance(part, Stood):
        return _stood(part, question, wanted, behind.reference)
    if isinstance(part, Happened):
        return _happened(part, question, wanted)
    if question.basis == "receiving" or (not behind.narrowed.families and wanted.units is None):
        return None
    return _moved(part, question, wanted, behind.narrowed.families)


def _happened(part: Happened, question: Question, wanted: Wanted) -> Select[Any] | None:
    kind: str | None = part.kind
    if wanted.subject == STEP:
        kind = _STEP_KINDS.get(part.kind) if not part.unapologised else None
        if kind is None:
            return None
        kind = f"{STEP}_{kind}"
    conditions: list[ColumnElement[bool]] = [occurrences.c.kind == kind]
    if part.channel is not None:
        conditions.append(dossiers.c.channel == part.channel)
    if part.verdict is not None:
        conditions.append(occurrences.c.verdict == part.verdict)
    if part.overdue:
        conditions.append(occurrences.c.overdue.is_(True))
    if part.unapologised:
        conditions.append(occurrences.c.apology.is_(False))
    conditions.append(occurrences.c.date.between(question.whole.first, question.whole.last))
    return _OCCURRED.where(*conditions, *_filters(wanted), *_among(occurrences.c.unit_id, wanted.units))


def _moved(part: Moved, question: Question, wanted: Wanted, families: Iterable[frozenset[int]]) -> Select[Any]:
    one, other = occurrences.c.unit_id, occurrences.c.to_unit_id
    if part.reached:
        one, other = other, one
    # Of rows that are units each is a family; else the units filtered are one.
    groups = tuple(families) or ((wanted.units,) if wanted.units is not None else ())
    single = sorted(unit for group in groups if len(group) == 1 for unit in group)
    crossing = [and_(one.in_(sorted(group)), other.not_in(sorted(group))) for group in groups if len(group) > 1]
    return _OCCURRED.where(
        # By the instant, as the index of moves has it.
        occurrences.c.at >= question.whole.start,
        occurrences.c.at < question.whole.until,
        occurrences.c.kind == (f"{STEP}_moved" if wanted.subject == STEP else "moved"),
        occurrences.c.to_unit_id.is_not(None),
        or_(one.in_(single), *crossing),
        *_filters(wanted),
    )


def _stood(part: Stood, question: Question, wanted: Wanted, reference: Reference) -> Select[Any] | None:
    if wanted.subject == STEP and (part.phase == SUBMITTED or part.unapologised):
        return None
    period = question.whole
    at, until = (period.start, period.start) if part.before else (period.as_of, period.until)
    overdue = and_(spans.c.overdue_from.is_not(None), spans.c.overdue_from <= at)
    conditions: list[ColumnElement[bool]] = [
        spans.c.phase == (STEP if wanted.subject == STEP else part.phase),
        spans.c.from_at < until,
        or_(spans.c.to_at.is_(None), spans.c.to_at >= until),
    ]
    if part.overdue is not None:
        conditions.append(overdue if part.overdue else ~overdue)
    if part.suspended:
        conditions.append(spans.c.suspended.is_(True))
    if part.unapologised:
        conditions.append(spans.c.apology.is_(False))
    if part.long:
        last_worked = reference.calendar_then((), at).previous_working_day(local_date(at))
        conditions.append(dossiers.c.submitted_at < at_minute(last_worked, 0))
    return (
        select(
            spans.c.dossier_id,
            spans.c.number,
            spans.c.from_at.label("at"),
            spans.c.responsible_unit_id.label("unit_id"),
            literal(None, spans.c.responsible_unit_id.type).label("to_unit_id"),
            *OF_DOSSIER,
        )
        .join(dossiers, dossiers.c.id == spans.c.dossier_id)
        .where(*conditions, *_filters(wanted), *_among(spans.c.responsible_unit_id, wanted.units))
    )


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What is filtered but for the unit that counts; on rows found by their time, not by an index of dossiers."""
    return [
        *_among(dossiers.c.receiving_unit_id + 0, wanted.receiving),
        *_among(dossiers.c.procedure_id + 0, wanted.procedures),
        *_among(dossiers.c.channel, wanted.channels),
    ]


def _among(column: ColumnElement[Any], values: frozenset[Any] | None) -> list[ColumnElement[bool]]:
    return [column.in_(sorted(values))] if values is not None else []
