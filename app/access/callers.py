"""Who is calling: the client behind a token, and each worker's short memory of tokens that it has checked."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.lifecycle import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A client with the role that its token gives, in the subtree of `unit_id` (None: everywhere).

    `token_id` is None where the token is not one of this service, but of its single sign-on.
    """

    client: str
    role: Role
    unit_id: int | None
    token_id: int | None


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What the register says of a token; both instants are None while it holds for good."""

    caller: Caller
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenCache:
    """Tokens by hash, each trusted for `lifetime` after it was read; unknown ones are not kept.

    Bounded: beyond `size` the one read longest ago goes.
    """

    def __init__(self, lifetime: timedelta, size: int = 4096) -> None:
        self._lifetime = lifetime
        self._size = size
        self._tokens: OrderedDict[str, tuple[datetime, KnownToken]] = OrderedDict()
        self._changes = 0

    @property
    def changes(self) -> int:
        """How many times tokens have changed here: what was read before one of them is not to be kept."""
        return self._changes

    def get(self, token_hash: str, now: datetime) -> KnownToken | None:
        """The token as read not long before `now`, else None."""
        kept = self._tokens.get(token_hash)
        if kept is None:
            return None
        read_at, token = kept
        # A clock that was set back must not lengthen the trust.
        if timedelta(0) <= now - read_at < self._lifetime:
            return token
        del self._tokens[token_hash]
        return None

    def put(self, token_hash: str, token: KnownToken, now: datetime, changes: int) -> None:
        """Keep what was read at `now`, unless tokens changed since there were so many `changes`."""
        if changes != self._changes:
            return
        self._tokens[token_hash] = (now, token)
        self._tokens.move_to_end(token_hash)
        if len(self._tokens) > self._size:
            self._tokens.popitem(last=False)

    def forget(self, token_id: int) -> None:
        """The token changed, by what is committed now: whoever comes with it next has it read anew."""
        self._changes += 1
        for token_hash, (_read_at, token) in list(self._tokens.items()):
            if token.caller.token_id == token_id:
                del self._tokens[token_hash]
