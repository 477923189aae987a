"""Application of the national figures. It has no database: it asks the public figures of each region."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import httpx
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app import clock
from app.domain.errors import Unavailable
from app.http import health
from app.http.certificates import trust
from app.http.draining import Draining
from app.http.error_responses import error_response
from app.http.logs import REQUEST_ID
from app.http.metrics import Metrics
from app.http.middleware import RequestMiddleware
from app.http.openapi import ANY_PROBLEM
from app.http.problems import MEDIA_TYPE, Case
from app.http.query_parameters import parameters_of, refuse_unknown
from app.http.rate_limits import Limits
from app.http.security_headers import Sharing
from app.regions.questions import Answer, Failure, Regions
from app.regions.schemas import NationalIn, NationalOut, RegionOut
from app.regions.sums import sum_of
from app.settings import Settings, regions_of
from app.statistics.on_time.question import period_of

_PARAMETERS = parameters_of(NationalIn)


def create_app(
    settings: Settings | None = None,
    now: Callable[[], datetime] = clock.now,
    transport: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """The application; `settings` come from the environment by default. `transport` replaces the network."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # A proxy named in the environment is for the Internet, and a redirect could lead anywhere.
        async with httpx.AsyncClient(
            verify=trust(settings.ca_file).web, trust_env=False, follow_redirects=False, transport=transport
        ) as http:
            app.state.regions = Regions(http, regions_of(settings), settings.region_seconds, now)
            yield

    app = FastAPI(
        title="Motcua: national figures",
        openapi_url="/api/v1/national/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=ANY_PROBLEM,
        lifespan=lifespan,
        exception_handlers={HTTPException: _error_response, RequestValidationError: _error_response},
    )
    _add_routes(app, now)
    app.add_middleware(
        RequestMiddleware,
        metrics=Metrics(),
        sharing=Sharing(settings.cors_origins),
        limiter=Limits(settings).addresses,
        page=_no_page,
        draining=Draining(0),
    )
    return app


def _add_routes(app: FastAPI, now: Callable[[], datetime]) -> None:
    @app.get("/api/v1/national/on-time", response_model=NationalOut, tags=["statistics"])
    async def get_national_figures(request: Request, query: Annotated[NationalIn, Query()]) -> Response:
        """On-time figures of all regions: sums of their counts, with the regions that did not answer."""
        refuse_unknown(request.query_params, _PARAMETERS)
        first, last, _whole = period_of(query, now())
        asked = [("by", "channel"), ("from", first.isoformat()), ("to", last.isoformat())]
        asked += [(name, value) for name in ("field", "procedure", "channel") for value in getattr(query, name)]
        regions: Regions = request.app.state.regions
        language = request.headers.get("accept-language", "vi")
        results = await regions.on_time(asked, {"X-Request-ID": REQUEST_ID.get(), "Accept-Language": language})
        answers = [result for result in results if isinstance(result, Answer)]
        failures = [result for result in results if isinstance(result, Failure)]
        missing = [regions.missing(failure) for failure in failures]
        if answers:
            content = NationalOut(
                first=first,
                last=last,
                as_of=min(answer.figures.as_of for answer in answers),
                is_complete=not missing,
                total=sum_of([answer.figures.total for answer in answers]),
                regions=[_region(answer) for answer in answers],
                missing=missing,
            )
            body = content.model_dump_json(by_alias=True)
            return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})
        if refusal := _common_refusal(failures):
            return refusal
        absent = [entry.model_dump(mode="json") for entry in missing]
        raise Unavailable("unavailable", "No region answered with figures.", missing=absent)

    app.get("/healthz", tags=["service"])(health.get_health)


def _region(answer: Answer) -> RegionOut:
    figures = answer.figures
    return RegionOut(
        region=answer.region, as_of=figures.as_of, changed_since=figures.changed_since, total=figures.total
    )


def _common_refusal(failures: list[Failure]) -> Response | None:
    """The problem of the first region, if all of them refused the question, as they do an unknown procedure."""
    refusals = [failure.response for failure in failures if failure.reason == "refused" and failure.response]
    if not refusals or len(refusals) < len(failures):
        return None
    return Response(refusals[0].content, refusals[0].status_code, {"Cache-Control": "no-store"}, MEDIA_TYPE)


def _no_page(_request: Request, _case: Case) -> None:
    """The answer to people is a problem too: this application has no pages."""


async def _error_response(request: Request, error: Exception) -> Response:
    return error_response(request, error, _no_page)
