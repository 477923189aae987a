"""The context of requests about people, and their private responses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel

from app.access.callers import Caller
from app.access.dependencies import changing
from app.catalogue.dependencies import CatalogueServices
from app.http.etags import conditional_json
from app.identity.persons.permissions import PeopleOffice

PersonId = Annotated[int, Path(ge=1, lt=2**31, description="the person's id", examples=[17])]


@asynccontextmanager
async def people_office(request: Request, caller: Caller) -> AsyncIterator[PeopleOffice]:
    """The context of a request in a transaction, committed at the end of the block."""
    async with changing(request) as connection:
        services = CatalogueServices.of(request.app)
        yield PeopleOffice(connection, await services.reference.current(connection), caller, services.now())


def answer(
    request: Request, content: BaseModel, version: int, status: int = 200, location: str | None = None
) -> Response:
    """The private response that no cache keeps."""
    headers = {"Location": location} if location else None
    response = conditional_json(request, content, version, private=True, status=status, headers=headers)
    response.headers["Cache-Control"] = "no-store"
    return response
