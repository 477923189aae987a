"""Queries of ratings: reading and writing them, and their numbers by row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal, or_, select, tuple_

from app.database import Connection, Prepared, Row
from app.database.tables import dossiers, purges, rating_comments, ratings
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.ledger.entries import SLIP
from app.ledger.service import record
from app.statistics.on_time.question import BY_UNIT, Period, Question

_FIND = Prepared(select(dossiers.c.id).where(dossiers.c.code == bindparam("code")))
# The row is locked: of two ratings at the same time the second must see the first.
_STANDING = Prepared(
    select(
        dossiers.c.returned_at,
        exists().where(purges.c.dossier_id == dossiers.c.id).label("purged"),
        exists().where(ratings.c.dossier_id == dossiers.c.id).label("rated"),
    )
    .where(dossiers.c.id == bindparam("dossier"))
    .with_for_update(of=dossiers)
)
_WITH_COMMENTS = (
    select(
        ratings.c.dossier_id,
        ratings.c.rated_at,
        ratings.c.score,
        rating_comments.c.content,
        dossiers.c.code,
        dossiers.c.procedure_id,
        dossiers.c.responsible_unit_id,
        dossiers.c.counter_unit_id,
        dossiers.c.returned_at,
    )
    .join(dossiers, dossiers.c.id == ratings.c.dossier_id)
    .outerjoin(rating_comments, rating_comments.c.dossier_id == ratings.c.dossier_id)
    .order_by(ratings.c.rated_at.desc(), ratings.c.dossier_id.desc())
)


async def find(connection: Connection, code: str) -> int | None:
    """The id of the dossier with the code, None without such a dossier."""
    dossier_id: int | None = await connection.scalar(_FIND, code=code)
    return dossier_id


async def standing(connection: Connection, dossier_id: int) -> Row:
    """The dossier's `returned_at`, `purged` and `rated`; its row is locked until the end of the transaction."""
    return await connection.one(_STANDING, dossier=dossier_id)


async def write(connection: Connection, dossier_id: int, at: datetime, score: int, comment: str | None) -> None:
    """Adds the rating, with its comment in a table of its own."""
    await connection.insert(ratings, {"dossier_id": dossier_id, "rated_at": at, "score": score})
    if comment is not None:
        await connection.insert(rating_comments, {"dossier_id": dossier_id, "content": comment})
    rows = {ratings: [dossier_id], rating_comments: [] if comment is None else [dossier_id]}
    await record(connection, rows, SLIP, at)


async def latest(
    connection: Connection, units: Collection[int] | None, limit: int, cursor: str | None
) -> tuple[list[Row], str | None]:
    """One page of the ratings of the units' dossiers (None: all), the latest first, and the cursor of the next.

    A dossier belongs to the unit that was responsible at the return, and to the unit of the counter that returned it.
    """
    statement = _WITH_COMMENTS
    if units is not None:
        ids = sorted(units)
        statement = statement.where(or_(dossiers.c.responsible_unit_id.in_(ids), dossiers.c.counter_unit_id.in_(ids)))
    if cursor is not None:
        at, last = decode_cursor(cursor, datetime, int)
        if at is None or last is None:
            raise foreign_cursor()
        place = (literal(at, ratings.c.rated_at.type), literal(last, dossiers.c.id.type))
        statement = statement.where(tuple_(ratings.c.rated_at, ratings.c.dossier_id) < tuple_(*place))
    rows = await connection.all(statement.limit(limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    return rows, encode_cursor((rows[-1].rated_at, rows[-1].dossier_id)) if more else None


async def returned(connection: Connection, question: Question, period: Period) -> list[Row]:
    """The number of `dossiers` returned in the period, by `key`: a unit's id, a channel, otherwise a procedure's id."""
    return await connection.all(_grouped(question, period, select(func.count().label("dossiers"))))


async def given(connection: Connection, question: Question, period: Period) -> list[Row]:
    """The number of these `dossiers` with each `score` given before the period's `until`, by `key` as above."""
    counted = select(ratings.c.score, func.count().label("dossiers"))
    joined = counted.join_from(ratings, dossiers, dossiers.c.id == ratings.c.dossier_id)
    return await connection.all(_grouped(question, period, joined).group_by(ratings.c.score))


async def given_within(connection: Connection, question: Question, period: Period) -> list[Row]:
    """The number of `dossiers` returned and rated in the period, by `score` and by both of their units."""
    units = (dossiers.c.responsible_unit_id, dossiers.c.receiving_unit_id)
    counted = select(ratings.c.score, func.count().label("dossiers"), *units)
    within = and_(_fits(question, period), ratings.c.rated_at < period.until)
    statement = counted.join_from(ratings, dossiers, dossiers.c.id == ratings.c.dossier_id).where(within)
    return await connection.all(statement.group_by(ratings.c.score, *units))


def _grouped(question: Question, period: Period, selected: Select[Any]) -> Select[Any]:
    key = _key(question)
    return selected.add_columns(key.label("key")).where(_fits(question, period)).group_by(key)


def _fits(question: Question, period: Period) -> ColumnElement[bool]:
    units = question.counted_units
    conditions = [dossiers.c.returned_at >= period.start, dossiers.c.returned_at < period.until]
    if units is not None:
        conditions.append(_unit(question).in_(sorted(units)))
    if question.procedures is not None:
        conditions.append(dossiers.c.procedure_id.in_(sorted(question.procedures)))
    if question.channels is not None:
        conditions.append(dossiers.c.channel.in_(sorted(question.channels)))
    return and_(*conditions)


def _unit(question: Question) -> ColumnElement[int]:
    return dossiers.c.responsible_unit_id if question.basis == "responsible" else dossiers.c.receiving_unit_id


def _key(question: Question) -> ColumnElement[Any]:
    if question.by in BY_UNIT:
        return _unit(question)
    return dossiers.c.channel if question.by == "channel" else dossiers.c.procedure_id
