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

from app import clock, health
from app.access.callers import TokenCache
from app.access.uses import TokenUses
from app.access.views import AccessLog
from app.bodies import BodyLimit, read_strictly
from app.catalogue.provisional import ProvisionalYears
from app.catalogue.reference import ReferenceCache
from app.catalogue.routes import router as catalogue
from app.counter.routes import router as counter
from app.database import open_database
from app.deliveries.routes import router as deliveries
from app.deliveries.work import Outbox
from app.dossiers.routes import router as dossiers
from app.edge import Edge
from app.headers import Sharing
from app.late_records.routes import router as late_records
from app.limits import Limits
from app.lookup.routes import router as lookup
from app.metrics import Metrics
from app.openapi import completed
from app.pages.problem import problem_page
from app.pages.routes import first as looked_up
from app.pages.routes import router as pages
from app.patterns.routes import router as patterns
from app.problems import MEDIA_TYPE, answer
from app.rankings.routes import router as rankings
from app.rating_keys import RatingKeys
from app.ratings.routes import router as ratings
from app.reforms.routes import router as reforms
from app.reminders.routes import router as reminders
from app.reports.routes import router as reports
from app.retries.answers import AnsweredBefore
from app.retries.sweeping import sweeping
from app.seals.background import sealing
from app.seals.routes import router as seals
from app.serving import settle
from app.settings import Settings, keys_of
from app.slips.printing import Printer
from app.slips.routes import router as slips
from app.sso.service import SignOn
from app.statistics.routes import router as statistics
from app.tallies.background import Folder
from app.tokens.routes import router as tokens
from app.trends.routes import router as trends
from app.viewers.routes import router as viewers
from app.webhooks.addresses import Networks
from app.webhooks.routes import router as webhooks
from app.workload.gauges import RegisterGauges
from app.workload.outlook import Experiences
from app.workload.routes import router as workload

_DESCRIPTION = """
Tracks administrative dossiers at Vietnamese one-stop shops: from counter to counter, with their lawful due dates.

Titles of problems and other texts for people are Vietnamese, and English with `Accept-Language: en`. Instants carry an
offset and are shown as +07:00; dates are local. Every refusal is `application/problem+json` with a stable `code`.
"""

_TAGS = [
    {"name": "dossiers", "description": "Receiving, processing and returning dossiers"},
    {"name": "slips", "description": "Statutory papers and registers, as PDF"},
    {"name": "lookup", "description": "What a citizen sees, without a token"},
    {"name": "deadline", "description": "How a due date comes about, without a token"},
    {"name": "reference", "description": "Units, procedures and calendars; writing is for administrators"},
    {"name": "statistics", "description": "On-time figures"},
    {"name": "seals", "description": "What lets anybody see that nothing recorded was changed"},
    {"name": "reminders", "description": "Who is reminded of what, before a deadline passes"},
    {"name": "webhooks", "description": "Other systems that are told, and what is told outside"},
    {"name": "tokens", "description": "Who may call; for administrators"},
    {"name": "service", "description": "For those who run it"},
]

_ANY_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A refusal or a failure; `code` says which (docs/errors.md lists them)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def create_app(
    settings: Settings | None = None,
    now: Callable[[], datetime] = clock.now,
    started: Callable[[FastAPI], Awaitable[None]] | None = None,
) -> FastAPI:
    """The application; its database is opened when it starts, and `started` is awaited once it is.

    `settings` are the environment's where not given; `now` gives an aware UTC instant to the second.
    """
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
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
            database, state = app.state.database, app.state
            async with (
                state.folder.running(database),
                state.uses.running(database),
                state.sign_on.running(),
                sweeping(database, now),
                sealing(database, now),
                state.outbox.running(database) if settings.outbox_worker else nullcontext(),
            ):
                # What the server itself has to know.
                yield {"head_seconds": settings.head_seconds}
        finally:
            await app.state.database.close()

    app = _Application(
        title="Motcua",
        version=_version(),
        summary="Administrative dossiers at Vietnamese one-stop shops",
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        responses=_ANY_PROBLEM,
        redirect_slashes=False,
        docs_url=None,  # its page loads scripts from elsewhere; app/pages has one that does not
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _answered,
            RequestValidationError: _answered,
            AnsweredBefore: _answered_before,
        },
    )
    app.state.settings = settings
    app.state.now = now
    app.state.reference = ReferenceCache()
    app.state.tokens = TokenCache(timedelta(seconds=settings.token_cache_seconds))
    app.state.uses = TokenUses()
    app.state.sign_on = SignOn(settings, app.state.reference)
    app.state.limits = Limits(settings)
    app.state.access_log = AccessLog()
    app.state.rating_keys = RatingKeys()
    app.state.folder = Folder()
    app.state.outbox = Outbox(settings, app.state.reference, now)
    app.state.webhook_networks = Networks(settings.webhook_networks)
    app.state.metrics = Metrics()
    app.state.gauges = RegisterGauges(timedelta(seconds=settings.metrics_cache_seconds), settings.due_soon_days)
    app.state.experiences = Experiences()
    app.state.problem_page = problem_page
    app.state.printer = Printer(Path(settings.slips_dir) if settings.slips_dir else None, settings.public_url)
    # The last added is the outermost.
    app.add_middleware(ProvisionalYears)
    app.add_middleware(BodyLimit, limit=settings.body_limit, seconds=settings.body_seconds)
    sharing = Sharing(settings.cors_origins)
    app.add_middleware(Edge, metrics=app.state.metrics, sharing=sharing, limiter=app.state.limits.addresses)
    # Routes are tried one after the other, some 2 µs each: what is asked for most stands first.
    for router in (
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
    ):
        _add(app, router)
    return app


def _add(app: FastAPI, router: APIRouter) -> None:
    """Adds a router's routes as they are: an included router's are tried one by one, twice, for every request."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.responses = {**_ANY_PROBLEM, **route.responses}
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
