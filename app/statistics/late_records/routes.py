"""What counters recorded late, in one list for their supervisors (rules §8)."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import AnyCaller, Now, Reading
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.database import Row
from app.dossiers.presenting import unit_out
from app.http.etags import conditional_json
from app.http.pagination import Page
from app.statistics.late_records.parameters import asked
from app.statistics.late_records.queries import late_records
from app.statistics.late_records.schemas import LateQuery, LateRecordOut

router = APIRouter(prefix="/api/v1", tags=["dossiers"])


@router.get("/late-records", response_model=Page[LateRecordOut], summary="What was recorded late")
async def list_late_records(
    request: Request,
    query: Annotated[LateQuery, Query()],
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
) -> Response:
    """For supervisors: the entries flagged `backdated` of the units in their subtree, the latest record first.

    A counter that was cut off records its receipts with their true times: within the window by itself, further back
    only a supervisor may, with a reason. Entries stand here as they were recorded, also where they were corrected
    since; what was imported does not.
    """
    wanted = asked(query, reference, caller, now)
    rows, next_cursor = await late_records(connection, wanted, query.limit, query.cursor)
    window = timedelta(hours=CatalogueServices.of(request.app).settings.backdating_hours)
    page = Page[LateRecordOut](items=[_shown(reference, row, window) for row in rows], next_cursor=next_cursor)
    return conditional_json(request, page, max((row.id for row in rows), default=0), private=True)


def _shown(reference: Reference, row: Row, window: timedelta) -> LateRecordOut:
    late = row.recorded_at - row.occurred_at
    words = row.content or {}
    return LateRecordOut(
        code=row.code,
        sequence=row.sequence,
        type=row.type,
        unit=unit_out(reference, row.unit_id),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        late_seconds=int(late.total_seconds()),
        beyond_window=late > window,
        client=row.client,
        officer=words.get("officer"),
        reason=words.get("reason") or words.get("note"),
    )
