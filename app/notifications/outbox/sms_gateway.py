"""Sends short letters through an HTTP gateway for phones: a POST with `{id, to, text}` for each."""

import asyncio
from datetime import datetime

import httpx

from app.notifications.outbox.letters import Composers
from app.notifications.outbox.messages import DeliveryFailure, Message

# Time limit of a request in seconds.
PATIENCE = 15.0


class GatewaySender:
    """The sender of the channel `gateway`. The gateway recognises repeats by the `Idempotency-Key`."""

    def __init__(self, composers: Composers, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._composers = composers
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def __call__(self, message: Message, now: datetime) -> None:
        """Sends it. A 2xx status means acceptance, 400 and 422 permanent rejection."""
        letter = await self._composers.letter(message, now)
        content = {"id": message.occasion, "to": letter.to, "text": letter.short}
        headers = {**self._headers, "Idempotency-Key": message.occasion}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._http.stream("POST", self._url, json=content, headers=headers) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise DeliveryFailure(f"unreachable ({type(error).__name__})", of_receiver=True) from None
        if not 200 <= status < 300:
            of_receiver = status >= 500 or status == 429
            raise DeliveryFailure(f"status {status}", permanent=status in (400, 422), of_receiver=of_receiver)
