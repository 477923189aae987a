"""Times of figures over few and over many dossiers, and of other ways to the same figures.

`python -m benchmarks.statistics [--sizes 10000,1000000,5000000] [--databases sqlite,postgresql] [--keep DIR]
[--replicate N] [--make]`, from the checkout, with the packages of the tests and `duckdb`. Missing registers are
created in DIR and stay there. One worker for each size, one connection, medians of warm calls through HTTP. The other
ways (benchmarks/contenders.py) run in this process. Their results are compared before the measurement.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

import duckdb

from app import clock
from app.access.service import create_token
from app.domain.lifecycle import Role
from benchmarks import machine, parquet, servers
from benchmarks.calls import Caller, in_turns
from benchmarks.clusters import ORDINARY
from benchmarks.contenders import DUCKDB, GROUP_BY, ONE_INDEX, TWO_INDEXES, OnPostgresql, OnSqlite, Ways, counts
from benchmarks.database_access import open_database
from benchmarks.figure_requests import FigureRequest, Period, by_commune, everything
from benchmarks.figure_tables import SERVICE, Line, Row, flat_table, ways_table
from benchmarks.registers import description
from benchmarks.stored_registers import StoredRegister, stored_registers

_KEEP = Path(tempfile.gettempdir(), "motcua-bench")


@dataclass(frozen=True, slots=True)
class Subject:
    """One register with a worker of the service over it, and the other ways."""

    register: StoredRegister
    caller: Caller
    ways: Ways
    duckdb: Ways


def main() -> None:
    """Create missing registers, measure and print."""
    options = _options()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    print(f"{clock.now():%d %B %Y}, {machine.description()}, DuckDB {duckdb.__version__}\n", flush=True)
    rows: list[Row] = []
    lines: list[Line] = []
    for kind in options.databases.split(","):
        with stored_registers(kind, sizes, options.keep, options.replicate) as registers:
            _print_registers(kind, registers)
            if options.make:
                continue
            periods = _periods(registers)
            with _subjects(kind, registers, options.keep, periods[0]) as subjects:
                lines += _compare(kind, subjects, by_commune(periods[0]))
                rows += [_time(kind, subjects, request) for request in everything(*periods)]
    if not options.make:
        print(f"\n{flat_table(sizes, rows)}\n\n{ways_table(lines)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description="Milliseconds to a figure.")
    parser.add_argument("--sizes", default="10000,1000000,5000000", help="dossiers in each register")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, default=_KEEP, help="folder of the stored registers")
    parser.add_argument(
        "--replicate", type=int, metavar="N", help="make larger registers from copies of the one with N dossiers"
    )
    parser.add_argument("--make", action="store_true", help="only create missing registers")
    return parser.parse_args()


def _print_registers(kind: str, registers: Mapping[int, StoredRegister]) -> None:
    about = asyncio.run(description(next(iter(registers.values())).url))
    settings = "" if kind == "sqlite" else f", shared_buffers {ORDINARY['shared_buffers']}"
    print(f"{about}{settings}", *(f"- {stored.summary}" for stored in registers.values()), sep="\n", flush=True)


def _periods(registers: Mapping[int, StoredRegister]) -> tuple[Period, Period]:
    """The last whole year of all registers, and its October."""
    year = min(date.fromisoformat(stored.origin.last) for stored in registers.values()).year - 1
    return (date(year, 1, 1), date(year, 12, 31)), (date(year, 10, 1), date(year, 10, 31))


@contextmanager
def _subjects(
    kind: str, registers: Mapping[int, StoredRegister], folder: Path, year: Period
) -> Iterator[dict[int, Subject]]:
    with ExitStack() as stack:
        subjects = {}
        for size, stored in registers.items():
            file = folder / f"{kind}-{size}.parquet"
            if not file.exists() or file.stat().st_mtime < stored.completed_at:
                parquet.write(stored.url, file)
            server = stack.enter_context(servers.service(stored.url))
            caller = stack.enter_context(closing(Caller(server, asyncio.run(_token(stored.url)))))
            within = OnSqlite(stored.url, *year) if kind == "sqlite" else OnPostgresql(stored.url, *year)
            ways = stack.enter_context(closing(within))
            ways.unready()
            subjects[size] = Subject(stored, caller, ways, stack.enter_context(closing(parquet.OnDuckdb(file, *year))))
        yield subjects


async def _token(url: str) -> str:
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            return await create_token(
                connection, client="benchmark", role=Role.SUPERVISOR, unit_id=None, now=clock.now()
            )
    finally:
        await database.close()


# --- Measuring --------------------------------------------------------------------------------------------------------


def _compare(kind: str, subjects: Mapping[int, Subject], path: str) -> Iterator[Line]:
    """The same figures by all ways. Raises RuntimeError if their results differ."""
    for subject in subjects.values():
        _require_agreement(subject, path, DUCKDB, subject.duckdb)
        _require_agreement(subject, path, GROUP_BY, subject.ways)
    for size, subject in subjects.items():
        taken: dict[str, list[float]] = {}
        for way in (GROUP_BY, ONE_INDEX, TWO_INDEXES):
            subject.ways.ready(way)
            try:
                _require_agreement(subject, path, way, subject.ways)
                # The service and DuckDB take turns with each way, so they have three medians.
                calls: dict[str, Callable[[], object]] = {
                    SERVICE: partial(subject.caller.get, path),
                    way: partial(subject.ways.ask, way),
                    DUCKDB: partial(subject.duckdb.ask, way),
                }
                for name, milliseconds in in_turns(calls).items():
                    taken.setdefault(name, []).append(milliseconds)
            finally:
                subject.ways.unready()
        reached = {name: median(times) for name, times in taken.items()}
        sys.stderr.write(f"{kind}, {size:,}: {', '.join(f'{way} {ms:.1f} ms' for way, ms in reached.items())}\n")
        yield Line(kind, size, reached)


def _require_agreement(subject: Subject, path: str, way: str, counting: Ways) -> None:
    answer = subject.caller.get(path)
    if answer.refusal:
        raise RuntimeError(f"{path}: {answer.refusal}")
    ours = counts(
        (
            row["id"],
            row["received"]["total"],
            *(row["finished"][verdict] for verdict in ("early", "on_time", "late")),
            row["open"]["total"],
        )
        for row in answer.json()["rows"]
    )
    theirs = counting.ask(way)
    if ours != theirs:
        pairs = [(unit, ours.get(unit), theirs.get(unit)) for unit in ours.keys() | theirs.keys()]
        raise RuntimeError(f"{way} has other counts: {[pair for pair in pairs if pair[1] != pair[2]][:5]}")


def _time(kind: str, subjects: Mapping[int, Subject], request: FigureRequest) -> Row:
    """The times of one figure in each register, in turns. Refused requests are not measured."""
    refusals = {size: subject.caller.get(request.path).refusal for size, subject in subjects.items()}
    calls = {
        size: partial(subjects[size].caller.get, request.path) for size, error in refusals.items() if error is None
    }
    reached = in_turns(calls)
    times = ", ".join(f"{size:,}: {refusals[size] or f'{reached[size]:.2f} ms'}" for size in subjects)
    sys.stderr.write(f"{kind}, {request.name}: {times}\n")
    return Row(kind, request, reached, {size: error for size, error in refusals.items() if error})


if __name__ == "__main__":
    main()
