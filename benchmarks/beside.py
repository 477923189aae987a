"""Costs of this checkout beside an earlier commit: processor time and time per request, as a Markdown table.

`python -m benchmarks.beside [--before COMMIT] [--dossiers 20000] [--requests 3000] [--rounds 7] [--connections 1,16]
[--operations look-up,receipt,on-time,look-up-with-slip] [--databases sqlite,postgresql]`, from the checkout, with the
packages of the tests. Each version runs its own code over a register that it made itself. They take turns in every
round. The table shows medians over the rounds, and the median of the ratios within each round. Processor time is that
of the worker, as the kernel counts it for each of its threads. Rate limits are so high that they count and refuse
nothing. The packages of the earlier version must be installed too.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from app import clock
from benchmarks import machine, servers
from benchmarks.database_access import KEYS
from benchmarks.load import Job, Measurement
from benchmarks.registers import Register, empty
from benchmarks.service import LOOK_UP, RECEIPT, headers_of, medians, receipts, run_job

# The last commit of version 0.1.
_BEFORE = "f2edeb7"
NOW, BEFORE = "now", "before"
ON_TIME, WITH_SLIP = "on-time", "look-up-with-slip"
_ROOT = Path(__file__).resolve().parents[1]
# An on-time question takes some 40 times as long as a look-up.
_SHARE_OF_QUESTIONS = 20
_NEVER_MET = "1000000000"
# Each version reads its own register. `describe` has another name in earlier versions.
_DESCRIBING = """
import asyncio, dataclasses, importlib, json, sys
from app.domain.lifecycle import Role
from benchmarks import registers
describe = getattr(registers, "describe", None) or registers.described
open_database = importlib.import_module(sys.argv[2]).open_database
async def main(url):
    database = await open_database(url)
    print(json.dumps(dataclasses.asdict(await describe(database, url, Role.SUPERVISOR))))
    await database.close()
