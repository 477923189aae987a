"""Callers: the client behind a token or a session, and each worker's cache of tokens."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.lifecycle import Role
from app.ledger.entries import Author


@dataclass(frozen=True, slots=True)
class CallingPerson:
    """A person who signed in. `deputy_of`: the id of the absent person whose role is used, None for an own role."""

    id: int
    account: str
    name: str
    deputy_of: int | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A client with the role of its token or session, in the subtree of `unit_id` (None: all units).

    `token_id` is None for a person, and for a token of the single sign-on. `strong`: may approve what another client
    asked for (rules §21); always true for tokens.
    """

    client: str
    role: Role
    unit_id: int | None
    token_id: int | None
    person: CallingPerson | None = None
    strong: bool = True

    @property
    def person_id(self) -> int | None:
        """The id of the person who signed in; None for a program."""
        return None if self.person is None else self.person.id

    @property
    def author(self) -> Author:
        """The caller as author of a change."""
        return Author(self.client, self.token_id)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """The caller of a token, and until when it is valid; both instants are None for a token without an end."""

    caller: Caller
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenCache:
    """Tokens by hash, each trusted for `lifetime` after it was read. Unknown tokens are not cached.

    At most `size` tokens; the one that was read first is evicted.
    """

    def __init__(self, lifetime: timedelta, size: int = 4096) -> None:
        self._lifetime = lifetime
        self._size = size
        self._tokens: OrderedDict[str, tuple[datetime, TokenFacts]] = OrderedDict()
        self._changes = 0

    @property
    def changes(self) -> int:
        """The number of token changes in this worker. A token read before a change must not be cached after it."""
        return self._changes

    def get(self, token_hash: str, now: datetime) -> TokenFacts | None:
        """The token if it was read less than `lifetime` before `now`, otherwise None."""
        cached = self._tokens.get(token_hash)
        if cached is None:
            return None
        read_at, facts = cached
        # If the clock was set back, the age is negative: the token is read again.
        if timedelta(0) <= now - read_at < self._lifetime:
            return facts
        del self._tokens[token_hash]
        return None

    def put(self, token_hash: str, facts: TokenFacts, now: datetime, changes: int) -> None:
        """Caches a token that was read at `now`, unless a token has changed since there were `changes`."""
        if changes != self._changes:
            return
        self._tokens[token_hash] = (now, facts)
        self._tokens.move_to_end(token_hash)
        if len(self._tokens) > self._size:
            self._tokens.popitem(last=False)

    def forget(self, token_id: int) -> None:
        """Evicts a token after its change was committed, so that its next use reads it again."""
        self._changes += 1
        for token_hash, (_read_at, facts) in list(self._tokens.items()):
            if facts.caller.token_id == token_id:
                del self._tokens[token_hash]
