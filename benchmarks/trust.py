"""What trust costs: receipts and look-ups of this checkout beside those of an earlier commit, as a Markdown table.

`python -m benchmarks.trust [--before COMMIT] [--dossiers 20000] [--seconds 4] [--rounds 5]
[--databases sqlite,postgresql]`, from the checkout, with the packages of the tests. Each version runs its own code over
a register that it made itself; the one of before receives without keys, this one under an `Idempotency-Key` each. They
take turns in every round; shown are medians over the rounds, and of the ratio of the two times within each round. The
limits of this version are set so high that they count and refuse nothing.
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

from app import clock
from benchmarks import machine, servers
from benchmarks.keyed import KEYS
from benchmarks.load import Job, Measured
from benchmarks.registers import Register, empty
from benchmarks.service import LOOK_UP, RECEIPT, headers_of, loaded, middle, receipts

# The last commit whose journal had no chain, whose numbers lay open and whose requests had no limits.
_BEFORE = "45aaa32"
NOW, BEFORE = "now", "before"
_ROOT = Path(__file__).resolve().parents[1]
_CONNECTIONS = (1, 16)
_NEVER_MET = "1000000000"
# Each version reads its own register: before there were keys, none were given.
_DESCRIBING = """
import asyncio, dataclasses, importlib, json, sys
from app.domain.lifecycle import Role
from benchmarks.registers import described
open_database = importlib.import_module(sys.argv[2]).open_database
async def tell(url):
    database = await open_database(url)
    print(json.dumps(dataclasses.asdict(await described(database, url, Role.SUPERVISOR))))
    await database.close()
asyncio.run(tell(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A checkout, and what its processes find in their environment."""

    root: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> None:
        """Run a `motcua` command of this version."""
        self.python(*servers.COMMANDS, *arguments)

    def python(self, *arguments: str) -> str:
        """What Python prints that runs with this version's code."""
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
    """Medians over the rounds of both, and of the ratio of the two times within each round."""

    database: str
    operation: str
    connections: int
    reached: Mapping[str, Measured]
    ratio: float


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{clock.now():%d %B %Y}, {machine.described()}, beside commit {options.before}\n", flush=True)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        roots = {NOW: _ROOT, BEFORE: _unpacked(options.before, Path(folder, "before"))}
        for kind in options.databases.split(","):
            with ExitStack() as stack:
                made = {who: stack.enter_context(_served(kind, root, options)) for who, root in roots.items()}
                lines += _measured(kind, made, Path(folder), options)
    print(table(lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trust", description="What trust costs.")
    parser.add_argument("--before", default=_BEFORE, help="the commit to compare with")
    parser.add_argument("--dossiers", type=int, default=20_000, help="how many each register holds at the beginning")
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="in which both take turns")
    parser.add_argument("--databases", default="sqlite,postgresql")
    return parser.parse_args()


def _unpacked(commit: str, folder: Path) -> Path:
    archive = subprocess.run(["git", "archive", commit], check=True, capture_output=True, cwd=_ROOT).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


@contextmanager
def _served(kind: str, root: Path, options: argparse.Namespace) -> Iterator[tuple[Register, int]]:
    """A register that the version at `root` has made, and the port of one worker of that version over it."""
    with empty(kind) as url:
        limits = dict.fromkeys(("MOTCUA_LOOKUP_RATE", "MOTCUA_ADDRESS_RATE", "MOTCUA_TOKEN_RATE"), _NEVER_MET)
        environment = {**limits, "MOTCUA_DATABASE_URL": url, "MOTCUA_KEYS": KEYS, "PYTHONPATH": str(root)}
        version = Version(root, environment)
        version.run("migrate")
        version.run("seed", "bac-tra-my")
        many = str(options.dossiers)
        version.run("simulate", "--dossiers", many, "--from", "2018-01-01", "--to", "2025-06-30", "--seed", "1")
        opening = "benchmarks.keyed" if Path(root, "benchmarks", "keyed.py").exists() else "app.database"
        found = Register(**json.loads(version.python("-c", _DESCRIBING, url, opening)))
        with servers.service(url, root=root, environment=version.environment) as server:
            yield found, server.port


# --- Measuring --------------------------------------------------------------------------------------------------------


def _measured(
    kind: str, made: Mapping[str, tuple[Register, int]], folder: Path, options: argparse.Namespace
) -> Iterator[Line]:
    for operation in (LOOK_UP, RECEIPT):
        for connections in _CONNECTIONS:
            taken: dict[str, list[Measured]] = {who: [] for who in made}
            for number in range(options.rounds):
                # Nobody is always the first.
                for who in (NOW, BEFORE) if number % 2 == 0 else (BEFORE, NOW):
                    found, port = made[who]
                    job = _job(operation, found, folder / f"{who}-lines", keyed=who is NOW)
                    changed = {
                        "port": port,
                        "connections": connections,
                        "seed": number,
                        "seconds": options.seconds,
                    }
                    one = loaded({**asdict(job), **changed})
                    taken[who].append(one)
                    sys.stderr.write(
                        f"{kind}, {operation}, {connections} connections, round {number + 1}, {who}: "
                        f"{one.rate:.0f}/s, median {one.median:.2f} ms\n"
                    )
            pairs = zip(taken[NOW], taken[BEFORE], strict=True)
            ratio = median(ours.median / theirs.median for ours, theirs in pairs)
            yield Line(kind, operation, connections, {who: middle(taken[who]) for who in made}, ratio)


def _job(operation: str, found: Register, lines: Path, *, keyed: bool) -> Job:
    common: dict[str, Any] = {"port": 0, "lines": str(lines), "connections": 0, "seconds": 0}
    if operation == LOOK_UP:
        lines.write_text("\n".join(found.codes), encoding="utf-8")
        return Job(method="GET", path="/api/v1/lookup/", status=200, **common)
    lines.write_text("\n".join(receipts(found)), encoding="utf-8")
    headers = headers_of(found)
    return Job(method="POST", path="/api/v1/dossiers", status=201, headers=headers, keyed=keyed, **common)


# --- Showing ----------------------------------------------------------------------------------------------------------


def table(lines: Sequence[Line]) -> str:
    """The lines in Markdown; the aim is a ratio of the times of 1.25 at most."""
    head = (
        "| database | operation | connections | now /s | median ms | 99 % ms "
        "| before /s | median ms | 99 % ms | median now : before |"
    )
    rows = [head, "|---|---|" + "--:|" * 8]
    for line in lines:
        cells = [line.database, line.operation, str(line.connections)]
        for who in (NOW, BEFORE):
            one = line.reached[who]
            cells += [f"{one.rate:,.0f}", f"{one.median:.2f}", f"{one.p99:.2f}"]
        rows.append(f"| {' | '.join([*cells, f'{line.ratio:.2f}'])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
