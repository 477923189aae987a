"""Lists for oversight: ratings with their comments, late records, payments of a day, and the printed register."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.statistics.late_records.schemas import LateRecordOut
from app.statistics.payments.schemas import PaymentPage
from app.statistics.ratings.schemas import RatingOut
from app.web.counter.dossier import units_on
from app.web.public.parameters import query_fields
from app.web.staff.api_client import Refusal
from app.web.staff.forms import unit_code
from app.web.staff.refusals import form_facts
from app.web.staff.responses import pdf_response
from app.web.staff.visit import Visit, page_route

router = APIRouter()


@router.get("/ratings")
@page_route
async def ratings(visit: Visit) -> Response:
    """The ratings of the units, with their comments."""
    query = query_fields(visit.request, "cursor")
    page = await visit.api.get("ratings", limit="50", **query)
    items = [RatingOut.model_validate(item) for item in page["items"]]
    return await visit.page("counter-ratings.html", {"ratings": items, **_place(page, query)})


@router.get("/late")
@page_route
async def late_records(visit: Visit) -> Response:
    """The late records of the units, for supervisors."""
    query = query_fields(visit.request, "from", "to", "cursor")
    page: Mapping[str, Any] = {"items": [], "next_cursor": None}
    refusal = None
    try:
        page = await visit.api.get("late-records", limit="50", **query)
    except Refusal as problem:
        if problem.status not in (400, 422):
            raise
        refusal = problem
    records = [LateRecordOut.model_validate(item) for item in page["items"]]
    facts = {"records": records, "query": query, **_place(page, query), **form_facts(refusal, visit.language)}
    return await visit.page("counter-late.html", facts, refusal.status if refusal else 200)


@router.get("/payments")
@page_route
async def payments(visit: Visit) -> Response:
    """The payments of a day at the counters of the caller, with their totals."""
    query = {"day": visit.today.isoformat(), **query_fields(visit.request, "day", "cursor")}
    page, refusal = PaymentPage(items=[], next_cursor=None, totals=[]), None
    try:
        page = PaymentPage.model_validate(await visit.api.get("payments", limit="200", **query))
    except Refusal as problem:
        if problem.status not in (400, 422):
            raise
        refusal = problem
    facts = {"payments": page.items, "totals": page.totals, "query": query, **form_facts(refusal, visit.language)}
    place = {"following": page.next_cursor, "is_first": "cursor" not in query}
    return await visit.page("counter-payments.html", facts | place, refusal.status if refusal else 200)


@router.get("/register")
@page_route
async def register(visit: Visit) -> Response:
    """The form for a register; with its fields, the register as PDF."""
    query = query_fields(visit.request, "unit", "from", "to")
    caller, refusal = await visit.caller(), None
    if query:
        period = {name: query[name] for name in ("from", "to") if name in query}
        unit = {"unit": unit_code(query["unit"])} if "unit" in query else {}
        if not unit and caller.unit is not None:
            unit = {"unit_id": str(caller.unit.id)}
        try:
            return pdf_response(await visit.api.fetch("slips", "register", **period, **unit))
        except Refusal as problem:
            if problem.status not in (403, 422):
                raise
            refusal = problem
    first = visit.today.replace(day=1)
    facts = {
        "query": {"from": first.isoformat(), "to": visit.today.isoformat(), **query},
        "units": units_on(await visit.reference(), visit.today),
        "needs_unit": caller.unit is None,
        **form_facts(refusal, visit.language),
    }
    return await visit.page("counter-register.html", facts, refusal.status if refusal else 200)


def _place(page: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    return {"following": page["next_cursor"], "is_first": "cursor" not in query}
