"""Cost of the rollups for writers: receipts and finishes a second with and without them, as a Markdown table.

`python -m benchmarks.rollups [--dossiers 10000] [--most 1000] [--seconds 5] [--rounds 5]
[--databases sqlite,postgresql] [--keep DIR]`, from the checkout, with the packages of the tests. One worker with the
rollups and one without (benchmarks/without_rollups.py) take turns in every round over the same copy of a stored
register. The table shows medians over the rounds. Dossiers to finish are received and taken before the measurement.
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
from benchmarks import copies, dossiers_to_finish, machine, servers
from benchmarks.database_access import open_database
from benchmarks.load import Job, Measurement
from benchmarks.registers import Register, describe
from benchmarks.service import headers_of, medians, receipts, run_job
from benchmarks.stored_registers import stored_registers

WITH, WITHOUT = "with", "without"
_KEEP = Path(tempfile.gettempdir(), "motcua-bench")
_FINISHED = '{"outcome": "granted", "officer": "Trần Văn Minh"}'
_WARM_UP = 0.5
# More than the requests of a worker while it warms up.
_UNMEASURED = 700


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table: an operation over a number of connections, at one commune or at all."""

    name: str
    connections: int
    at_one_unit: bool = False

    @property
    def finishes(self) -> bool:
        """True if it consumes prepared dossiers."""
        return self.name == "finish"

    @property
    def where(self) -> str:
        """The communes in words."""
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
    """Medians over the rounds with and without rollups, and the median of the ratios within each round."""

    database: str
    operation: Operation
    reached: Mapping[str, Measurement]
    ratio: float


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{clock.now():%d %B %Y}, {machine.description()}\n", flush=True)
    lines: list[Line] = []
    for kind in options.databases.split(","):
        with _copy(kind, options) as register:
            print(register.description, flush=True)
            lines += _measure(kind, register, options)
    print(f"\n{table(lines)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollups", description="Cost of the rollups.")
    parser.add_argument("--dossiers", type=int, default=10_000, help="size of the register at the start")
    parser.add_argument("--most", type=int, default=1000, help="receipts or finishes in each measurement")
    parser.add_argument("--seconds", type=float, default=5, help="longest time of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, in which both take turns")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, default=_KEEP, help="folder of the stored register")
    return parser.parse_args()


@contextmanager
def _copy(kind: str, options: argparse.Namespace) -> Iterator[Register]:
    """A copy of the stored register, because writes without rollups make it inconsistent."""
    with stored_registers(kind, [options.dossiers], options.keep, None) as registers:
        source = registers[options.dossiers].url
        if kind == "sqlite":
            url = make_url(source).set(database=str((options.keep / "rollups.db").resolve()))
        else:
            url = make_url(source).set(database="motcua_rollups")
        copy = url.render_as_string(hide_password=False)
        copies.duplicate(source, copy)
        try:
            yield asyncio.run(_describe(copy))
        finally:
            copies.remove(copy)


async def _describe(url: str) -> Register:
    database = await open_database(url)
    try:
        return await describe(database, url, Role.SUPERVISOR)
    finally:
        await database.close()


# --- Measuring --------------------------------------------------------------------------------------------------------


def _measure(kind: str, register: Register, options: argparse.Namespace) -> list[Line]:
    supply = _Supply(register, options)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-bench-")))
        contenders = {
            WITH: stack.enter_context(servers.service(register.url)),
            WITHOUT: stack.enter_context(servers.service(register.url, program=("-m", "benchmarks.without_rollups"))),
        }
        taken: dict[tuple[Operation, str], list[Measurement]] = {}
        for number in range(options.rounds):
            for operation in _OPERATIONS:
                # Neither is always the first.
                for name in (WITH, WITHOUT) if number % 2 == 0 else (WITHOUT, WITH):
                    job = supply.job(operation, folder / "lines", contenders[name].port)
                    measurement = run_job(asdict(job))
                    taken.setdefault((operation, name), []).append(measurement)
                    sys.stderr.write(
                        f"{kind}, {operation.name}, {operation.connections} connections, {operation.where}, "
                        f"round {number + 1}, {name}: {measurement.rate:.0f}/s, median {measurement.median:.2f} ms\n"
                    )
    return [
        Line(
            kind,
            operation,
            {name: medians(taken[operation, name]) for name in (WITH, WITHOUT)},
            # The load of the machine changes from round to round, and least between neighbours.
            median(
                ours.median / bare.median
                for ours, bare in zip(taken[operation, WITH], taken[operation, WITHOUT], strict=True)
            ),
        )
        for operation in _OPERATIONS
    ]


class _Supply:
    """Bodies of receipts, and dossiers to finish, each used once."""

    def __init__(self, register: Register, options: argparse.Namespace) -> None:
        self._register, self._options = register, options
        self._commune = register.communes[len(register.communes) // 2]
        self._slice = options.most + _UNMEASURED
        # Two contenders in each round.
        each = 2 * options.rounds * self._slice
        elsewhere, here = (
            each * sum(operation.finishes and operation.at_one_unit is at_one for operation in _OPERATIONS)
            for at_one in (False, True)
        )
        communes = register.communes
        units = [communes[index % len(communes)] for index in range(elsewhere)] + [self._commune] * here
        codes = dossiers_to_finish.create(register.url, units)
        self._codes = {False: iter(codes[:elsewhere]), True: iter(codes[elsewhere:])}

    def job(self, operation: Operation, lines: Path, port: int) -> Job:
        """The job of one measurement. Overwrites `lines`."""
        options = self._options
        common: dict[str, Any] = {
            "port": port,
            "method": "POST",
            "lines": str(lines),
            "connections": operation.connections,
            "seconds": options.seconds,
            "warm_up": _WARM_UP,
            "most": options.most,
            "headers": headers_of(self._register),
        }
        if operation.finishes:
            lines.write_text("\n".join(islice(self._codes[operation.at_one_unit], self._slice)), encoding="utf-8")
            return Job(path="/api/v1/dossiers/{}/finish", status=200, body=_FINISHED, each_once=True, **common)
        register = replace(self._register, communes=[self._commune]) if operation.at_one_unit else self._register
        lines.write_text("\n".join(receipts(register)), encoding="utf-8")
        return Job(path="/api/v1/dossiers", status=201, **common)


# --- Showing ----------------------------------------------------------------------------------------------------------


def table(lines: Sequence[Line]) -> str:
    """The rows in Markdown. The aim is a ratio of at most 1.3."""
    head = (
        "| database | operation | connections | at | with /s | median ms | 99 % ms "
        "| without /s | median ms | 99 % ms | median with : without |"
    )
    rows = [head, "|---|---|--:|---|" + "--:|" * 7]
    for line in lines:
        operation, ours, bare = line.operation, line.reached[WITH], line.reached[WITHOUT]
        cells = [line.database, operation.name, str(operation.connections), operation.where]
        for measurement in (ours, bare):
            cells += [f"{measurement.rate:,.0f}", f"{measurement.median:.2f}", f"{measurement.p99:.2f}"]
        rows.append(f"| {' | '.join([*cells, f'{line.ratio:.2f}'])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
