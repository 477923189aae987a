"""Makes the application: middleware, error handlers, routes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, request_response
from starlette.exceptions import HTTPException
from starlette.routing import Route

from app import clock
from app.access.dependencies import identified_before_body
from app.access.views import recording_views
from app.audit.seals.routes import router as seals
from app.audit.seals.stamp_routes import router as seal_stamps
from app.audit.seals.tree_routes import router as seal_tree
from app.catalogue.routes import router as catalogue
from app.database.observed import observed
from app.dossiers.reforms.routes import router as reforms
from app.dossiers.routes import router as dossiers
from app.http import health
from app.http.compression import Compression
from app.http.draining import Draining
from app.http.error_responses import error_response
from app.http.idempotency.responses import ReplayedResponse
from app.http.metrics import Metrics
from app.http.middleware import RequestMiddleware
from app.http.openapi import ANY_PROBLEM, DESCRIPTION, TAGS, completed, operation_id
from app.http.rate_limits import Limits
from app.http.reading_policy import reads, replica_first
from app.http.replica_reading import ReadAtUsablePlace, read_anywhere
from app.http.request_bodies import BodyLimit, read_strictly
from app.http.security_headers import Sharing
from app.http.warming import warm
from app.identity.access_log.routes import router as viewers
from app.identity.persons.routes import router as people
from app.identity.persons.session_routes import router as person_sessions
from app.identity.sso.routes import router as sign_on
from app.identity.tokens.routes import router as tokens
from app.loading.reference.routes import router as workbooks
from app.lookup.routes import router as lookup
from app.notifications.delivery.routes import router as deliveries
from app.notifications.reminders.routes import router as reminders
from app.notifications.webhooks.routes import router as webhooks
from app.operations.witness.routes import router as witnessed
from app.services import Services, opened_services, settle, working
from app.settings import Settings
from app.slips.routes import router as slips
from app.statistics.form_ii_06a.routes import router as reports
from app.statistics.irregularities.routes import router as patterns
from app.statistics.late_records.routes import router as late_records
from app.statistics.lateness.routes import router as lateness
from app.statistics.office_table.routes import router as office_table
from app.statistics.on_time.routes import router as statistics
from app.statistics.payments.routes import router as payments
from app.statistics.rankings.routes import router as rankings
from app.statistics.ratings.routes import router as ratings
from app.statistics.trends.routes import router as trends
from app.statistics.workload.routes import router as workload
from app.telemetry import configured_tracing
from app.web.admin.routes import router as administration
from app.web.counter.routes import router as counter
from app.web.public.problems import problem_page
from app.web.public.routes import lookup_pages
from app.web.public.routes import router as pages
from app.web.sign_in.provider import router as provider
from app.web.sign_in.routes import router as sign_in

if TYPE_CHECKING:
    from app.telemetry.tracing import Tracing

# The framework tries routes in this order, for about 2 µs each. The most frequent requests come first.
_ROUTERS = (
    lookup,
    lookup_pages,
    dossiers,
    late_records,
    payments,
    statistics,
    reports,
    office_table,
    lateness,
    rankings,
    ratings,
    trends,
    workload,
    patterns,
    slips,
    catalogue,
    workbooks,
    reforms,
    seals,
    seal_tree,
    seal_stamps,
    witnessed,
    tokens,
    person_sessions,
    people,
    sign_on,
    webhooks,
    deliveries,
    reminders,
    pages,
    viewers,
    counter,
    administration,
    provider,
    sign_in,
    health.router,
)


def create_app(
    settings: Settings | None = None,
    now: Callable[[], datetime] = clock.now,
    started: Callable[[Services], Awaitable[None]] | None = None,
) -> FastAPI:
    """The application. Its database is opened at the start; then `started` is awaited.

    `settings` come from the environment by default. `now` gives an aware UTC instant to the second.
    """
    settings = settings or Settings()
    limits, metrics, draining = Limits(settings), Metrics(), Draining(settings.drain_seconds)
    tracing = configured_tracing(_version(), clock.seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _traced(tracing), opened_services(settings, now, limits, metrics, draining) as services:
            app.state.services = services
            if started is not None:
                await started(services)
            async with working(services):
                yield

    app = _Application(
        title="Motcua",
        version=_version(),
        summary="Administrative dossiers at Vietnamese one-stop shops",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        responses=ANY_PROBLEM,
        redirect_slashes=False,
        docs_url=None,  # the framework's page loads scripts of another site; app/web/public has its own
        redoc_url=None,
        lifespan=lifespan,
        # The framework's own spans contain paths and queries, and so codes of dossiers.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={
            HTTPException: _error_response,
            RequestValidationError: _error_response,
            ReplayedResponse: _stored_response,
        },
    )
    _add_middleware(app, settings, limits, metrics, draining)
    if tracing is not None:
        app.add_middleware(tracing.around_requests)
    for router in _ROUTERS:
        _add(app, router)
    return app


def _add_middleware(app: FastAPI, settings: Settings, limits: Limits, metrics: Metrics, draining: Draining) -> None:
    # The last one is the outermost.
    app.add_middleware(BodyLimit, limit=settings.body_limit, seconds=settings.body_seconds, limiter=limits.addresses)
    app.add_middleware(Compression)
    if settings.read_database_url:
        app.add_middleware(ReadAtUsablePlace)
    sharing = Sharing(settings.cors_origins)
    app.add_middleware(
        RequestMiddleware,
        metrics=metrics,
        sharing=sharing,
        limiter=limits.addresses,
        page=problem_page,
        draining=draining,
        lookup_log_every=settings.lookup_log_every,
    )


@asynccontextmanager
async def _traced(tracing: "Tracing | None") -> AsyncIterator[None]:
    """Makes spans of statements while the block runs, and sends the last ones at its end."""
    if tracing is None:
        yield
        return
    try:
        with observed(tracing.statement, tracing.round_trip):
            yield
    finally:
        await asyncio.to_thread(tracing.close)


def _add(app: FastAPI, router: APIRouter) -> None:
    """Adds the routes of a router one by one. `include_router` would match each request twice."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.operation_id = operation_id(route.name)
            route.responses = {**ANY_PROBLEM, **route.responses}
            handler = recording_views(read_strictly(route.get_route_handler()), route)
            handler = identified_before_body(handler, route)
            if reads(route.path, route.methods):
                handler = read_anywhere(handler, replica_first=replica_first)
            route.app = request_response(handler)
        elif router is lookup_pages and isinstance(route, Route):
            route.app = request_response(read_anywhere(route.endpoint, replica_first=replica_first))
    app.router.routes.extend(router.routes)


def _version() -> str:
    try:
        return version("motcua")
    except PackageNotFoundError:  # sources without an installation
        return "0"


def served() -> FastAPI:
    """The application of one worker of `motcua serve`, with settings from the environment."""

    async def serving(services: Services) -> None:
        await warm(app)
        await settle(services)
        services.draining.delay_stop()

    app = create_app(started=serving)
    return app


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, built once."""
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi())
        return self.openapi_schema


# Only for errors that the framework itself handles. All others reach RequestMiddleware.
async def _error_response(request: Request, error: Exception) -> Response:
    return error_response(request, error, problem_page)


async def _stored_response(_request: Request, error: ReplayedResponse) -> Response:
    return error.response
