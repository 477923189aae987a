"""Security headers of every response: content a browser may load, sites that may embed it, sites that may read it."""

from collections.abc import Iterable

from starlette.types import Scope

_Header = tuple[bytes, bytes]

# A response may set one of these itself. Pages for people do, because they load scripts and styles.
_PROTECTIVE: tuple[_Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# One year. Browsers accept this header over HTTPS only.
_PROTECTIVE_OVER_TLS = (*_PROTECTIVE, (b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
_NAMES = frozenset(name for name, _value in _PROTECTIVE_OVER_TLS)


def protective(scope: Scope, headers: Iterable[_Header]) -> Iterable[_Header]:
    """The protective headers that are missing in the `headers` of a response."""
    required = _PROTECTIVE_OVER_TLS if scope.get("scheme") == "https" else _PROTECTIVE
    names = {name for name, _value in headers}
    if names.isdisjoint(_NAMES):
        return required
    return [header for header in required if header[0] not in names]


class Sharing:
    """Lets scripts of other sites read public data: with GET and without credentials (CORS).

    `origins` are sites such as `https://example.gov.vn`, separated by commas; `*` means any site, empty means none.
    Starlette's CORSMiddleware cannot replace it: it also grants requests with a token, and its answer to a preflight
    lacks the other headers.
    """

    def __init__(self, origins: str) -> None:
        self._origins = {origin.strip().encode() for origin in origins.split(",") if origin.strip()}

    def headers(self, scope: Scope) -> list[_Header]:
        """The CORS headers of the response to a request."""
        sent = dict(scope["headers"]) if self._origins else {}
        if not sent or scope["method"] not in ("GET", "HEAD", "OPTIONS") or b"authorization" in sent:
            return []
        # A cache must not give the response for one origin to another.
        headers: list[_Header] = [] if b"*" in self._origins else [(b"vary", b"Origin")]
        origin = sent.get(b"origin")
        if origin is None or not self._origins & {origin, b"*"}:
            return headers
        headers.append((b"access-control-allow-origin", b"*" if b"*" in self._origins else origin))
        if scope["method"] != "OPTIONS":
            exposed = b"ETag, Retry-After, X-Request-ID, Content-Language, X-Data-As-Of, X-Data-Source"
            return [*headers, (b"access-control-expose-headers", exposed)]
        if sent.get(b"access-control-request-method") not in (b"GET", b"HEAD"):
            return []
        return [
            *headers,
            (b"access-control-allow-methods", b"GET, HEAD"),
            (b"access-control-allow-headers", b"If-None-Match"),
            (b"access-control-max-age", b"600"),
        ]
