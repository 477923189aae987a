"""Queries of the access log: by dossier or by client, the latest view first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.database import Connection, Prepared
from app.database.tables import access_log, dossiers

_log = access_log.c
_OF_DOSSIER = Prepared(
    select(access_log)
    .where(_log.dossier_id == bindparam("dossier"), _log.id < bindparam("before"))
    .order_by(_log.id.desc())
    .limit(bindparam("most"))
)
# Greater than every id.
FIRST_PAGE = 2**62


@dataclass(frozen=True, slots=True)
class View:
    """One view; `id` grows with time. `code` is the dossier's, None if the query does not read it."""

    id: int
    viewed_at: datetime
    client: str
    token_id: int | None
    kind: str
    request_id: str | None
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
        .join(dossiers, dossiers.c.id == _log.dossier_id)
        .order_by(_log.id.desc())
        .limit(most)
    )
    if code is not None:
        statement = statement.where(dossiers.c.code == code)
    if client is not None:
        statement = statement.where(_log.client == client)
    return [_view(row, row.code) for row in await connection.all(statement)]


def _view(row: Any, code: str | None = None) -> View:
    return View(row.id, row.viewed_at, row.client, row.token_id, row.kind, row.request_id, code)
