"""Limits administrators to tokens with a scope within their own (rules §8)."""

from dataclasses import dataclass
from datetime import datetime

from app.access.callers import Caller
from app.access.queries import Token, find_token, lock_tokens, units_of_client, unknown_token
from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.localtime import local_date
from app.http.errors import Forbidden, Unauthenticated
from app.ledger.entries import Author


@dataclass(frozen=True, slots=True)
class Office:
    """The context of an administrator's request: connection, reference data, caller and time."""

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime

    @property
    def author(self) -> Author:
        """The administrator as author of a change."""
        return self.caller.author

    @property
    def units(self) -> frozenset[int] | None:
        """The units with tokens that the administrator may manage; None: all tokens, including those for all units."""
        scope = self._scope(self.caller.unit_id)
        return None if scope is None else frozenset(unit for unit in scope if self.covers(unit))

    @property
    def waiting(self) -> frozenset[int]:
        """The units among `units` with tokens that wait for a successor."""
        today, units = local_date(self.now), self.reference.units if self.units is None else self.units
        return frozenset(unit for unit in units if self.reference.awaited(unit, today) is not None)

    def covers(self, unit_id: int | None) -> bool:
        """Whether the scope of a token for the unit is within the administrator's.

        Scopes are compared, not units: a unit below the administrator's may have a successor elsewhere, and the scope
        of its tokens includes the successor (rules §12).
        """
        mine, theirs = self._scope(self.caller.unit_id), self._scope(unit_id)
        return mine is None or (theirs is not None and theirs <= mine)

    def _scope(self, unit_id: int | None) -> frozenset[int] | None:
        return self.reference.scope(unit_id, local_date(self.now))

    async def require_client(self, client: str) -> None:
        """Raises Forbidden `client_of_others` if a token outside the scope has this client name.

        Journals and idempotency keys identify a client by its name.
        """
        if not all(self.covers(unit_id) for unit_id in await units_of_client(self.connection, client)):
            raise Forbidden("client_of_others", f"A client outside your token's subtree has the name {client}.")

    def require_unit(self, unit_id: int | None) -> None:
        """Raises Forbidden `unit_of_others` if a token for the unit would exceed the administrator's scope."""
        if not self.covers(unit_id):
            named = "all units" if unit_id is None else f"the unit with the id {unit_id}"
            raise Forbidden("unit_of_others", f"A token for {named} would exceed the scope of your own.")

    async def token(self, token_id: int) -> Token:
        """A token to read. Raises NotFound `unknown_token` and Forbidden `token_of_others`."""
        return self._mine(await find_token(self.connection, token_id))

    async def lock(self, token_id: int | None = None) -> Token | None:
        """A token to change, locked together with the administrator's own, which must be valid.

        A worker trusts a cached token for a while after its revocation. During this time it must not issue others.
        Raises as `token`, and Unauthenticated `token_revoked` or `token_expired`.
        """
        own = self.caller.token_id
        tokens = await lock_tokens(self.connection, {key for key in (own, token_id) if key is not None})
        if own is not None:
            self._require_in_force(tokens[own])
        if token_id is None:
            return None
        if token_id not in tokens:
            raise unknown_token(token_id)
        return self._mine(tokens[token_id])

    def _require_in_force(self, own: Token) -> None:
        if own.state(self.now) == "revoked":
            raise Unauthenticated("token_revoked", "This token was revoked.")
        if own.state(self.now) == "expired":
            raise Unauthenticated("token_expired", "This token has expired.")

    def _mine(self, token: Token) -> Token:
        if not self.covers(token.unit_id):
            raise Forbidden("token_of_others", f"The scope of the token {token.id} exceeds that of your own.")
        return token
