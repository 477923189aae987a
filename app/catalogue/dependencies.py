"""What an endpoint may ask of its request: the worker's copy of the reference data."""

from typing import Annotated

from fastapi import Depends, Request

from app.access.dependencies import reading
from app.catalogue.cache import Reference, ReferenceCache
from app.database import Connection


async def current_reference(
    request: Request, connection: Annotated[Connection, Depends(reading, scope="function")]
) -> Reference:
    """The reference data as committed, seen through the connection that the endpoint reads with."""
    cache: ReferenceCache = request.app.state.reference
    return await cache.current(connection)


CurrentReference = Annotated[Reference, Depends(current_reference)]