asyncio.run(main(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A checkout, and the environment variables of its processes."""

    root: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> None:
        """Run a `motcua` command of this version."""
        self.python(*servers.COMMANDS, *arguments)

    def python(self, *arguments: str) -> str:
        """The output of Python with the code of this version."""
        done = subprocess.run(
            [sys.executable, *arguments],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.root,
            env={**os.environ, **self.environment},
        )
        return done.stdout


@dataclass(frozen=True, slots=True)
class Line:
    """Medians over the rounds for both versions, and medians of the two ratios within each round."""

    database: str
    operation: str
    connections: int
    reached: Mapping[str, Measurement]
    processor: Mapping[str, float]  # microseconds per request
    time_ratio: float
    processor_ratio: float


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{clock.now():%d %B %Y}, {machine.description()}, beside commit {options.before}\n", flush=True)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        roots = {NOW: _ROOT, BEFORE: _unpack(options.before, Path(folder, "before"))}
        for kind in options.databases.split(","):
            with ExitStack() as stack:
                contenders = {name: stack.enter_context(_serve(kind, root, options)) for name, root in roots.items()}
                lines += _measure(kind, contenders, Path(folder), options)
    print(table(lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description="Costs beside an earlier commit.")
    parser.add_argument("--before", default=_BEFORE, help="the commit to compare with")
    parser.add_argument("--dossiers", type=int, default=20_000, help="size of each register at the start")
    parser.add_argument("--requests", type=int, default=3_000, help="in each measurement")
    parser.add_argument("--rounds", type=int, default=7, help="in which the versions take turns")
    parser.add_argument("--connections", default="1,16")
    parser.add_argument("--operations", default=f"{LOOK_UP},{RECEIPT},{ON_TIME}")
    parser.add_argument("--databases", default="sqlite,postgresql")
    return parser.parse_args()


def _unpack(commit: str, folder: Path) -> Path:
    archive = subprocess.run(["git", "archive", commit], check=True, capture_output=True, cwd=_ROOT).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


@contextmanager
def _serve(kind: str, root: Path, options: argparse.Namespace) -> Iterator[tuple[Register, servers.Server]]:
    """A register made by the version at `root`, and one worker of that version over it."""
    with empty(kind) as url:
        limits = dict.fromkeys(("MOTCUA_LOOKUP_RATE", "MOTCUA_ADDRESS_RATE", "MOTCUA_TOKEN_RATE"), _NEVER_MET)
        environment = {**limits, "MOTCUA_DATABASE_URL": url, "MOTCUA_KEYS": KEYS, "PYTHONPATH": str(root)}
        version = Version(root, environment)
        version.run("migrate")
        version.run("seed", "bac-tra-my")
        many = str(options.dossiers)
        version.run("simulate", "--dossiers", many, "--from", "2018-01-01", "--to", "2025-06-30", "--seed", "1")
        register = Register(**json.loads(version.python("-c", _DESCRIBING, url, _module_of_open_database(root))))
        with servers.service(url, root=root, environment=version.environment) as server:
            yield register, server


def _module_of_open_database(root: Path) -> str:
    """The module of `open_database` with the benchmarks' keys; versions without encryption have only the service's."""
    modules = ("database_access", "keyed")
    present = [f"benchmarks.{name}" for name in modules if Path(root, "benchmarks", f"{name}.py").exists()]
    return next(iter(present), "app.database")


# --- Measuring --------------------------------------------------------------------------------------------------------


def _measure(
    kind: str, contenders: Mapping[str, tuple[Register, servers.Server]], folder: Path, options: argparse.Namespace
) -> Iterator[Line]:
    for operation in options.operations.split(","):
        for connections in map(int, options.connections.split(",")):
            taken: dict[str, list[Measurement]] = {version: [] for version in contenders}
            processor: dict[str, list[float]] = {version: [] for version in contenders}
            for number in range(options.rounds):
                # Neither version is always the first.
                for version in (NOW, BEFORE) if number % 2 == 0 else (BEFORE, NOW):
                    register, server = contenders[version]
                    job = _job(operation, register, server, folder / f"{version}-lines", options.requests)
                    changed = {"port": server.port, "connections": connections, "seed": number}
                    before = servers.processor_seconds(server)
                    measurement = run_job({**asdict(job), **changed})
                    spent = servers.processor_seconds(server) - before
                    taken[version].append(measurement)
                    processor[version].append(1e6 * spent / measurement.requests)
                    sys.stderr.write(
                        f"{kind}, {operation}, {connections} connections, round {number + 1}, {version}: "
                        f"{processor[version][-1]:.0f} µs, {measurement.rate:.0f}/s, "
                        f"median {measurement.median:.2f} ms\n"
                    )
            yield Line(
                kind,
                operation,
                connections,
                {version: medians(taken[version]) for version in contenders},
                {version: median(processor[version]) for version in contenders},
                _ratio(
                    [measurement.median for measurement in taken[NOW]],
                    [measurement.median for measurement in taken[BEFORE]],
                ),
                _ratio(processor[NOW], processor[BEFORE]),
            )


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def _job(operation: str, register: Register, server: servers.Server, lines: Path, requests: int) -> Job:
    # A measurement ends after a number of requests, so that both counts include all of them.
    common: dict[str, Any] = {"port": 0, "lines": str(lines), "connections": 0, "seconds": 600, "warm_up": 0}
    if operation == LOOK_UP:
        lines.write_text("\n".join(register.codes), encoding="utf-8")
        return Job(method="GET", path="/api/v1/lookup/", status=200, most=requests, **common)
    if operation == WITH_SLIP:
        address = f"http://127.0.0.1:{server.port}/api/v1/dossiers"
        receipt = httpx.post(address, content=receipts(register)[0], headers=headers_of(register)).json()
        lines.write_text(receipt["code"], encoding="utf-8")
        headers = {"x-slip-key": receipt["rating_key"]}
        return Job(method="GET", path="/api/v1/lookup/", status=200, headers=headers, most=requests, **common)
    if operation == ON_TIME:
        lines.write_text("\n".join(str(year) for year in range(2018, 2025)), encoding="utf-8")
        path = "/api/v1/statistics/on-time?by=commune&period="
        return Job(method="GET", path=path, status=200, most=max(requests // _SHARE_OF_QUESTIONS, 1), **common)
    lines.write_text("\n".join(receipts(register)), encoding="utf-8")
    headers = headers_of(register)
    path = "/api/v1/dossiers"
    return Job(method="POST", path=path, status=201, headers=headers, keyed=True, most=requests, **common)


# --- Showing ----------------------------------------------------------------------------------------------------------


def table(lines: Sequence[Line]) -> str:
    """The lines in Markdown. A ratio of 1.03 is the aim for changes that should cost nothing."""
    head = (
        "| database | operation | connections | now µs | before µs | now : before, processor "
        "| now ms | before ms | now : before, time |"
    )
    rows = [head, "|---|---|" + "--:|" * 7]
    for line in lines:
        cells = [line.database, line.operation, str(line.connections)]
        cells += [f"{line.processor[version]:,.0f}" for version in (NOW, BEFORE)]
        cells.append(f"{line.processor_ratio:.2f}")
        cells += [f"{line.reached[version].median:.2f}" for version in (NOW, BEFORE)]
        rows.append(f"| {' | '.join([*cells, f'{line.time_ratio:.2f}'])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
