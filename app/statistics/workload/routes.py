"""What heads of offices ask every morning: the open work, public by unit, for staff by officer too."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, Now, OptionalCaller
from app.http.etags import conditional
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, as_table, flat, wanted
from app.statistics.on_time.parameters import parameters_of, refuse_unknown
from app.statistics.workload.dependencies import WorkloadServices
from app.statistics.workload.parameters import WorkloadIn, asked
from app.statistics.workload.schemas import WorkloadOut
from app.statistics.workload.service import Asking, answer

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])

_PARAMETERS = parameters_of(WorkloadIn)


@router.get("/workload.csv", include_in_schema=False)
@router.get(
    "/workload",
    summary="The open work now",
    response_model=WorkloadOut,
    response_model_by_alias=True,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_workload(
    request: Request, query: Annotated[WorkloadIn, Query()], caller: OptionalCaller, now: Now, language: Language
) -> Response:
    """Open dossiers per unit or officer: not taken, due, overdue or suspended by age, standing still; what comes, goes.

    Counts are those of `GET /dossiers` where that has such a filter. By unit it is public; by officer it needs a token,
    and shows the units of its subtree, to an officer by holder only. What arrives and leaves counts for the responsible
    unit whatever the basis. With `projection=true` also how many of those in time will be late if things go on as in
    the window. `Accept: text/csv`, or `.csv` after the path, gives the rows as a table.
    """
    refuse_unknown(request.query_params, _PARAMETERS)
    media = wanted(request.url.path, request.headers.get("accept"))
    services = WorkloadServices.of(request.app)
    # One state of the database for all statements, so that the figures fit one another whatever is written meanwhile.
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = asked(query, reference, caller, now)
        asking = Asking(reference, now, services.settings.due_soon_days, language)
        figures = await answer(connection, question, asking, services.experiences)
    private = question.by == "officer"
    if media == CSV:
        body = as_table([flat(row) for row in (*figures.rows, figures.total)])
        return conditional(request, body, reference.revision, private=private, media_type=CSV_TYPE)
    body = figures.model_dump_json(by_alias=True).encode()
    return conditional(request, body, reference.revision, private=private, media_type=JSON)
