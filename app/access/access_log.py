"""Who is shown the people of a dossier: written to the access log, and committed, before the answer is sent."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.access.dependencies import AnyCaller
from app.database import Database, DatabaseFull, DatabaseUnavailable
from app.database.tables import access_log
from app.http.etags import names_none
from app.http.logs import REQUEST_ID

Row = Mapping[str, Any]


@dataclass
class _Batch:
    """Views that are written together: by whoever of them gets the turn first."""

    rows: list[Row] = field(default_factory=list)
    written: bool = False
    refused: DatabaseUnavailable | DatabaseFull | None = None


class AccessLog:
    """Writes the views of one worker, all that wait while others are being written in one transaction.

    On SQLite a view so waits for the writer as a change does, but many at once cost one commit.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._gathering = _Batch()

    async def write(self, database: Database, row: Row) -> None:
        """Commits the view. Raises DatabaseUnavailable or DatabaseFull where that cannot be: then nothing is shown."""
        batch = self._gathering
        batch.rows.append(row)
        async with self._turn:
            if not batch.written and batch.refused is None:
                self._gathering = _Batch()
                try:
                    async with database.writing() as connection:
                        await connection.insert_many(access_log, batch.rows)
                except (DatabaseUnavailable, DatabaseFull) as error:
                    batch.refused = error
                else:
                    batch.written = True
        if batch.refused is not None:
            raise batch.refused


class Views:
    """What one request shows of people; `rows` are for the access log.

    `unconditional`: not even an answer without content tells only what the client knows.
    """

    def __init__(self, common: Row, *, unconditional: bool) -> None:
        self._common = common
        self._unconditional = unconditional
        self.rows: list[Row] = []

    def of_people(self, answer: Response, dossier_id: int, kind: str) -> Response:
        """The answer, noted as a view of this kind; a 304 for who has seen it before shows nothing."""
        # Its ETag is a hash of all that is shown: who guesses the little that is masked elsewhere could try it out.
        if answer.status_code == 200 or self._unconditional:
            self.rows.append({**self._common, "dossier_id": dossier_id, "kind": kind})
        return answer


async def _views(request: Request, caller: AnyCaller) -> AsyncIterator[Views]:
    state = request.app.state
    views = Views(
        {
            "viewed_at": state.now(),
            "client": caller.client,
            "token_id": caller.token_id,
            "request_id": REQUEST_ID.get() or None,
        },
        unconditional=names_none(request),
    )
    yield views
    for row in views.rows:
        await state.access_log.write(state.database, row)


# To be named before the connection to read with: what is entered first ends last, so that this one waits for its turn
# to write without holding another connection.
Viewing = Annotated[Views, Depends(_views, scope="function")]
