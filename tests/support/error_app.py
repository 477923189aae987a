"""The application with a route that raises a given error and one that takes a body, without a database."""

import asyncio
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.database import DatabaseUnavailable, IntegrityFailed, ValueOutOfRange
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.http.errors import Forbidden, NotAcceptable, TooMany, Unauthenticated, Unparsable, VersionChanged
from app.main import create_app
from app.settings import Settings
from tests.conftest import NOW

RAISED: dict[str, tuple[Exception, int]] = {
    "unparsable": (Unparsable("bad_cursor", "d"), 400),
    "unauthenticated": (Unauthenticated("token_unknown", "d"), 401),
    "forbidden": (Forbidden("administrators_only", "d"), 403),
    "not-found": (NotFound("no_such_path", "d"), 404),
    "not-acceptable": (NotAcceptable("not_acceptable", "d"), 406),
    "not-allowed": (NotAllowed("not_possible", "d"), 409),
    "conflict": (Conflict("before_last_event", "d"), 409),
    "version": (VersionChanged("version_changed", "d"), 412),
    "invalid": (Invalid("in_the_future", "d"), 422),
    "too-many": (TooMany(7), 429),
    "unavailable": (Unavailable("schema_behind", "d"), 503),
    "database-away": (DatabaseUnavailable("host=secret"), 503),
    "database-refuses": (IntegrityFailed("secret", None), 409),
    "value-out-of-range": (ValueOutOfRange("secret"), 422),
    "bug": (KeyError("secret"), 500),
}


class Probe(BaseModel):
    numbers: dict[str, list[Annotated[int, Field(ge=1)]]]


def asked(path: str, error: Exception | None = None, **options: Any) -> httpx.Response:
    """The answer of the application. `GET /raise` raises `error`, and `POST /probe` takes a body."""
    router = APIRouter()

    @router.get("/raise")
    async def raising() -> None:
        if error is not None:
            raise error

    @router.post("/probe")
    async def probe(body: Probe, limit: Annotated[int, Query(le=5)] = 1) -> int:
        return len(body.numbers) + limit

    app = create_app(Settings(body_limit=2000), now=lambda: NOW)
    app.include_router(router)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as http:
            return await http.request(options.pop("method", "GET"), path, **options)

    return asyncio.run(send())
