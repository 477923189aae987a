"""The work list: filters, sorting and paging of dossiers (contract, Dossiers)."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, or_, select, type_coerce, union_all

from app.access.callers import CallingPerson
from app.access.client_names import PERSON, person_client
from app.catalogue.cache import Reference
from app.database import Connection
from app.database.code_conditions import has_part
from app.database.json_conditions import has_key
from app.database.tables import applicants, dossier_units, dossiers, entries, participants
from app.database.word_conditions import has_words
from app.domain.calendar import local_date
from app.domain.codes import normalise_code
from app.domain.errors import Invalid
from app.domain.state import Clock
from app.domain.typed_codes import code_in
from app.domain.verdict import Verdict
from app.dossiers.externals import has_external
from app.dossiers.officers import spellings
from app.dossiers.phones import has_phone
from app.dossiers.queries import Dossier, dossier_of, dossier_select, relations_of
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.text_input import fold_name

_PRESENT = participants.c.replaced_by.is_(None)

Sort = Literal["due", "received", "-received"]

# Most dossiers of one name, or of one part of a code, that are looked up by their ids.
_FEW = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a work list: any of several values fits; None and an empty collection filter nothing."""

    units: dict[str, frozenset[int]] = field(default_factory=dict)  # holder, responsible, receiving → unit ids
    status: Sequence[str] = ()
    stage: Sequence[str] = ()
    open: bool | None = True
    procedures: Sequence[int] = ()
    overdue: bool | None = None
    due_soon: bool | None = None
    not_taken: bool | None = None
    clock: Sequence[str] = ()
    due: tuple[date | None, date | None] = (None, None)
    received: tuple[date | None, date | None] = (None, None)
    promised: tuple[date | None, date | None] = (None, None)
    finished: tuple[date | None, date | None] = (None, None)
    verdict: Sequence[str] = ()
    late_cause: Sequence[str] = ()
    officer: Sequence[str] = ()
    person: CallingPerson | None = None  # who has them in hand
    flag: Sequence[str] = ()
    correction_pending: bool = False
    q: str | None = None
    name: str | None = None
    identity_number: str | None = None
    phone: str | None = None
    sort: Sort = "due"
    held_by: frozenset[int] | None = None  # only dossiers that one of these units holds or held


@dataclass(frozen=True, slots=True)
class ListContext:
    """The reference data, the instant, the units of the reader, and the number of days of "due soon"."""

    reference: Reference
    now: datetime
    scope: frozenset[int] | None
    due_soon_days: int


async def work_list(
    connection: Connection, filters: Filters, context: ListContext, limit: int, cursor: str | None
) -> tuple[list[Dossier], str | None]:
    """One page of the dossiers that fit, and the cursor of the next page."""
    looked_up = await _looked_up(connection, filters)
    statement = dossier_select().where(*_conditions(filters, context, connection), *looked_up)
    key, descending = _sort_key(filters.sort)
    if cursor is not None:
        sort, value, last = decode_cursor(cursor, str, datetime, int)
        if last is None or sort != filters.sort:
            raise foreign_cursor()
        statement = statement.where(_after(key, descending, value, last))
    order = (key.desc().nulls_last(), dossiers.c.id.desc()) if descending else (key.asc().nulls_last(), dossiers.c.id)
    statement = statement.order_by(*order).limit(limit + 1)
    rows = await connection.all(statement)
    more, rows = len(rows) > limit, rows[:limit]
    relations = await relations_of(connection, [row.id for row in rows]) if rows else {}
    next_cursor = encode_cursor((filters.sort, getattr(rows[-1], key.name), rows[-1].id)) if more else None
    return [dossier_of(connection.ring, row, relations[row.id]) for row in rows], next_cursor


# Most dossiers that are counted.
_MOST_HIDDEN = 100


