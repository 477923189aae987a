"""Databases opened with the encryption keys of the tests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from app import database
from app.database import Database
from app.encryption.key_files import Keys
from tests.conftest import KEYS

T = TypeVar("T")


async def open_database(url: str, **options: Any) -> Database:
    """Opens a database like the application under the settings of the tests."""
    return await database.open_database(url, keys=KEYS, **options)


def in_database(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    """The result of `work` with the database at `url`, in a new event loop."""

    async def run() -> T:
        database = await open_database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def keys_for(url: str) -> Keys:
    """The keys of the tests for a database."""
    return Keys(url, KEYS)
