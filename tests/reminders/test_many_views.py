"""Supervisors are told once an hour of a client that saw people of very many dossiers."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from app.audit.verification.service import verify
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.receivers import Mailbox
from tests.support.reminder_steps import BOSS, HERE, at, by_mail, contact, work_at


@pytest.fixture
def client(seeded_url: str, mailbox: Mailbox) -> Iterator[Client]:
    with Client(seeded_url, NOW, people_seen_per_hour=2, **by_mail(mailbox)) as client:
        yield client


def about_views(mailbox: Mailbox) -> list[EmailMessage]:
    return [mail for mail in mailbox.mails if "Xem dữ liệu cá nhân" in str(mail["Subject"])]


def test_the_supervisor_is_told_once_an_hour_of_a_client_that_saw_many(
    client: Client, mailbox: Mailbox, seeded_url: str
) -> None:
    administrator, clerk = client.token("administrator"), client.token("clerk", HERE, client="chị Hương")
    contact(client, administrator, BOSS, role="supervisor")
    contact(client, administrator, "don-vi@tra-my.example.vn")
    contact(client, administrator, "huyen-khac@example.vn", role="supervisor", unit="20902")
    at(client, 16, "08:40")
    for _number in range(2):
        received(client, clerk)
    for _again in range(5):
        client.get(DOSSIERS, token=clerk)
    work_at(client, 16, "08:50")
    assert about_views(mailbox) == [], "two dossiers, although each was seen often"
    received(client, clerk)
    client.get(DOSSIERS, token=clerk)
    # The round after the hour looks back, and at night nobody waits for the morning.
    work_at(client, 16, "09:05")
    work_at(client, 16, "09:15")
    (mail,) = about_views(mailbox)
    assert mail["To"] == BOSS
    assert "chị Hương" in mail.get_content()
    assert "ít nhất 3 hồ sơ" in mail.get_content()
    assert "từ 08:00 ngày 16/08/2021" in mail.get_content()
    assert in_database(seeded_url, lambda database: verify(database, now=client.now)) == []
    at(client, 16, "23:10")
    client.get(DOSSIERS, token=clerk)
    work_at(client, 16, "23:16")
    assert len(about_views(mailbox)) == 2
