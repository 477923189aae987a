"""Views of personal data: each is written to the access log before the response is sent."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Response

from app.access.dependencies import AccessServices, AnyCaller
from app.access.view_spool import Row
from app.http.etags import names_none
from app.http.logs import REQUEST_ID
from app.http.replica_reading import deferred


class Views:
    """The views of personal data in one request; `rows` are for the access log.

    `unconditional`: the request has `If-None-Match: *`, so a 304 does not prove that the client knows the content.
    """

    def __init__(self, common: Row, *, unconditional: bool) -> None:
        self._common = common
        self._unconditional = unconditional
        self.rows: list[Row] = []

    def of_people(self, response: Response, dossier_id: int, kind: str) -> Response:
        """The response itself, recorded as a view of this kind. A 304 to a known ETag shows nothing new."""
        # The ETag is a hash of the whole content. A client could guess a masked value and compare the hash.
        if response.status_code == 200 or self._unconditional:
            self.rows.append({**self._common, "dossier_id": dossier_id, "kind": kind})
        return response


async def _views(request: Request, caller: AnyCaller) -> AsyncIterator[Views]:
    services = AccessServices.of(request.app)
    views = Views(
        {
            "viewed_at": services.now(),
            "client": caller.client,
            "token_id": caller.token_id,
            "request_id": REQUEST_ID.get() or None,
        },
        unconditional=names_none(request),
    )
    yield views

    async def write() -> None:
        for row in views.rows:
            await services.access_log.write(services.database, row)

    if not deferred(write):
        await write()


# An endpoint names it before its connection. Dependencies end in reverse order, so the connection is released before
# the views wait for their turn to write.
Viewing = Annotated[Views, Depends(_views, scope="function")]
