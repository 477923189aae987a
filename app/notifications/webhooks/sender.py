"""Sends signed messages to webhooks, only to checked addresses and without following redirects."""

import asyncio
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from app.database import Database, json_text
from app.encryption.errors import KeysUnusable
from app.notifications.outbox.messages import DeliveryFailure, Message, NoRecipient
from app.notifications.webhooks.addresses import Networks, resolved
from app.notifications.webhooks.ending import end_webhook
from app.notifications.webhooks.queries import find_webhook, secret_place
from app.notifications.webhooks.signing import headers_for

# Time limit of a request in seconds.
PATIENCE = 10.0
# The status with which a receiver ends its subscription (Standard Webhooks, "Webhook delivery").
GONE = 410


class WebhookSender:
    """The sender of the channel `webhook`."""

    def __init__(self, database: Database, http: httpx.AsyncClient, networks: Networks) -> None:
        self._database = database
        self._http = http
        self._networks = networks

    async def __call__(self, message: Message, now: datetime) -> None:
        """Sends it. A 2xx status means acceptance."""
        async with self._database.reading() as connection:
            webhook = await find_webhook(connection, int(message.recipient))
            if webhook is None or webhook.secret is None:
                raise NoRecipient
            try:
                secret = connection.ring.decrypt(webhook.secret, secret_place(webhook.id))
            except KeysUnusable as error:
                raise DeliveryFailure(error.code, of_receiver=True) from None
        body = json_text(message.data).encode()
        headers = headers_for(secret, str(message.data["id"]), int(now.timestamp()), body)
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._post(webhook.url, body, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as error:
            raise DeliveryFailure(f"unreachable ({type(error).__name__})", of_receiver=True) from None
        if status == GONE:
            async with self._database.writing() as connection:
                await end_webhook(connection, webhook.id, now)
            raise DeliveryFailure(f"status {status}", permanent=True)
        if not 200 <= status < 300:
            raise DeliveryFailure(f"status {status}", of_receiver=status >= 500 or status == 429)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        host, port, address = await resolved(url, self._networks)
        parts = urlsplit(url)
        literal = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{literal}:{port}").geturl()
        named = f"[{host}]" if ":" in host else host
        all_headers = {
            **headers,
            "Host": named if parts.port is None else f"{named}:{port}",
            "Content-Type": "application/json",
            "User-Agent": "motcua",
            "Accept-Encoding": "identity",
            # The certificate was checked for this name. Other names at the address need their own connection.
            "Connection": "close",
        }
        # The certificate must be for the name, not for the address.
        extensions = {"sni_hostname": host}
        # Only the status of the response matters. It means acceptance even if the body never arrives.
        async with self._http.stream(
            "POST", target, content=body, headers=all_headers, extensions=extensions
        ) as response:
            return response.status_code
