"""Databases opened with the keys that all tests seal with."""

from typing import Any

from app import database
from app.database import Database
from app.encryption.key_files import Keys
from tests.conftest import KEYS


async def open_database(url: str, **options: Any) -> Database:
    """As the application opens it under the tests' settings."""
    return await database.open_database(url, keys=KEYS, **options)


def keys_for(url: str) -> Keys:
    """What the application opens it with."""
    return Keys(url, KEYS)
