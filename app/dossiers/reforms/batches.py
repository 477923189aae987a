"""Statements that read the dossiers of a reform, batch by batch (rules §3, §5, §12)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, bindparam, or_

from app.database import Prepared
from app.database.tables import dossiers
from app.domain.localtime import local_date
from app.domain.state import CLOSED, Clock
from app.dossiers.outages import Outage
from app.dossiers.queries import dossier_select
from app.dossiers.settling import days_of

_UNIT = bindparam("unit", type_=Integer())
_TOUCHED = (
    dossiers.c.open.is_(True),
    or_(
        and_(
            dossiers.c.clock != Clock.SUSPENDED.value,
            dossiers.c.received_date <= bindparam("last_receipt"),
            dossiers.c.due_date >= bindparam("first_due"),
        ),
        dossiers.c.promised_date.between(bindparam("first_day"), bindparam("last_receipt")),
    ),
)
# The dossiers of the unit `unit` that a succession moves.
OF_UNIT = (
    or_(
        dossiers.c.counter_unit_id == _UNIT, dossiers.c.holder_unit_id == _UNIT, dossiers.c.responsible_unit_id == _UNIT
    ),
    dossiers.c.status.not_in([status.value for status in CLOSED]),
)
_RUNNING = (
    dossiers.c.open.is_(True),
    dossiers.c.clock == Clock.RUNNING.value,
    dossiers.c.received_date <= bindparam("last_receipt"),
)


class Batches(NamedTuple):
    """The statement of the next dossiers, with locks on their rows, the one without, and their parameters."""

    locked: Prepared
    plain: Prepared
    bounds: Callable[[Mapping[str, Any]], dict[str, Any]]


def _batches(
    conditions: tuple[ColumnElement[bool], ...], bounds: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> Batches:
    rows = (
        dossier_select()
        .where(*conditions, dossiers.c.id > bindparam("after"), dossiers.c.id <= bindparam("upto"))
        .order_by(dossiers.c.id)
        .limit(bindparam("most", type_=Integer()))
    )
    return Batches(Prepared(rows.with_for_update(of=dossiers)), Prepared(rows), bounds)


def _of_year(parameters: Mapping[str, Any]) -> dict[str, Any]:
    first_due, last_day = days_of(parameters["year"])
    return {"first_due": first_due, "last_receipt": last_day, "first_day": date(parameters["year"], 1, 1)}


BATCHES: Mapping[str, Batches] = {
    "publication": _batches(_TOUCHED, _of_year),
    "succession": _batches(OF_UNIT, lambda parameters: {"unit": parameters["unit"]}),
    "outage": _batches(_RUNNING, lambda parameters: {"last_receipt": local_date(Outage.of(parameters).end)}),
}
