"""Databases opened with the keys that all benchmarks seal with, and that the processes they start inherit."""

import os
from typing import Any

from app import database
from app.database import Database

# Of no secret: what is measured is made up.
KEYS = os.environ.setdefault("MOTCUA_KEYS", "benchmarks:bWFkZSB1cCBkb3NzaWVycyBuZWVkIG5vIHNlY3JldC4=")


async def open_database(url: str, **options: Any) -> Database:
    """As the service opens it."""
    return await database.open_database(url, keys=KEYS, **options)
