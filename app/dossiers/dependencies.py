"""Services and dependencies of requests that read and change dossiers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from app.access.callers import Caller
from app.access.dependencies import AnyCaller, Now, changing
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.catalogue.exclusion import shared_guard
from app.catalogue.provisional import with_provisional_years
from app.dossiers.permissions import scope_of
from app.dossiers.rating_keys import RatingKeys
from app.dossiers.reader import Reader
from app.dossiers.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class DossierServices(CatalogueServices):
    """The services of requests that may print a rating key."""

    rating_keys: RatingKeys


async def _reader(caller: AnyCaller, reference: CurrentReference, now: Now) -> Reader:
    """The caller as a reader of dossiers."""
    return Reader(caller, scope_of(caller, reference, now), now)


AsReader = Annotated[Reader, Depends(_reader, scope="function")]


@asynccontextmanager
async def unit_of_work(
    request: Request, caller: Caller, reference: Reference | None = None
) -> AsyncIterator[UnitOfWork]:
    """A unit of work in a transaction during which the reference data stay the same (rules §3).

    With `reference` the reference data are not locked, and the idempotency key is not looked up first. The caller then
    checks their revision in the transaction. After any refusal it starts again without `reference`.
    """
    services = DossierServices.of(request.app)
    backdating = timedelta(hours=services.settings.backdating_working_hours)
    async with changing(request, claiming=reference is None) as connection:
        if reference is None:
            reference = await services.reference.current(connection, await shared_guard(connection))
        yield UnitOfWork(
            connection,
            reference,
            caller,
            services.now(),
            backdating,
            services.settings.tells_applicants,
            services.settings.responsible_codes_from,
            timedelta(minutes=services.settings.undo_minutes),
        )


async def in_unit_of_work(
    request: Request, caller: Caller, change: Callable[[UnitOfWork], Awaitable[Response]]
) -> Response:
    """The answer to a change, committed; the change runs again after a year without a calendar got one (rules §3)."""

    async def attempt() -> Response:
        async with unit_of_work(request, caller) as work:
            return await change(work)

    services = DossierServices.of(request.app)
    return await with_provisional_years(services.database, services.now, attempt)
