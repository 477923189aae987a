"""The independence of two clients: no administrator gave access to both (rules §8)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, select

from app.access.callers import Caller
from app.access.client_names import client_key
from app.database import Connection, Prepared, Row, tables
from app.ledger.entries import COMMAND_LINE

_tokens, _changes = tables.tokens.c, tables.token_changes.c
# A command is run by an operator of the database, who is no client.
_GRANTS = Prepared(
    select(
        _tokens.id,
        _tokens.client,
        _tokens.created_at,
        _tokens.expires_at,
        _tokens.revoked_at,
        _changes.client.label("issuer"),
    )
    .join(tables.token_changes, and_(_changes.token_id == _tokens.id, _changes.type == "created"))
    .where(_changes.client != COMMAND_LINE.client)
)


async def common_issuer(connection: Connection, asker: str, asked_at: datetime, approver: Caller) -> str | None:
    """The client that gave access to both the asker and the approver; None if they are independent (rules §8).

    The access of the asker is that of its tokens that were valid at `asked_at`, the access of the approver that of its
    present token. For one of the two, access through others counts too. A client itself counts as its own issuer.
    """
    grants = await connection.all(_GRANTS)
    asking = asker, {row.issuer for row in grants if row.client == asker and _was_valid(row, asked_at)}
    approving = approver.client, {row.issuer for row in grants if row.id == approver.token_id}
    for (client, issuers), (other, others) in ((asking, approving), (approving, asking)):
        origins = {client_key(other), *_origins(grants, others)}
        common: list[str] = sorted(issuer for issuer in {client, *issuers} if client_key(issuer) in origins)
        if common:
            return common[0]
    return None


def _was_valid(row: Row, at: datetime) -> bool:
    ends = [end for end in (row.expires_at, row.revoked_at) if end is not None]
    return bool(row.created_at <= at) and all(end > at for end in ends)


def _origins(grants: Sequence[Row], clients: Iterable[str]) -> set[str]:
    """The keys of the clients, and of all clients that gave access to them, directly or through others."""
    origins = {client_key(client) for client in clients}
    while more := {client_key(row.issuer) for row in grants if client_key(row.client) in origins} - origins:
        origins |= more
    return origins
