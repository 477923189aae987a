"""Tokens are made and read here; of a token itself only its hash is ever stored."""

import hashlib
import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import bindparam, select

from app import tables
from app.access.callers import Caller, KnownToken
from app.database import Connection, Prepared
from app.domain.errors import Invalid
from app.domain.lifecycle import Role

_TOKEN_BY_HASH = Prepared(
    select(
        tables.tokens.c.id,
        tables.tokens.c.client,
        tables.tokens.c.role,
        tables.tokens.c.unit_id,
        tables.tokens.c.expires_at,
        tables.tokens.c.revoked_at,
    ).where(tables.tokens.c.token_hash == bindparam("token_hash"))
)


def token_hash(token: str) -> str:
    """What is stored of a token: its 256 random bits need no salt, and looking it up leaks nothing by its timing."""
    return hashlib.sha256(token.encode()).hexdigest()


async def create_token(
    connection: Connection, *, client: str, role: Role | str, unit_id: int | None, now: datetime
) -> str:
    """A new token for a client, which cannot be shown again; `unit_id` None: for all units (rules §8).

    Raises Invalid for a client without a name and for an unknown role.
    """
    name = unicodedata.normalize("NFC", client).strip()
    if not name or not name.isprintable():
        raise Invalid("client_invalid", "A client needs a name of printable characters.", pointer="/client")
    if role not in set(Role):
        raise Invalid("role_unknown", f"There is no role {role!r}; the roles are {', '.join(Role)}.", pointer="/role")
    token = secrets.token_urlsafe(32)
    values = {
        "client": name,
        "role": str(role),
        "unit_id": unit_id,
        "token_hash": token_hash(token),
        "created_at": now,
    }
    await connection.insert(tables.tokens, values)
    return token


async def read_token(connection: Connection, hashed: str) -> KnownToken | None:
    """The token with that hash, None where there is none."""
    row = await connection.first(_TOKEN_BY_HASH, token_hash=hashed)
    if row is None:
        return None
    caller = Caller(row.client, Role(row.role), row.unit_id, row.id)
    return KnownToken(caller, row.expires_at, row.revoked_at)