async def hidden(connection: Connection, filters: Filters, context: ListContext) -> int:
    """The number of dossiers that fit the filters except that they are not open, 100 at most."""
    if filters.overdue or filters.due_soon or filters.not_taken:
        return 0  # They are open.
    statement = dossier_select().with_only_columns(dossiers.c.id)
    closed = _conditions(replace(filters, open=False), context, connection)
    few = statement.where(*closed, *await _looked_up(connection, filters)).limit(_MOST_HIDDEN).subquery()
    return int(await connection.scalar(select(func.count()).select_from(few)))


def _sort_key(sort: Sort) -> tuple[Any, bool]:
    return (dossiers.c.due_at, False) if sort == "due" else (dossiers.c.received_at, sort == "-received")


def _after(key: Any, descending: bool, value: datetime | None, last: int) -> ColumnElement[bool]:
    """The items after one item; items without the key come last."""
    later_id = dossiers.c.id < last if descending else dossiers.c.id > last
    if value is None:
        return and_(key.is_(None), later_id)
    later = key < value if descending else key > value
    return or_(later, and_(key == value, later_id), key.is_(None))


def _conditions(filters: Filters, context: ListContext, connection: Connection) -> list[ColumnElement[bool]]:
    return [
        *_within(context.scope, filters.held_by),
        *(dossiers.c[f"{place}_unit_id"].in_(sorted(ids)) for place, ids in filters.units.items()),
        *_either("status", filters.status),
        *_either("stage", filters.stage),
        *_either("clock", filters.clock),
        *_either("verdict", filters.verdict),
        *([_caused(filters.late_cause)] if filters.late_cause else []),
        *_either("procedure_id", filters.procedures),
        *([dossiers.c.open.is_(filters.open)] if filters.open is not None else []),
        *_between(dossiers.c.due_date, filters.due),
        *_between(dossiers.c.received_date, filters.received),
        *_between(dossiers.c.promised_date, filters.promised),
        *_between(dossiers.c.finished_date, filters.finished),
        *([or_(*(_flagged(flag) for flag in filters.flag))] if filters.flag else []),
        *([dossiers.c.correction_at.is_not(None)] if filters.correction_pending else []),
        *_timing(filters, context),
        *_words(filters, connection),
    ]


def _caused(causes: Sequence[str]) -> ColumnElement[bool]:
    of_these = dossiers.c.late_cause.in_(list(causes))
    if "unknown" not in causes:
        return of_these
    return or_(of_these, and_(dossiers.c.verdict == Verdict.LATE.value, dossiers.c.late_cause.is_(None)))


def _flagged(flag: str) -> ColumnElement[bool]:
    # The list of flags is stored as JSON text.
    return type_coerce(dossiers.c.flags, Text).contains(f'"{flag}"', autoescape=True)


def _within(scope: frozenset[int] | None, held_by: frozenset[int] | None) -> list[ColumnElement[bool]]:
    of_dossier = dossier_units.c.dossier_id == dossiers.c.id
    if held_by is not None:
        return [exists().where(of_dossier, dossier_units.c.unit_id.in_(sorted(held_by)), dossier_units.c.held)]
    if scope is None:
        return []
    return [exists().where(of_dossier, dossier_units.c.unit_id.in_(sorted(scope)))]


def _either(column: str, values: Sequence[Any]) -> list[ColumnElement[bool]]:
    return [dossiers.c[column].in_(list(values))] if values else []


def _between(column: Any, bounds: tuple[date | None, date | None]) -> list[ColumnElement[bool]]:
    first, last = bounds
    return [*([column >= first] if first else []), *([column <= last] if last else [])]


def _timing(filters: Filters, context: ListContext) -> list[ColumnElement[bool]]:
    """Overdue, due soon and not taken at this instant (rules §7, §9)."""
    conditions: list[ColumnElement[bool]] = []
    if filters.overdue is not None:
        late = and_(dossiers.c.open.is_(True), func.coalesce(dossiers.c.overdue_from <= context.now, False))
        conditions.append(late if filters.overdue else ~late)
    if filters.due_soon is not None:
        today = local_date(context.now)
        last = context.reference.calendar.add_working_days(today, context.due_soon_days)
        soon = and_(
            dossiers.c.clock == Clock.RUNNING.value,
            dossiers.c.due_date >= today,
            dossiers.c.due_date <= last,
        )
        conditions.append(soon if filters.due_soon else func.coalesce(~soon, True))
    if filters.not_taken is not None:
        taken = dossiers.c.pending_at.is_(None)
        conditions.append(~taken if filters.not_taken else taken)
    return conditions


