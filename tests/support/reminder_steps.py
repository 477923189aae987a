"""First steps of the tests of reminders."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from tests.support.client import Client
from tests.support.receivers import Mailbox

CONTACTS, REMINDERS = "/api/v1/contacts", "/api/v1/reminders"
HERE = "20899"
UNIT, BOSS = "mot-cua@tra-my.example.vn", "lanh-dao@tra-my.example.vn"


def by_mail(mailbox: Mailbox) -> dict[str, Any]:
    """Settings to send with this mail server, when the test calls the worker."""
    return {"smtp_url": mailbox.url, "mail_from": "nhac-viec@example.vn", "outbox_worker": False}


def contact(client: Client, token: str, address: str = UNIT, **more: Any) -> int:
    """The id of a new contact of Trà My."""
    body = {"unit": HERE, "role": "unit", "channel": "email", "address": address, **more}
    answer = client.post(CONTACTS, body, token=token)
    assert answer.status_code == 201, answer.text
    contact_id: int = answer.json()["id"]
    return contact_id


def at(client: Client, day: int, clock: str) -> None:
    """Sets the clock to a day of August 2021 and a local time."""
    hour, minute = map(int, clock.split(":"))
    client.now = datetime(2021, 8, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def work_at(client: Client, day: int, clock: str) -> None:
    """Sends the outbox on a day of August 2021 at a local time."""
    at(client, day, clock)
    client.work_off()


def lines(mail: EmailMessage) -> list[str]:
    """The lines of a mail's text."""
    text: str = mail.get_content()
    return text.splitlines()


def listed(client: Client, token: str, query: str = "") -> list[dict[str, Any]]:
    """The reminders that a token sees."""
    answer = client.get(f"{REMINDERS}?{query}", token=token)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
