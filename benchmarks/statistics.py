"""How long the service takes for a figure over few and over many dossiers, and other ways to the same figure beside it.

`python -m benchmarks.statistics [--sizes 10000,1000000,5000000] [--databases sqlite,postgresql] [--keep DIR]
[--replicate N] [--make]`, from the checkout, with the packages of the tests and `duckdb`. The registers are made in DIR
where they are not there yet, and stay. One worker for each size, one connection, medians of warm calls through HTTP;
the other ways (benchmarks/contenders.py) run in this process. Before anything is measured their answers are compared.
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
from benchmarks.asked import Asked, Period, by_commune, everything
from benchmarks.calls import Caller, in_turns
from benchmarks.clusters import ORDINARY
from benchmarks.contenders import DUCKDB, GROUP_BY, ONE_INDEX, TWO_INDEXES, OnPostgresql, OnSqlite, Ways, counts
from benchmarks.kept import Kept, kept
from benchmarks.keyed import open_database
from benchmarks.registers import description
from benchmarks.showing import SERVICE, Line, Row, flat_table, ways_table

_KEEP = Path(tempfile.gettempdir(), "motcua-bench")


@dataclass(frozen=True, slots=True)
class Subject:
    """One register with a worker of the service over it, and the other ways."""

    register: Kept
    caller: Caller
    ways: Ways
    duckdb: Ways


def main() -> None:
    """Make what is missing, measure and print."""
    options = _options()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    print(f"{clock.now():%d %B %Y}, {machine.described()}, DuckDB {duckdb.__version__}\n", flush=True)
    rows: list[Row] = []
    lines: list[Line] = []
    for kind in options.databases.split(","):
        with kept(kind, sizes, options.keep, options.replicate) as registers:
            _tell(kind, registers)
            if options.make:
                continue
            periods = _periods(registers)
            with _subjects(kind, registers, options.keep, periods[0]) as subjects:
                lines += _compared(kind, subjects, by_commune(periods[0]))
                rows += [_asked(kind, subjects, one) for one in everything(*periods)]
    if not options.make:
        print(f"\n{flat_table(sizes, rows)}\n\n{ways_table(lines)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description="Milliseconds to a figure.")
    parser.add_argument("--sizes", default="10000,1000000,5000000", help="dossiers in each register")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, default=_KEEP, help="where registers stay")
    parser.add_argument(
        "--replicate", type=int, metavar="N", help="make registers over N dossiers of copies of that of N"
    )
    parser.add_argument("--make", action="store_true", help="only make the registers that are missing")
    return parser.parse_args()


def _tell(kind: str, registers: Mapping[int, Kept]) -> None:
    about = asyncio.run(description(next(iter(registers.values())).url))
    settings = "" if kind == "sqlite" else f", shared_buffers {ORDINARY['shared_buffers']}"
    print(f"{about}{settings}", *(f"- {one.described}" for one in registers.values()), sep="\n", flush=True)


def _periods(registers: Mapping[int, Kept]) -> tuple[Period, Period]:
    """The last whole year of all registers, and its October."""
    year = min(date.fromisoformat(one.made.last) for one in registers.values()).year - 1
    return (date(year, 1, 1), date(year, 12, 31)), (date(year, 10, 1), date(year, 10, 31))


@contextmanager
def _subjects(kind: str, registers: Mapping[int, Kept], folder: Path, year: Period) -> Iterator[dict[int, Subject]]:
    with ExitStack() as stack:
        found = {}
        for size, one in registers.items():
            file = folder / f"{kind}-{size}.parquet"
            if not file.exists() or file.stat().st_mtime < one.marked:
                parquet.copied(one.url, file)
            server = stack.enter_context(servers.service(one.url))
            caller = stack.enter_context(closing(Caller(server, asyncio.run(_token(one.url)))))
            within = OnSqlite(one.url, *year) if kind == "sqlite" else OnPostgresql(one.url, *year)
            ways = stack.enter_context(closing(within))
            ways.unready()
            found[size] = Subject(one, caller, ways, stack.enter_context(closing(parquet.OnDuckdb(file, *year))))
        yield found


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


def _compared(kind: str, subjects: Mapping[int, Subject], path: str) -> Iterator[Line]:
    """The same figures by all ways; raises RuntimeError where their answers differ."""
    for one in subjects.values():
        _agree(one, path, DUCKDB, one.duckdb)
        _agree(one, path, GROUP_BY, one.ways)
    for size, one in subjects.items():
        taken: dict[str, list[float]] = {}
        for way in (GROUP_BY, ONE_INDEX, TWO_INDEXES):
            one.ways.ready(way)
            try:
                _agree(one, path, way, one.ways)
                # The service and DuckDB take turns with each way, so that they have three medians.
                calls: dict[str, Callable[[], object]] = {
                    SERVICE: partial(one.caller.get, path),
                    way: partial(one.ways.ask, way),
                    DUCKDB: partial(one.duckdb.ask, way),
                }
                for name, milliseconds in in_turns(calls).items():
                    taken.setdefault(name, []).append(milliseconds)
            finally:
                one.ways.unready()
        reached = {name: median(times) for name, times in taken.items()}
        sys.stderr.write(f"{kind}, {size:,}: {', '.join(f'{way} {ms:.1f} ms' for way, ms in reached.items())}\n")
        yield Line(kind, size, reached)


def _agree(subject: Subject, path: str, way: str, counting: Ways) -> None:
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
        differing = [(unit, ours.get(unit), theirs.get(unit)) for unit in ours.keys() | theirs.keys()]
        raise RuntimeError(f"{way} counts otherwise: {[one for one in differing if one[1] != one[2]][:5]}")


def _asked(kind: str, subjects: Mapping[int, Subject], one: Asked) -> Row:
    """How long one figure takes in each register, in turns; what the service refuses is not measured."""
    refusals = {size: subject.caller.get(one.path).refusal for size, subject in subjects.items()}
    calls = {size: partial(subjects[size].caller.get, one.path) for size, why in refusals.items() if why is None}
    reached = in_turns(calls)
    shown = ", ".join(f"{size:,}: {refusals[size] or f'{reached[size]:.2f} ms'}" for size in subjects)
    sys.stderr.write(f"{kind}, {one.name}: {shown}\n")
    return Row(kind, one, reached, {size: why for size, why in refusals.items() if why})


if __name__ == "__main__":
    main()
