"""Sends generated requests for the whole OpenAPI document to the service: `python -m proofs.fuzz --cases 50000`.

For each database and role it starts the service on a new register with some dossiers. Schemathesis sends valid and
invalid requests, alone and along the document's links. No response may be a failure or undocumented, and no invalid
request may be accepted. Otherwise the exit status is 1.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app import clock
from app.access.service import create_token
from app.database import open_database
from app.encryption.key_ring import new_key
from proofs.fuzz_hooks import COUNTS
from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.support.live import live_server
from tests.support.postgres import running_server
from tests.support.reference import seed

# The service requires keys on PostgreSQL. Processes started here inherit this one; their data are fictitious.
os.environ.setdefault("MOTCUA_KEYS", new_key())

_ROOT = Path(__file__).resolve().parents[1]
ROLES = ("clerk", "officer", "supervisor", "reporter", "administrator", "none")
DATABASES = ("sqlite", "postgresql")

# Rate limits have their own tests; here they would stop the fuzzer.
_UNLIMITED = ("address_rate", "token_rate", "failure_rate", "lookup_rate", "lookup_misses")
# As administrator the fuzzer revokes tokens from the list. Its own token comes after these.
_OTHER_TOKENS = 120
# A schema does not say which codes, units, versions and actions are possible now, so valid requests may get these
# statuses. 400 has its own check.
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "412", "422"]
[checks.negative_data_rejection]
expected-statuses = ["4xx"]
"""


@dataclass
class Run:
    """One run with a role on a database: its responses by operation and status, and its result."""

    database: str
    role: str
    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    failed: bool = False
    report: str = ""

    @property
    def cases(self) -> int:
        """The number of responses."""
        return self.counts.total()


def fuzz(database: str, url: str, role: str, *, examples: int, seed_number: int, phases: str = "") -> Run:
    """Runs the fuzzer with a role against the service on the database at `url`, which has the reference data.

    `examples`: generated requests for each operation, besides those from its bounds and documented examples. `phases`:
    some of schemathesis's phases; the default is all.
    """
    secret = _prepare(url, role)
    run = Run(database, role)
    settings: dict[str, Any] = dict.fromkeys(_UNLIMITED, "0") | {"access_log": "false", "log_level": "error"}
    # Nothing is sent to the generated subscriptions.
    settings["outbox_worker"] = "false"
    with tempfile.TemporaryDirectory(prefix="motcua-fuzz-") as folder, live_server(url, **settings) as address:
        config, counts = Path(folder, "schemathesis.toml"), Path(folder, "counts.json")
        config.write_text(_CONFIG, encoding="utf-8")
        # The first request generates the document, which can take longer than the fuzzer waits.
        httpx.get(f"{address}/openapi.json", timeout=120).raise_for_status()
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
        command += [f"{address}/openapi.json", "--checks", "all", "--max-examples", str(examples)]
        command += ["--seed", str(seed_number), "--continue-on-failure", "--no-shrink", "--no-color"]
        command += [
            "--generation-database",
            "none",
            "--request-timeout",
            "60",
            *(["--phases", phases] if phases else []),
        ]
        command += ["--header", f"Authorization: Bearer {secret}"] if secret else []
        done = subprocess.run(
            command,
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(_ROOT),
                "SCHEMATHESIS_HOOKS": "proofs.fuzz_hooks",
                COUNTS: str(counts),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if counts.exists():
            run.counts.update({(name, status): count for name, status, count in json.loads(counts.read_text())})
    run.failed, run.report = done.returncode != 0 or not run.cases, done.stdout
    return run


def _prepare(url: str, role: str) -> str | None:
    """Fills the register with dossiers. Returns the secret of a token for the role."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "simulate", "--dossiers", "120"]
    command += ["--from", "2021-08-16", "--to", "2021-08-17"]
    environment = {**os.environ, "MOTCUA_DATABASE_URL": url}
    subprocess.run(command, cwd=_ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return asyncio.run(_tokens(url, role))


async def _tokens(url: str, role: str) -> str | None:
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            for number in range(_OTHER_TOKENS):
                await create_token(connection, client=f"client {number}", role="clerk", unit_id=None, now=clock.now())
            if role == "none":
                return None
            return await create_token(connection, client="fuzz", role=role, unit_id=None, now=clock.now())
    finally:
        await database.close()


@contextmanager
def _databases(kind: str) -> Iterator[Databases]:
    if kind == "postgresql":
        with running_server() as url:
            yield PostgresDatabases(url)
    else:
        with tempfile.TemporaryDirectory(prefix="motcua-fuzz-") as folder:
            yield SqliteDatabases(Path(folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m proofs.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000, help="smallest total number of requests")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument(
        "--examples", type=int, default=15, help="generated requests for each operation, role and round"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round; each round adds 1")
    options = parser.parse_args(arguments)
    runs: list[Run] = []
    with ExitStack() as stack:
        kinds = {kind: stack.enter_context(_databases(kind)) for kind in options.database}
        round_seed = options.seed
        while sum(run.cases for run in runs) < options.cases:
            for kind, databases in kinds.items():
                runs += [_run(databases, kind, role, options.examples, round_seed) for role in options.roles]
            if any(not run.cases for run in runs):
                break
            round_seed += 1
    return _summary(runs)


def _run(databases: Databases, kind: str, role: str, examples: int, round_seed: int) -> Run:
    began = time.monotonic()
    url = databases.create()
    try:
        seed(url)
        run = fuzz(kind, url, role, examples=examples, seed_number=round_seed)
    finally:
        databases.drop(url)
    outcome = "FAILED" if run.failed else "passed"
    print(f"\n{kind} {role}: {run.cases} cases in {time.monotonic() - began:.0f} s, seed {round_seed}, {outcome}")
    for operation in sorted({name for name, _status in run.counts}):
        answers = sorted((status, count) for (name, status), count in run.counts.items() if name == operation)
        by_status = "  ".join(f"{status}: {count}" for status, count in answers)
        print(f"  {operation:55} {sum(count for _, count in answers):6}   {by_status}")
    if run.failed:
        print(run.report)
    sys.stdout.flush()
    return run


def _summary(runs: Sequence[Run]) -> int:
    failed = [f"{run.database} {run.role}" for run in runs if run.failed]
    statuses: Counter[int] = Counter()
    for run in runs:
        for (_operation, status), count in run.counts.items():
            statuses[status] += count
    by_status = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    print(f"\n{statuses.total()} cases in {len(runs)} runs: {by_status}")
    print(f"Failed: {', '.join(failed)}." if failed else "None failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
