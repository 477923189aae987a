"""Checks small tables: keys in use against the configured ones, the secret of rating keys, and what a schema bears."""

import asyncio
from functools import cache

from sqlalchemy import select

from app.audit.verification.difference import Difference, unequal
from app.database import Connection, Prepared, schema
from app.database.tables import encryption_keys, rating_secret, schema_compatibility
from app.dossiers.rating_keys import SECRET_PLACE
from app.encryption.errors import KeysUnusable

_KEYS = Prepared(select(encryption_keys.c.id, encryption_keys.c.check))
_SECRET = Prepared(select(rating_secret.c.encrypted))
_COMPATIBLE = Prepared(select(schema_compatibility.c.revision, schema_compatibility.c.oldest_code))


async def key_differences(connection: Connection) -> list[Difference]:
    """Keys in use that are not configured or differ, and a secret of rating keys that does not decrypt."""
    ours = {key.id: key.check for key in connection.ring.keys}
    differences = [
        Difference(f"encryption_keys {row.id}", None, "check", ours.get(row.id), row.check)
        for row in await connection.all(_KEYS)
        if ours.get(row.id) != row.check
    ]
    encrypted = await connection.scalar(_SECRET)
    if encrypted is not None:
        try:
            connection.ring.decrypt(str(encrypted), SECRET_PLACE)
        except KeysUnusable as error:
            differences.append(Difference("rating_secret", None, "encrypted", "a value to decrypt", error.detail))
    return differences


async def compatibility_differences(connection: Connection) -> list[Difference]:
    """Rows of `schema_compatibility` that differ from what the migrations say."""
    expected = await asyncio.to_thread(_oldest_codes)
    stored = {row.revision: row.oldest_code for row in await connection.all(_COMPATIBLE)}
    return [
        Difference(f"schema_compatibility {revision}", None, "oldest_code", *values)
        for revision, *values in unequal(expected, stored)
    ]


@cache
def _oldest_codes() -> dict[str, str]:
    """The oldest code that each schema bears. The migrations do not change while the process runs."""
    return {
        script.revision: script.module.oldest_code for script in schema.chain() if hasattr(script.module, "oldest_code")
    }
