"""HTTP/1.1 as uvicorn speaks it, with bounds on what it leaves unbounded: how large a head is, and how slowly it comes.

Uvicorn takes heads of any size, waits for their end as long as one byte comes now and then, and answers what is no HTTP
with text. All that costs an ordinary request here is a few comparisons.
"""

import asyncio
import logging
import secrets
import socket
import struct
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from app.http.logs import REQUEST_ID, access
from app.http.problems import Refused, refusal
from app.http.request_bodies import WHOLE
from app.http.security_headers import protective

# Bytes of the request line and all headers, and of the request line's target; more than browsers and proxies send.
LARGEST_HEAD, LONGEST_TARGET = 32 * 1024, 8 * 1024
MOST_HEADERS = 100
# Bytes of one body that are none of it: the lengths and extensions of its chunks, and the fields behind the last.
_LARGEST_FRAMING = 256 * 1024
# So many times `head_seconds` a client may take nothing of what is there for it.
_UNREAD = 6
_NO_LINGER = struct.pack("ii", 1, 0)
# Seconds in which a client may go on sending what was refused, so that it gets to read why.
_LINGER = 2


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `head_seconds` of the application's state bounds the wait for a head, and for an unread body.

    It bounds, six times as long, the wait for a client that takes nothing of its answer, too.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._seconds: float = app_state["head_seconds"]
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        # Between the first byte of a head and its end, and between that and the end of the body.
        self._in_head = self._in_body = False
        # Bytes of this request that came and are none of its body, and all bytes that came last.
        self._outside = self._piece = 0
        self._problem: Refused | None = None
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Told of every byte that is not taken at once: what is left when the connection is closed waits for ever, too.
        transport.set_write_buffer_limits(0)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        self._stop_watching()
        super().resume_writing()

    def _watch(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._unread_timer = self.loop.call_later(_UNREAD * self._seconds, self._require_reading, left)

    def _require_reading(self, left: int) -> None:
        if self.transport.get_write_buffer_size() < left:
            self._watch()
        else:
            # What the system itself holds for the client goes, too.
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._piece = len(data)
        self._outside += self._piece
        super().data_received(data)
        if self._in_head and self._outside > LARGEST_HEAD:
            self._refuse(_too_large())
        elif self._in_body and self._outside > _LARGEST_FRAMING:
            self._refuse(Refused("body_too_large", f"More than {_LARGEST_FRAMING} bytes stand around the chunks."))
        if not self._answers():
            self._wait()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Fields behind a chunked body are no headers: no proxy before has looked at them.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) > LONGEST_TARGET:
            self._problem = Refused("target_too_long", f"The address may have {LONGEST_TARGET} bytes at most.")
        elif len(self.headers) > MOST_HEADERS or (
            # What came last is counted for the request before, where that ended in it.
            max(self._outside, self._piece) > LARGEST_HEAD and self._size_of_head() > LARGEST_HEAD
        ):
            self._problem = _too_large()
        if self._problem is not None:
            raise self._problem  # ends the parsing: send_400_response tells it
        self._in_body = True
        self._outside = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._outside -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._outside = 0
        self.scope[WHOLE] = True  # type: ignore[literal-required]
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body:
            # What nobody reads any more shall not keep the connection for ever.
            self._wait()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        self._refuse(self._problem or Refused("unparsable", "This is no HTTP/1.1 request."))

    def _refuse(self, problem: Refused) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        if self._answers():
            if not self._in_body or self.pipeline or self.cycle.response_started:
                # The answer under way is to another request: it shall end, and tell by its end that this one failed.
                self.cycle.keep_alive = False
                return
            # Whoever reads this body is told that there is nobody any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(_written(problem))
        self._stop_waiting()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER, self.transport.close)

    def _answers(self) -> bool:
        # There is no cycle before the first request.
        return not getattr(self.cycle, "response_complete", True)

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._seconds, self._waited_too_long)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _waited_too_long(self) -> None:
        self._timer = None
        if self._in_head:
            self._refuse(Refused("too_slow", f"The request's head has to come within {self._seconds:g} s."))
        elif self._answers():
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)


def _too_large() -> Refused:
    return Refused(
        "head_too_large", f"The headers may be {MOST_HEADERS}, and {LARGEST_HEAD} bytes with the address, at most."
    )


def _written(problem: Refused) -> bytes:
    """The whole answer, as the application would give it."""
    request_id = secrets.token_hex(9)
    token = REQUEST_ID.set(request_id)
    try:
        response = refusal(problem)
        fields = {"method": "none", "route": "none", "status": response.status_code, "code": problem.code}
        if access.isEnabledFor(logging.INFO):
            access.info("refused", extra={"fields": fields})
    finally:
        REQUEST_ID.reset(token)
    given = [header for header in response.raw_headers if header[0] != b"connection"]
    own = [(b"connection", b"close"), (b"x-request-id", request_id.encode())]
    headers = [*given, *protective({}, given), *own]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    head = b"".join([STATUS_LINE[response.status_code], *lines, b"\r\n"])
    return head + bytes(response.body)
