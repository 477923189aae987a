"""Queries of tokens: by hash, by unit, and the changes of one token."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select

from app.access.callers import Caller, TokenFacts
from app.database import Connection, Prepared, Row, tables
from app.domain.errors import NotFound
from app.domain.lifecycle import Role

_tokens = tables.tokens.c
_changes = tables.token_changes.c

_TOKEN_BY_HASH = Prepared(
    select(_tokens.id, _tokens.client, _tokens.role, _tokens.unit_id, _tokens.expires_at, _tokens.revoked_at).where(
        _tokens.token_hash == bindparam("token_hash")
    )
)

_CLIENTS = Prepared(select(_tokens.client).distinct())


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; `unit_id` None: for all units, `expires_at` None: valid until it is revoked."""

    id: int
    client: str
    role: Role
    unit_id: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaced_by_id: int | None
    version: int

    def state(self, now: datetime) -> str:
        """`revoked`, `expired`, or `active` while it is valid."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True)
class TokenChange:
    """One change of a token; `by_token_id` None: by a command or by the single sign-on."""

    type: str
    recorded_at: datetime
    client: str
    by_token_id: int | None
    data: Mapping[str, Any]


async def read_token(connection: Connection, hashed: str) -> TokenFacts | None:
    """The token with the hash, None if there is none."""
    row = await connection.first(_TOKEN_BY_HASH, token_hash=hashed)
    if row is None:
        return None
    caller = Caller(row.client, Role(row.role), row.unit_id, row.id)
    return TokenFacts(caller, row.expires_at, row.revoked_at)


async def list_tokens(
    connection: Connection,
    now: datetime,
    *,
    units: Collection[int] | None = None,
    active: bool | None = None,
    after: int = 0,
    most: int | None = None,
) -> list[Token]:
    """At most `most` tokens in the order of ids, with ids above `after`.

    `units`: only tokens for these units, None: for any unit. `active`: only tokens that are valid at `now`, or only
    others.
    """
    statement = _select().where(_tokens.id > after).order_by(_tokens.id).limit(most)
    if units is not None:
        statement = statement.where(_tokens.unit_id.in_(sorted(units)))
    if active is not None:
        valid = and_(_tokens.revoked_at.is_(None), or_(_tokens.expires_at.is_(None), _tokens.expires_at > now))
        statement = statement.where(valid if active else ~valid)
    return [_token(row) for row in await connection.all(statement)]


async def find_token(connection: Connection, token_id: int) -> Token:
    """The token with the id; raises NotFound `unknown_token`."""
    row = await connection.first(_select().where(_tokens.id == token_id))
    if row is None:
        raise unknown_token(token_id)
    return _token(row)


async def lock_tokens(connection: Connection, token_ids: Collection[int]) -> dict[int, Token]:
    """The current tokens with these ids, locked against changes until the transaction ends.

    They are locked in the order of their ids, so that two transactions never wait crosswise.
    """
    # The lock excludes the key, so that inserting a reference to a token does not wait.
    statement = _select().where(_tokens.id.in_(sorted(token_ids))).order_by(_tokens.id)
    rows = await connection.all(statement.with_for_update(key_share=True))
    return {row.id: _token(row) for row in rows}


async def changes_of(connection: Connection, token_id: int) -> list[TokenChange]:
    """All changes of a token, oldest first; a use is no change."""
    statement = (
        select(_changes.type, _changes.recorded_at, _changes.client, _changes.by_token_id, _changes.data)
        .where(_changes.token_id == token_id)
        .order_by(_changes.id)
    )
    return [TokenChange(*row) for row in await connection.all(statement)]


async def units_of_client(connection: Connection, client: str) -> set[int | None]:
    """The units of all tokens that a client of this name has or had; None stands for all units."""
    rows = await connection.all(select(_tokens.unit_id).where(_tokens.client == client).distinct())
    return {row.unit_id for row in rows}


async def client_names(connection: Connection) -> set[str]:
    """The names of all clients that have or had a token."""
    return {row.client for row in await connection.all(_CLIENTS)}


def unknown_token(token_id: int) -> NotFound:
    """The refusal of an id without a token."""
    return NotFound("unknown_token", f"There is no token with the id {token_id}.")


def _select() -> Select[Any]:
    return select(*(_tokens[name] for name in Token.__slots__))


def _token(row: Row) -> Token:
    values = {name: getattr(row, name) for name in Token.__slots__}
    return Token(**{**values, "role": Role(row.role)})
