"""Issues, revokes and rotates tokens. Each change is recorded; only the hash of a token is stored."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from app.access.client_names import client_key, require_new_name
from app.access.queries import Token, client_names, find_token, lock_tokens, unknown_token
from app.database import Connection, Prepared, tables
from app.database.locks import Lock, acquire
from app.domain.errors import Conflict, Invalid
from app.domain.lifecycle import Role
from app.ledger.entries import COMMAND_LINE, Author
from app.ledger.service import record

DEFAULT_OVERLAP = timedelta(hours=24)

_OF_TOKEN = tables.tokens.c.id == bindparam("token")
_NEXT_VERSION = tables.tokens.c.version + 1
_REVOKE = Prepared(update(tables.tokens).where(_OF_TOKEN).values(revoked_at=bindparam("at"), version=_NEXT_VERSION))
_CONFIRM = Prepared(
    update(tables.tokens).where(_OF_TOKEN).values(unit_id=bindparam("successor"), version=_NEXT_VERSION)
)
_REPLACE = Prepared(
    update(tables.tokens)
    .where(_OF_TOKEN)
    .values(replaced_by_id=bindparam("successor"), expires_at=bindparam("until"), version=_NEXT_VERSION)
)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token to issue; `unit_id` None: for all units (rules §8), `expires_at` None: without expiry."""

    client: str
    role: Role | str
    unit_id: int | None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which cannot be shown again; `replaced` is the token before a rotation."""

    token: Token
    secret: str
    replaced: Token | None = None


def token_hash(token: str) -> str:
    """The stored hash of a token. 256 random bits need no salt, and the timing of a search by hash reveals nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


async def create_token(
    connection: Connection, *, client: str, role: Role | str, unit_id: int | None, now: datetime
) -> str:
    """The secret of a new token without expiry, issued by a command; raises as `issue`."""
    return (await issue(connection, TokenRequest(client, role, unit_id), COMMAND_LINE, now)).secret


async def issue(connection: Connection, request: TokenRequest, author: Author, now: datetime) -> IssuedToken:
    """Issues a token.

    Raises Invalid `client_invalid` for a name that no client may have, `role_unknown`, and `expiry_invalid` for an
    expiry in the past. Raises Conflict `client_alike` for a new name that looks like that of another client.
    """
    issued, change = await _insert(connection, request, author, now, {})
    await record(connection, {tables.tokens: [issued.token.id], tables.token_changes: [change]}, author, now)
    return issued


async def revoke(
    connection: Connection, token: Token, author: Author, now: datetime, reason: str | None = None
) -> Token:
    """Revokes a locked token; one that is revoked already does not change and gets no record."""
    if token.revoked_at is not None:
        return token
    await connection.run(_REVOKE, token=token.id, at=now)
    change = await _note(connection, token.id, "revoked", author, now, {"reason": reason})
    await record(connection, {tables.tokens: [token.id], tables.token_changes: [change]}, author, now)
    return await find_token(connection, token.id)


async def rotate(
    connection: Connection,
    token: Token,
    author: Author,
    now: datetime,
    *,
    overlap: timedelta = DEFAULT_OVERLAP,
    expires_at: datetime | None = None,
) -> IssuedToken:
    """Issues a token for the client, role and unit of a locked token, which then expires after `overlap` or earlier.

    Without `expires_at` the new token is valid for as long as the old one was. Raises Conflict `token_not_in_force` for
    a token that is revoked or expired, `token_replaced` for one that was rotated before, and Invalid as `issue`.
    """
    if token.state(now) != "active":
        raise Conflict("token_not_in_force", f"The token {token.id} is {token.state(now)}: issue a new one.")
    if token.replaced_by_id is not None:
        raise Conflict(
            "token_replaced", f"The token {token.id} was replaced by {token.replaced_by_id}: rotate that one."
        )
    if expires_at is None and token.expires_at is not None:
        expires_at = now + (token.expires_at - token.created_at)
    request = TokenRequest(token.client, token.role, token.unit_id, expires_at)
    issued, created = await _insert(connection, request, author, now, {"replaces": token.id})
    until = now + overlap if token.expires_at is None else min(now + overlap, token.expires_at)
    await connection.run(_REPLACE, token=token.id, successor=issued.token.id, until=until)
    facts = {"replaced_by": issued.token.id, "expires_at": until.isoformat()}
    rotated = await _note(connection, token.id, "rotated", author, now, facts)
    rows = {tables.tokens: [issued.token.id, token.id], tables.token_changes: [created, rotated]}
    await record(connection, rows, author, now)
    return IssuedToken(issued.token, issued.secret, await find_token(connection, token.id))


