"""Carries out the reform of a request, and gives the transaction of its answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from app.access.dependencies import changing, idempotency_key
from app.database import Connection
from app.dossiers.dependencies import DossierServices
from app.dossiers.reforms.worker import OtherReform, Plan, ReformWorker, begin


def worker_of(services: DossierServices) -> ReformWorker:
    """The worker that carries out reforms with these services."""
    return ReformWorker(services.database, services.reference, services.now, services.committed)


@asynccontextmanager
async def carry_out(request: Request, plan: Plan) -> AsyncIterator[tuple[Connection, int]]:
    """A transaction after the end of the reform, with its id. The answer is stored under the key of the request.

    A repeated request joins the reform that it began before. Another reform that is running ends first.
    """
    services = DossierServices.of(request.app)
    worker = worker_of(services)
    while True:
        try:
            async with changing(request) as connection:
                reform = await begin(connection, plan, services.now(), idempotency_key(request))
            break
        except OtherReform as other:
            await worker.finish(other.reform.id)
    await worker.finish(reform)
    async with changing(request) as connection:
        yield connection, reform
