"""How many dossiers a second the simulation and the import write, on one core, on both databases.

Run from the checkout: `python -m benchmarks.bulk [--dossiers N] [--rounds N] [--beside CHECKOUT]`. Each measurement is
a process of its own on one core and a new database; PostgreSQL's server is another process with the other cores.
`--beside` measures an older checkout too, taking turns, and gives the ratios.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
from sqlalchemy import make_url, select

from app import clock
from app.catalogue.cache import load
from app.database import Database, schema
from app.database.tables import applicants, dossiers, entries, entry_texts
from app.domain.decisions import EFFECTS
from app.domain.lifecycle import Action
from app.dossiers.rows import identity_place
from app.loading.imports.service import import_file
from app.loading.reference.service import seed_bac_tra_my
from app.loading.simulation.service import simulate
from benchmarks.keyed import open_database
from tests.support import postgres

# As many a day as the district has that the reference data are of: 14,600 a year.
_FIRST, _LAST = date(2021, 1, 1), date(2021, 12, 31)
# What a server has that keeps its promises; that of the tests does without.
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_HERE = Path(__file__).resolve()
_KINDS = ("sqlite", "postgresql")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=14_600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=Path, help="another checkout")
    parser.add_argument("--only", choices=_KINDS, help="one database")
    parser.add_argument("--child", nargs=3, metavar=("WORK", "URL", "LINES"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        work, url, lines = given.child
        print(json.dumps(_measured(work, url, Path(lines), given.dossiers)))
        return
    trees = {"now": _HERE.parents[1], **({"before": given.beside.resolve()} if given.beside else {})}
    found: dict[tuple[str, str, str], list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="motcua-bulk-") as folder, _server(given.only) as server:
        for number in range(given.rounds):
            for kind in (given.only,) if given.only else _KINDS:
                for name, tree in trees.items():
                    _round(found, kind, name, tree, Path(folder), server, given.dossiers)
            sys.stderr.write(f"round {number + 1} of {given.rounds}\n")
    _print(found, trees, given.dossiers, given.rounds)


# --- The parent: databases, processes and the table -------------------------------------------------------------------


def _round(
    found: dict[tuple[str, str, str], list[dict[str, float]]],
    kind: str,
    name: str,
    tree: Path,
    folder: Path,
    server: str,
    how_many: int,
) -> None:
    lines = folder / "history.ndjson"
    for work in ("simulate", "import"):
        with _database(kind, folder, server) as url:
            found[kind, work, name].append(_child(tree, work, url, lines, how_many))


def _child(tree: Path, work: str, url: str, lines: Path, how_many: int) -> dict[str, float]:
    command = [sys.executable, "-P", str(_HERE), "--dossiers", str(how_many), "--child", work, url, str(lines)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(tree)}, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(ended.stdout.splitlines()[-1]))


@contextmanager
def _server(only: str | None) -> Iterator[str]:
    if only == "sqlite":
        yield ""
        return
    with patch.dict(postgres._OPTIONS, _DURABLE), postgres.running_server() as url:  # noqa: SLF001
        yield url


@contextmanager
def _database(kind: str, folder: Path, server: str) -> Iterator[str]:
    if kind == "sqlite":
        path = folder / "bulk.db"
        try:
            yield f"sqlite:///{path}"
        finally:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        return
    administrative = make_url(server).set(drivername="postgresql")
    dsn = administrative.render_as_string(hide_password=False)
    asyncio.run(_execute(dsn, "CREATE DATABASE motcua_bulk"))
    try:
        yield administrative.set(database="motcua_bulk").render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(dsn, "DROP DATABASE motcua_bulk WITH (FORCE)"))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _print(
    found: dict[tuple[str, str, str], list[dict[str, float]]], trees: dict[str, Path], how_many: int, rounds: int
) -> None:
    print(f"{how_many:,} dossiers each, medians of {rounds}, Python {sys.version.split()[0]}\n")
    beside = "before" in trees
    print(
        "| database | work | dossiers /s | /s of CPU |"
        + (" before /s | /s of CPU | now : before, CPU |" if beside else "")
    )
    print("|---|---|--:|--:|" + ("--:|--:|--:|" if beside else ""))
    for kind, work in dict.fromkeys((kind, work) for kind, work, _name in found):
        rate, of_cpu = _medians(found[kind, work, "now"])
        line = f"| {kind} | {work} | {rate:,.0f} | {of_cpu:,.0f} |"
        if beside:
            older, older_of_cpu = _medians(found[kind, work, "before"])
            line += f" {older:,.0f} | {older_of_cpu:,.0f} | {of_cpu / older_of_cpu:.2f} |"
        print(line)


def _medians(measured: list[dict[str, float]]) -> tuple[float, float]:
    """Dossiers by the clock, and by the processor's time of the one process: what others use meanwhile is not in it."""
    rates = statistics.median(one["dossiers"] / one["seconds"] for one in measured)
    return rates, statistics.median(one["dossiers"] / one["cpu"] for one in measured)