async def confirm(connection: Connection, token: Token, successor: int, author: Author, now: datetime) -> Token:
    """Moves a locked token of an ended unit to the unit's successor (rules §12). The ledger says who did it."""
    await connection.run(_CONFIRM, token=token.id, successor=successor)
    await record(connection, {tables.tokens: [token.id]}, author, now, reason="confirmed by the successor")
    return await find_token(connection, token.id)


async def lock_token(connection: Connection, token_id: int) -> Token:
    """The token with the id, locked against changes until the transaction ends; raises NotFound `unknown_token`."""
    token = (await lock_tokens(connection, [token_id])).get(token_id)
    if token is None:
        raise unknown_token(token_id)
    return token


async def _insert(
    connection: Connection, request: TokenRequest, author: Author, now: datetime, facts: dict[str, Any]
) -> tuple[IssuedToken, int]:
    """The new token, and the key of the record of its creation."""
    client = unicodedata.normalize("NFC", request.client).strip()
    is_new = client not in await client_names(connection)
    if is_new:
        require_new_name(client)
    if request.role not in set(Role):
        detail = f"There is no role {request.role!r}; the roles are {', '.join(Role)}."
        raise Invalid("role_unknown", detail, pointer="/role")
    if request.expires_at is not None and request.expires_at <= now:
        raise Invalid("expiry_invalid", "The expiry is in the past.", pointer="/expires_at")
    secret = secrets.token_urlsafe(32)
    values = {
        "client": client,
        "role": str(request.role),
        "unit_id": request.unit_id,
        "created_at": now,
        "expires_at": request.expires_at,
    }
    token_id = await connection.insert(tables.tokens, {**values, "token_hash": token_hash(secret)})
    assert token_id is not None  # the database gives the key
    granted = {"client": client, "role": values["role"], "unit_id": request.unit_id}
    expires = request.expires_at.isoformat() if request.expires_at else None
    change = await _note(connection, token_id, "created", author, now, {**granted, "expires_at": expires, **facts})
    if is_new:
        await _require_no_twin(connection, client)
    return IssuedToken(await find_token(connection, token_id), secret), change


async def _require_no_twin(connection: Connection, name: str) -> None:
    """Raises Conflict `client_alike` for the name of a new client that people could take for another client's."""
    # Another transaction that issues a token ends first, and its client is seen.
    await acquire(connection, Lock.LEDGER)
    for other in sorted(await client_names(connection) - {name}):
        if client_key(other) == client_key(name):
            detail = f"People could take {name!r} for the client {other!r}. Choose another name, or write {other!r} "
            raise Conflict("client_alike", f"{detail}if the token is for that client.")


async def _note(
    connection: Connection, token_id: int, kind: str, author: Author, now: datetime, data: dict[str, Any]
) -> int:
    """Adds to the history of a token; the key of the row."""
    row = {
        "token_id": token_id,
        "type": kind,
        "recorded_at": now,
        "client": author.client,
        "by_token_id": author.token_id,
        "data": data,
    }
    change = await connection.insert(tables.token_changes, row)
    assert change is not None  # the database gives the key
    return change
