"""Dossiers behind a figure, page by page: events from the first on, open dossiers from the latest on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_

from app.catalogue.cache import Reference
from app.database import Connection, Row
from app.database.tables import dossiers, occurrences, spans
from app.domain.localtime import at_minute, local_date
from app.dossiers.presenting import unit_out
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.rollups.facts import STEP, SUBMITTED
from app.statistics.on_time.figure_filters import FIGURES, MovePart, OccurrencePart, Part, RowFigure, SpanPart
from app.statistics.on_time.question import Question
from app.statistics.on_time.schemas import FigureDossierOut
from app.statistics.on_time.step_apologies import done_with_apology, open_with_apology

# The kinds that exist for steps as for dossiers.
_STEP_KINDS = {"received": "given", "finished": "done", "withdrawn": "withdrawn", "discontinued": "discontinued"}


class _Place(NamedTuple):
    """The last item of a page by part, instant, dossier and number, and the number of items up to it."""

    part: int
    at: datetime
    dossier: int
    number: int
    items: int


async def page(
    connection: Connection, opened: RowFigure, limit: int, cursor: str | None, count: int | None
) -> tuple[list[Row], str | None]:
    """One page of the dossiers, and the cursor of the next.

    `count` is the number of all items, None if unknown. It ends the search for a next item that does not exist, which
    would read all former spans.
    """
    begin = _place(cursor, opened)
    items = begin.items if begin else 0
    rows: list[tuple[int, Row]] = []
    for number, part in enumerate(FIGURES[opened.figure]):
        statement = None if begin and number < begin.part else _statement(part, opened)
        if statement is None:
            continue
        missing = limit + 1 - len(rows)
        if count is not None and isinstance(part, SpanPart):
            missing = min(missing, count - items - len(rows))
        if missing > 0:
            after = begin if begin and number == begin.part else None
            rows += [(number, row) for row in await connection.all(_ordered(statement, part, after).limit(missing))]
    shown = [row for _, row in rows[:limit]]
    if len(rows) <= limit:
        return shown, None
    last = shown[-1]
    place = _Place(rows[limit - 1][0], last.at, last.dossier_id, last.number, items + limit)
    return shown, encode_cursor((opened.figure, *place))


def _place(cursor: str | None, opened: RowFigure) -> _Place | None:
    if cursor is None:
        return None
    figure, part, at, dossier, number, items = decode_cursor(cursor, str, int, datetime, int, int, int)
    if figure != opened.figure or None in (part, at, dossier, number, items):
        raise foreign_cursor()
    return _Place(part, at, dossier, number, items)


def _ordered(statement: Select[Any], part: Part, after: _Place | None) -> Select[Any]:
    if isinstance(part, SpanPart):
        order: Sequence[ColumnElement[Any]] = (spans.c.from_at, spans.c.dossier_id, spans.c.number)
    else:
        order = (occurrences.c.at, occurrences.c.dossier_id, occurrences.c.number)
    if after is not None:
        values = (after.at, after.dossier, after.number)
        place = tuple_(*(literal(value, column.type) for value, column in zip(values, order, strict=True)))
        statement = statement.where(tuple_(*order) < place if isinstance(part, SpanPart) else tuple_(*order) > place)
    return statement.order_by(*(column.desc() if isinstance(part, SpanPart) else column for column in order))


def item_out(reference: Reference, row: Row) -> FigureDossierOut:
    """A row of the list for clients."""
    return FigureDossierOut(
        **dossier_fields(reference, row),
        unit=unit_out(reference, row.unit_id),
        to_unit=unit_out(reference, row.to_unit_id) if row.to_unit_id is not None else None,
        at=row.at,
    )


def dossier_fields(reference: Reference, row: Row) -> dict[str, Any]:
    """The fields of the dossier itself, from a row with the columns `OF_DOSSIER`."""
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

_OCCURRENCES = select(
    occurrences.c.dossier_id,
    occurrences.c.number,
    occurrences.c.at,
    occurrences.c.unit_id,
    occurrences.c.to_unit_id,
    *OF_DOSSIER,
).join(dossiers, dossiers.c.id == occurrences.c.dossier_id)


def _statement(part: Part, opened: RowFigure) -> Select[Any] | None:
    """The statement of the part's dossiers; None if the question has no such part."""
    question, families = opened.row.question, opened.row.families
    match part:
        case SpanPart():
            return _spans(part, question)
        case OccurrencePart():
            return _occurrences(part, question)
        case MovePart():
            all_together = not families and question.counted_units is None
            return None if question.basis == "receiving" or all_together else _moves(part, question, families)


