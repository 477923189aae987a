"""Builds the responses about tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.access.callers import Caller
from app.access.queries import Token, TokenChange
from app.access.service import IssuedToken
from app.catalogue.cache import Reference
from app.catalogue.presenting import unit_name
from app.domain.localtime import local_date
from app.http.wire_types import UnitOut
from app.identity.tokens.schemas import (
    CallerOut,
    CallerPersonOut,
    IssuedTokenOut,
    RotatedTokenOut,
    TokenChangeOut,
    TokenOut,
    TokenRecord,
)


def token_out(reference: Reference, token: Token, now: datetime) -> TokenOut:
    """The token without its changes."""
    return TokenOut(**_facts(reference, token, now))


def caller_out(reference: Reference, caller: Caller, now: datetime) -> CallerOut:
    """The caller, for `GET /tokens/current`."""
    return CallerOut(
        client=caller.client,
        role=caller.role,
        unit=_unit(reference, caller.unit_id),
        awaits=_awaited(reference, caller.unit_id, now),
        person=None
        if (person := caller.person) is None
        else CallerPersonOut(id=person.id, name=person.name, account=person.account, deputy_of=person.deputy_of),
        strong=caller.strong,
    )


def token_record(reference: Reference, token: Token, changes: Sequence[TokenChange], now: datetime) -> TokenRecord:
    """The token with its changes."""
    shown = [
        TokenChangeOut(
            type=change.type,
            recorded_at=change.recorded_at,
            client=change.client,
            by_token=change.by_token_id,
            data=dict(change.data),
        )
        for change in changes
    ]
    return TokenRecord(**_facts(reference, token, now), changes=shown)


def issued_out(reference: Reference, issued: IssuedToken, now: datetime) -> IssuedTokenOut:
    """The new token with its secret; after a rotation with the old token too."""
    facts = {**_facts(reference, issued.token, now), "secret": issued.secret}
    if issued.replaced is None:
        return IssuedTokenOut(**facts)
    return RotatedTokenOut(**facts, replaced=token_out(reference, issued.replaced, now))


def _facts(reference: Reference, token: Token, now: datetime) -> dict[str, Any]:
    return {
        "id": token.id,
        "client": token.client,
        "role": token.role,
        "unit": _unit(reference, token.unit_id),
        "awaits": _awaited(reference, token.unit_id, now),
        "state": token.state(now),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
        "replaced_by": token.replaced_by_id,
        "version": token.version,
    }


def _awaited(reference: Reference, unit_id: int | None, now: datetime) -> UnitOut | None:
    successor = reference.awaited(unit_id, local_date(now))
    return None if successor is None else unit_name(successor)


def _unit(reference: Reference, unit_id: int | None) -> UnitOut | None:
    return None if unit_id is None else unit_name(reference.units[unit_id])