# --- The child: one core, one database, one measurement ---------------------------------------------------------------


def _measured(work: str, url: str, lines: Path, how_many: int) -> dict[str, float]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    schema.upgrade(url)
    return asyncio.run(_simulated(url, lines, how_many) if work == "simulate" else _imported(url, lines))


async def _simulated(url: str, lines: Path, how_many: int) -> dict[str, float]:
    database = await open_database(url)
    try:
        now = clock.now()
        await seed_bac_tra_my(database, now)
        figures = await _timed(
            lambda: simulate(database, dossiers=how_many, start=_FIRST, end=_LAST, seed=1, now=now),
            lambda made: made.dossiers,
        )
        await _export(database, lines)
        return figures
    finally:
        await database.close()


async def _imported(url: str, lines: Path) -> dict[str, float]:
    database = await open_database(url)
    try:
        now = clock.now()
        await seed_bac_tra_my(database, now)
        return await _timed(lambda: import_file(database, lines, now=now), lambda made: made.loaded)
    finally:
        await database.close()


async def _timed(work: Callable[[], Awaitable[Any]], number: Callable[[Any], int]) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    made = await work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {"dossiers": number(made), "seconds": seconds, "cpu": cpu}


async def _export(database: Database, lines: Path) -> None:
    """The register as another system would hand it over: a line a dossier, units by their codes."""
    async with database.reading() as connection:
        reference = await load(connection)
        texts = {
            (row.dossier_id, row.sequence): row.content
            for row in await connection.all(select(entry_texts).order_by(entry_texts.c.dossier_id))
        }
        whose = {row.dossier_id: row for row in await connection.all(select(applicants))}
        ring = connection.ring
        journals: dict[int, list[Any]] = defaultdict(list)
        for row in await connection.all(select(entries).order_by(entries.c.dossier_id, entries.c.sequence)):
            if row.type != Action.SUCCEED:
                journals[row.dossier_id].append(row)
        found = await connection.all(select(dossiers).order_by(dossiers.c.id))
    codes = {unit.id: unit.code for unit in reference.units.values()}
    procedures = {one.id: one.code for one in reference.procedures.values()}
    with lines.open("w", encoding="utf-8") as file:
        for dossier in found:
            events = [_event(row, texts.get((row.dossier_id, row.sequence), {}), codes) for row in journals[dossier.id]]
            first, who = events[0], whose[dossier.id]
            line = {
                "code": dossier.code,
                "external": [{"system": "mcdt", "code": f"H47-{dossier.id}"}],
                "procedure": procedures[dossier.procedure_id],
                "receiving_unit": codes[dossier.receiving_unit_id],
                "channel": dossier.channel,
                "summary": dossier.summary,
                "return_method": dossier.return_method,
                "fee": dossier.fee,
                "applicant": {
                    **{name: getattr(who, name) for name in ("kind", "name", "phone", "address")},
                    "identity_number": ring.decrypt(who.identity_encrypted, identity_place(dossier.id, who.number))
                    if who.identity_encrypted
                    else None,
                    "commune": codes.get(who.commune_unit_id),
                },
                "documents": first.pop("documents", []),
                "events": events,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


_OF_OPENING = {"procedure", "channel", "receiving_unit", "responsible_unit"}


def _event(row: Any, words: dict[str, Any], codes: dict[int, str]) -> dict[str, Any]:
    effects = EFFECTS | {"texts", "procedure_version", "limit", "clock_policy"} | _OF_OPENING
    inputs = {name: value for name, value in row.data.items() if name not in effects}
    if "to_unit" in inputs:
        inputs["to_unit"] = codes[inputs["to_unit"]]
    return {"action": row.type, "at": row.occurred_at.isoformat(), **inputs, **words}


if __name__ == "__main__":
    main()
