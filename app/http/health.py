"""Endpoints for operators: liveness, readiness, metrics."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from app.database.readiness import require_figures, require_keys, require_resumed, require_schema, require_writable
from app.http.metrics import CONTENT_TYPE
from app.http.services import HttpServices

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """A positive answer."""

    status: Literal["ok"] = Field("ok", description="always `ok`; otherwise the answer is a problem", examples=["ok"])


@router.get("/healthz", summary="Check liveness")
async def get_health() -> Health:
    """The process answers. It checks neither the database nor the keys."""
    return Health()


@router.get("/readyz", summary="Check readiness")
async def get_readiness(request: Request) -> Health:
    """The database can be reached, has the schema of this version, and decrypts with the keys; otherwise 503.

    Also 503 while the process is stopping.
    """
    services = HttpServices.of(request.app)
    services.draining.require_service()
    async with services.database.reading() as connection:
        await require_schema(connection)
        await require_resumed(connection)
        await require_figures(connection)
        await require_keys(connection)
    return Health()


@router.get("/readyz/write", summary="Check readiness for changes")
async def get_write_readiness(request: Request) -> Health:
    """As `/readyz`, and the database accepts changes: it is no standby. Otherwise 503."""
    async with HttpServices.of(request.app).database.reading() as connection:
        await require_writable(connection)
    return await get_readiness(request)


@router.get("/readyz/read", summary="Check readiness for reading")
async def get_read_readiness(request: Request) -> Health:
    """As `/readyz`, for a database that may be a replica: look-ups and figures can be answered. Otherwise 503."""
    return await get_readiness(request)


@router.get("/readyz/process", summary="Check that the process takes requests")
async def get_process_readiness(request: Request) -> Health:
    """The process answers and is not stopping, otherwise 503. It checks neither the database nor the keys.

    For a balancer: without its database a process answers requests with its own problems.
    """
    HttpServices.of(request.app).draining.require_service()
    return Health()


@router.get(
    "/metrics",
    summary="Measures of the service and of the register, for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(request: Request) -> Response:
    """Of the service with all its workers: counts and durations by route; with one worker, its process too.

    Of the whole register: the open, overdue and due-soon dossiers of each unit. If the register cannot be read, only
    `motcua_register_up 0`.
    """
    services = HttpServices.of(request.app)
    register = await services.register_gauges()
    return Response(services.metrics.text() + register, media_type=CONTENT_TYPE)
