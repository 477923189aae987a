"""Delivery to receivers that respond incompletely, slowly or with status 410, and ambiguous addresses."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.notifications.outbox import sms_gateway as gateway
from app.notifications.outbox import smtp as mail
from app.notifications.webhooks import sender as sending
from app.notifications.webhooks.addresses import Networks, checked
from tests.conftest import NOW
from tests.support.bodies import HOA, act, received
from tests.support.client import Client
from tests.support.receivers import Mailbox, Receiver, running_half_receiver, running_receiver

HOOKS, OUTBOX = "/api/v1/webhooks", "/api/v1/outbox"
REACHED = {**HOA, "email": "hoa@example.vn"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, webhook_networks="127.0.0.0/8", outbox_worker=False) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def subscribed(client: Client, token: str, url: str) -> int:
    hook_id: int = client.post(HOOKS, {"url": url}, token=token).json()["id"]
    return hook_id


def states(client: Client, token: str) -> list[tuple[str, str | None]]:
    items = client.get(OUTBOX, token=token).json()["items"]
    return [(item["state"], item["last_error"]) for item in reversed(items)]


def by_mail(mailbox: Mailbox) -> dict[str, Any]:
    return {"smtp_url": mailbox.url, "mail_from": "mot-cua@tra-my.example.vn", "outbox_worker": False}


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part",
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nonly a part",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_an_accepted_message_is_not_repeated_if_the_response_stalls(
    client: Client, supervisor: str, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 2.0)
    with running_half_receiver(answer) as receiver:
        subscribed(client, supervisor, receiver.url)
        received(client, supervisor)
        client.work_off()
        client.now += timedelta(minutes=5)
        client.work_off()
        assert receiver.asked == 1
    assert states(client, supervisor) == [("sent", None)]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nX-Half: ", b"hello\r\n\r\n"])
def test_an_incomplete_response_head_is_no_acceptance(
    client: Client, supervisor: str, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 0.3)
    with running_half_receiver(answer) as receiver:
        subscribed(client, supervisor, receiver.url)
        received(client, supervisor)
        client.work_off()
    ((state, error),) = states(client, supervisor)
    assert (state, str(error).startswith("unreachable")) == ("pending", True)


def test_status_410_ends_the_webhook(client: Client, supervisor: str, receiver: Receiver) -> None:
    hook_id = subscribed(client, supervisor, receiver.url)
    receiver.statuses = [410]
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "take")
    client.work_off()
    act(client, supervisor, code, "finish", outcome="granted")
    client.now += timedelta(hours=1)
    client.work_off()
    assert len(receiver.got) == 1
    assert client.get(f"{HOOKS}/{hook_id}", token=supervisor).status_code == 404
    assert states(client, supervisor) == [("dead", "status 410")]
    (dead,) = client.get(f"{OUTBOX}?state=dead", token=supervisor).json()["items"]
    client.post(f"{OUTBOX}/{dead['id']}/resend", {}, token=supervisor)
    client.work_off()
    assert states(client, supervisor) == [("dropped", "nobody_left")]


def test_a_recovered_receiver_gets_pending_messages_soon(client: Client, supervisor: str, receiver: Receiver) -> None:
    subscribed(client, supervisor, receiver.url)
    receiver.status = 503
    received(client, supervisor)
    for _ in range(8):
        client.work_off()
        client.now += timedelta(hours=3)
    for _ in range(12):
        received(client, supervisor)
    client.work_off()
    receiver.status = 204
    client.now += timedelta(minutes=11)
    client.work_off()
    assert sum(state == "sent" for state, _ in states(client, supervisor)) >= 12


@pytest.mark.parametrize(
    "url",
    [
        "https://[::10.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fec0::1]/",
        "https://[fc00::1]/",
        "https://[2002:a00:1::]/",
        "https://[2001:0:a00:1::]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[::]/",
        "https://[100::1]/",
        "https://[2001:db8::1]/",
        "https://0.0.0.0/",
        "https://255.255.255.255/",
        "https://100.64.0.1/",
        "https://192.0.0.1/",
        "https://198.18.0.1/",
        "https://240.0.0.1/",
        "https://192.88.99.1/",
        "https://example.vn/\r\nX-Header: x",
        "https://exa\nmple.vn/",
        "https://example.vn/a\tb",
        "https://example.vn\\@10.0.0.1/",
        "https://exa mple.vn/",
        "https://example.vn:99999/",
        "https://ví-dụ.vn/",
        "HTTPS:example.vn/",
        "https://example.vn/\x7f",
        "https://%31%30.0.0.1/",
        f"https://{'a' * 64}.vn/",
        f"https://{'a.' * 200}vn/",
    ],
)
def test_private_and_ambiguous_addresses_are_refused(url: str) -> None:
    with pytest.raises(Invalid):
        checked(url, Networks(""))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "LOCALHOST."])
def test_an_unusual_notation_of_an_address_is_refused(seeded_url: str, receiver: Receiver, host: str) -> None:
    with Client(seeded_url, NOW, outbox_worker=False) as client:
        token = client.token("supervisor")
        answer = client.post(HOOKS, {"url": f"https://{host}:{receiver.url.split(':')[2]}"}, token=token)
        if answer.status_code == 422:
            return
        received(client, token)
        client.work_off()
        ((state, error),) = states(client, token)
        assert (state, error) == ("pending", "address_not_usable")


def test_a_slow_mail_server_does_not_outlast_the_claim(
    seeded_url: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each response is within its time limit, but their sum is not.
    monkeypatch.setattr(mail, "PATIENCE", 2.0)
    monkeypatch.setattr(mail, "WHOLE", 1.0, raising=False)
    mailbox.slowness = {"2": 0.4}
    with Client(seeded_url, NOW, **by_mail(mailbox)) as client:
        token = client.token("supervisor")
        received(client, token, applicant=REACHED)
        client.work_off()
        ((state, error),) = states(client, token)
    assert (state, str(error).startswith("unreachable")) == ("pending", True)


def test_a_mail_server_need_not_answer_quit(seeded_url: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 1.0)
    monkeypatch.setattr(mail, "_LEAVE", 0.1, raising=False)
    mailbox.slowness = {"221": 5.0}
    with Client(seeded_url, NOW, **by_mail(mailbox)) as client:
        token = client.token("supervisor")
        received(client, token, applicant=REACHED)
        client.work_off()
        client.now += timedelta(minutes=5)
        client.work_off()
        assert states(client, token) == [("sent", None)]
    assert len(mailbox.raw) == 1


def test_a_mail_with_an_unknown_result_is_repeated_with_the_same_id(seeded_url: str, mailbox: Mailbox) -> None:
    mailbox.half = True
    with Client(seeded_url, NOW, **by_mail(mailbox)) as client:
        token = client.token("supervisor")
        received(client, token, applicant=REACHED)
        client.work_off()
        mailbox.half = False
        client.now += timedelta(minutes=5)
        client.work_off()
        assert states(client, token) == [("sent", None)]
    first, second = (received["Message-ID"] for received in mailbox.mails)
    assert first == second


def test_mails_to_a_stalled_server_back_off_together(seeded_url: str) -> None:
    with running_half_receiver(b"") as silent, pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "PATIENCE", 0.2)
        settings = {"smtp_url": silent.url.replace("http", "smtp").removesuffix("/hook"), "mail_from": "a@example.vn"}
        with Client(seeded_url, NOW, outbox_worker=False, **settings) as client:
            token = client.token("supervisor")
            for _ in range(20):
                received(client, token, applicant=REACHED)
            assert client.work_off() <= 8
            assert {state for state, _ in states(client, token)} == {"pending"}


def test_messages_to_a_stalled_gateway_back_off_together(seeded_url: str, receiver: Receiver) -> None:
    receiver.status = 503
    with Client(seeded_url, NOW, outbox_worker=False, gateway_url=receiver.url) as client:
        token = client.token("supervisor")
        for _ in range(20):
            received(client, token)
        client.work_off()
        assert 0 < len(receiver.got) <= 8


@pytest.mark.parametrize("answer", [b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n", b""])
def test_a_message_accepted_by_the_gateway_is_not_repeated(
    seeded_url: str, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.5)
    with (
        running_half_receiver(answer) as half,
        Client(seeded_url, NOW, outbox_worker=False, gateway_url=half.url) as client,
    ):
        token = client.token("supervisor")
        received(client, token)
        client.work_off()
        assert [state for state, _ in states(client, token)] == ["sent" if answer else "pending"]
