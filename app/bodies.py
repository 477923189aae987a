"""What a request's body may be: how large."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import BodyTooLarge


class BodyLimit:
    """Refuses request bodies over `limit` bytes, by their stated length or as soon as that much has come."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated[:20]) > self.limit:
            raise BodyTooLarge(self.limit)
        come = 0

        async def receive_counting() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > self.limit:
                raise BodyTooLarge(self.limit)
            return message

        await self.app(scope, receive_counting, send)
