"""Makes the application: its database, its layers, its routes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, request_response
from starlette.exceptions import HTTPException
from starlette.types import Lifespan

from app import clock
from app.access.access_log import AccessLog
from app.access.callers import TokenCache
from app.access.token_uses import TokenUses
from app.audit.seals.background import sealing
from app.audit.seals.routes import router as seals
from app.catalogue.cache import ReferenceCache
from app.catalogue.provisional import ProvisionalYears
from app.catalogue.routes import router as catalogue
from app.database import open_database
from app.dossiers.reforms.routes import router as reforms
from app.dossiers.routes import router as dossiers
from app.http import health
from app.http.idempotency.answers import AnsweredBefore
from app.http.idempotency.background import sweeping
from app.http.metrics import Metrics
from app.http.middleware import Edge
from app.http.openapi import ANY_PROBLEM, DESCRIPTION, TAGS, completed
from app.http.problems import answer
from app.http.rate_limits import Limits
from app.http.request_bodies import BodyLimit, read_strictly
from app.http.security_headers import Sharing
from app.http.server import settle
from app.identity.access_log.routes import router as viewers
from app.identity.sso.service import SignOn
from app.identity.tokens.routes import router as tokens
from app.lookup.routes import router as lookup
from app.notifications.delivery.routes import router as deliveries
from app.notifications.delivery.worker import Outbox
from app.notifications.reminders.routes import router as reminders
from app.notifications.webhooks.addresses import Networks
from app.notifications.webhooks.routes import router as webhooks
from app.rollups.background import RollUpWorker
from app.settings import Settings, keys_of
from app.slips.rendering import Printer
from app.slips.routes import router as slips
from app.statistics.form_ii_06a.routes import router as reports
from app.statistics.irregularities.routes import router as patterns
from app.statistics.late_records.routes import router as late_records
from app.statistics.on_time.routes import router as statistics
from app.statistics.rankings.routes import router as rankings
from app.dossiers.rating_keys import RatingKeys
from app.statistics.ratings.routes import router as ratings
from app.statistics.trends.routes import router as trends
from app.statistics.workload.forecast_inputs import Experiences
from app.statistics.workload.gauges import RegisterGauges
from app.statistics.workload.routes import router as workload
from app.web.counter.routes import router as counter
from app.web.public.problems import problem_page
from app.web.public.routes import first as looked_up
from app.web.public.routes import router as pages

# Tried one after the other, some 2 µs each: what is asked for most stands first.
_ROUTERS = (
    lookup,
    looked_up,
    dossiers,
    late_records,
    statistics,
    reports,
    rankings,
    ratings,
    trends,
    workload,
    patterns,
    slips,
    catalogue,
    reforms,
    seals,
    tokens,
    webhooks,
    deliveries,
    reminders,
    pages,
    viewers,
    counter,
    health.router,
)


def create_app(
    settings: Settings | None = None,
    now: Callable[[], datetime] = clock.now,
    started: Callable[[FastAPI], Awaitable[None]] | None = None,
) -> FastAPI:
    """The application; its database is opened when it starts, and `started` is awaited once it is.

    `settings` are the environment's where not given; `now` gives an aware UTC instant to the second.
    """
    settings = settings or Settings()
    app = _Application(
        title="Motcua",
        version=_version(),
        summary="Administrative dossiers at Vietnamese one-stop shops",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        responses=ANY_PROBLEM,
        redirect_slashes=False,
        docs_url=None,  # its page loads scripts from elsewhere; app/pages has one that does not
        redoc_url=None,
        lifespan=_lifespan(started),
        exception_handlers={
            HTTPException: _answered,
            RequestValidationError: _answered,
            AnsweredBefore: _answered_before,
        },
    )
    _give_state(app, settings, now)
    _add_middleware(app, settings)
    for router in _ROUTERS:
        _add(app, router)
    return app


def _lifespan(started: Callable[[FastAPI], Awaitable[None]] | None) -> Lifespan[FastAPI]:
    """Opens the database and works in the background while the application lives."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        settings: Settings = app.state.settings
        app.state.database = await open_database(
            settings.database_url,
            keys=keys_of(settings),
            pool_size=settings.pool_size,
            statement_seconds=settings.statement_seconds,
            heavy_at_once=settings.reports_at_once,
        )
        try:
            if started is not None:
                await started(app)
            async with _working(app):
                # What the server itself has to know.
                yield {"head_seconds": settings.head_seconds}
        finally:
            await app.state.database.close()

    return lifespan


@asynccontextmanager
async def _working(app: FastAPI) -> AsyncIterator[None]:
    """Does what is done beside the requests while the block runs."""
    state, database, now = app.state, app.state.database, app.state.now
    async with (
        state.roll_up_worker.running(database),
        state.uses.running(database),
        state.sign_on.running(),
        sweeping(database, now),
        sealing(database, now),
        state.outbox.running(database) if state.settings.outbox_worker else nullcontext(),
    ):
        yield


def _give_state(app: FastAPI, settings: Settings, now: Callable[[], datetime]) -> None:
    """Gives the application what its requests share but the database, which is opened when it starts."""
    state = app.state
    state.settings = settings
    state.now = now
    state.reference = ReferenceCache()
    state.tokens = TokenCache(timedelta(seconds=settings.token_cache_seconds))
    state.uses = TokenUses()
    state.sign_on = SignOn(settings, state.reference)
    state.limits = Limits(settings)
    state.access_log = AccessLog()
    state.rating_keys = RatingKeys()
    state.roll_up_worker = RollUpWorker()
    state.outbox = Outbox(settings, state.reference, now)
    state.webhook_networks = Networks(settings.webhook_networks)
    state.metrics = Metrics()
    state.gauges = RegisterGauges(timedelta(seconds=settings.metrics_cache_seconds), settings.due_soon_days)
    state.experiences = Experiences()
    state.problem_page = problem_page
    state.printer = Printer(Path(settings.slips_dir) if settings.slips_dir else None, settings.public_url)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    # The last added is the outermost.
    app.add_middleware(ProvisionalYears)
    app.add_middleware(BodyLimit, limit=settings.body_limit, seconds=settings.body_seconds)
    sharing = Sharing(settings.cors_origins)
    app.add_middleware(Edge, metrics=app.state.metrics, sharing=sharing, limiter=app.state.limits.addresses)


def _add(app: FastAPI, router: APIRouter) -> None:
    """Adds a router's routes as they are: an included router's are tried one by one, twice, for every request."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.responses = {**ANY_PROBLEM, **route.responses}
            route.app = request_response(read_strictly(route.get_route_handler()))
    app.router.routes.extend(router.routes)


def _version() -> str:
    try:
        return version("motcua")
    except PackageNotFoundError:  # run from sources that were never installed
        return "0"


def served() -> FastAPI:
    """The application of one worker of `motcua serve`, with settings from the environment."""
    return create_app(started=settle)


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi())
        return self.openapi_schema


# What the framework itself raises is answered where it would answer; everything else comes up to the edge.
async def _answered(request: Request, error: Exception) -> Response:
    return answer(request, error)


async def _answered_before(_request: Request, error: AnsweredBefore) -> Response:
    return error.response
