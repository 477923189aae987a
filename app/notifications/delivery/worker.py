"""The complete processing of the outbox: reminders, messages for new events, and sending."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

import httpx

from app.background import Watch
from app.catalogue.cache import ReferenceCache
from app.database import Database, DatabaseUnavailable
from app.http.certificates import trust
from app.notifications.applicants.letter import ApplicantLetters
from app.notifications.applicants.notify import notify_applicants
from app.notifications.outbox.background import Worker
from app.notifications.outbox.events import delete_events, has_pending, lock_events, pending_events
from app.notifications.outbox.letters import Composer, Composers
from app.notifications.outbox.messages import Sender
from app.notifications.outbox.retention import delete_old
from app.notifications.outbox.sender import send_due
from app.notifications.outbox.sms_gateway import GatewaySender
from app.notifications.outbox.smtp import MailSender
from app.notifications.people.messages import PersonLetters
from app.notifications.reminders.many_views import tell_of_many_views
from app.notifications.reminders.notify import ContactLetters
from app.notifications.reminders.rounds import BETWEEN_ROUNDS, remind_in_turn
from app.notifications.seal_messages import SealMessages, seal_letter
from app.notifications.webhooks.addresses import Networks
from app.notifications.webhooks.notify import continue_replays, notify_webhooks, replaying
from app.notifications.webhooks.sender import WebhookSender
from app.settings import Settings, channels_of, seal_mail_of


class Outbox:
    """Processes the outbox with the channels of the settings; `now` gives the time."""

    def __init__(self, settings: Settings, reference: ReferenceCache, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._reference = reference
        self._now = now
        self._channels = channels_of(settings)
        self._reminded_at: datetime | None = None
        self._seals = SealMessages(seal_mail_of(settings) if "email" in self._channels else [])
        self.worker = Worker(self._work)

    @asynccontextmanager
    async def running(self, database: Database, watch: Watch | None = None) -> AsyncIterator[None]:
        """Processes the outbox in the background while the block runs."""
        async with self.sending(database), self.worker.running(database, watch):
            yield

    @asynccontextmanager
    async def sending(self, database: Database) -> AsyncIterator[None]:
        """Opens the connections for sending while the block runs."""
        # No proxy of the environment: the connection must go to the address that was checked.
        trusted = trust(self._settings.ca_file)
        async with httpx.AsyncClient(verify=trusted.web, trust_env=False, follow_redirects=False) as http:
            self._senders = senders(database, self._settings, self._reference, Transport(http, trusted.mail))
            yield

    async def work_off(self, database: Database) -> int:
        """Processes events and sends messages until none is due. The number of attempts."""
        tried = 0
        await self._round(database)
        while True:
            more = await self._process_events(database)
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
            try:
                await remind_in_turn(database, self._reference, self._channels, now)
                await self._seals.store(database, now)
                if most := self._settings.people_seen_per_hour:
                    await tell_of_many_views(database, self._reference, self._channels, most, now)
                await delete_old(database, now)
            except DatabaseUnavailable:
                self._reminded_at = None  # an outage delays a round of reminders, and does not replace it
                raise

    async def _process_events(self, database: Database) -> bool:
        """Stores the messages for the next events. False if there were none."""
        async with database.reading() as connection:
            if not await has_pending(connection) and not await replaying(connection):
                return False
        now = self._now()
        async with database.writing() as connection:
            if not await lock_events(connection):
                return False
            ids, events = await pending_events(connection)
            # Read after the events, so that it has their units and procedures.
            reference = await self._reference.current(connection)
            await notify_webhooks(connection, reference, events, now)
            await notify_applicants(connection, reference, self._channels, events, now)
            await delete_events(connection, ids)
            return await continue_replays(connection, reference, now) or bool(ids)


class Transport(NamedTuple):
    """The HTTP client for webhooks and the gateway, and the TLS context for mail servers."""

    http: httpx.AsyncClient
    mail: ssl.SSLContext


def senders(
    database: Database, settings: Settings, reference: ReferenceCache, transport: Transport
) -> dict[str, Sender]:
    """The sender of each configured channel."""
    letters: dict[str, Composer] = {
        "applicant": ApplicantLetters(settings.public_url),
        "contact": ContactLetters(reference),
        "person": PersonLetters(settings.public_url),
        "seals": seal_letter,
    }
    composers = Composers(database, letters)
    by_channel: dict[str, Sender] = {
        "webhook": WebhookSender(database, transport.http, Networks(settings.webhook_networks))
    }
    channels = channels_of(settings)
    if "email" in channels:
        by_channel["email"] = MailSender(composers, settings.smtp_url, settings.mail_from, transport.mail)
    if "gateway" in channels:
        by_channel["gateway"] = GatewaySender(composers, transport.http, settings.gateway_url, settings.gateway_token)
    return by_channel
