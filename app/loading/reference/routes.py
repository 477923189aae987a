"""Endpoints of the workbook of reference data: export it, import it (contract, Reference data)."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from app.access.dependencies import Administrator, Now, Reading, changing, store_response
from app.catalogue.dependencies import CurrentReference
from app.dossiers.dependencies import DossierServices
from app.dossiers.reforms.dependencies import worker_of
from app.dossiers.reforms.publishing import publication
from app.http.etags import conditional
from app.loading.reference.problems import Problems
from app.loading.reference.reading import Tables
from app.loading.reference.schemas import WorkbookImportOut, import_out
from app.loading.reference.workbook import DryRun, export_rows, import_tables, read_file
from app.loading.reference.writing import as_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(prefix="/api/v1/reference", tags=["reference"])


@router.get(
    "/workbook",
    summary="Export reference data and people as a workbook",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def export_workbook(
    request: Request, _caller: Administrator, connection: Reading, reference: CurrentReference
) -> Response:
    """Units, procedures, calendars and people as XLSX, without secrets. Equal data give equal bytes."""
    rows = await export_rows(connection, reference)
    body = await asyncio.to_thread(as_workbook, rows)
    headers = {"Content-Disposition": 'attachment; filename="motcua.xlsx"'}
    return conditional(request, body, reference.revision, private=True, media_type=XLSX, headers=headers)


@router.post("/workbook", response_model=WorkbookImportOut, summary="Import reference data and people from a workbook")
async def import_workbook(
    request: Request,
    body: Annotated[bytes, Body(media_type=XLSX)],
    caller: Administrator,
    now: Now,
    dry_run: Annotated[bool, Query(description="list what would change, and change nothing")] = False,
) -> Response:
    """Adds and changes rows in one transaction. With any wrong cell it is refused, and changes nothing."""
    read = await asyncio.to_thread(_read, body)
    try:
        async with changing(request) as connection:
            imported = await import_tables(
                connection, read, caller.author, now, dry_run=dry_run, person_id=caller.person_id
            )
            content = import_out(imported, dry_run=False).model_dump_json()
            response = await store_response(request, connection, Response(content, media_type="application/json"))
    except DryRun as result:
        content = import_out(result.imported, dry_run=True).model_dump_json()
        return Response(content, media_type="application/json")
    worker = worker_of(DossierServices.of(request.app))
    for year in imported.years:
        await worker.carried_out(publication(caller.client, year, expect=lambda _revision: None))
    return response


def _read(body: bytes) -> tuple[Tables, Problems]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        path.write_bytes(body)
        return read_file(path)
