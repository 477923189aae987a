"""What a client asks for under an `Idempotency-Key`: whose key, and what exactly (contract, Writing)."""

import hashlib
import re
from dataclasses import dataclass

from fastapi import Request

from app.http.errors import Unparsable

HEADER = "Idempotency-Key"
# What a PUT makes is the same however often it comes.
_METHODS = frozenset({"POST", "PATCH"})
_WRITTEN = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One change asked for under a key, as two hashes: of the client with its key, and of all that is asked for."""

    id: str
    fingerprint: str


async def asked(request: Request, client: str, capacity: str) -> Asked | None:
    """What the client asks for under a key, None where it names none or changes nothing by this method.

    `capacity` is what the client's token may: with another one the same request is another, since its answer may show
    more. Raises Unparsable for a key that is none.
    """
    keys = request.headers.getlist(HEADER)
    if not keys or request.method not in _METHODS:
        return None
    if len(keys) > 1 or not _WRITTEN.fullmatch(keys[0]):
        raise Unparsable("bad_header", f"{HEADER} must be 1 to 200 printable ASCII characters, and stand once.")
    scope = request.scope
    asked_for = (
        capacity.encode(),
        request.method.encode(),
        scope["path"].encode(errors="surrogatepass"),
        scope["query_string"],
        await request.body(),
    )
    return Asked(_hash(client.encode(), keys[0].encode()), _hash(*asked_for))


def _hash(*parts: bytes) -> str:
    # With their lengths, so that no two lists of parts run into the same bytes.
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
