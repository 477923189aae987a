"""Migrates a register in use from the version before, and shows that clients notice nothing.

`python -m proofs.migrate [--dossiers 1000000] [--kills 10] [--seed 1] [--runs 3] [--keep FOLDER] [--json FILE]`, from a
checkout with its history, with the packages of the tests. The register is made once and copied for each run; with
`--keep` the next call has it too.

Two processes of the version before serve clients that write and read. `motcua migrate` of this version is killed at
random moments and started again. Then the processes are replaced one by one. At the end the schema goes back, and the
version before reads what the new one wrote. Every acknowledged change must be stored exactly once. Exit status 1 if a
bound is broken.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import httpx
from sqlalchemy import Connection, text

from app.database import schema
from proofs.crash_servers import MOTCUA, Service, environment
from proofs.long_runs import end_what_was_started, keep
from proofs.migrate_clients import Clients, Observed
from proofs.migrate_registers import Prepared, prepared
from proofs.previous_version import PREVIOUS_SCHEMA, unpack

_ROOT = Path(__file__).resolve().parents[1]
# The longest time without a success, in seconds.
BOUNDS = {"changes": 2.0, "look-ups": 1.0, "figures": 1.0}
_QUIET = 2.0  # seconds before and after each step
_LOOKED_UP = 100  # acknowledged receipts that the service is asked for at the end
_STORED = text(
    "SELECT d.code, count(e.id) FILTER (WHERE e.type = 'receive') AS receipts, "
    "count(e.id) FILTER (WHERE e.type = 'take') AS takings "
    "FROM dossiers d JOIN entries e ON e.dossier_id = d.id WHERE d.id > :before GROUP BY d.code"
)


@dataclass
class Result:
    """What the clients observed, and what is wrong at the end."""

    observed: dict[str, Observed]
    kills: int = 0
    migrated_in: float = 0.0
    stall: float = 0.0
    acknowledged: int = 0
    errors: list[str] = field(default_factory=list)


def main() -> None:
    """Run the proof and print a row for each kind of request. Exit status 1 after an error."""
    parser = argparse.ArgumentParser(prog="python -m proofs.migrate", description="Migrates a register in use.")
    parser.add_argument("--dossiers", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each later run has the next one")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder that keeps the register for the next call")
    parser.add_argument("--json", type=Path, help="file for the results so far")
    options = parser.parse_args()
    end_what_was_started()
    results: list[dict[str, Any]] = []
    failed = False
    with prepared(options.dossiers, options.keep) as register:
        for seed in range(options.seed, options.seed + options.runs):
            result = prove(register, options.kills, Random(seed))
            result.errors += broken_bounds(result)
            failed |= bool(result.errors)
            print("\n".join(_lines(register, seed, result)), flush=True)
            results.append({"dossiers": options.dossiers, "seed": seed, **asdict(result)})
            if options.json:
                keep(options.json, results)
    sys.exit(1 if failed else 0)


def _lines(register: Prepared, seed: int, result: Result) -> Iterator[str]:
    """The result of one run for people."""
    yield f"{register.about.dossiers:,} dossiers, seed {seed}, {result.kills} kills, {result.migrated_in:.1f} s in all"
    yield f"{result.acknowledged:,} changes acknowledged; the clients got no processor for {result.stall:.2f} s at most"
    yield "| requests | successes | longest without success, s | slowest answer, s | 5xx |"
    yield "|---|--:|--:|--:|--:|"
    for kind, seen in result.observed.items():
        yield f"| {kind} | {seen.successes:,} | {seen.gap:.2f} | {seen.slowest:.2f} | {seen.server_errors} |"
    yield ""
    yield from result.errors or ["Each bound holds. No acknowledged change is lost or doubled."]


def broken_bounds(result: Result) -> Iterator[str]:
    """The bounds that the clients saw broken. They need a machine that is free."""
    for kind, seen in result.observed.items():
        if seen.gap > BOUNDS[kind]:
            yield f"{kind}: {seen.gap:.2f} s without a success"


def prove(register: Prepared, kills: int, random: Random) -> Result:
    """Runs the proof over a copy of the register."""
    with ExitStack() as stack:
        old = unpack(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-before-"))))
        _say("copy the register")
        url = stack.enter_context(register.copied())
        before = schema.reading(url, lambda connection: connection.scalar(text("SELECT max(id) FROM dossiers")))
        services = [stack.enter_context(Service(url, old, keys=register.about.keys)) for _ in range(2)]
        for service in services:
            service.start(workers=1)
        clients = Clients([service.address for service in services], register.about.token)
        _say("clients write and read")
        variables = environment(url, register.about.keys)
        result = asyncio.run(_observe(clients, services, lambda: _migrate(variables, kills, random)))
        _say("compare what is stored, and go back")
        result.errors += _differences(url, before, clients)
        result.errors += _after(url, services, random.sample(clients.codes, min(_LOOKED_UP, len(clients.codes))))
        result.stall, result.acknowledged = clients.stall, len(clients.codes) + len(clients.taken)
        return result


async def _observe(clients: Clients, services: Sequence[Service], migrate: Callable[[], int]) -> Result:
    result = Result(clients.observed)
    async with asyncio.TaskGroup() as group:
        group.create_task(clients.run())
        await asyncio.sleep(_QUIET)
        began = monotonic()
        result.kills = await asyncio.to_thread(migrate)
        result.migrated_in = monotonic() - began
        for service in services:
            _say("replace a process")
            await asyncio.sleep(_QUIET)
            await asyncio.to_thread(service.stop)
            service.root = _ROOT
            await asyncio.to_thread(service.start, 1)
        await asyncio.sleep(_QUIET)
        clients.stop()
    for kind, seen in result.observed.items():
        if seen.server_errors:
            result.errors.append(f"{kind}: {seen.server_errors} answers 5xx")
    return result


def _migrate(variables: Mapping[str, str], kills: int, random: Random) -> int:
    """Runs `motcua migrate` to its end, after killing it at random moments. The number of kills."""
    for killed in range(kills):
        process = subprocess.Popen([*MOTCUA, "migrate"], cwd=_ROOT, env=variables, stdout=subprocess.DEVNULL)
        try:
            process.wait(random.uniform(0.5, 6.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            _say("migration killed")
        else:
            return killed  # it ended before
    subprocess.run([*MOTCUA, "migrate"], cwd=_ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)
    return kills


def _differences(url: str, before: int, clients: Clients) -> list[str]:
    """Changes that are lost or doubled: each acknowledged change must be stored once, and nothing else."""

    def read(connection: Connection) -> list[tuple[str, int, int]]:
        return [(row.code, row.receipts, row.takings) for row in connection.execute(_STORED, {"before": before})]

    stored = schema.reading(url, read)
    return [
        *_compare("receipts", Counter({code: receipts for code, receipts, _ in stored}), Counter(clients.codes)),
        *_compare("actions", Counter({code: takings for code, _, takings in stored}), Counter(clients.taken)),
    ]


def _compare(kind: str, stored: Counter[str], acknowledged: Counter[str]) -> Iterator[str]:
    if lost := acknowledged - stored:
        yield f"{lost.total()} acknowledged {kind} are lost, as of {min(lost)}"
    if doubled := stored - acknowledged:
        yield f"{doubled.total()} {kind} are stored once more than acknowledged, as of {min(doubled)}"


def _after(url: str, services: Sequence[Service], codes: Sequence[str]) -> list[str]:
    """What is wrong after the migration, and after a way back to the version before."""
    errors = [] if schema.current(url) == schema.head() else [f"the schema is at {schema.current(url)}"]
    errors += _missing(services[0], codes)
    for service in services:
        service.stop()
    schema.downgrade(url, PREVIOUS_SCHEMA)
    with tempfile.TemporaryDirectory(prefix="motcua-before-") as folder:
        services[0].root = unpack(Path(folder))
        services[0].start(workers=1)
        errors += [f"after the way back: {error}" for error in _missing(services[0], codes)]
        services[0].stop()
    return errors


def _missing(service: Service, codes: Sequence[str]) -> list[str]:
    """Receipts that the service does not find."""
    with httpx.Client(base_url=service.address, timeout=20) as http:
        return [f"{code} is missing" for code in codes if http.get(f"/api/v1/lookup/{code}").status_code != 200]


def _say(step: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {step}\n")


if __name__ == "__main__":
    main()
