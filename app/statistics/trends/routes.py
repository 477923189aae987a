"""Routes of trend and lead time; public and without names of people."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, NowOfData
from app.domain.localtime import local
from app.statistics.endpoint import figure_route, read_register
from app.statistics.on_time.figures import changed_since, count_and_change
from app.statistics.on_time.question import Question
from app.statistics.trends.lead_time import Shape, durations
from app.statistics.trends.parameters import (
    LEAD_TIME_PARAMETERS,
    TREND_PARAMETERS,
    LeadTimeIn,
    TrendIn,
    lead_time_question,
    monthly_question,
)
from app.statistics.trends.schemas import LeadTimeOut, TrendOut
from app.statistics.trends.table import lead_time_table, trend_table
from app.statistics.trends.trend import months_of_rows

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/trend", TrendOut, summary="Rates and volumes month by month")
async def get_trend(
    request: Request, query: Annotated[TrendIn, Query()], now: NowOfData, language: Language
) -> Response:
    """Dossiers received, finished, open and overdue in each month of a period, per unit, field, procedure or channel.

    Each month is a period of its own, counted as the on-time figures are; at most 60 of them. A table has a line for
    each row and month.
    """
    async with read_register(request, TREND_PARAMETERS, language) as register:
        question = monthly_question(query, register.reference, now)
        counts, changed = await count_and_change(register.connection, question, now)

    def content() -> TrendOut:
        rows, total = months_of_rows(question, counts, language)
        return TrendOut(
            by=query.by, basis=question.basis, rows=rows, total=total, changed_since=changed, **_period(question)
        )

    # Sixty months of some hundred units take a second or two to write.
    return await register.answer(
        content,
        lambda made: trend_table(made, query, question, language),
        name=f"trend_{query.by}_{question.first}_{question.last}",
        in_thread=True,
    )


@figure_route(
    router, "/lead-time", LeadTimeOut, summary="How long dossiers took, and how much of their limits they used"
)
async def get_lead_time(
    request: Request, query: Annotated[LeadTimeIn, Query()], now: NowOfData, language: Language
) -> Response:
    """The working days that the dossiers finished in a period took, with and without suspended time.

    Also the share of the limit that they used, per procedure, field, unit or channel. Each counts for the unit that was
    responsible when it was finished; at most 60 months.
    """
    async with read_register(request, LEAD_TIME_PARAMETERS, language) as register:
        question = lead_time_question(query, register.reference, now)
        taken = await durations(register.connection, question)
        changed = await changed_since(register.connection, question, now)

    def content() -> LeadTimeOut:
        shape = Shape(query.longest, query.min_volume)
        return LeadTimeOut(
            by=query.by,
            basis=query.basis,
            longest=query.longest,
            min_volume=query.min_volume,
            rows=[] if query.by == "total" else shape.rows(question, taken, language),
            total=shape.total(taken, language),
            changed_since=changed,
            **_period(question),
        )

    return await register.answer(
        content,
        lambda made: lead_time_table(made, query, question, language),
        name=f"lead-time_{query.by}_{question.first}_{question.last}",
        in_thread=True,
    )


def _period(question: Question) -> dict[str, Any]:
    return {"first": question.first, "last": question.last, "as_of": local(question.whole.as_of)}
