"""Databases opened with the encryption keys of the benchmarks, which their processes inherit."""

import os
from typing import Any

from app import database
from app.database import Database

# Not secret, because the data are made up.
KEYS = os.environ.setdefault("MOTCUA_KEYS", "benchmarks:bWFkZSB1cCBkb3NzaWVycyBuZWVkIG5vIHNlY3JldC4=")


async def open_database(url: str, **options: Any) -> Database:
    """Opens a database like the service."""
    return await database.open_database(url, keys=KEYS, **options)
