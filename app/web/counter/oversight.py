"""What the counter's staff look through: what was written with ratings, what was recorded late, and the register."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.statistics.late_records.schemas import LateRecordOut
from app.statistics.ratings.schemas import RatingOut
from app.web.counter.api_client import Refusal
from app.web.counter.dossier import units_on
from app.web.counter.forms import unit_code
from app.web.counter.refusals import refused
from app.web.counter.responses import pdf_response
from app.web.counter.visit import Visit, page_route
from app.web.public.parameters import given

router = APIRouter()


@router.get("/ratings")
@page_route
async def ratings(visit: Visit) -> Response:
    """How the units' returned dossiers were rated, with what was written."""
    asked = given(visit.request, "cursor")
    page = await visit.interface.get("ratings", limit="50", **asked)
    listed = [RatingOut.model_validate(one) for one in page["items"]]
    return await visit.page("counter-ratings.html", {"ratings": listed, **_place(page, asked)})


@router.get("/late")
@page_route
async def recorded_late(visit: Visit) -> Response:
    """What the units recorded later than it happened, for supervisors."""
    asked = given(visit.request, "from", "to", "cursor")
    page: Mapping[str, Any] = {"items": [], "next_cursor": None}
    refusal = None
    try:
        page = await visit.interface.get("late-records", limit="50", **asked)
    except Refusal as problem:
        if problem.status not in (400, 422):
            raise
        refusal = problem
    listed = [LateRecordOut.model_validate(one) for one in page["items"]]
    facts = {"records": listed, "asked": asked, **_place(page, asked), **refused(refusal, visit.language)}
    return await visit.page("counter-late.html", facts, refusal.status if refusal else 200)


@router.get("/register")
@page_route
async def register(visit: Visit) -> Response:
    """The fields to print a register by; with them filled in, the register."""
    asked = given(visit.request, "unit", "from", "to")
    caller, refusal = await visit.caller(), None
    if asked:
        about = {name: asked[name] for name in ("from", "to") if name in asked}
        unit = {"unit": unit_code(asked["unit"])} if "unit" in asked else {}
        if not unit and caller.unit is not None:
            unit = {"unit_id": str(caller.unit.id)}
        try:
            return pdf_response(await visit.interface.fetch("slips", "register", **about, **unit))
        except Refusal as problem:
            if problem.status not in (403, 422):
                raise
            refusal = problem
    first = visit.today.replace(day=1)
    facts = {
        "asked": {"from": first.isoformat(), "to": visit.today.isoformat(), **asked},
        "units": units_on(await visit.reference(), visit.today),
        "needs_unit": caller.unit is None,
        **refused(refusal, visit.language),
    }
    return await visit.page("counter-register.html", facts, refusal.status if refusal else 200)


def _place(page: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    return {"following": page["next_cursor"], "is_first": "cursor" not in asked}
