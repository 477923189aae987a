"""Times of pages beside the API's responses with the same content, as a Markdown table.

`python -m benchmarks.pages [--dossiers 20000] [--seconds 3] [--rounds 5] [--databases sqlite,postgresql]
[--keep DIR --sizes 10000,5000000 --replicate 200000]`, from the checkout, with the packages of the tests. One worker;
page and response take turns in every round, because the speed of a machine changes. The table shows medians over the
rounds, and the processor time of the worker for each. With `--keep` only the board is measured, over the registers that
`benchmarks.statistics` stores there.
"""

import argparse
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import httpx

from benchmarks import machine, servers
from benchmarks.load import Job
from benchmarks.registers import register
from benchmarks.servers import Server
from benchmarks.service import run_job
from benchmarks.stored_registers import stored_registers

_CONNECTIONS = (1, 16)

_YEAR = "by=commune&from={year}-01-01&to={year}-12-31"


@dataclass(frozen=True, slots=True)
class Pair:
    """A page and the response to compare with: the beginnings of their addresses, and the common rest."""

    name: str
    page: str
    answer: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds to a response, and microseconds of processor time."""

    median: float
    processor: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description="Pages beside the API.")
    parser.add_argument("--dossiers", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, help="folder of large registers; only their board is measured")
    parser.add_argument("--sizes", default="10000,5000000", help="dossiers in each of those")
    parser.add_argument("--replicate", type=int, metavar="N", help="make them from copies of one with N dossiers")
    options = parser.parse_args()
    print(f"{machine.description()}\n", flush=True)
    measure = stored_rows if options.keep else new_rows
    rows = [row for kind in options.databases.split(",") for row in measure(kind, options)]
    head = (
        "| database | page | connections | answer ms | page ms | page : answer | answer µs | page µs | page : answer |"
    )
    print("\n".join([head, "|---|---|" + "--:|" * 7, *rows]))


def new_rows(kind: str, options: argparse.Namespace) -> Iterator[str]:
    """The rows of a dossier's page and of the board over a new register."""
    with register(kind, options.dossiers) as source, servers.service(source.url) as server:
        last = max(f"20{code.split('-')[1][:2]}" for code in source.codes)
        for pair in (Pair("a dossier", "/d/", "/api/v1/lookup/", source.codes), _board("the board of a year", last)):
            yield from measure_pair(kind, pair, server, options)


def stored_rows(kind: str, options: argparse.Namespace) -> Iterator[str]:
    """The rows of the board over each stored register, for the last whole year of all of them."""
    sizes = [int(size) for size in options.sizes.split(",")]
    with stored_registers(kind, sizes, options.keep, options.replicate) as registers:
        year = min(int(stored.origin.last[:4]) for stored in registers.values()) - 1
        for size, stored in registers.items():
            with servers.service(stored.url) as server:
                # One connection, because the service refuses many heavy readings at the same time.
                yield from measure_pair(
                    kind, _board(f"the board of {size:,} dossiers", str(year)), server, options, (1,)
                )


def _board(name: str, year: str) -> Pair:
    return Pair(name, "/board?", "/api/v1/statistics/trend?", [_YEAR.format(year=year)])


def measure_pair(
    kind: str, pair: Pair, server: Server, options: argparse.Namespace, at_once: Sequence[int] = _CONNECTIONS
) -> Iterator[str]:
    """A row of the table for each number of connections."""
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        lines = Path(folder, "lines")
        lines.write_text("\n".join(pair.lines), encoding="utf-8")
        for connections in at_once:
            taken: Mapping[str, list[Times]] = {pair.page: [], pair.answer: []}
            for number in range(options.rounds):
                for path, times in taken.items():
                    job = Job(server.port, "GET", path, str(lines), 200, connections, options.seconds, 0, seed=number)
                    before = processor_seconds(server)
                    measurement = run_job(asdict(job))
                    used = processor_seconds(server) - before
                    times.append(Times(measurement.median, 1e6 * used / measurement.requests))
            page, answer = taken[pair.page], taken[pair.answer]
            waits = [median(time.median for time in times) for times in (answer, page)]
            used_by = [median(time.processor for time in times) for times in (answer, page)]
            yield (
                f"| {kind} | {pair.name} | {connections} | {waits[0]:.2f} | {waits[1]:.2f} | {waits[1] / waits[0]:.2f} "
                f"| {used_by[0]:.0f} | {used_by[1]:.0f} | {used_by[1] / used_by[0]:.2f} |"
            )


def processor_seconds(server: Server) -> float:
    """The processor time of the worker, from its metrics."""
    match = re.search(r"^process_cpu_seconds_total (\S+)", httpx.get(f"{server.address}/metrics").text, re.MULTILINE)
    assert match is not None
    return float(match[1])


if __name__ == "__main__":
    main()
