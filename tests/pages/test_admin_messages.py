"""Tests the page of the outbox: messages by state, and one that failed sent again."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.desk import Desk
from tests.support.page_text import read
from tests.support.receivers import Receiver, running_receiver

MESSAGES = "/admin/messages"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, webhook_networks="127.0.0.0/8", outbox_worker=False) as client:
        yield client


def test_a_failed_message_is_tried_again(client: Client, receiver: Receiver) -> None:
    desk = Desk(client, client.token("administrator"))
    assert client.post("/api/v1/webhooks", {"url": receiver.url}, token=desk.token).status_code == 201
    receiver.statuses = [410]
    received(client, client.token("clerk", "20899"))
    client.work_off()
    assert "status 410" in desk.page(MESSAGES).text
    number = client.get("/api/v1/outbox?state=dead", token=desk.token).json()["items"][0]["id"]
    assert desk.fill(MESSAGES, "resend", message=str(number)).status_code == 303
    assert "Không có tin nào" in desk.page(MESSAGES).text
    client.work_off()
    # Status 410 ended the webhook, so nobody is left for the second attempt.
    assert "nobody_left" in desk.page(f"{MESSAGES}?state=dropped").text


def test_other_roles_are_refused(client: Client) -> None:
    desk = Desk(client, client.token("supervisor"))
    read(desk.get(MESSAGES), 403)
    read(desk.send(MESSAGES, action="resend", message="1"), 403)
