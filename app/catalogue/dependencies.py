"""Services and dependencies of requests that read reference data."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.access.dependencies import AccessServices, reading
from app.catalogue.cache import Reference, ReferenceCache
from app.database import Connection


@dataclass(frozen=True, kw_only=True)
class CatalogueServices(AccessServices):
    """The services of requests that read reference data."""

    reference: ReferenceCache


async def current_reference(
    request: Request, connection: Annotated[Connection, Depends(reading, scope="function")]
) -> Reference:
    """The committed reference data, as the connection of the endpoint sees them."""
    return await CatalogueServices.of(request.app).reference.current(connection)


CurrentReference = Annotated[Reference, Depends(current_reference)]
