"""Dossiers behind an irregularity, page by page in the order of the matching entries."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.catalogue.cache import Reference
from app.database import Connection, Row
from app.database.tables import dossiers
from app.dossiers.presenting import unit_out
from app.http.pagination import decode_cursor, encode_cursor, foreign_cursor
from app.statistics.irregularities.counts import Case
from app.statistics.irregularities.definitions import Irregularity
from app.statistics.irregularities.schemas import IrregularityDossierOut
from app.statistics.on_time.drill_down import OF_DOSSIER, dossier_fields

_Place = tuple[datetime, int, int]


def page(
    cases: Sequence[Case], irregularity: Irregularity, limit: int, cursor: str | None
) -> tuple[Sequence[Case], str | None]:
    """One page of the cases, and the cursor of the next; raises Unparsable `bad_cursor`."""
    after = _after(cursor, irregularity)
    ordered = sorted((case for case in cases if after is None or _place(case) > after), key=_place)
    shown = ordered[:limit]
    return shown, encode_cursor((irregularity.value, *_place(shown[-1]))) if len(ordered) > limit else None


def _place(case: Case) -> _Place:
    event = case.event
    return event.at, event.dossier, event.number


def _after(cursor: str | None, irregularity: Irregularity) -> _Place | None:
    if cursor is None:
        return None
    key, at, dossier, number = decode_cursor(cursor, str, datetime, int, int)
    if key != irregularity.value or None in (at, dossier, number):
        raise foreign_cursor()
    return at, dossier, number


async def items(connection: Connection, reference: Reference, cases: Sequence[Case]) -> list[IrregularityDossierOut]:
    """The cases for clients, with their dossiers as they are now."""
    ids = sorted({case.event.dossier for case in cases})
    rows = await connection.all(select(dossiers.c.id, *OF_DOSSIER).where(dossiers.c.id.in_(ids)))
    by_id = {row.id: row for row in rows}
    return [_item(reference, by_id[case.event.dossier], case) for case in cases]


def _item(reference: Reference, row: Row, case: Case) -> IrregularityDossierOut:
    event = case.event
    return IrregularityDossierOut(
        **dossier_fields(reference, row),
        unit=unit_out(reference, event.unit),
        to_unit=None,
        at=event.at,
        recorded_at=event.recorded_at,
        imported=event.imported,
        suspended_seconds=case.suspended,
    )
