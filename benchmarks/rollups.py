"""Cost of the rollups for writers: receipts and finishes per second with and without them, as a Markdown table.

`python -m benchmarks.rollups [--dossiers 10000] [--most 1000] [--seconds 5] [--rounds 5]
[--databases sqlite,postgresql] [--keep DIR]`, from the checkout, with the packages of the tests. One worker with the
rollups and one without (benchmarks/without_rollups.py) take turns in every round, over copies of the same register. The
table shows medians over the rounds. Dossiers to finish are received and taken outside the measured time.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import make_url

from app import clock
from app.domain.lifecycle import Role
from benchmarks import copies, machine, prepared, servers
from benchmarks.kept import kept
from benchmarks.keyed import open_database
from benchmarks.load import Job, Measured
from benchmarks.registers import Register, described
from benchmarks.service import headers_of, loaded, middle, receipts

WITH, WITHOUT = "with", "without"
_KEEP = Path(tempfile.gettempdir(), "motcua-bench")
_FINISHED = '{"outcome": "granted", "officer": "Trần Văn Minh"}'
_WARM_UP = 0.5
# A worker does no more than these in the time of warming up.
_UNMEASURED = 700


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table: what is done over how many connections, `at_one_unit` or at all communes."""

    name: str
    connections: int
    at_one_unit: bool = False

    @property
    def finishes(self) -> bool:
        """Whether it uses up dossiers that were prepared."""
        return self.name == "finish"

    @property
    def where(self) -> str:
        """In words."""
        return "one commune" if self.at_one_unit else "all communes"


_OPERATIONS = (
    Operation("receipt", 1),
    Operation("receipt", 16),
    Operation("finish", 1),
    Operation("finish", 16),
    Operation("receipt", 16, at_one_unit=True),
    Operation("finish", 16, at_one_unit=True),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Medians over the rounds with and without the rollups, and of the ratio of the two times within each round."""

    database: str
    operation: Operation
    reached: Mapping[str, Measured]
    ratio: float


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{clock.now():%d %B %Y}, {machine.described()}\n", flush=True)
    lines: list[Line] = []
    for kind in options.databases.split(","):
        with _copy(kind, options) as found:
            print(found.description, flush=True)
            lines += _measured(kind, found, options)
    print(f"\n{table(lines)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollups", description="Cost of the rollups.")
    parser.add_argument("--dossiers", type=int, default=10_000, help="how many the register holds at the beginning")
    parser.add_argument("--most", type=int, default=1000, help="receipts or finishes in each measurement")
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement at most")
    parser.add_argument("--rounds", type=int, default=5, help="in which both take turns")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, default=_KEEP, help="where the register stays")
    return parser.parse_args()


@contextmanager
def _copy(kind: str, options: argparse.Namespace) -> Iterator[Register]:
    """A copy of the kept register, as what is written without rollups would spoil it."""
    with kept(kind, [options.dossiers], options.keep, None) as registers:
        source = registers[options.dossiers].url
        if kind == "sqlite":
            url = make_url(source).set(database=str((options.keep / "rollups.db").resolve()))
        else:
            url = make_url(source).set(database="motcua_rollups")
        copy = url.render_as_string(hide_password=False)
        copies.duplicated(source, copy)
        try:
            yield asyncio.run(_described(copy))
        finally:
            copies.removed(copy)


async def _described(url: str) -> Register:
    database = await open_database(url)
    try:
        return await described(database, url, Role.SUPERVISOR)
    finally:
        await database.close()


# --- Measuring --------------------------------------------------------------------------------------------------------


def _measured(kind: str, found: Register, options: argparse.Namespace) -> list[Line]:
    supply = _Supply(found, options)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        contenders = {
            WITH: stack.enter_context(servers.service(found.url)),
            WITHOUT: stack.enter_context(servers.service(found.url, program=("-m", "benchmarks.without_rollups"))),
        }
        taken: dict[tuple[Operation, str], list[Measured]] = {}
        for number in range(options.rounds):
            for operation in _OPERATIONS:
                # Nobody is always the first.
                for who in (WITH, WITHOUT) if number % 2 == 0 else (WITHOUT, WITH):
                    job = supply.job(operation, folder / "lines", contenders[who].port)
                    one = loaded(asdict(job))
                    taken.setdefault((operation, who), []).append(one)
                    sys.stderr.write(
                        f"{kind}, {operation.name}, {operation.connections} connections, {operation.where}, "
                        f"round {number + 1}, {who}: {one.rate:.0f}/s, median {one.median:.2f} ms\n"
                    )
    return [
        Line(
            kind,
            operation,
            {who: middle(taken[operation, who]) for who in (WITH, WITHOUT)},
            # What else the machine does changes from round to round, and least between two neighbours.
            median(
                ours.median / bare.median
                for ours, bare in zip(taken[operation, WITH], taken[operation, WITHOUT], strict=True)
            ),
        )
        for operation in _OPERATIONS
    ]


class _Supply:
    """What the requests name: bodies of receipts, and dossiers to finish, each of them once."""

    def __init__(self, found: Register, options: argparse.Namespace) -> None:
        self._found, self._options = found, options
        self._one = found.communes[len(found.communes) // 2]
        self._slice = options.most + _UNMEASURED
        # Two contenders in each round.
        each = 2 * options.rounds * self._slice
        elsewhere, here = (
            each * sum(one.finishes and one.at_one_unit is at_one for one in _OPERATIONS) for at_one in (False, True)
        )
        units = [found.communes[index % len(found.communes)] for index in range(elsewhere)] + [self._one] * here
        codes = prepared.taken(found.url, units)
        self._codes = {False: iter(codes[:elsewhere]), True: iter(codes[elsewhere:])}

    def job(self, operation: Operation, lines: Path, port: int) -> Job:
        """The job of one measurement; `lines` is written anew."""
        options = self._options
        common: dict[str, Any] = {
            "port": port,
            "method": "POST",
            "lines": str(lines),
            "connections": operation.connections,
            "seconds": options.seconds,
            "warm_up": _WARM_UP,
            "most": options.most,
            "headers": headers_of(self._found),
        }
        if operation.finishes:
            lines.write_text("\n".join(islice(self._codes[operation.at_one_unit], self._slice)), encoding="utf-8")
            return Job(path="/api/v1/dossiers/{}/finish", status=200, body=_FINISHED, each_once=True, **common)
        found = replace(self._found, communes=[self._one]) if operation.at_one_unit else self._found
        lines.write_text("\n".join(receipts(found)), encoding="utf-8")
        return Job(path="/api/v1/dossiers", status=201, **common)


# --- Showing ----------------------------------------------------------------------------------------------------------


def table(lines: Sequence[Line]) -> str:
    """The lines in Markdown; the aim is a ratio of the times of 1.3 at most."""
    head = (
        "| database | operation | connections | at | with /s | median ms | 99 % ms "
        "| without /s | median ms | 99 % ms | median with : without |"
    )
    rows = [head, "|---|---|--:|---|" + "--:|" * 7]
    for line in lines:
        operation, ours, bare = line.operation, line.reached[WITH], line.reached[WITHOUT]
        cells = [line.database, operation.name, str(operation.connections), operation.where]
        for one in (ours, bare):
            cells += [f"{one.rate:,.0f}", f"{one.median:.2f}", f"{one.p99:.2f}"]
        rows.append(f"| {' | '.join([*cells, f'{line.ratio:.2f}'])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
