"""Dossiers a second written by the simulation and the import, on one core, on both databases.

Run from the checkout: `python -m benchmarks.bulk [--dossiers N] [--rounds N] [--beside CHECKOUT]`. Each measurement is
a new process on one core with a new database. PostgreSQL's server is another process with the other cores. `--beside`
also measures another checkout with the same modules in turns, and prints the ratios.
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
from sqlalchemy import make_url

from app import clock
from app.database import schema
from app.loading.imports.service import import_file
from app.loading.reference.service import seed_bac_tra_my
from app.loading.simulation.service import simulate
from benchmarks.database_access import open_database
from tests.support import postgres
from tests.support.exported_lines import exported_lines

# The daily number of the district in the reference data: 14,600 a year.
_FIRST, _LAST = date(2021, 1, 1), date(2021, 12, 31)
# Durable settings; the server of the tests has them off.
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
        print(json.dumps(_measure(work, url, Path(lines), given.dossiers)))
        return
    trees = {"now": _HERE.parents[1], **({"before": given.beside.resolve()} if given.beside else {})}
    results: dict[tuple[str, str, str], list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="motcua-bulk-") as folder, _server(given.only) as server:
        for number in range(given.rounds):
            for kind in (given.only,) if given.only else _KINDS:
                for name, tree in trees.items():
                    _round(results, kind, name, tree, Path(folder), server, given.dossiers)
            sys.stderr.write(f"round {number + 1} of {given.rounds}\n")
    _print(results, trees, given.dossiers, given.rounds)


# --- The parent: databases, processes and the table -------------------------------------------------------------------


def _round(
    results: dict[tuple[str, str, str], list[dict[str, float]]],
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
            results[kind, work, name].append(_child(tree, work, url, lines, how_many))


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
    results: dict[tuple[str, str, str], list[dict[str, float]]], trees: dict[str, Path], how_many: int, rounds: int
) -> None:
    print(f"{how_many:,} dossiers each, medians of {rounds}, Python {sys.version.split()[0]}\n")
    beside = "before" in trees
    print(
        "| database | work | dossiers /s | /s of CPU |"
        + (" before /s | /s of CPU | now : before, CPU |" if beside else "")
    )
    print("|---|---|--:|--:|" + ("--:|--:|--:|" if beside else ""))
    for kind, work in dict.fromkeys((kind, work) for kind, work, _name in results):
        rate, of_cpu = _medians(results[kind, work, "now"])
        line = f"| {kind} | {work} | {rate:,.0f} | {of_cpu:,.0f} |"
        if beside:
            older, older_of_cpu = _medians(results[kind, work, "before"])
            line += f" {older:,.0f} | {older_of_cpu:,.0f} | {of_cpu / older_of_cpu:.2f} |"
        print(line)


def _medians(results: list[dict[str, float]]) -> tuple[float, float]:
    """Dossiers a second by wall time, and by the processor time of this process alone."""
    rates = statistics.median(result["dossiers"] / result["seconds"] for result in results)
    return rates, statistics.median(result["dossiers"] / result["cpu"] for result in results)


# --- The child: one core, one database, one measurement ---------------------------------------------------------------


def _measure(work: str, url: str, lines: Path, how_many: int) -> dict[str, float]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    schema.upgrade(url)
    return asyncio.run(_simulate(url, lines, how_many) if work == "simulate" else _import(url, lines))


async def _simulate(url: str, lines: Path, how_many: int) -> dict[str, float]:
    database = await open_database(url)
    try:
        now = clock.now()
        await seed_bac_tra_my(database, now)
        figures = await _time(
            lambda: simulate(database, dossiers=how_many, start=_FIRST, end=_LAST, seed=1, now=now),
            lambda summary: summary.dossiers,
        )
        with lines.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in await exported_lines(database))
        return figures
    finally:
        await database.close()


async def _import(url: str, lines: Path) -> dict[str, float]:
    database = await open_database(url)
    try:
        now = clock.now()
        await seed_bac_tra_my(database, now)
        return await _time(lambda: import_file(database, lines, now=now), lambda summary: summary.loaded)
    finally:
        await database.close()


async def _time(work: Callable[[], Awaitable[Any]], number: Callable[[Any], int]) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    result = await work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {"dossiers": number(result), "seconds": seconds, "cpu": cpu}


if __name__ == "__main__":
    main()
