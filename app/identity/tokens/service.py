"""Issues, revokes and rotates tokens for administrators, none of them beyond its own reach (rules §8)."""

from collections.abc import Callable
from datetime import timedelta

from app.access import service
from app.access.queries import Token
from app.access.service import Issued, Wanted
from app.domain.localtime import local_date
from app.identity.tokens.permissions import Office
from app.identity.tokens.schemas import RevokeIn, RotateIn, TokenIn


async def issue(at: Office, body: TokenIn) -> Issued:
    """A new token. Raises Forbidden `unit_of_others`, `client_of_others`, and Invalid for what cannot be issued."""
    await at.lock()
    unit_id = None if body.unit is None else at.reference.unit(body.unit, local_date(at.now)).id
    at.require_unit(unit_id)
    await at.require_client(body.client)
    return await service.issue(
        at.connection, Wanted(body.client, body.role, unit_id, body.expires_at), at.author, at.now
    )


async def revoke(at: Office, token_id: int, body: RevokeIn, expect: Callable[[int], None]) -> Token:
    """The token, which does not hold any more; `expect` refuses another version than the client knows."""
    token = await _locked(at, token_id, expect)
    return await service.revoke(at.connection, token, at.author, at.now, body.reason)


async def rotate(at: Office, token_id: int, body: RotateIn, expect: Callable[[int], None]) -> Issued:
    """The token that takes over. Raises Conflict where the old one does not hold or was replaced before."""
    token = await _locked(at, token_id, expect)
    overlap = timedelta(hours=body.overlap_hours)
    return await service.rotate(at.connection, token, at.author, at.now, overlap=overlap, expires_at=body.expires_at)


async def _locked(at: Office, token_id: int, expect: Callable[[int], None]) -> Token:
    token = await at.lock(token_id)
    assert token is not None  # one was asked for
    expect(token.version)
    return token
