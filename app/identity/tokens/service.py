"""Issues, revokes and rotates tokens within the scope of an administrator (rules §8)."""

from collections.abc import Callable
from datetime import timedelta

from app.access import service
from app.access.queries import Token
from app.access.service import IssuedToken, TokenRequest
from app.domain.errors import Conflict, Invalid
from app.domain.localtime import local_date
from app.identity.tokens.permissions import Office
from app.identity.tokens.schemas import ConfirmIn, RevokeIn, RotateIn, TokenIn


async def issue(at: Office, body: TokenIn) -> IssuedToken:
    """A new token. Raises Forbidden `unit_of_others` and `client_of_others`, and Invalid as `access.service.issue`."""
    await at.lock()
    unit_id = None if body.unit is None else at.reference.unit(body.unit, local_date(at.now)).id
    at.require_unit(unit_id)
    await at.require_client(body.client)
    return await service.issue(
        at.connection, TokenRequest(body.client, body.role, unit_id, body.expires_at), at.author, at.now
    )


async def revoke(at: Office, token_id: int, body: RevokeIn, expect: Callable[[int], None]) -> Token:
    """The revoked token; `expect` refuses a version other than the client's."""
    token = await _locked(at, token_id, expect)
    return await service.revoke(at.connection, token, at.author, at.now, body.reason)


async def confirm(at: Office, token_id: int, body: ConfirmIn, expect: Callable[[int], None]) -> Token:
    """The token, which belongs to the successor of its unit from now on (rules §12).

    Raises Conflict `token_waits_for_nobody`, Forbidden `unit_of_others` for others than the successor, and Invalid
    `not_a_successor` if the body names another unit.
    """
    token = await _locked(at, token_id, expect)
    successor = at.reference.awaited(token.unit_id, local_date(at.now))
    if successor is None:
        raise waits_for_nobody(token)
    at.require_unit(successor.id)
    if body.unit is not None and at.reference.unit(body.unit, local_date(at.now)).id != successor.id:
        raise Invalid("not_a_successor", f"The token waits for {successor.described}.", pointer="/unit")
    return await service.confirm(at.connection, token, successor.id, at.author, at.now)


def waits_for_nobody(token: Token) -> Conflict:
    """The refusal of a token that no successor has to confirm."""
    return Conflict("token_waits_for_nobody", f"No successor has to confirm the token {token.id}.")


async def rotate(at: Office, token_id: int, body: RotateIn, expect: Callable[[int], None]) -> IssuedToken:
    """The new token. Raises Conflict if the old one is invalid or already replaced."""
    token = await _locked(at, token_id, expect)
    overlap = timedelta(hours=body.overlap_hours)
    return await service.rotate(at.connection, token, at.author, at.now, overlap=overlap, expires_at=body.expires_at)


async def _locked(at: Office, token_id: int, expect: Callable[[int], None]) -> Token:
    token = await at.lock(token_id)
    assert token is not None  # the id is not None
    expect(token.version)
    return token
