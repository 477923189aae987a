"""The outermost layer of every request: its id, its line in the log, its measure, and the last catch of errors."""

import itertools
import logging
import re
import secrets
from time import perf_counter

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Invalid, NotFound
from app.http.logs import REQUEST_ID, answered
from app.http.metrics import METHODS, Metrics
from app.http.problems import ProblemPage, answer
from app.http.rate_limits import RateLimiter, address_of
from app.http.security_headers import Sharing, protective

logger = logging.getLogger(__name__)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_ESCAPED = re.compile(rb"%(?:[01][0-9a-fA-F]|7[fF])|[\x00-\x1f\x7f]")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


# Asked by whoever decides whether this process lives on: a limit would have it ended for being busy.
_PROBES = frozenset({"/healthz", "/readyz"})


class Edge:
    """Answers every error as a problem, also what nobody foresaw: logged with the request's id, told as 500."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, sharing: Sharing, limiter: RateLimiter, page: ProblemPage
    ) -> None:
        self.app = app
        self.page = page
        self.limiter = limiter
        self.metrics = metrics
        self.sharing = sharing
        # Ids that no other worker gives, cheaply.
        self._worker = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        request_id = self._request_id(scope)
        REQUEST_ID.set(request_id.decode())
        method = scope["method"]
        if method == "HEAD":
            # The answer to GET without its body; the server needs to know that, so that its own scope stays.
            scope = {**scope, "method": "GET"}
        status = size = 0

        async def send_noting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                shared = self.sharing.headers(scope)
                message["headers"] = [*given, *protective(scope, given), *shared, (b"x-request-id", request_id)]
            elif method == "HEAD":
                message = {**message, "body": b""}
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            if scope["path"] not in _PROBES:
                self.limiter.take(address_of(scope))
            _refuse_control_characters(scope)
            await self.app(scope, receive, send_noting)
        except Exception as error:  # the outermost edge: nothing but a problem may leave the service
            if status:
                raise  # half an answer is out: only breaking the connection off can tell
            await self._told(scope, error)(scope, receive, send_noting)
        finally:
            if status:
                self._note(scope, method, status, perf_counter() - began, size)

    def _note(self, scope: Scope, method: str, status: int, seconds: float, size: int) -> None:
        route = scope.get("route")
        self.metrics.answered(method, route, status, seconds)
        # The route, as the path holds codes; no address, which may be a citizen's; of the caller the token's id.
        answered(
            {
                "method": method if method in METHODS else "other",
                "route": getattr(route, "path", "none"),
                "status": status,
                "ms": round(seconds * 1000, 2),
                "bytes": size,
                "token": getattr(scope.get("motcua.caller"), "token_id", None),
            }
        )

    def _told(self, scope: Scope, error: Exception) -> Response:
        response = answer(Request(scope), error, self.page)
        if response.status_code == 500:
            logger.error("the request failed", exc_info=error)
        elif response.status_code > 500:
            # An outage is told by its kind: a stack for each request would bury what else the log has to say.
            logger.warning("the request was not served: %s", type(error).__name__)
        return response

    def _request_id(self, scope: Scope) -> bytes:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                given: bytes = value
                return given
        return f"{self._worker}-{next(self._numbers):x}".encode()


def _refuse_control_characters(scope: Scope) -> None:
    if not scope["path"].isprintable() and _CONTROL.search(scope["path"]):
        raise NotFound("no_such_path", "The path contains control characters.")
    if scope["query_string"] and _CONTROL_ESCAPED.search(scope["query_string"]):
        raise Invalid("control_characters", "The query contains control characters.")
