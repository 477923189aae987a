"""Compression of public answers with gzip, and of no private one."""

import asyncio
from functools import lru_cache, partial
from gzip import compress

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Dossiers and the pages for staff are private. A look-up is short, and the most frequent request.
_NEVER = ("/api/v1/lookup", "/api/v1/dossiers", "/d/", "/counter", "/admin", "/account", "/sign-in")
# An answer that fits into one packet would not arrive sooner.
_SMALLEST = 1400
_COMPRESSED_ALREADY = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


class Compression:
    """Compresses public answers to GET if the client accepts gzip.

    The length of a compressed answer reveals whether a guess in the request is also in the answer. So an answer with a
    secret is not compressed: to a request with a token, or with `private` or `no-store` in its Cache-Control.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["path"].startswith(_NEVER):
            headers = Headers(scope=scope)
            if "authorization" not in headers:
                app = _Responder(app, accepted="gzip" in headers.get("accept-encoding", ""))
        await app(scope, receive, send)


class _Responder(GZipResponder):
    """The answer to one request. Its ETag is weak if it may be compressed, because both forms have the same one."""

    def __init__(self, app: ASGIApp, *, accepted: bool) -> None:
        super().__init__(app, _SMALLEST, exclude_content_types=_COMPRESSED_ALREADY)
        self._accepted = accepted
        self._is_private = self._is_streamed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, partial(self._send_varying, send))

    async def send_with_compression(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            caching = headers.get("cache-control", "")
            self._is_private = "private" in caching or "no-store" in caching
            if self._accepted and not self._is_private and "etag" in headers:
                headers["etag"] = f"W/{headers['etag']}"
        if self._accepted and not self._is_private:
            await super().send_with_compression(message)
        else:
            await self.send(message)

    async def _send_varying(self, send: Send, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._is_private:
            headers = MutableHeaders(raw=message["headers"])
            # For a compressed body the library has added it.
            if "Accept-Encoding" not in headers.get("vary", ""):
                headers.add_vary_header("Accept-Encoding")
        await send(message)

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        """The body, or the next part of a stream, compressed."""
        self._is_streamed = self._is_streamed or more_body
        if self._is_streamed:
            return await super().apply_compression(body, more_body=more_body)
        if len(body) < self.thread_minimum_size:
            return _compressed(body)
        return await asyncio.to_thread(_compressed, body)


# Static files, the OpenAPI document and current figures are requested often.
_compressed = lru_cache(maxsize=32)(partial(compress, compresslevel=6, mtime=0))
