"""Views of the people in a dossier: who is shown them is written to the access log before the answer is sent."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Response

from app.access.access_log import Row
from app.access.dependencies import AccessServices, AnyCaller
from app.http.etags import names_none
from app.http.logs import REQUEST_ID


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
    for row in views.rows:
        await services.access_log.write(services.database, row)


# To be named before the connection to read with: what is entered first ends last, so that this one waits for its turn
# to write without holding another connection.
Viewing = Annotated[Views, Depends(_views, scope="function")]
