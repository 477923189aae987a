"""How far an administrator reaches: the tokens that do not reach further than its own (rules §8)."""

from dataclasses import dataclass
from datetime import datetime

from app.access.callers import Caller
from app.access.queries import Token, find_token, lock_tokens, units_of_client, unknown_token
from app.access.service import Author
from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.localtime import local_date
from app.http.errors import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class Office:
    """An administrator at work: the connection it works on, the units there are, and now."""

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime

    @property
    def author(self) -> Author:
        """The administrator as the record keeps it."""
        return Author(self.caller.client, self.caller.token_id)

    @property
    def units(self) -> frozenset[int] | None:
        """The units whose tokens are the administrator's to manage; None: all tokens, those for all units too."""
        scope = self._scope(self.caller.unit_id)
        return None if scope is None else frozenset(unit for unit in scope if self.covers(unit))

    def covers(self, unit_id: int | None) -> bool:
        """Whether a token of the unit reaches nothing that the administrator does not.

        What is beneath counts, and not only the unit: one that was beneath once may have a successor elsewhere, which
        its tokens follow (rules §12).
        """
        mine, theirs = self._scope(self.caller.unit_id), self._scope(unit_id)
        return mine is None or (theirs is not None and theirs <= mine)

    def _scope(self, unit_id: int | None) -> frozenset[int] | None:
        return self.reference.scope(unit_id, local_date(self.now))

    async def require_client(self, client: str) -> None:
        """Raises Forbidden `client_of_others` for a name that a token outside the reach bears.

        Journals and kept answers go by a client's name: none may pass for another's.
        """
        if not all(self.covers(unit_id) for unit_id in await units_of_client(self.connection, client)):
            raise Forbidden("client_of_others", f"A client outside your token's subtree is called {client}.")

    def require_unit(self, unit_id: int | None) -> None:
        """Raises Forbidden `unit_of_others` for a unit whose token would reach further than the administrator."""
        if not self.covers(unit_id):
            named = "all units" if unit_id is None else f"the unit with the id {unit_id}"
            raise Forbidden("unit_of_others", f"A token for {named} would reach further than your own.")

    async def token(self, token_id: int) -> Token:
        """A token to look at. Raises NotFound `unknown_token` and Forbidden `token_of_others`."""
        return self._mine(await find_token(self.connection, token_id))

    async def lock(self, token_id: int | None = None) -> Token | None:
        """A token to change, locked together with the administrator's own, which must still hold.

        A worker may trust a token for a while after its revocation: it must not issue others meanwhile. Raises as
        `token`, and Unauthenticated `token_revoked` or `token_expired`.
        """
        own = self.caller.token_id
        found = await lock_tokens(self.connection, {one for one in (own, token_id) if one is not None})
        if own is not None:
            self._require_in_force(found[own])
        if token_id is None:
            return None
        if token_id not in found:
            raise unknown_token(token_id)
        return self._mine(found[token_id])

    def _require_in_force(self, own: Token) -> None:
        if own.state(self.now) == "revoked":
            raise Unauthenticated("token_revoked", "This token was revoked.")
        if own.state(self.now) == "expired":
            raise Unauthenticated("token_expired", "This token has expired.")

    def _mine(self, token: Token) -> Token:
        if not self.covers(token.unit_id):
            raise Forbidden("token_of_others", f"The token {token.id} reaches further than your own.")
        return token
