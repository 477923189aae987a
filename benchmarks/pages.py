"""How long pages take beside the answers of the API that say the same, as a Markdown table.

`python -m benchmarks.pages [--dossiers 20000] [--seconds 3] [--rounds 5] [--databases sqlite,postgresql]
[--keep DIR --sizes 10000,5000000 --replicate 200000]`, from the checkout, with the packages of the tests. One worker;
page and answer take turns in every round, since a machine's speed drifts. Shown are medians over the rounds, and the
processor's time that the worker took for each. With `--keep` the board alone is measured, over the registers that
`benchmarks.statistics` keeps there.
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
from benchmarks.kept import kept
from benchmarks.load import Job
from benchmarks.registers import register
from benchmarks.servers import Server
from benchmarks.service import loaded

_CONNECTIONS = (1, 16)

_YEAR = "by=commune&from={year}-01-01&to={year}-12-31"


@dataclass(frozen=True, slots=True)
class Pair:
    """A page and the answer it is held against: beginnings of their addresses, and what stands behind them."""

    name: str
    page: str
    answer: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds to an answer, and microseconds of the processor."""

    median: float
    processor: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description="Pages beside the API.")
    parser.add_argument("--dossiers", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, help="where large registers stay; of them the board is measured")
    parser.add_argument("--sizes", default="10000,5000000", help="dossiers in each of those")
    parser.add_argument("--replicate", type=int, metavar="N", help="make them of copies of one of N dossiers")
    options = parser.parse_args()
    print(f"{machine.described()}\n", flush=True)
    measure = of_kept if options.keep else of_new
    rows = [row for kind in options.databases.split(",") for row in measure(kind, options)]
    head = (
        "| database | page | connections | answer ms | page ms | page : answer | answer µs | page µs | page : answer |"
    )
    print("\n".join([head, "|---|---|" + "--:|" * 7, *rows]))


def of_new(kind: str, options: argparse.Namespace) -> Iterator[str]:
    """The lines of a dossier's page and of the board over a new register."""
    with register(kind, options.dossiers) as found, servers.service(found.url) as server:
        last = max(f"20{code.split('-')[1][:2]}" for code in found.codes)
        for pair in (Pair("a dossier", "/d/", "/api/v1/lookup/", found.codes), _board("the board of a year", last)):
            yield from measured(kind, pair, server, options)


def of_kept(kind: str, options: argparse.Namespace) -> Iterator[str]:
    """The lines of the board over each kept register, of the last whole year of all of them."""
    sizes = [int(size) for size in options.sizes.split(",")]
    with kept(kind, sizes, options.keep, options.replicate) as registers:
        year = min(int(one.made.last[:4]) for one in registers.values()) - 1
        for size, one in registers.items():
            with servers.service(one.url) as server:
                # One at a time: so many long reports at once are refused.
                yield from measured(kind, _board(f"the board of {size:,} dossiers", str(year)), server, options, (1,))


def _board(name: str, year: str) -> Pair:
    return Pair(name, "/board?", "/api/v1/statistics/trend?", [_YEAR.format(year=year)])


def measured(
    kind: str, pair: Pair, server: Server, options: argparse.Namespace, at_once: Sequence[int] = _CONNECTIONS
) -> Iterator[str]:
    """A line of the table for each number of connections."""
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        lines = Path(folder, "lines")
        lines.write_text("\n".join(pair.lines), encoding="utf-8")
        for connections in at_once:
            taken: Mapping[str, list[Taken]] = {pair.page: [], pair.answer: []}
            for number in range(options.rounds):
                for path, found in taken.items():
                    job = Job(server.port, "GET", path, str(lines), 200, connections, options.seconds, 0, seed=number)
                    before = processor_seconds(server)
                    one = loaded(asdict(job))
                    used = processor_seconds(server) - before
                    found.append(Taken(one.median, 1e6 * used / one.requests))
            page, answer = taken[pair.page], taken[pair.answer]
            times = [median(one.median for one in found) for found in (answer, page)]
            used_by = [median(one.processor for one in found) for found in (answer, page)]
            yield (
                f"| {kind} | {pair.name} | {connections} | {times[0]:.2f} | {times[1]:.2f} | {times[1] / times[0]:.2f} "
                f"| {used_by[0]:.0f} | {used_by[1]:.0f} | {used_by[1] / used_by[0]:.2f} |"
            )


def processor_seconds(server: Server) -> float:
    """What the worker has used of a processor, by its metrics."""
    found = re.search(r"^process_cpu_seconds_total (\S+)", httpx.get(f"{server.address}/metrics").text, re.MULTILINE)
    assert found is not None
    return float(found[1])


if __name__ == "__main__":
    main()
