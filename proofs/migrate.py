"""Migrates a register in use from the version before, and shows that clients notice nothing.

`python -m proofs.migrate [--dossiers 1000000] [--kills 10] [--seed 1]`, from a checkout with its history, with the
packages of the tests. Two processes of the version before serve clients that write and read. `motcua migrate` of this
version is killed at random moments and started again. Then the processes are replaced one by one. At the end the schema
goes back, and the version before reads what the new one wrote. Every acknowledged change must be stored exactly once.
Exit status 1 if a bound is broken.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic

import httpx
from sqlalchemy import URL, Connection, make_url, text

from app.database import schema
from benchmarks.copies import multiply
from proofs.crash_servers import MOTCUA, Service, environment, register
from proofs.migrate_clients import Clients, Observed
from proofs.previous_version import PREVIOUS_SCHEMA, unpack
from tests.support.reference import token_at

_ROOT = Path(__file__).resolve().parents[1]
# The longest time without a success, in seconds.
BOUNDS = {"changes": 2.0, "look-ups": 1.0, "figures": 1.0}
# Simulated by the rules; the others are copies of them.
_BASE = 2_000
_VIEWS = 2  # per dossier
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
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    result = prove(options.dossiers, options.kills, Random(options.seed))
    print(f"{options.dossiers:,} dossiers, {result.kills} kills, {result.migrated_in:.1f} s from first start to end")
    print(
        f"{result.acknowledged:,} changes acknowledged; the clients got no processor for {result.stall:.2f} s at most"
    )
    print("| requests | successes | longest without success, s | slowest answer, s | 5xx |")
    print("|---|--:|--:|--:|--:|")
    for kind, seen in result.observed.items():
        print(f"| {kind} | {seen.successes:,} | {seen.gap:.2f} | {seen.slowest:.2f} | {seen.server_errors} |")
    errors = result.errors + list(broken_bounds(result))
    print("\n".join(["", *errors]) if errors else "\nEach bound holds. No acknowledged change is lost or doubled.")
    sys.exit(1 if errors else 0)


def broken_bounds(result: Result) -> Iterator[str]:
    """The bounds that the clients saw broken. They need a machine that is free."""
    for kind, seen in result.observed.items():
        if seen.gap > BOUNDS[kind]:
            yield f"{kind}: {seen.gap:.2f} s without a success"


def prove(dossiers: int, kills: int, random: Random) -> Result:
    """Runs the proof over a new register on PostgreSQL."""
    with ExitStack() as stack:
        old = unpack(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-before-"))))
        target = stack.enter_context(register("postgresql"))
        url = stack.enter_context(_filled(target.url, dossiers))
        token = token_at(url, "supervisor", "20900")  # this version cannot use the schema of the version before
        _say("back to the schema of the version before")
        schema.downgrade(url, PREVIOUS_SCHEMA)
        before = schema.reading(url, lambda connection: connection.scalar(text("SELECT max(id) FROM dossiers")))
        services = [stack.enter_context(Service(url, old)) for _ in range(2)]
        for service in services:
            service.start(workers=1)
        clients = Clients([service.address for service in services], token)
        _say("clients write and read")
        result = asyncio.run(_observe(clients, url, services, kills, random))
        _say("compare what is stored, and go back")
        result.errors += _differences(url, before, clients)
        result.errors += _after(url, services, random.sample(clients.codes, min(_LOOKED_UP, len(clients.codes))))
        result.stall, result.acknowledged = clients.stall, len(clients.codes) + len(clients.taken)
        return result


async def _observe(clients: Clients, url: str, services: Sequence[Service], kills: int, random: Random) -> Result:
    result = Result(clients.observed)
    async with asyncio.TaskGroup() as group:
        group.create_task(clients.run())
        await asyncio.sleep(_QUIET)
        began = monotonic()
        result.kills = await asyncio.to_thread(_migrate, url, kills, random)
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


def _migrate(url: str, kills: int, random: Random) -> int:
    """Runs `motcua migrate` to its end, after killing it at random moments. The number of kills."""
    for killed in range(kills):
        process = subprocess.Popen([*MOTCUA, "migrate"], cwd=_ROOT, env=environment(url), stdout=subprocess.DEVNULL)
        try:
            process.wait(random.uniform(0.5, 6.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            _say("migration killed")
        else:
            return killed  # it ended before
    subprocess.run([*MOTCUA, "migrate"], cwd=_ROOT, env=environment(url), check=True, stdout=subprocess.DEVNULL)
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


@contextmanager
def _filled(url: str, dossiers: int) -> Iterator[str]:
    """The register at `url` with simulated dossiers, copies of them, and views in its access log."""
    base = min(dossiers, _BASE)
    simulate = ["simulate", "--dossiers", str(base), "--from", "2023-01-01", "--to", "2023-12-31"]
    subprocess.run([*MOTCUA, *simulate], cwd=_ROOT, env=environment(url), check=True, stdout=subprocess.DEVNULL)
    large = make_url(url).set(drivername="postgresql")
    if dossiers > base:
        large = large.set(database=f"{large.database}_large")
        multiply(_text(make_url(url).set(drivername="postgresql")), _text(large), base, dossiers)
    views = (
        "INSERT INTO access_log (viewed_at, client, dossier_id, kind) "
        "SELECT now() - interval '1 hour' * (i % 20000), 'counter', i, 'dossier' "
        f"FROM generate_series(1, {dossiers * _VIEWS}) AS i"
    )
    schema.in_transaction(_text(large), lambda connection: connection.exec_driver_sql(views))
    yield _text(large)


def _say(step: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {step}\n")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
