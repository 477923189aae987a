"""Mails to people who sign in: the link of an invitation, and the notice of a reset to both (rules §21)."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.access.sign_in_links import open_link
from app.audit.verification.service import verify
from app.database import Database, schema, tables
from tests.conftest import NOW
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.receivers import Mailbox
from tests.support.staff import PERSONS, created, done

PUBLIC = "https://motcua.example.vn"


@pytest.fixture
def client(seeded_url: str, mailbox: Mailbox) -> Iterator[Client]:
    settings = {"smtp_url": mailbox.url, "mail_from": "mot-cua@tra-my.example.vn", "public_url": PUBLIC}
    with Client(seeded_url, NOW, outbox_worker=False, **settings) as client:
        yield client


@pytest.fixture
def administrator(client: Client) -> dict[str, Any]:
    token = client.token("administrator")
    return created(client, token, "administrator", None, name="Lê Quản Trị", email="quan-tri@example.vn")


def opened(url: str, secret: str) -> bool:
    async def work(database: Database) -> bool:
        async with database.reading() as connection:
            return await open_link(connection, secret, NOW) is not None

    return in_database(url, work)


def test_an_invitation_is_mailed_and_its_link_is_shown_nowhere_else(
    client: Client, administrator: dict[str, Any], mailbox: Mailbox, seeded_url: str
) -> None:
    secret = client.session(administrator["id"])
    person = created(client, secret, name="Hồ Văn Tám", email="tam@example.vn")
    made = done(client.post(f"{PERSONS}/{person['id']}/links", {"kind": "invitation", "mail": True}, token=secret))
    assert (made["mailed"], made["address"]) == (True, None)
    client.work_off()
    (mail,) = mailbox.mails
    assert mailbox.to == ["tam@example.vn"]
    text = mail.get_content()
    assert "Kính gửi: Ông/Bà Hồ Văn Tám" in text
    start = text.index(f"{PUBLIC}/sign-in/link/")
    link = text[start:].split()[0].rpartition("/")[2]
    assert opened(seeded_url, link)
    stored = schema.in_transaction(
        seeded_url,
        lambda connection: str([connection.execute(select(table)).all() for table in tables.metadata.tables.values()]),
    )
    assert link not in stored
    assert not in_database(seeded_url, verify)


def test_both_are_told_of_a_reset(
    client: Client, administrator: dict[str, Any], mailbox: Mailbox, seeded_url: str
) -> None:
    secret = client.session(administrator["id"])
    person = created(client, secret, name="Hồ Văn Tám", email="tam@example.vn")
    done(client.post(f"{PERSONS}/{person['id']}/links", {"kind": "reset"}, token=secret))
    client.work_off()
    assert sorted(mailbox.to) == ["quan-tri@example.vn", "tam@example.vn"]
    assert all("23/08/2021" in mail.get_content() for mail in mailbox.mails)
    assert not in_database(seeded_url, verify)


def test_a_link_that_was_replaced_is_not_mailed(
    client: Client, administrator: dict[str, Any], mailbox: Mailbox
) -> None:
    secret = client.session(administrator["id"])
    person = created(client, secret, email="tam@example.vn")
    body = {"kind": "invitation", "mail": True}
    done(client.post(f"{PERSONS}/{person['id']}/links", body, token=secret))
    done(client.post(f"{PERSONS}/{person['id']}/links", body, token=secret))
    client.work_off()
    assert len(mailbox.mails) == 1
