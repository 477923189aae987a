"""Registers of the made-up province that are kept between runs: made once for each database and size, then reused."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import asyncpg
from sqlalchemy import make_url

from app import clock
from app.database import schema
from app.domain.localtime import local_date
from app.loading.simulation.service import simulate
from app.operations.recount import recount_if_due
from app.rollups.roll_up import roll_up_all
from benchmarks import copies, province
from benchmarks.clusters import LOADING, ORDINARY, cluster
from benchmarks.keyed import open_database
from benchmarks.registers import execute, shown

FIRST = date(2021, 1, 1)
_SEED = 2021


@dataclass(frozen=True, slots=True)
class Made:
    """How a register came about; its marker holds this, and is there once the register is complete."""

    dossiers: int
    way: str
    last: str  # the last day of receipts
    seconds: float
    schema: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A complete register: where it is, how it was made and how much room it takes."""

    url: str
    made: Made
    megabytes: float
    marked: float  # seconds since 1970 when it was complete

    @property
    def described(self) -> str:
        """One line for people."""
        rate = self.made.dossiers / self.made.seconds
        return (
            f"{self.made.dossiers:,} dossiers received from {FIRST} to {self.made.last}, {self.made.way}"
            f" ({rate:,.0f} a second); {self.megabytes:,.0f} MB"
        )


@contextmanager
def kept(kind: str, sizes: Sequence[int], folder: Path, base: int | None) -> Iterator[dict[int, Kept]]:
    """The registers of these sizes in `folder`, made where they are missing; "sqlite" or "postgresql".

    With `base`, registers larger than that are made of copies of the one of that size. PostgreSQL is a server of its
    own with its data in the folder, which ends with the context.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted({*sizes, *([base] if base and max(sizes) > base else [])})
    stale = [size for size in wanted if not _is_complete(kind, size, folder)]
    data = folder / "postgresql"
    if kind == "sqlite":
        for size in stale:
            _make(kind, size, _sqlite(folder, size), folder, base)
        yield {size: _kept(kind, size, _sqlite(folder, size), folder) for size in sizes}
        return
    if stale:
        with cluster(data, LOADING) as administrative:
            for size in stale:
                _make(kind, size, _postgresql(administrative, size), folder, base)
    with cluster(data, ORDINARY) as administrative:
        yield {size: _kept(kind, size, _postgresql(administrative, size), folder) for size in sizes}


def _sqlite(folder: Path, size: int) -> str:
    return f"sqlite:///{(folder / f'sqlite-{size}.db').resolve()}"


def _postgresql(administrative: str, size: int) -> str:
    return make_url(administrative).set(database=f"motcua_{size}").render_as_string(hide_password=False)


# --- Markers ----------------------------------------------------------------------------------------------------------


def _marker(kind: str, size: int, folder: Path) -> Path:
    return folder / f"{kind}-{size}.json"


def _made(kind: str, size: int, folder: Path) -> Made | None:
    marker = _marker(kind, size, folder)
    return Made(**json.loads(marker.read_text(encoding="utf-8"))) if marker.exists() else None


def _is_complete(kind: str, size: int, folder: Path) -> bool:
    made = _made(kind, size, folder)
    return made is not None and made.schema == schema.head()


def _mark(kind: str, size: int, folder: Path, made: Made) -> None:
    _marker(kind, size, folder).write_text(json.dumps(asdict(made)), encoding="utf-8")


def _kept(kind: str, size: int, url: str, folder: Path) -> Kept:
    made = _made(kind, size, folder)
    assert made is not None
    octets = _sqlite_octets(url) if kind == "sqlite" else asyncio.run(_postgresql_octets(url))
    return Kept(url, made, octets / 1e6, _marker(kind, size, folder).stat().st_mtime)


def _sqlite_octets(url: str) -> int:
    return Path(str(make_url(url).database)).stat().st_size


async def _postgresql_octets(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    finally:
        await connection.close()
    return size


# --- Making -----------------------------------------------------------------------------------------------------------


def _make(kind: str, size: int, url: str, folder: Path, base: int | None) -> None:
    """Make one anew, or bring one of an older version of the schema up to this one."""
    known = _made(kind, size, folder)
    began = perf_counter()
    if known is not None:
        schema.upgrade(url)
        way = f"{known.way}, then brought to schema {schema.head()}{asyncio.run(_recounted(url))}"
        made = Made(known.dossiers, way, known.last, known.seconds, schema.head())
    elif base and size > base:
        source = _made(kind, base, folder)
        assert source is not None
        copies.copied(_sqlite(folder, base) if kind == "sqlite" else _sibling(url, base), url, base, size)
        way = f"copied in SQL from the {base:,} that were simulated, each copy to other communes"
        made = Made(size, way, source.last, perf_counter() - began, schema.head())
    else:
        copies.emptied(url)
        schema.upgrade(url)
        last = local_date(clock.now()) - timedelta(days=1)
        asyncio.run(_simulated(url, size, last))
        made = Made(size, "all simulated by the rules", last.isoformat(), perf_counter() - began, schema.head())
    if kind == "postgresql":
        asyncio.run(execute(url, "VACUUM (ANALYZE, FREEZE)"))
    _mark(kind, size, folder, made)
    sys.stderr.write(f"{kind}, {size:,}: made in {perf_counter() - began:.0f} s\n")


def _sibling(url: str, size: int) -> str:
    return make_url(url).set(database=f"motcua_{size}").render_as_string(hide_password=False)


async def _simulated(url: str, size: int, last: date) -> None:
    database = await open_database(url)
    try:
        now = clock.now()
        await province.build(database, now)
        progress = shown(f"{database.dialect}, {size:,}")
        await simulate(database, dossiers=size, start=FIRST, end=last, seed=_SEED, now=now, progress=progress)
        await roll_up_all(database)
    finally:
        await database.close()


async def _recounted(url: str) -> str:
    """Have the counts of a register made anew where the migration asks for it; what to say of it, as a clause."""
    began = perf_counter()
    database = await open_database(url)
    try:
        done = await recount_if_due(database)
    finally:
        await database.close()
    return f", recounted in {perf_counter() - began:.0f} s" if done is not None else ""
