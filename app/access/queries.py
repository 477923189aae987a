"""What is read of tokens: the one behind a hash, those of some units, and what was done to one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select

from app.access.callers import Caller, KnownToken
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


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token but its secret; `unit_id` None: for all units, `expires_at` None: for good."""

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
        """`revoked`, `expired`, or `active` while it lets its client in."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True)
class TokenChange:
    """One thing done to a token; `by_token_id` None: by command, whoever ran it, or by the single sign-on."""

    type: str
    recorded_at: datetime
    client: str
    by_token_id: int | None
    data: Mapping[str, Any]


async def read_token(connection: Connection, hashed: str) -> KnownToken | None:
    """The token with that hash, None where there is none."""
    row = await connection.first(_TOKEN_BY_HASH, token_hash=hashed)
    if row is None:
        return None
    caller = Caller(row.client, Role(row.role), row.unit_id, row.id)
    return KnownToken(caller, row.expires_at, row.revoked_at)


async def list_tokens(
    connection: Connection,
    now: datetime,
    *,
    units: Collection[int] | None = None,
    active: bool | None = None,
    after: int = 0,
    most: int | None = None,
) -> list[Token]:
    """Tokens by id, those after the id `after`, at most `most`.

    `units`: only those for one of these units, None: all there are. `active`: only those that hold at `now`, or only
    those that do not.
    """
    statement = _select().where(_tokens.id > after).order_by(_tokens.id).limit(most)
    if units is not None:
        statement = statement.where(_tokens.unit_id.in_(sorted(units)))
    if active is not None:
        holds = and_(_tokens.revoked_at.is_(None), or_(_tokens.expires_at.is_(None), _tokens.expires_at > now))
        statement = statement.where(holds if active else ~holds)
    return [_token(row) for row in await connection.all(statement)]


async def find_token(connection: Connection, token_id: int) -> Token:
    """The token with that id. Raises NotFound `unknown_token`."""
    row = await connection.first(_select().where(_tokens.id == token_id))
    if row is None:
        raise unknown_token(token_id)
    return _token(row)


async def lock_tokens(connection: Connection, token_ids: Collection[int]) -> dict[int, Token]:
    """The tokens with these ids as they stand now, which nobody else changes until the transaction ends.

    Locked in the order of their ids, so that two who lock the same ones do not wait for each other.
    """
    # The lock leaves out the key: what merely refers to a token does not wait for it.
    statement = _select().where(_tokens.id.in_(sorted(token_ids))).order_by(_tokens.id)
    rows = await connection.all(statement.with_for_update(key_share=True))
    return {row.id: _token(row) for row in rows}


async def changes_of(connection: Connection, token_id: int) -> list[TokenChange]:
    """All that was done to a token, oldest first; using it is nothing done to it."""
    statement = (
        select(_changes.type, _changes.recorded_at, _changes.client, _changes.by_token_id, _changes.data)
        .where(_changes.token_id == token_id)
        .order_by(_changes.id)
    )
    return [TokenChange(*row) for row in await connection.all(statement)]


async def units_of_client(connection: Connection, client: str) -> set[int | None]:
    """The units for which a client of this name has or had tokens; None among them: for all units."""
    rows = await connection.all(select(_tokens.unit_id).where(_tokens.client == client).distinct())
    return {row.unit_id for row in rows}


def unknown_token(token_id: int) -> NotFound:
    """The refusal of an id that no token has."""
    return NotFound("unknown_token", f"There is no token with the id {token_id}.")


def _select() -> Select[Any]:
    return select(*(_tokens[name] for name in Token.__slots__))


def _token(row: Row) -> Token:
    values = {name: getattr(row, name) for name in Token.__slots__}
    return Token(**{**values, "role": Role(row.role)})
