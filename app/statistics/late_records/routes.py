"""Route of the list of late records, for supervisors (rules §8)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import AnyCaller, Now, Reading
from app.access.persons import client_names_of
from app.access.shown_people import people_shown
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.database import Row
from app.domain.backdating import BackdatingWindow
from app.dossiers.presenting import unit_out
from app.http.etags import conditional_json
from app.http.pagination import Page
from app.statistics.late_records.parameters import late_record_filter
from app.statistics.late_records.queries import late_records
from app.statistics.late_records.schemas import LateRecordOut, LateRecordsIn

router = APIRouter(prefix="/api/v1", tags=["dossiers"])


@router.get("/late-records", response_model=Page[LateRecordOut], summary="What was recorded late")
async def list_late_records(
    request: Request,
    query: Annotated[LateRecordsIn, Query()],
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
) -> Response:
    """For supervisors: the entries flagged `backdated` of the units in their subtree, the latest record first.

    A counter without a connection records its receipts later with their true times. Within the window it does so by
    itself. Further back only a supervisor may, with a reason. Entries are shown as recorded, also if they were
    corrected since. Imported entries are left out.
    """
    filters = late_record_filter(query, reference, caller, now)
    rows, next_cursor = await late_records(connection, filters, query.limit, query.cursor)
    length = timedelta(hours=CatalogueServices.of(request.app).settings.backdating_working_hours)
    people_shown(row.dossier_id for row in rows if row.content)
    names = await client_names_of(connection, {row.client for row in rows})
    items = [_record_out(reference, row, length, names) for row in rows]
    page = Page[LateRecordOut](items=items, next_cursor=next_cursor)
    return conditional_json(request, page, max((row.id for row in rows), default=0), private=True)


def _record_out(reference: Reference, row: Row, length: timedelta, names: Mapping[str, str]) -> LateRecordOut:
    late = row.recorded_at - row.occurred_at
    texts = row.content or {}
    window = BackdatingWindow(length, reference.calendar, reference.sessions(row.unit_id, row.occurred_at)[0])
    return LateRecordOut(
        code=row.code,
        sequence=row.sequence,
        type=row.type,
        unit=unit_out(reference, row.unit_id),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        late_seconds=int(late.total_seconds()),
        beyond_window=not window.includes(row.occurred_at, row.recorded_at),
        client=row.client,
        client_name=names.get(row.client),
        officer=texts.get("officer"),
        reason=texts.get("reason") or texts.get("note"),
    )
