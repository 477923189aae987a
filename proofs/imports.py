"""Imports a made-up register in five forms, and compares the journals: `python -m proofs.imports --dossiers 20000`.

The forms are NDJSON, CSV in UTF-8, in Windows-1258 and in TCVN3, and XLSX with dates of Excel. Each import is a new
process over a new database, in turns. The journals must be the same. The rates are ratios of the processor time to that
of NDJSON. Otherwise the exit status is 1.
"""

import argparse
import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.database import Database, open_database
from app.database.tables import dossiers, entries, entry_texts
from app.encryption.key_ring import new_key
from app.loading.imports.service import Summary, import_file
from app.loading.imports.sources import Options
from app.loading.simulation.service import simulate
from app.loading.tables.mapping import read_mapping
from proofs.import_forms import FORMS, register_of, write
from tests.support.database_access import in_database
from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.support.exported_lines import exported_lines
from tests.support.postgres import running_server
from tests.support.reference import seed

# The service requires keys on PostgreSQL. Processes started here inherit this one; their data are fictitious.
os.environ.setdefault("MOTCUA_KEYS", new_key())

_ROOT = Path(__file__).resolve().parents[1]
_FIRST, _LAST = date(2021, 1, 1), date(2021, 12, 31)
_NOW = datetime(2026, 8, 17, 1, 30, tzinfo=UTC)
# The least rate of a form as a share of that of NDJSON.
LEAST = {"csv-utf-8": 0.8, "csv-windows-1258": 0.8, "csv-tcvn3": 0.8, "xlsx": 0.5}


def write_forms(url: str, number: int, folder: Path) -> dict[str, tuple[Path, Path | None]]:
    """Simulates a register in the database at `url`, and writes it in all forms."""

    async def simulated(database: Database) -> list[dict[str, Any]]:
        await simulate(database, dossiers=number, start=_FIRST, end=_LAST, seed=1, now=_NOW)
        return await exported_lines(database)

    lines = register_of(in_database(url, simulated))
    return {form: write(form, lines, folder) for form in FORMS}


async def load(database: Database, path: Path, mapping: Path | None) -> Summary:
    """Imports the file."""
    options = Options(mapping=read_mapping(mapping) if mapping else None)
    return await import_file(database, path, now=_NOW, options=options, rejects=path.with_suffix(".rejects"))


async def journals(database: Database) -> dict[str, str]:
    """A digest of each dossier by its code: its entries and texts without hashes, its codes, and its exported line."""
    lines = await exported_lines(database)
    async with database.reading() as connection:
        ids = [row.id for row in await connection.all(select(dossiers.c.id).order_by(dossiers.c.id))]
        # The export makes its external codes of the ids.
        parts: dict[int, list[Any]] = {
            number: [{**line, "external": None}] for number, line in zip(ids, lines, strict=True)
        }
        for row in await connection.all(select(entries).order_by(entries.c.dossier_id, entries.c.sequence)):
            parts[row.dossier_id].append(
                [row.sequence, row.type, row.occurred_at, row.recorded_at, row.unit_id, row.data]
            )
        order = (entry_texts.c.dossier_id, entry_texts.c.sequence)
        for row in await connection.all(select(entry_texts).order_by(*order)):
            parts[row.dossier_id].append([row.sequence, row.content])
    return {part[0]["code"]: _digest(part) for part in parts.values()}


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m proofs.imports", description=__doc__)
    parser.add_argument("--dossiers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--child", nargs=3, metavar=("URL", "FILE", "MAPPING"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        url, path, mapping = given.child
        print(json.dumps(asyncio.run(_measured(url, Path(path), Path(mapping) if mapping else None))))
        return 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-imports-")))
        databases: Databases = (
            SqliteDatabases(folder)
            if given.database == "sqlite"
            else PostgresDatabases(stack.enter_context(running_server()))
        )
        template = databases.create()
        seed(template)
        source = databases.create(template)
        forms = write_forms(source, given.dossiers, folder)
        databases.drop(source)
        results: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for _round in range(given.rounds):
            for form, (path, mapping) in forms.items():
                url = databases.create(template)
                results[form].append(_child(url, path, mapping))
                databases.drop(url)
    return _report(results, given.dossiers)


def _child(url: str, path: Path, mapping: Path | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "proofs.imports", "--child", url, str(path), str(mapping or "")]
    ended = subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(ended.stdout.splitlines()[-1]))


async def _measured(url: str, path: Path, mapping: Path | None) -> dict[str, Any]:
    database = await open_database(url)
    try:
        began = time.process_time()
        summary = await load(database, path, mapping)
        cpu = time.process_time() - began
        digests = await journals(database)
    finally:
        await database.close()
    return {"loaded": summary.loaded, "rejected": summary.rejected, "cpu": cpu, "digest": _digest(digests)}


def _report(results: dict[str, list[dict[str, Any]]], number: int) -> int:
    print(f"{number:,} dossiers, {len(results['ndjson'])} rounds, Python {sys.version.split()[0]}\n")
    print("| form | loaded | rejected | dossiers /s of CPU | NDJSON = 1 | least | same journals |")
    print("|---|--:|--:|--:|--:|--:|---|")
    faults = 0
    digest = results["ndjson"][0]["digest"]
    for form, runs in results.items():
        rate = statistics.median(run["loaded"] / run["cpu"] for run in runs)
        # Rounds are compared with themselves: the load of the machine changes between them.
        ratio = statistics.median(base["cpu"] / run["cpu"] for base, run in zip(results["ndjson"], runs, strict=True))
        same = all(run["digest"] == digest and run["loaded"] == number for run in runs)
        least = LEAST.get(form, 0)
        faults += not same or ratio < least
        last = runs[-1]
        print(
            f"| {form} | {last['loaded']:,} | {last['rejected']:,} | {rate:,.0f} | {ratio:.2f} |"
            f" {least or ''} | {'yes' if same else 'NO'} |"
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
