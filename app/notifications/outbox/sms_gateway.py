"""Sends short letters by phone through a gateway over HTTP: one POST with `{id, to, text}` for each."""

import asyncio
from datetime import datetime

import httpx

from app.notifications.outbox.letters import Composers
from app.notifications.outbox.messages import Message, NotAccepted

# Seconds for the whole of it.
PATIENCE = 15.0


class GatewaySender:
    """The sender of the channel `gateway`; the gateway knows by `Idempotency-Key` what it has had already."""

    def __init__(self, composers: Composers, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._composers = composers
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def __call__(self, message: Message, now: datetime) -> None:
        """Sends it; any 2xx means that it was accepted, 400 and 422 that it never will be."""
        letter = await self._composers.letter(message, now)
        content = {"id": message.occasion, "to": letter.to, "text": letter.short}
        headers = {**self._headers, "Idempotency-Key": message.occasion}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._http.stream("POST", self._url, json=content, headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise NotAccepted(f"unreachable ({type(error).__name__})", everything=True) from None
        if not 200 <= status < 300:
            everything = status >= 500 or status == 429
            raise NotAccepted(f"status {status}", final=status in (400, 422), everything=everything)
