"""The headers that every answer carries for the browser's sake: what it may load, who may embed it, who may read it."""

from collections.abc import Iterable

from starlette.types import Scope

_Header = tuple[bytes, bytes]

# An answer that brings one of these itself keeps its own: pages for people say what they load.
_PROTECTIVE: tuple[_Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# A year; only what came by https may demand https from now on.
_PROTECTIVE_OVER_TLS = (*_PROTECTIVE, (b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
_NAMES = frozenset(name for name, _value in _PROTECTIVE_OVER_TLS)


def protective(scope: Scope, given: Iterable[_Header]) -> Iterable[_Header]:
    """What an answer with the headers `given` still lacks of the protective ones."""
    wanted = _PROTECTIVE_OVER_TLS if scope.get("scheme") == "https" else _PROTECTIVE
    own = {name for name, _value in given}
    if own.isdisjoint(_NAMES):
        return wanted
    return [header for header in wanted if header[0] not in own]


class Sharing:
    """Which other sites' scripts may read what is public here: by GET and never with credentials (CORS).

    `origins` are those sites, as `https://example.gov.vn`, with commas between them; `*` is any, empty none.
    Starlette's CORSMiddleware cannot replace it: that also grants requests with a token, and its answer to a preflight
    is text without the other headers.
    """

    def __init__(self, origins: str) -> None:
        self._origins = {origin.strip().encode() for origin in origins.split(",") if origin.strip()}

    def headers(self, scope: Scope) -> list[_Header]:
        """What the answer to the request says about it."""
        asked = dict(scope["headers"]) if self._origins else {}
        if not asked or scope["method"] not in ("GET", "HEAD", "OPTIONS") or b"authorization" in asked:
            return []
        # A cache must not give one origin's answer to another.
        found: list[_Header] = [] if b"*" in self._origins else [(b"vary", b"Origin")]
        origin = asked.get(b"origin")
        if origin is None or not self._origins & {origin, b"*"}:
            return found
        found.append((b"access-control-allow-origin", b"*" if b"*" in self._origins else origin))
        if scope["method"] != "OPTIONS":
            exposed = b"ETag, Retry-After, X-Request-ID, Content-Language"
            return [*found, (b"access-control-expose-headers", exposed)]
        if asked.get(b"access-control-request-method") not in (b"GET", b"HEAD"):
            return []
        return [
            *found,
            (b"access-control-allow-methods", b"GET, HEAD"),
            (b"access-control-allow-headers", b"If-None-Match"),
            (b"access-control-max-age", b"600"),
        ]
