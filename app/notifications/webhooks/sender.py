"""Sends a message to a webhook: signed, to an address that was looked at, without following where it points."""

import asyncio
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from app.database import Database, json_text
from app.encryption.errors import KeysUnusable
from app.notifications.outbox.messages import Message, NobodyLeft, NotAccepted
from app.notifications.webhooks.addresses import Networks, resolved
from app.notifications.webhooks.ending import end_webhook
from app.notifications.webhooks.queries import find_webhook, secret_place
from app.notifications.webhooks.signing import headers_for

# Seconds for the whole of it.
PATIENCE = 10.0
# By which a receiver says that it wants to be told nothing any more (Standard Webhooks, "Webhook delivery").
GONE = 410


class WebhookSender:
    """The sender of the channel `webhook`."""

    def __init__(self, database: Database, http: httpx.AsyncClient, networks: Networks) -> None:
        self._database = database
        self._http = http
        self._networks = networks

    async def __call__(self, message: Message, now: datetime) -> None:
        """Sends it; any 2xx means that it was accepted."""
        async with self._database.reading() as connection:
            webhook = await find_webhook(connection, int(message.recipient))
            if webhook is None or webhook.secret is None:
                raise NobodyLeft
            try:
                secret = connection.ring.decrypt(webhook.secret, secret_place(webhook.id))
            except KeysUnusable as why:
                raise NotAccepted(why.code, everything=True) from None
        body = json_text(message.data).encode()
        headers = headers_for(secret, str(message.data["id"]), int(now.timestamp()), body)
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._post(webhook.url, body, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as error:
            raise NotAccepted(f"unreachable ({type(error).__name__})", everything=True) from None
        if status == GONE:
            async with self._database.writing() as connection:
                await end_webhook(connection, webhook.id, now)
            raise NotAccepted(f"status {status}", final=True)
        if not 200 <= status < 300:
            raise NotAccepted(f"status {status}", everything=status >= 500 or status == 429)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        host, port, address = await resolved(url, self._networks)
        parts = urlsplit(url)
        shown = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{shown}:{port}").geturl()
        named = f"[{host}]" if ":" in host else host
        sent = {
            **headers,
            "Host": named if parts.port is None else f"{named}:{port}",
            "Content-Type": "application/json",
            "User-Agent": "motcua",
            "Accept-Encoding": "identity",
            # Its certificate was looked at for this name: another name at the same address shall not be told by it.
            "Connection": "close",
        }
        # The certificate has to be the name's, and not the address's.
        extensions = {"sni_hostname": host}
        # Of the answer only the status matters: what has come with it has been accepted, even if the rest never comes.
        async with self._http.stream("POST", target, content=body, headers=sent, extensions=extensions) as answer:
            return answer.status_code
