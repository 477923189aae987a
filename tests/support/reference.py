"""Databases with the reference data of Bắc Trà My."""

import asyncio
from datetime import UTC, datetime

from app import clock
from app.access.service import create_token
from app.database import schema
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.loading.reference.service import seed_bac_tra_my
from tests.support.client import unit_by_code
from tests.support.database_access import open_database


def seed(url: str) -> None:
    """Migrates the empty database at `url`, and loads the reference data like the commands."""
    schema.upgrade(url)
    asyncio.run(_load(url))


async def _load(url: str) -> None:
    database = await open_database(url)
    try:
        await seed_bac_tra_my(database, datetime(2018, 1, 1, tzinfo=UTC))
    finally:
        await database.close()


def token_at(url: str, role: str, unit: str) -> str:
    """A new token in the database at `url`, for the subtree of the unit with this code today."""
    return asyncio.run(_token(url, role, unit))


async def _token(url: str, role: str, unit: str) -> str:
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            now = clock.now()
            # Not by the copy of the reference data: the proof of migrations comes with an older schema.
            unit_id = await connection.scalar(unit_by_code(unit, local_date(now)))
            return await create_token(connection, client="tests", role=Role(role), unit_id=unit_id, now=now)
    finally:
        await database.close()
