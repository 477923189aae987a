"""Answers some requests of the process to itself before it takes others: the first of each kind take far longer."""

from collections.abc import Sequence

from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.applications import Starlette
from starlette.types import Message, Scope

from app.background import Rounds, within
from app.database import DatabaseUnavailable
from app.domain.errors import DomainError

# Statements are compiled and connections opened at their first use. Together this takes a second on a busy machine.
_PATHS = ("/api/v1/statistics/on-time?by=unit", "/")
# Longest time in seconds: a process must start although its database does not answer.
_PATIENCE = 2.0
_EXPECTED = (DatabaseUnavailable, DomainError, TimeoutError)


async def warm(app: Starlette, paths: Sequence[str] = _PATHS) -> None:
    """Answers the paths behind the middleware, so that they are neither counted nor logged."""
    rounds = Rounds("warming", "the first answers take longer")
    for path in paths:
        await rounds.attempt(within(_PATIENCE, _answered(app, path)), _EXPECTED)


async def _answered(app: Starlette, address: str) -> None:
    path, _, query = address.partition("?")
    scope: Scope = {
        "type": "http",
        "app": app,
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 0),
        "state": {},
    }
    # Without it the framework cannot close the dependencies of an endpoint.
    await AsyncExitStackMiddleware(app.router)(scope, _receive, _send)


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: Message) -> None:
    pass
