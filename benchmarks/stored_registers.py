"""Registers of the fictitious province that are stored between runs, one for each database and size."""

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
from app.operations.recount.service import recount_if_due
from app.rollups.roll_up import roll_up_all
from benchmarks import copies, province
from benchmarks.clusters import LOADING, ORDINARY, cluster
from benchmarks.database_access import open_database
from benchmarks.registers import execute, print_progress

FIRST = date(2021, 1, 1)
_SEED = 2021


@dataclass(frozen=True, slots=True)
class RegisterOrigin:
    """The origin of a register. Its marker file contains this, and exists once the register is complete."""

    dossiers: int
    way: str
    last: str  # the last day of receipts
    seconds: float
    schema: str | None


@dataclass(frozen=True, slots=True)
class StoredRegister:
    """A complete register with its URL, origin and size."""

    url: str
    origin: RegisterOrigin
    megabytes: float
    completed_at: float  # seconds since 1970

    @property
    def summary(self) -> str:
        """One line for people."""
        rate = self.origin.dossiers / self.origin.seconds
        return (
            f"{self.origin.dossiers:,} dossiers received from {FIRST} to {self.origin.last}, {self.origin.way}"
            f" ({rate:,.0f} a second); {self.megabytes:,.0f} MB"
        )


@contextmanager
def stored_registers(
    kind: str, sizes: Sequence[int], folder: Path, base: int | None
) -> Iterator[dict[int, StoredRegister]]:
    """The registers of these sizes in `folder`, created if missing; `kind` is "sqlite" or "postgresql".

    With `base`, larger registers are made from copies of the one of that size. PostgreSQL runs as a new server with its
    data in the folder, until the context ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    needed = sorted({*sizes, *([base] if base and max(sizes) > base else [])})
    stale = [size for size in needed if not _is_complete(kind, size, folder)]
    data = folder / "postgresql"
    if kind == "sqlite":
        for size in stale:
            _make(kind, size, _sqlite(folder, size), folder, base)
        yield {size: _stored(kind, size, _sqlite(folder, size), folder) for size in sizes}
        return
    if stale:
        with cluster(data, LOADING) as administrative:
            for size in stale:
                _make(kind, size, _postgresql(administrative, size), folder, base)
    with cluster(data, ORDINARY) as administrative:
        yield {size: _stored(kind, size, _postgresql(administrative, size), folder) for size in sizes}


def _sqlite(folder: Path, size: int) -> str:
    return f"sqlite:///{(folder / f'sqlite-{size}.db').resolve()}"


def _postgresql(administrative: str, size: int) -> str:
    return make_url(administrative).set(database=f"motcua_{size}").render_as_string(hide_password=False)


# --- Markers ----------------------------------------------------------------------------------------------------------


def _marker(kind: str, size: int, folder: Path) -> Path:
    return folder / f"{kind}-{size}.json"


def _origin(kind: str, size: int, folder: Path) -> RegisterOrigin | None:
    marker = _marker(kind, size, folder)
    return RegisterOrigin(**json.loads(marker.read_text(encoding="utf-8"))) if marker.exists() else None


def _is_complete(kind: str, size: int, folder: Path) -> bool:
    origin = _origin(kind, size, folder)
    return origin is not None and origin.schema == schema.head()


def _mark(kind: str, size: int, folder: Path, origin: RegisterOrigin) -> None:
    _marker(kind, size, folder).write_text(json.dumps(asdict(origin)), encoding="utf-8")


def _stored(kind: str, size: int, url: str, folder: Path) -> StoredRegister:
    origin = _origin(kind, size, folder)
    assert origin is not None
    octets = _sqlite_octets(url) if kind == "sqlite" else asyncio.run(_postgresql_octets(url))
    return StoredRegister(url, origin, octets / 1e6, _marker(kind, size, folder).stat().st_mtime)


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
    """Create a register, or migrate one with an older schema."""
    earlier = _origin(kind, size, folder)
    began = perf_counter()
    if earlier is not None:
        schema.upgrade(url)
        way = f"{earlier.way}, then migrated to schema {schema.head()}{asyncio.run(_recount(url))}"
        origin = RegisterOrigin(earlier.dossiers, way, earlier.last, earlier.seconds, schema.head())
    elif base and size > base:
        source = _origin(kind, base, folder)
        assert source is not None
        copies.multiply(_sqlite(folder, base) if kind == "sqlite" else _sibling(url, base), url, base, size)
        way = f"copied in SQL from {base:,} simulated ones, each copy to other communes"
        origin = RegisterOrigin(size, way, source.last, perf_counter() - began, schema.head())
    else:
        copies.recreate(url)
        schema.upgrade(url)
        last = local_date(clock.now()) - timedelta(days=1)
        asyncio.run(_simulate(url, size, last))
        origin = RegisterOrigin(
            size, "all simulated by the rules", last.isoformat(), perf_counter() - began, schema.head()
        )
    if kind == "postgresql":
        asyncio.run(execute(url, "VACUUM (ANALYZE, FREEZE)"))
    _mark(kind, size, folder, origin)
    sys.stderr.write(f"{kind}, {size:,}: made in {perf_counter() - began:.0f} s\n")


def _sibling(url: str, size: int) -> str:
    return make_url(url).set(database=f"motcua_{size}").render_as_string(hide_password=False)


async def _simulate(url: str, size: int, last: date) -> None:
    database = await open_database(url)
    try:
        now = clock.now()
        await province.build(database, now)
        progress = print_progress(f"{database.dialect}, {size:,}")
        await simulate(database, dossiers=size, start=FIRST, end=last, seed=_SEED, now=now, progress=progress)
        await roll_up_all(database)
    finally:
        await database.close()


async def _recount(url: str) -> str:
    """Recounts the figures if the migration requires it. Returns a clause for the description."""
    began = perf_counter()
    database = await open_database(url)
    try:
        done = await recount_if_due(database)
    finally:
        await database.close()
    return f", recounted in {perf_counter() - began:.0f} s" if done is not None else ""
