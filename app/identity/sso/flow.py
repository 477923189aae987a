"""One sign-in at the provider, from its start to its answer. The browser keeps it, encrypted, in a cookie."""

import json
import secrets
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing

# The time for a sign-in at the provider, with a lost second factor or a changed password.
LIFETIME = timedelta(minutes=10)
_PURPOSE = "sign-in/flow"


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in under way: three secrets, the page that comes after it, and its end (UTC).

    `state` binds the answer to this browser, `nonce` the ID token to this sign-in, and `verifier` the code to this
    service (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str
    to: str
    until: datetime


def new_flow(to: str, now: datetime) -> Flow:
    """A flow with new secrets."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Flow(state, nonce, verifier, to, now + LIFETIME)


def sealed(flow: Flow, ring: KeyRing) -> str:
    """The flow as text for a cookie, which only this service can decrypt."""
    *texts, until = astuple(flow)
    return ring.encrypt(json.dumps([*texts, until.timestamp()]), _PURPOSE)


def opened(text: str, ring: KeyRing, now: datetime) -> Flow | None:
    """The flow of a cookie; None for one that has ended, or that this service did not write."""
    try:
        state, nonce, verifier, to, until = json.loads(ring.decrypt(text, _PURPOSE))
    except (KeysUnusable, ValueError):
        return None
    flow = Flow(state, nonce, verifier, to, datetime.fromtimestamp(until, UTC))
    return flow if now < flow.until else None
