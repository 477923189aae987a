"""Views of personal data: each is in the access log before its response is sent."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.access.dependencies import AccessServices, identifies, present_caller
from app.access.shown_people import ShownPeople, begin
from app.http.etags import names_none
from app.http.idempotency.responses import ReplayedResponse
from app.http.openapi import operation_id
from app.http.replica_reading import deferred

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

# The kinds of the log that are older than those of all operations.
_KINDS = {"getDossier": "dossier", "listJournalEntries": "journal", "getSlip": "slip"}


def recording_views(handler: Handler, route: APIRoute) -> Handler:
    """The handler of a route, so that a response with people is recorded with the dossiers that it shows.

    The parts that present people note them by `people_shown`. A change records them in its own transaction. Without a
    caller nothing is recorded: such a route shows no people.
    """
    if not identifies(route.dependant):
        return handler
    operation = operation_id(route.name)
    kind = _KINDS.get(operation, operation)

    async def recording(request: Request) -> Response:
        shown, answered = begin(kind), False

        async def record() -> None:
            if answered and shown.dossiers:
                await _record(request, shown)

        # The last callback of the stack: dependencies have released their connections by then, so that no request
        # keeps one while it waits for its turn to write.
        request.scope["fastapi_function_astack"].push_async_callback(record)
        try:
            response = await handler(request)
        except ReplayedResponse as replayed:
            shown.dossiers.update(replayed.shown)
            answered = True
            raise
        # A 304 shows nothing new. Its ETag is a hash of the content, so with `*` a client could test a masked value.
        answered = response.status_code != 304 or names_none(request)
        return response

    return recording


async def _record(request: Request, shown: ShownPeople) -> None:
    services, caller = AccessServices.of(request.app), present_caller(request)
    row = shown.row(caller, services.now())

    async def write() -> None:
        await services.access_log.write(services.database, row)

    if not deferred(write):
        await write()
