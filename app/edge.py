"""The outermost layer of every request: its id, its measure, and the last catch of whatever was raised beneath."""

import itertools
import logging
import re
import secrets
from time import perf_counter

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Invalid, NotFound
from app.metrics import Metrics
from app.problems import answer

logger = logging.getLogger(__name__)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_ESCAPED = re.compile(rb"%(?:[01][0-9a-fA-F]|7[fF])|[\x00-\x1f\x7f]")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Edge:
    """Answers every error as a problem, also what nobody foresaw: logged with the request's id, told as 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        # Ids that no other worker gives, cheaply.
        self._worker = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        request_id = self._request_id(scope)
        status = 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        try:
            _refuse_control_characters(scope)
            await self.app(scope, receive, send_noting)
        except Exception as error:  # the outermost edge: nothing but a problem may leave the service
            if status:
                raise  # half an answer is out: only breaking the connection off can tell
            response = answer(Request(scope), error)
            if response.status_code >= 500:
                logger.error("request %s failed", request_id.decode(), exc_info=error)
            await response(scope, receive, send_noting)
        finally:
            if status:
                self.metrics.answered(scope["method"], scope.get("route"), status, perf_counter() - began)

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
