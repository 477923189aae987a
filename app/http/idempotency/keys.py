"""Idempotency keys: which client sent a key, and with which request (contract, Writing)."""

import hashlib
import json
import re
from dataclasses import dataclass

from fastapi import Request

from app.http.errors import Unparsable
from app.http.request_bodies import beside_others

HEADER = "Idempotency-Key"
# A PUT has the same effect each time.
_METHODS = frozenset({"POST", "PATCH"})
_ALLOWED = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key of one request: a hash of client and key, and two hashes of the whole request.

    `fingerprint` has the body as bytes, as all versions store it. `meaning` has it as JSON, without regard to spaces,
    escapes and the order of keys; empty if the body is no JSON.
    """

    id: str
    fingerprint: str
    meaning: str


async def key_of(request: Request, client: str, capacity: str) -> IdempotencyKey | None:
    """The request's key. None: it has no key, or its method needs none.

    `capacity` is the role and the unit of the client's token. It is part of the request, because another capacity may
    see more in the response. Raises Unparsable for an invalid key.
    """
    keys = request.headers.getlist(HEADER)
    if not keys or request.method not in _METHODS:
        return None
    if len(keys) > 1 or not _ALLOWED.fullmatch(keys[0]):
        raise Unparsable("bad_header", f"Send {HEADER} once, with 1 to 200 printable ASCII characters.")
    scope = request.scope
    parts = (
        capacity.encode(),
        request.method.encode(),
        scope["path"].encode(errors="surrogatepass"),
        scope["query_string"],
    )
    body = await request.body()
    plain = await beside_others(_canonical, body)
    meaning = "" if plain is None else _hash(*parts, plain)
    return IdempotencyKey(_hash(client.encode(), keys[0].encode()), _hash(*parts, body), meaning)


def _canonical(body: bytes) -> bytes | None:
    """The body as JSON in one form; None if it is no JSON, which is refused elsewhere."""
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return None


def _hash(*parts: bytes) -> str:
    # Each part is preceded by its length, so that different lists of parts never give the same bytes.
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
