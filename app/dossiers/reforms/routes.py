"""Routes of reforms: publish a calendar, succeed a unit (contract, Reference data)."""

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import Administrator, Now, Writing, kept
from app.catalogue.cache import load
from app.catalogue.calendars import YearContent
from app.domain.errors import Invalid
from app.domain.working_days import CalendarStatus
from app.dossiers.presenting import unit_out
from app.dossiers.reforms.publishing import DeadlineChange, publish, rehearse
from app.dossiers.reforms.schemas import CalendarIn, DeadlineChangeOut, PublicationOut, SuccessionIn, SuccessionOut
from app.dossiers.reforms.succession import succeed
from app.http.etags import require_version
from app.http.wire_types import FIRST_YEAR, LAST_YEAR

router = APIRouter(prefix="/api/v1", tags=["reference"])


@router.put("/calendar/{year}", summary="Publish a year's calendar")
async def publish_calendar(
    request: Request,
    year: Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR, description="the year", examples=[2026])],
    body: CalendarIn,
    caller: Administrator,
    connection: Writing,
    now: Now,
    dry_run: Annotated[bool, Query(description="list what would change, and change nothing")] = False,
) -> PublicationOut:
    """Appends a revision and re-dates the open dossiers whose deadline it changes, each with a journal entry."""
    content = YearContent(
        year=year,
        status=CalendarStatus(body.status),
        decision=body.decision,
        days_off=frozenset(body.days_off),
        working_days=frozenset(body.working_days),
        names={_day(text): name for text, name in body.names.items()},
    )
    if dry_run:
        # Refused for another revision than the client expects, as the publication would be.
        reference = await load(connection)
        stored = reference.years.get(year)
        require_version(request, stored.number if stored else 0)
        changes = await rehearse(connection, reference, content)
        dossiers = [_change_out(change) for change in changes]
        return PublicationOut(year=year, dry_run=True, moved=len(changes), dossiers=dossiers)
    changes = await publish(connection, caller, content, now, partial(require_version, request))
    return PublicationOut(year=year, dry_run=False, moved=len(changes), dossiers=None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("calendar_invalid", "Names go with dates, as YYYY-MM-DD.", pointer="/names") from None


def _change_out(change: DeadlineChange) -> DeadlineChangeOut:
    deadline = change.data["deadline"]
    return DeadlineChangeOut(
        code=change.dossier.code,
        due_date_before=change.dossier.state.due_date,
        due_date=date.fromisoformat(deadline["due_date"]),
        provisional=deadline["provisional"],
    )


@router.post("/units/{unit_id}/succeed", response_model=SuccessionOut, summary="Replace a unit by its successor")
async def succeed_unit(
    request: Request,
    unit_id: Annotated[int, Path(ge=1, lt=2**31, description="id of the unit that ends", examples=[18])],
    body: SuccessionIn,
    caller: Administrator,
    connection: Writing,
    now: Now,
) -> Response:
    """Ends the unit and moves every dossier of it that is not closed; history stays with the old unit."""
    expect = partial(require_version, request)
    succession = await succeed(connection, caller, unit_id, body.into, body.on, now, expect)
    content = SuccessionOut(
        unit=unit_out(succession.reference, succession.unit_id),
        valid_to=succession.last_day,
        successor=unit_out(succession.reference, succession.successor_id),
        moved=succession.moved,
    )
    answer = Response(content.model_dump_json(), media_type="application/json")
    return await kept(request, connection, answer)
