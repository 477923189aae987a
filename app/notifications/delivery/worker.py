"""All of the work on the outbox, put together: settles who is told, then sends what is due."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

import httpx

from app.catalogue.cache import ReferenceCache
from app.database import Database
from app.notifications.applicants.letter import ApplicantLetters
from app.notifications.applicants.notify import tell_applicants
from app.notifications.outbox.background import Worker
from app.notifications.outbox.certificates import trust
from app.notifications.outbox.events import alone, any_waiting, settled, waiting
from app.notifications.outbox.letters import Composer, Composers
from app.notifications.outbox.messages import Sender
from app.notifications.outbox.retention import forget
from app.notifications.outbox.sender import send_due
from app.notifications.outbox.sms_gateway import GatewaySender
from app.notifications.outbox.smtp import MailSender
from app.notifications.reminders.notify import ContactLetters
from app.notifications.reminders.rounds import BETWEEN_ROUNDS, remind_in_turn
from app.notifications.webhooks.addresses import Networks
from app.notifications.webhooks.notify import go_on_replaying, replaying, tell_webhooks
from app.notifications.webhooks.sender import WebhookSender
from app.settings import Settings, channels_of


class Outbox:
    """Works the outbox off with the channels that the settings name; `now` gives the time."""

    def __init__(self, settings: Settings, reference: ReferenceCache, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._reference = reference
        self._now = now
        self._channels = channels_of(settings)
        self._reminded_at: datetime | None = None
        self.worker = Worker(self._work)

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """Works in the background while the block runs, beginning with what was left from before."""
        async with self.sending(database), self.worker.running(database):
            yield

    @asynccontextmanager
    async def sending(self, database: Database) -> AsyncIterator[None]:
        """Holds what it sends with while the block runs."""
        # No proxy of the environment: what is connected to is what was looked at.
        trusted = trust(self._settings.ca_file)
        async with httpx.AsyncClient(verify=trusted.web, trust_env=False, follow_redirects=False) as http:
            self._senders = senders(database, self._settings, self._reference, Means(http, trusted.mail))
            yield

    async def work_off(self, database: Database) -> int:
        """Settles and sends until nothing more is due by now; how many times something was sent, or tried to."""
        tried = 0
        await self._round(database)
        while True:
            more = await self._settle(database)
            sent = await send_due(database, self._senders, self._now)
            tried += sent
            if not more and not sent:
                return tried

    async def _work(self, database: Database) -> None:
        await self.work_off(database)

    async def _round(self, database: Database) -> None:
        now = self._now()
        if self._reminded_at is None or not self._reminded_at <= now < self._reminded_at + BETWEEN_ROUNDS:
            self._reminded_at = now
            await remind_in_turn(database, self._reference, self._channels, now)
            await forget(database, now)

    async def _settle(self, database: Database) -> bool:
        """Settles who is told of the next entries; whether there were any."""
        async with database.reading() as connection:
            if not await any_waiting(connection) and not await replaying(connection):
                return False
        now = self._now()
        async with database.writing() as connection:
            if not await alone(connection):
                return False
            ids, found = await waiting(connection)
            # After the entries: the units and procedures that they name are known then.
            reference = await self._reference.current(connection)
            await tell_webhooks(connection, reference, found, now)
            await tell_applicants(connection, reference, self._channels, found, now)
            await settled(connection, ids)
            return await go_on_replaying(connection, reference, now) or bool(ids)


class Means(NamedTuple):
    """What is sent with: a client of receivers' and gateways' addresses, and how mail servers are believed."""

    http: httpx.AsyncClient
    mail: ssl.SSLContext


def senders(database: Database, settings: Settings, reference: ReferenceCache, means: Means) -> dict[str, Sender]:
    """What sends the messages of each channel."""
    letters: dict[str, Composer] = {
        "applicant": ApplicantLetters(settings.public_url),
        "contact": ContactLetters(reference),
    }
    composers = Composers(database, letters)
    found: dict[str, Sender] = {"webhook": WebhookSender(database, means.http, Networks(settings.webhook_networks))}
    channels = channels_of(settings)
    if "email" in channels:
        found["email"] = MailSender(composers, settings.smtp_url, settings.mail_from, means.mail)
    if "gateway" in channels:
        found["gateway"] = GatewaySender(composers, means.http, settings.gateway_url, settings.gateway_token)
    return found
