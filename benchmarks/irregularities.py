"""Times of the irregularities beside the lead time, which reads the same finishes.

`python -m benchmarks.irregularities [--size 100000] [--databases sqlite,postgresql] [--keep DIR]`, from the checkout,
with the packages of the tests. Missing registers are created in DIR and stay there. One worker, one connection, medians
of warm calls through HTTP that take turns.
"""

import argparse
import asyncio
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from app import clock
from app.access.service import create_token
from app.domain.lifecycle import Role
from benchmarks import machine, servers
from benchmarks.calls import Caller, in_turns
from benchmarks.database_access import open_database
from benchmarks.stored_registers import StoredRegister, stored_registers

_KEEP = Path(tempfile.gettempdir(), "motcua-bench")
_COMMUNE = "30101"
_PERIODS = {
    "a month": ("2025-10-01", "2025-10-31"),
    "a year": ("2025-01-01", "2025-12-31"),
    "five years": ("2021-01-01", "2025-12-31"),
}


def main() -> None:
    """Create missing registers, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.irregularities", description="Times of irregularities.")
    parser.add_argument("--size", type=int, default=100_000, help="dossiers in the register")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--keep", type=Path, default=_KEEP, help="folder of the stored registers")
    options = parser.parse_args()
    print(f"{clock.now():%d %B %Y}, {machine.description()}\n", flush=True)
    print("| database | period | finishes | all communes ms | dossiers of one ms | lead time ms | all : lead time |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for kind in options.databases.split(","):
        with stored_registers(kind, [options.size], options.keep, None) as registers:
            _measure(kind, registers[options.size])


def _measure(kind: str, register: StoredRegister) -> None:
    token = asyncio.run(_token(register.url))
    with servers.service(register.url) as server, closing(Caller(server, token)) as caller:
        for name, (first, last) in _PERIODS.items():
            period = {"by": "commune", "from": first, "to": last}
            paths = {
                "all": f"patterns?{urlencode(period)}",
                "dossiers": "patterns/dossiers?"
                + urlencode({**period, "unit": _COMMUNE, "pattern": "finished_outside_hours"}),
                "lead": f"lead-time?{urlencode(period)}",
            }
            calls = {key: partial(caller.get, f"/api/v1/statistics/{path}") for key, path in paths.items()}
            for call in calls.values():
                assert call().status == 200, call().refusal
            total = calls["all"]().json()["total"]["patterns"]
            finishes = next(row for row in total if row["pattern"] == "finished_at_once")["share"]["denominator"]
            taken = in_turns(calls)
            ratio = taken["all"] / taken["lead"]
            cells = [f"{finishes:,}", *(f"{taken[key]:.0f}" for key in calls), f"{ratio:.2f}"]
            print(f"| {' | '.join([kind, name, *cells])} |", flush=True)


async def _token(url: str) -> str:
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            return await create_token(connection, client="benchmark", role=Role.REPORTER, unit_id=None, now=clock.now())
    finally:
        await database.close()


if __name__ == "__main__":
    main()
