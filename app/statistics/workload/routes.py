"""Route of the workload: public by unit, for staff by officer too."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, NowOfData, OptionalCaller
from app.statistics.endpoint import figure_route, read_register
from app.statistics.workload.dependencies import WorkloadServices
from app.statistics.workload.parameters import PARAMETERS, WorkloadIn, workload_question
from app.statistics.workload.schemas import WorkloadOut
from app.statistics.workload.service import Setting, answer
from app.statistics.workload.table import workload_table

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/workload", WorkloadOut, summary="The open work now")
async def get_workload(
    request: Request, query: Annotated[WorkloadIn, Query()], caller: OptionalCaller, now: NowOfData, language: Language
) -> Response:
    """Open dossiers per unit or officer: not taken, due, overdue or suspended by age, idle; arrivals and departures.

    Counts are those of `GET /dossiers` for its filters. By unit it is public. By officer it needs a token and shows the
    units of its subtree, to an officer by holder only. Arrivals and departures count for the responsible unit under
    every basis. `projection=true` adds a forecast: the dossiers in time that will be late if things go on as in the
    window.
    """
    services = WorkloadServices.of(request.app)
    async with read_register(request, PARAMETERS, language) as register:
        reference = register.reference
        question = workload_question(query, reference, caller, now)
        setting = Setting(reference, now, services.settings.due_soon_days, language)
        content = await answer(register.connection, question, setting, services.experiences)
    return await register.answer(
        lambda: content,
        lambda made: workload_table(made, question, reference, language),
        name=f"workload_{question.by}_{setting.today}",
        private=question.by == "officer",
    )
