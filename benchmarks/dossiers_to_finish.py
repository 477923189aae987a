"""Dossiers that are received and taken, for benchmarks that finish dossiers."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app import clock
from app.database import Database
from app.database.tables import dossiers, externals
from app.loading.imports.service import import_file
from benchmarks.database_access import open_database

_SYSTEM = "benchmark"
_PROCEDURE = "1.004873"


def create(url: str, units: Sequence[str]) -> list[str]:
    """Imports a dossier for each unit, taken an hour ago, and returns their codes.

    To be called once on a database. Raises RuntimeError if the import rejects one.
    """
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        file = Path(folder, "taken.ndjson")
        file.write_text("\n".join(_lines(units)), encoding="utf-8")
        return asyncio.run(_import(url, file, len(units)))


async def _import(url: str, file: Path, number: int) -> list[str]:
    database = await open_database(url)
    try:
        summary = await import_file(database, file, now=clock.now())
        return await _codes(database, number, str(summary))
    finally:
        await database.close()


def _lines(units: Sequence[str]) -> Iterator[str]:
    now = clock.now()
    for index, unit in enumerate(units):
        line = {
            "external": [{"system": _SYSTEM, "code": f"{index:07}"}],
            "procedure": _PROCEDURE,
            "receiving_unit": unit,
            "applicant": {"kind": "person", "name": "Nguyễn Thị Hoa"},
            "channel": "counter",
            "events": [
                {"action": "receive", "at": (now - timedelta(hours=2)).isoformat()},
                {"action": "take", "at": (now - timedelta(hours=1)).isoformat()},
            ],
        }
        yield json.dumps(line, ensure_ascii=False)


async def _codes(database: Database, number: int, summary: str) -> list[str]:
    statement = (
        select(dossiers.c.code)
        .join(externals, externals.c.dossier_id == dossiers.c.id)
        .where(externals.c.system == _SYSTEM)
        .order_by(externals.c.code)
    )
    async with database.reading() as connection:
        codes = [row.code for row in await connection.all(statement)]
    if len(codes) != number:
        raise RuntimeError(f"not all dossiers were imported: {summary}")
    return codes
