"""The outermost layer of every request: its id, its limit, its line in the log, its measures, and its errors."""

import itertools
import logging
import re
import secrets
from time import perf_counter

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Invalid, NotFound
from app.http.draining import Draining
from app.http.error_responses import error_response
from app.http.logs import REQUEST_ID, log_response
from app.http.metrics import METHODS, Metrics
from app.http.problems import ProblemPage
from app.http.rate_limits import RateLimiter, address_of
from app.http.replica_reading import HEADERS
from app.http.security_headers import Sharing, protective

logger = logging.getLogger(__name__)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_ESCAPED = re.compile(rb"%(?:[01][0-9a-fA-F]|7[fF])|[\x00-\x1f\x7f]")
_CLIENT_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# A member of the scope of a request that the service sends to itself: the id of the page that needs it.
OUTER_ID = "motcua.outer_request_id"

# A supervisor of processes asks these. With a limit it would end a process for being busy.
_PROBES = frozenset({"/healthz", "/readyz", "/readyz/process", "/readyz/read", "/readyz/write"})


# The routes of look-ups by the public, as API and as page.
_LOOK_UPS = frozenset({"/api/v1/lookup/{code}", "/d/{code}"})


class RequestMiddleware:
    """Answers every error as a problem. An unexpected error is logged with the request's id and answered as 500."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        sharing: Sharing,
        limiter: RateLimiter,
        page: ProblemPage,
        draining: Draining,
        lookup_log_every: int = 1,
    ) -> None:
        self.app = app
        self.page = page
        self.limiter = limiter
        self.metrics = metrics
        self.sharing = sharing
        self.draining = draining
        # A random part for each worker and a number make unique ids, at less cost than a random id each.
        self._worker = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self._lookup_log_every = lookup_log_every
        self._lookups = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        # Never the client's: the id is stored, and a client could take that of another request.
        request_id = scope.get(OUTER_ID) or f"{self._worker}-{next(self._numbers):x}"
        REQUEST_ID.set(request_id)
        method = scope["method"]
        if method == "HEAD":
            # Answered as GET without a body. The server's own scope must keep its method, so this is a copy.
            scope = {**scope, "method": "GET"}
        status = size = 0

        async def send_measured(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.get("headers", ())
                shared = self.sharing.headers(scope)
                age = scope.get(HEADERS, ())
                own = (*shared, *age, *self.draining.headers, (b"x-request-id", request_id.encode()))
                message["headers"] = [*headers, *protective(scope, headers), *own]
            elif method == "HEAD":
                message = {**message, "body": b""}
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            if scope["path"] not in _PROBES:
                self.limiter.take(address_of(scope))
            _refuse_control_characters(scope)
            await self.app(scope, receive, send_measured)
        except Exception as error:  # the last handler: only a problem may leave the service
            if status:
                raise  # part of the response is sent: only closing the connection can show the failure
            await self._error_response(scope, error)(scope, receive, send_measured)
        finally:
            if status:
                self._record(scope, method, status, perf_counter() - began, size)

    def _record(self, scope: Scope, method: str, status: int, seconds: float, size: int) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "none")
        self.metrics.answered(method, route, status, seconds)
        sampled = self._lookup_log_every > 1 and status < 400 and path in _LOOK_UPS
        if sampled and next(self._lookups) % self._lookup_log_every:
            return
        # No personal data: the route instead of the path with its codes, no address, and only the id of the token.
        log_response(
            {
                "method": method if method in METHODS else "other",
                "route": path,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "bytes": size,
                "token": getattr(scope.get("motcua.caller"), "token_id", None),
                **_client_id(scope),
                **({"one_in": self._lookup_log_every} if sampled else {}),
            }
        )

    def _error_response(self, scope: Scope, error: Exception) -> Response:
        response = error_response(Request(scope), error, self.page)
        if response.status_code == 500:
            logger.error("the request failed", exc_info=error)
        elif response.status_code > 500:
            # Only the kind: in an outage a stack trace for each request would flood the log.
            logger.warning("the request was not served: %s", type(error).__name__)
        return response


def _client_id(scope: Scope) -> dict[str, str]:
    """The id that a client or a proxy gave the request, as a member of its line in the log."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _CLIENT_ID.fullmatch(value):
            return {"client_request_id": value.decode()}
    return {}


def _refuse_control_characters(scope: Scope) -> None:
    if not scope["path"].isprintable() and _CONTROL.search(scope["path"]):
        raise NotFound("no_such_path", "The path contains control characters.")
    if scope["query_string"] and _CONTROL_ESCAPED.search(scope["query_string"]):
        raise Invalid("control_characters", "The query contains control characters.")
