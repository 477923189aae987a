"""Queries of the access log: by dossier or by client, the latest view first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, or_, select

from app.access.shown_people import SEVERAL
from app.database import Connection, Prepared
from app.database.json_conditions import has_number
from app.database.tables import access_log, dossiers

_log = access_log.c


def shows(dossier: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition of views that showed people of this dossier."""
    # The first condition has an index on both databases.
    among_several = and_(_log.dossier_id == SEVERAL, has_number(_log.dossiers, dossier))
    return or_(_log.dossier_id == dossier, among_several)


_OF_DOSSIER = Prepared(
    select(access_log)
    .where(shows(bindparam("dossier", type_=BigInteger)), _log.id < bindparam("before"))
    .order_by(_log.id.desc())
    .limit(bindparam("most"))
)
# Greater than every id.
FIRST_PAGE = 2**62


@dataclass(frozen=True, slots=True)
class View:
    """One view of `dossiers` dossiers; `id` grows with time. `code`: of its only dossier, if the query reads it."""

    id: int
    viewed_at: datetime
    client: str
    token_id: int | None
    kind: str
    request_id: str | None
    dossiers: int
    code: str | None = None


async def views_of(connection: Connection, dossier_id: int, *, before: int = FIRST_PAGE, most: int) -> list[View]:
    """Views of one dossier with an id below `before`, the latest first."""
    return [_view(row) for row in await connection.all(_OF_DOSSIER, dossier=dossier_id, before=before, most=most)]


async def latest_views(
    connection: Connection, *, code: str | None = None, client: str | None = None, most: int
) -> list[View]:
    """The latest views. `code` and `client` limit them to one dossier or one client."""
    statement: Select[Any] = (
        select(access_log, dossiers.c.code)
        .join(dossiers, dossiers.c.id == _log.dossier_id, isouter=True)
        .order_by(_log.id.desc())
        .limit(most)
    )
    if code is not None:
        dossier_id = await connection.scalar(select(dossiers.c.id).where(dossiers.c.code == code))
        if dossier_id is None:
            return []
        statement = statement.where(shows(bindparam(None, dossier_id, BigInteger)))
    if client is not None:
        statement = statement.where(_log.client == client)
    return [_view(row, row.code) for row in await connection.all(statement)]


def _view(row: Any, code: str | None = None) -> View:
    number = 1 if row.dossiers is None else len(row.dossiers)
    return View(row.id, row.viewed_at, row.client, row.token_id, row.kind, row.request_id, number, code)
