"""Time to import 3,000 units and 2,600 procedures from a workbook into an empty SQLite register, and to export them.

python -m benchmarks.workbooks
"""

import asyncio
import tempfile
import time
from datetime import date
from pathlib import Path

from app.database import open_database, schema
from app.loading.reference import forms
from app.loading.reference.commands import import_path
from app.loading.reference.exporting import Rows
from app.loading.reference.workbook import export_rows
from app.loading.reference.writing import as_workbook
from app.settings import Settings, keys_of

UNITS, PROCEDURES = 3_000, 2_600
_START = date(2025, 7, 1)


def rows() -> Rows:
    """A province with communes, and procedures with one version and two papers each."""
    unit = {"valid_from": _START, "valid_to": None, "type": "Xã"}
    units = [{**unit, "code": "48", "kind": "province", "name": "Đà Nẵng", "agency_identifier": "000.00.00.H17"}]
    units += [
        {**unit, "code": str(30_000 + number), "kind": "commune", "name": f"Xã {number}", "parent": "48"}
        | {"agency_identifier": f"000.{number // 100:02}.{number % 100:02}.H17"}
        for number in range(1, UNITS)
    ]
    codes = [f"1.{number:06}" for number in range(PROCEDURES)]
    procedure = {"field": "Hộ tịch", "level": "commune", "catalogue": "Chung"}
    version = {"effective_from": _START, "counter": (5, "working_day"), "online": (5, "working_day")}
    return {
        forms.UNITS.name: units,
        forms.CATALOGUES.name: [{"name": "Chung"}],
        forms.PROCEDURES.name: [{**procedure, "code": code, "name": f"Thủ tục {code}"} for code in codes],
        forms.VERSIONS.name: [{**version, "code": code} for code in codes],
        forms.DOCUMENTS.name: [
            {"code": code, "effective_from": _START, "name": name} for code in codes for name in ("Tờ khai", "Giấy tờ")
        ],
    }


async def measure(folder: Path) -> None:
    """Prints the size of the workbook and the seconds of each step."""
    settings = Settings(database_url=f"sqlite:///{folder / 'register.db'}")
    await asyncio.to_thread(schema.upgrade, settings.database_url, keys=keys_of(settings))
    file = folder / "register.xlsx"
    file.write_bytes(as_workbook(rows()))
    print(f"{file.stat().st_size:,} bytes")
    database = await open_database(settings.database_url, keys=keys_of(settings))
    try:
        begin = time.perf_counter()
        print(await import_path(database, file, dry_run=False), f"in {time.perf_counter() - begin:.1f} s")
        begin = time.perf_counter()
        print(await import_path(database, file, dry_run=True), f"again in {time.perf_counter() - begin:.1f} s")
        begin = time.perf_counter()
        async with database.reading() as connection:
            as_workbook(await export_rows(connection))
        print(f"exported in {time.perf_counter() - begin:.1f} s")
    finally:
        await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(measure(Path(temporary)))
