"""What those who run the service ask it: whether it lives, whether it can serve, what it has measured."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from app.database.readiness import require_figures, require_keys, require_schema
from app.http.metrics import CONTENT_TYPE
from app.http.services import HttpServices

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """That it is so."""

    status: Literal["ok"] = Field("ok", description="always `ok`; anything else is a problem", examples=["ok"])


@router.get("/healthz", summary="The process answers")
async def get_health() -> Health:
    """That this process answers; nothing else is looked at."""
    return Health()


@router.get("/readyz", summary="The service can serve")
async def get_readiness(request: Request) -> Health:
    """That the database can be reached, has the schema of this version and opens with the keys; 503 otherwise."""
    async with HttpServices.of(request.app).database.reading() as connection:
        await require_schema(connection)
        await require_figures(connection)
        await require_keys(connection)
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
