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
from app.notifications.outbox.messages import DeliveryFailure, Message

# Time limits in seconds of each step and of the whole conversation. A claim lasts longer.
PATIENCE = 15.0
WHOLE = 60.0
# Time limit of the QUIT command in seconds.
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
        """Sends it and returns after the server's acceptance."""
        letter = await self._composers.letter(message, now)
        client = self._client()
        try:
            written = mail(letter, self._sender, message.occasion, now)
            async with asyncio.timeout(WHOLE):
                await client.connect()
                await client.sendmail(self._sender, [letter.to], written)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            codes = [recipient.code for recipient in refusal.recipients]
            raise DeliveryFailure(f"recipient {codes[0]}", permanent=all(code >= 500 for code in codes)) from None
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as refusal:
            raise DeliveryFailure(f"data {refusal.code}", permanent=refusal.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryFailure(f"unreachable ({type(error).__name__})", of_receiver=True) from None
        else:
            # The server has the message; errors from here on do not matter.
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
        """Required with a password, except on this machine. Optional without one."""
        if self._tls:
            return False
        return True if self._user and not _is_here(self._host) else None


def mail(letter: Letter, sender: str, occasion: str, now: datetime) -> bytes:
    """The letter as a mail. Its Message-ID is the same in every attempt.

    Raises ValueError for a line break in a header.
    """
    headers = {
        "From": sender,
        "To": letter.to,
        # Encoded here because EmailMessage of Python 3.11 loses spaces when it folds lines.
        "Subject": Header(letter.subject, "utf-8", header_name="Subject").encode(),
        "Date": format_datetime(local(now)),
        "Message-ID": f"<{occasion.replace(':', '.')}@{sender.rpartition('@')[2]}>",
        # Suppresses automatic replies.
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
