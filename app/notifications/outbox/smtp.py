"""Sends letters to a mail server, by SMTP."""

import asyncio
import ssl
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.domain.localtime import local
from app.notifications.outbox.letters import Composers, Letter
from app.notifications.outbox.messages import Message, NotAccepted

# Seconds for each step of a conversation with the server, and for the whole of it: a claim lasts longer.
PATIENCE = 15.0
WHOLE = 60.0
# Seconds for taking leave, once it has the message.
_LEAVE = 2.0
_BREAKS = frozenset("\r\n\0")
_PORTS = {"smtp": 25, "smtps": 465}


class MailSender:
    """The sender of the channel `email`."""

    def __init__(self, composers: Composers, url: str, sender: str, trusted: ssl.SSLContext) -> None:
        parts = urlsplit(url)
        self._composers = composers
        self._sender = sender
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        self._trusted = trusted

    async def __call__(self, message: Message, now: datetime) -> None:
        """Sends it; the server's word that it has taken it is all that is waited for."""
        letter = await self._composers.letter(message, now)
        client = self._client()
        try:
            written = mail(letter, self._sender, message.occasion, now)
            async with asyncio.timeout(WHOLE):
                await client.connect()
                await client.sendmail(self._sender, [letter.to], written)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            codes = [recipient.code for recipient in refusal.recipients]
            raise NotAccepted(f"recipient {codes[0]}", final=all(code >= 500 for code in codes)) from None
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as refusal:
            raise NotAccepted(f"data {refusal.code}", final=refusal.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotAccepted(f"unreachable ({type(error).__name__})", everything=True) from None
        else:
            # It has the message, whatever becomes of this.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_LEAVE)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            start_tls=self._start_tls,
            tls_context=self._trusted,
            timeout=PATIENCE,
        )

    @property
    def _start_tls(self) -> bool | None:
        """With a password always, but to this machine; without one where the server offers it."""
        if self._tls:
            return False
        return True if self._user and not _is_here(self._host) else None


def mail(letter: Letter, sender: str, occasion: str, now: datetime) -> bytes:
    """The letter as a mail, whose Message-ID is the same however often it is sent.

    Raises ValueError for a line break in a header.
    """
    headers = {
        "From": sender,
        "To": letter.to,
        # Written so since EmailMessage of Python 3.11 loses blanks where it folds.
        "Subject": Header(letter.subject, "utf-8", header_name="Subject").encode(),
        "Date": format_datetime(local(now)),
        "Message-ID": f"<{occasion.replace(':', '.')}@{sender.rpartition('@')[2]}>",
        # That no absence is answered.
        "Auto-Submitted": "auto-generated",
    }
    if any(set(value) & _BREAKS for value in (sender, letter.to, letter.subject)):
        raise ValueError("a line break in a header")
    message = MIMEText(letter.text, "plain", "utf-8")
    for name, value in headers.items():
        message[name] = value
    return message.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
