"""The demonstration: the year 2021 and the last weeks in a new SQLite database, and the service over it."""

import asyncio
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sqlalchemy import select

from app import clock
from app.access.service import create_token
from app.catalogue.cache import load
from app.commands import shown_progress
from app.database import Connection, Database, open_database, schema
from app.database.readiness import admit_keys
from app.database.tables import dossiers
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.http.server import require_address, serve
from app.loading.examples_2026 import add_examples
from app.loading.reference.service import add_departments, seed_bac_tra_my
from app.loading.simulation.service import Progress, Summary, simulate
from app.loading.simulation.timing import Rates
from app.settings import Settings, keys_of

YEAR = (date(2021, 1, 1), date(2021, 12, 31))
DOSSIERS = 14_600
# Dossiers of the last weeks for full work lists: more than usual are late, suspended or new.
RECENT_DOSSIERS = 200
_RECENT_DAYS = 28
_RECENT = Rates(
    online=0.4,
    longest_review=1800,
    early=0.35,
    lateness=12,
    longest_delay=15,
    supplement=0.15,
)
# The commune of the printed tokens.
_COMMUNE = "20900"

# Variables of the printed tokens, their role, and True for the commune or False for all units.
TOKENS = {
    "CLERK": (Role.CLERK, True),
    "OFFICER": (Role.OFFICER, True),
    "SUPERVISOR": (Role.SUPERVISOR, True),
    "SUPERVISOR_OF_ALL": (Role.SUPERVISOR, False),
    "REPORTER": (Role.REPORTER, False),
    "ADMINISTRATOR": (Role.ADMINISTRATOR, False),
}


@dataclass(frozen=True, slots=True)
class Guide:
    """Tokens by the name of their variable, and codes of example dossiers by their state."""

    tokens: dict[str, str]
    codes: dict[str, str]


async def build(database: Database, *, now: datetime, seed: int = 2021, progress: Progress | None = None) -> Summary:
    """Fills a database that has the reference data. The same seed and `now` give the same dossiers."""
    total = DOSSIERS + RECENT_DOSSIERS

    def before(done: int) -> Progress:
        return lambda more, _of: progress(done + more, total) if progress else None

    start, end = YEAR
    year = await simulate(database, dossiers=DOSSIERS, start=start, end=end, seed=seed, now=now, progress=before(0))
    today = local_date(now)
    recent = await simulate(
        database,
        dossiers=RECENT_DOSSIERS,
        start=today - timedelta(days=_RECENT_DAYS),
        end=today,
        seed=seed + 1,
        now=now,
        rates=_RECENT,
        progress=before(DOSSIERS),
    )
    return year + recent


def run(*, host: str, port: int, directory: Path | None = None) -> None:
    """Builds the demonstration and serves it until it is stopped. Without a `directory` its files are deleted.

    Raises OSError before the build if the address cannot be used.
    """
    require_address(host, port)
    with ExitStack() as stack:
        # Turns SIGTERM into SystemExit, so that the files are deleted.
        signal.signal(signal.SIGTERM, _stop)
        home = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-demo-")))
        home.mkdir(parents=True, exist_ok=True)
        path = home / "motcua-demo.db"
        for suffix in ("", "-wal", "-shm", ".key"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        settings = Settings(database_url=f"sqlite:///{path}", log_format="text", access_log=False)
        _say("Preparing a fresh database …")
        schema.upgrade(settings.database_url)
        guide, summary = asyncio.run(_prepare(settings, clock.now()))
        _say(_description(guide, summary, f"http://{host}:{port}"))
        serve(settings, host=host, port=port, workers=1)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


async def _prepare(settings: Settings, now: datetime) -> tuple[Guide, Summary]:
    database = await open_database(settings.database_url, keys=keys_of(settings))
    try:
        await admit_keys(database)
        await seed_bac_tra_my(database, now)
        await add_departments(database, now)
        _say("Simulating a year of dossiers …")
        summary = await build(database, now=now, progress=shown_progress())
        guide = await guide_for(database, now)
        examples = await add_examples(database, _COMMUNE, now)
        return replace(guide, codes=guide.codes | examples), summary
    finally:
        await database.close()


async def guide_for(database: Database, now: datetime) -> Guide:
    """New tokens for each role, and example dossiers, of the same commune if possible."""
    async with database.writing() as connection:
        commune = (await load(connection)).unit(_COMMUNE, local_date(now))
        tokens = {
            name: await create_token(
                connection,
                client=f"demo {name.lower()}",
                role=role,
                unit_id=commune.id if in_commune else None,
                now=now,
            )
            for name, (role, in_commune) in TOKENS.items()
        }
        return Guide(tokens, await _examples(connection, commune.id, now))


async def _examples(connection: Connection, unit: int, now: datetime) -> dict[str, str]:
    conditions_by_state = {
        "open": (dossiers.c.open, dossiers.c.overdue_from > now),
        "overdue": (dossiers.c.open, dossiers.c.overdue_from <= now),
        "suspended": (dossiers.c.clock == "suspended",),
        "returned": (dossiers.c.status == "returned",),
    }
    examples = {}
    for state, conditions in conditions_by_state.items():
        newest = select(dossiers.c.code).where(*conditions).order_by(dossiers.c.id.desc()).limit(1)
        code = await connection.scalar(newest.where(dossiers.c.counter_unit_id == unit))
        code = code or await connection.scalar(newest)
        if code:
            examples[state] = code
    return examples


def _description(guide: Guide, summary: Summary, address: str) -> str:
    code = next(iter(guide.codes.values()), "")
    on_time = f"{summary.on_time:.1%}" if summary.on_time is not None else "–"
    tokens = "\n".join(f"  export {name}={token}" for name, token in guide.tokens.items())
    codes = "\n".join(f"  {state:<14} {example}" for state, example in guide.codes.items())
    return f"""
{summary.dossiers:,} dossiers with {summary.entries:,} journal entries. Finished on time: {on_time}.

Tokens of this demonstration. The first three are for the commune Trà My ({_COMMUNE}). Paste them into a shell:
{tokens}

Dossiers:
{codes}

Open in a browser:
  {address}/
  {address}/d/{code}
  {address}/procedures
  {address}/board?from=2021-01-01&to=2021-12-31
  {address}/counter     sign in with one of the tokens
  {address}/docs        reference of the interface

Try in the shell:
  curl {address}/api/v1/lookup/{code}
  curl -H "Authorization: Bearer $CLERK" '{address}/api/v1/dossiers?due_soon=true'

README.md continues with "A dossier's life". Ctrl-C stops the demonstration."""


def _say(text: str, end: str = "\n") -> None:
    sys.stderr.write(text + end)
    sys.stderr.flush()