def _occurrences(part: OccurrencePart, question: Question) -> Select[Any] | None:
    selection = question.selection
    kind: str | None = part.kind
    if selection.subject == STEP:
        kind = _STEP_KINDS.get(part.kind)
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
        of_step = selection.subject == STEP
        conditions.append(~done_with_apology() if of_step else occurrences.c.apology.is_(False))
    conditions.append(occurrences.c.date.between(question.whole.first, question.whole.last))
    return _OCCURRENCES.where(
        *conditions, *_filters(question), *_among(occurrences.c.unit_id, selection.filters.get("unit"))
    )


def _moves(part: MovePart, question: Question, families: Iterable[frozenset[int]]) -> Select[Any]:
    inside, outside = occurrences.c.unit_id, occurrences.c.to_unit_id
    if part.reached:
        inside, outside = outside, inside
    selection = question.selection
    # Each row of units is a family. Otherwise the filtered units are one.
    groups = tuple(families) or ((question.counted_units,) if question.counted_units is not None else ())
    single = sorted(unit for group in groups if len(group) == 1 for unit in group)
    crossing = [and_(inside.in_(sorted(group)), outside.not_in(sorted(group))) for group in groups if len(group) > 1]
    return _OCCURRENCES.where(
        # By the instant, as in the index of moves.
        occurrences.c.at >= question.whole.start,
        occurrences.c.at < question.whole.until,
        occurrences.c.kind == (f"{STEP}_moved" if selection.subject == STEP else "moved"),
        occurrences.c.to_unit_id.is_not(None),
        or_(inside.in_(single), *crossing),
        *_filters(question),
    )


def _spans(part: SpanPart, question: Question) -> Select[Any] | None:
    selection = question.selection
    if selection.subject == STEP and part.phase == SUBMITTED:
        return None
    period = question.whole
    at, until = (period.start, period.start) if part.before else (period.as_of, period.until)
    overdue = and_(spans.c.overdue_from.is_not(None), spans.c.overdue_from <= at)
    conditions: list[ColumnElement[bool]] = [
        spans.c.phase == (STEP if selection.subject == STEP else part.phase),
        spans.c.from_at < until,
        or_(spans.c.to_at.is_(None), spans.c.to_at >= until),
    ]
    if part.overdue is not None:
        conditions.append(overdue if part.overdue else ~overdue)
    if part.suspended:
        conditions.append(spans.c.suspended.is_(True))
    if part.unapologised:
        of_step = selection.subject == STEP
        conditions.append(~open_with_apology(until) if of_step else spans.c.apology.is_(False))
    if part.long:
        last_worked = question.reference.calendar_then((), at).previous_working_day(local_date(at))
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
        .where(*conditions, *_filters(question), *_among(spans.c.responsible_unit_id, selection.filters.get("unit")))
    )


def _filters(question: Question) -> list[ColumnElement[bool]]:
    """The filters of dossiers; `+ 0` keeps their indexes out, because the rows are read by their time."""
    filters = question.selection.filters
    return [
        *_among(dossiers.c.receiving_unit_id + 0, filters.get("receiving")),
        *_among(dossiers.c.procedure_id + 0, filters.get("procedure")),
        *_among(dossiers.c.channel, filters.get("channel")),
    ]


def _among(column: ColumnElement[Any], values: frozenset[Any] | None) -> list[ColumnElement[bool]]:
    return [column.in_(sorted(values))] if values is not None else []
