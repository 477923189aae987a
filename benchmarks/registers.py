"""Databases of benchmarks: real units and procedures, simulated dossiers, and a token."""

import asyncio
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from unittest.mock import patch

import asyncpg
from sqlalchemy import make_url, select

from app import clock
from app.access.service import create_token
from app.catalogue.cache import load
from app.database import Database, schema
from app.database.tables import dossiers
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.loading.reference.service import seed_bac_tra_my
from app.loading.simulation.service import Progress, simulate
from benchmarks.database_access import open_database
from tests.support import postgres

# The 13 offices and 13 communes existed in these years.
_FIRST, _LAST = date(2018, 1, 1), date(2025, 6, 30)

# Durable settings; the server of the tests has them off.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@dataclass(frozen=True, slots=True)
class Register:
    """A database, its description, a token for all units, and codes for requests.

    `codes`: of all dossiers. `communes`: those of today. `procedures`: those that communes decide today.
    """

    url: str
    description: str
    token: str
    codes: list[str]
    communes: list[str]
    procedures: list[str]


@contextmanager
def register(kind: str, how_many: int) -> Iterator[Register]:
    """A new database ("sqlite" or "postgresql") with `how_many` dossiers, deleted after the context.

    SQLite's file is in the folder of temporary files. PostgreSQL is a new server, or the one at
    MOTCUA_TEST_DATABASE_URL.
    """
    with empty(kind) as url:
        schema.upgrade(url)
        yield asyncio.run(_fill(url, how_many))


def empty(kind: str) -> AbstractContextManager[str]:
    """The URL of a new database without a schema, deleted after the context."""
    return _sqlite() if kind == "sqlite" else _postgresql()


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        yield f"sqlite:///{folder}/motcua.db"


@contextmanager
def _postgresql() -> Iterator[str]:
    with _server() as given:
        administrative = make_url(given).set(drivername="postgresql")
        name = f"motcua_bench_{os.getpid()}"
        asyncio.run(execute(administrative.render_as_string(hide_password=False), f"CREATE DATABASE {name}"))
        try:
            yield administrative.set(database=name).render_as_string(hide_password=False)
        finally:
            drop = f"DROP DATABASE {name} WITH (FORCE)"
            asyncio.run(execute(administrative.render_as_string(hide_password=False), drop))


@contextmanager
def _server() -> Iterator[str]:
    given = os.environ.get("MOTCUA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with patch.dict(postgres._OPTIONS, DURABLE), postgres.running_server() as url:  # noqa: SLF001
        yield url


async def _fill(url: str, how_many: int) -> Register:
    database = await open_database(url)
    try:
        now = clock.now()
        await seed_bac_tra_my(database, now)
        progress = print_progress(database.dialect)
        await simulate(database, dossiers=how_many, start=_FIRST, end=_LAST, seed=1, now=now, progress=progress)
        if database.dialect == "postgresql":
            await execute(url, "VACUUM ANALYZE")
        return await describe(database, url)
    finally:
        await database.close()


async def describe(database: Database, url: str, role: Role = Role.CLERK) -> Register:
    """Describes the register in a database. Creates a token of the role for all units."""
    now = clock.now()
    today = local_date(now)
    async with database.writing() as connection:
        token = await create_token(connection, client="benchmark", role=role, unit_id=None, now=now)
        reference = await load(connection)
        codes = [row.code for row in await connection.all(select(dossiers.c.code))]
    versions = [procedure.versions[-1] for procedure in reference.procedures.values()]
    return Register(
        url,
        await description(url),
        token,
        codes,
        [unit.code for unit in reference.units.values() if unit.kind == "commune" and unit.valid_on(today)],
        [
            reference.procedures[version.procedure_id].code
            for version in versions
            if version.responsible_unit_id is None and version.limits["counter"] and version.effective_to is None
        ],
    )


async def description(url: str) -> str:
    """The version of the database, and PostgreSQL's settings for durability."""
    if make_url(url).get_backend_name() == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    connection = await asyncpg.connect(url)
    try:
        version = await connection.fetchval("SHOW server_version")
        settings = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in DURABLE]
    finally:
        await connection.close()
    return f"PostgreSQL {version} ({', '.join(settings)})"


async def execute(dsn: str, statement: str) -> None:
    """Run one statement on PostgreSQL, outside any transaction."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def print_progress(dialect: str) -> Progress:
    """Progress on standard error, a line for each tenth."""
    last = 0

    def show(done: int, total: int) -> None:
        nonlocal last
        if done * 10 // total > last:
            last = done * 10 // total
            sys.stderr.write(f"{dialect}: {done:,} of {total:,} dossiers\n")

    return show
