"""Conditions of steps with an apology: it was recorded while the step was under way (rules §11).

The facts of steps have no apology. The place in the journal tells: the first span of the dossier with an apology is
that of its entry, and it comes after the entry that gave the step.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, ScalarSelect, and_, func, literal_column, select

from app.database.tables import occurrences, spans
from app.rollups.facts import OPEN, STEP

_apologies = spans.alias("apologies")
_gifts = occurrences.alias("gifts")
# Literal as in the index of apologies: the database does not match another spelling with its condition.
_OF_APOLOGY: tuple[ColumnElement[Any], ...] = (
    literal_column("apologies.apology"),
    _apologies.c.phase == literal_column(f"'{OPEN}'"),
)

Until = datetime | BindParameter[datetime]


def with_apology() -> ColumnElement[Any]:
    """The ids of the dossiers with an apology: they are few."""
    return select(_apologies.c.dossier_id).where(*_OF_APOLOGY).scalar_subquery()


def done_with_apology() -> ColumnElement[bool]:
    """True for a row of `occurrences` of a done step with an apology."""
    number, dossier = occurrences.c.number, occurrences.c.dossier_id
    apology, given = _apology(dossier), _given(dossier, _gifts.c.number < number)
    return func.coalesce(and_(apology < number, apology > given), literal_column("false"))


def open_with_apology(until: Until) -> ColumnElement[bool]:
    """True for a row of `spans` of a step that was under way at the instant, with an apology before it."""
    dossier = spans.c.dossier_id
    apology = _apology(dossier, _apologies.c.from_at < until)
    return func.coalesce(apology > _given(dossier, _gifts.c.at < until), literal_column("false"))


def _apology(dossier: ColumnElement[int], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """The number of the entry with the apology."""
    return (
        select(_apologies.c.number)
        .where(_apologies.c.dossier_id == dossier, *_OF_APOLOGY, *conditions)
        .order_by(_apologies.c.from_at, _apologies.c.number)
        .limit(1)
        .scalar_subquery()
    )


def _given(dossier: ColumnElement[int], condition: ColumnElement[bool]) -> ScalarSelect[int]:
    """The number of the entry that gave the last step."""
    return (
        select(func.max(_gifts.c.number, type_=Integer))
        .where(_gifts.c.dossier_id == dossier, _gifts.c.kind == f"{STEP}_given", condition)
        .scalar_subquery()
    )
