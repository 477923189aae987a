"""Queries of the payments of one day: their totals, and one page of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, literal, or_, select, tuple_

from app.database import Connection, Row
from app.database.tables import dossiers, payments
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Payments of a local date, of these units (ids, None: all) and methods (None in it: not stated; empty: all)."""

    day: date
    units: frozenset[int] | None
    methods: Sequence[str | None]


def _conditions(filters: PaymentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [payments.c.day == filters.day]
    if filters.units is not None:
        conditions.append(payments.c.unit_id.in_(sorted(filters.units)))
    if filters.methods:
        stated = payments.c.method.in_([method for method in filters.methods if method is not None])
        conditions.append(or_(stated, payments.c.method.is_(None)) if None in filters.methods else stated)
    return conditions


async def totals(connection: Connection, filters: PaymentFilter) -> list[Row]:
    """The sums by unit and method: money that came in, money given back, and the number of both."""
    amount = payments.c.amount
    columns = payments.c.unit_id, payments.c.method
    return await connection.all(
        select(
            *columns,
            func.sum(case((amount > 0, amount), else_=0)).label("paid"),
            func.sum(case((amount < 0, -amount), else_=0)).label("refunded"),
            func.count().label("number"),
        )
        .where(*_conditions(filters))
        .group_by(*columns)
        .order_by(payments.c.unit_id, func.coalesce(payments.c.method, "~"))
    )


async def page_of(
    connection: Connection, filters: PaymentFilter, limit: int, cursor: str | None
) -> tuple[list[Row], str | None]:
    """One page of the payments by time, and the cursor of the next."""
    key = (payments.c.at, payments.c.dossier_id, payments.c.sequence)
    statement = (
        select(payments, dossiers.c.code)
        .join(dossiers, dossiers.c.id == payments.c.dossier_id)
        .where(*_conditions(filters))
        .order_by(*key)
    )
    if cursor is not None:
        last = decode_cursor(cursor, datetime, int, int)
        if None in last:
            raise foreign_cursor()
        statement = statement.where(
            tuple_(*key) > tuple_(*(literal(value, column.type) for value, column in zip(last, key, strict=True)))
        )
    rows = await connection.all(statement.limit(limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    return rows, encode_cursor((rows[-1].at, rows[-1].dossier_id, rows[-1].sequence)) if more else None