def _words(filters: Filters, connection: Connection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.identity_number:
        hashes = connection.ring.hashes(filters.identity_number)
        conditions.append(_names_person(lambda people: people.c.identity_hash.in_(hashes)))
    if filters.phone:
        typed = filters.phone
        conditions.append(_names_person(lambda people: has_phone(people, typed)))
    return conditions


async def _looked_up(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions of an officer, of a name and of a code, each looked up by its index first."""
    conditions = _either("officer", await spellings(connection, filters.officer)) if filters.officer else []
    conditions += await _in_hand_of(connection, filters.person) if filters.person else []
    conditions += await _named(connection, filters.name) if filters.name else []
    return [*conditions, *(await _coded(connection, filters.q) if filters.q else [])]


async def _in_hand_of(connection: Connection, person: CallingPerson) -> list[ColumnElement[bool]]:
    """Dossiers with the person as officer. Of people with one name the last who acted for the dossier counts."""
    mine, theirs, later = person_client(person.id), entries.alias("theirs"), entries.alias("later")
    refers = has_key(theirs.c.data, "officer_person"), has_key(later.c.data, "officer_person")
    after = exists().where(
        later.c.dossier_id == theirs.c.dossier_id,
        later.c.client == mine,
        later.c.sequence > theirs.c.sequence,
        refers[1],
    )
    namesake = exists().where(
        theirs.c.dossier_id == dossiers.c.id,
        theirs.c.client.startswith(PERSON),
        theirs.c.client != mine,
        refers[0],
        ~after,
    )
    return [*_either("officer", await spellings(connection, [person.name])), ~namesake]


async def _named(connection: Connection, name: str) -> list[ColumnElement[bool]]:
    """Dossiers with a present applicant, or a participant, of this name."""
    words = fold_name(name).split()
    others = select(participants.c.dossier_id).where(has_words(participants.c.name_folded, words), _PRESENT)
    matches = or_(has_words(applicants.c.name_folded, words), dossiers.c.id.in_(others))
    named = select(applicants.c.dossier_id).where(has_words(applicants.c.name_folded, words))
    return await _among_few(connection, matches, (named, others))


async def _coded(connection: Connection, typed: str) -> list[ColumnElement[bool]]:
    """Dossiers with this code, with a code that has this part, or with this code in another system (rules §10)."""
    part = normalise_code(typed)
    ways = [has_external(typed)] + ([has_part(dossiers.c.code, part)] if part else [])
    with suppress(Invalid):
        ways.append(dossiers.c.code == code_in(typed))
    return await _among_few(connection, or_(*ways), [select(dossiers.c.id).where(way) for way in ways])


async def _among_few(
    connection: Connection, matches: ColumnElement[bool], by_index: Iterable[Select[Any]]
) -> list[ColumnElement[bool]]:
    """The condition. If few dossiers match, with their ids, which the statements `by_index` find.

    With many, the order of the list leads: it soon finds enough for a page.
    """
    ids: set[int] = set()
    for statement in by_index:
        ids |= {row[0] for row in await connection.all(statement.limit(_FEW + 1))}
    return [matches, dossiers.c.id.in_(sorted(ids))] if len(ids) <= _FEW else [matches]


def _names_person(matches: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Dossiers whose present applicant or whose present participant matches: two look-ups by an index."""
    present, of = applicants.alias("present"), dossiers.alias("of_present")
    by_applicant = (
        select(of.c.id)
        .join(present, (present.c.dossier_id == of.c.id) & (present.c.number == of.c.applicant_number))
        .where(matches(present))
    )
    by_participant = select(participants.c.dossier_id).where(matches(participants), _PRESENT)
    return dossiers.c.id.in_(union_all(by_applicant, by_participant))
