"""Outgoing TLS: messages go encrypted to the server of the certificate, or not at all."""

import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.conftest import NOW
from tests.support.bodies import HOA, received
from tests.support.certificates import Authority
from tests.support.client import Client
from tests.support.receivers import Mailbox, Receiver, running_mailbox, running_receiver

REACHED = {**HOA, "email": "hoa@example.vn"}
OUTBOX, HOOKS = "/api/v1/outbox", "/api/v1/webhooks"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "office")


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "stranger")


@pytest.fixture(autouse=True)
def own_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives each service its own TLS context, because these tests add authorities to it."""
    made = getattr(ssl.create_default_context, "__wrapped__", ssl.create_default_context)
    monkeypatch.setattr(ssl, "create_default_context", made)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolves names that end in .test to the loopback address."""
    resolve = socket.getaddrinfo

    def resolve_test_names(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".test") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_test_names)


@pytest.fixture(params=["tls", "starttls"])
def how(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def mailed(seeded_url: str, mailbox: Mailbox, **settings: Any) -> dict[str, Any]:
    """The single message of the outbox."""
    given = {"smtp_url": mailbox.url, "mail_from": "mot-cua@tra-my.example.vn", "outbox_worker": False, **settings}
    with Client(seeded_url, NOW, **given) as client:
        token = client.token("supervisor")
        received(client, token, applicant=REACHED)
        client.work_off()
        (one,) = client.get(OUTBOX, token=token).json()["items"]
    message: dict[str, Any] = one
    return message


def test_mail_uses_tls_with_a_configured_authority(seeded_url: str, authority: Authority, how: str) -> None:
    with running_mailbox(**{how: authority.server_for("a.test")}) as mailbox:
        assert mailed(seeded_url, mailbox, ca_file=str(authority.file))["state"] == "sent"
        assert mailbox.encrypted == [True]


@pytest.mark.parametrize("wrong", ["of nobody known", "of another name"])
def test_mail_is_not_sent_with_a_wrong_certificate_and_is_retried(
    seeded_url: str, authority: Authority, stranger: Authority, how: str, wrong: str
) -> None:
    context = stranger.server_for("a.test") if wrong == "of nobody known" else authority.server_for("b.test")
    with running_mailbox(**{how: context}) as mailbox:
        message = mailed(seeded_url, mailbox, ca_file=str(authority.file))
        assert mailbox.tried == 0
    assert (message["state"], message["attempts"]) == ("pending", 1)
    assert message["last_error"].startswith("unreachable")


def test_a_password_is_not_sent_without_encryption(seeded_url: str) -> None:
    with running_mailbox() as mailbox:
        mailbox.url = mailbox.url.replace("smtp://127.0.0.1", "smtp://user:secret@a.test")
        message = mailed(seeded_url, mailbox)
        assert mailbox.tried == 0
    assert (message["state"], message["attempts"]) == ("pending", 1)


@pytest.fixture
def receiver(authority: Authority) -> Iterator[Receiver]:
    with running_receiver(authority.server_for("a.test")) as running:
        yield running


@pytest.fixture
def client(seeded_url: str, authority: Authority) -> Iterator[Client]:
    settings = {"ca_file": str(authority.file), "webhook_networks": "127.0.0.0/8", "outbox_worker": False}
    with Client(seeded_url, NOW, **settings) as client:
        yield client


def subscribed(client: Client, token: str, url: str) -> None:
    assert client.post(HOOKS, {"url": url}, token=token).status_code == 201


def states(client: Client, token: str) -> list[tuple[str, str | None]]:
    items = client.get(OUTBOX, token=token).json()["items"]
    return [(item["state"], item["last_error"]) for item in reversed(items)]


def test_a_webhook_uses_https_with_a_configured_authority(client: Client, receiver: Receiver) -> None:
    token = client.token("supervisor")
    subscribed(client, token, receiver.url)
    received(client, token)
    client.work_off()
    assert states(client, token) == [("sent", None)]
    assert receiver.got[0].headers["host"] == receiver.url.split("/")[2]


def test_mail_connections_do_not_offer_http(
    seeded_url: str, authority: Authority, receiver: Receiver, how: str
) -> None:
    context = authority.server_for("a.test")
    context.set_alpn_protocols(["http/1.1"])
    settings = {"ca_file": str(authority.file), "webhook_networks": "127.0.0.0/8", "outbox_worker": False}
    with running_mailbox(**{how: context}) as mailbox:
        mail = {"smtp_url": mailbox.url, "mail_from": "mot-cua@tra-my.example.vn"}
        with Client(seeded_url, NOW, **settings, **mail) as client:
            token = client.token("supervisor")
            subscribed(client, token, receiver.url)
            for _ in range(2):  # the second mail is sent after the webhook
                received(client, token, applicant=REACHED)
                client.work_off()
        assert len(receiver.got) == 2
        assert mailbox.protocols == [None, None]


@pytest.mark.parametrize("wrong", ["of nobody known", "of another name"])
def test_a_webhook_with_a_wrong_certificate_gets_nothing_and_is_retried(
    client: Client, authority: Authority, stranger: Authority, wrong: str
) -> None:
    context = stranger.server_for("a.test") if wrong == "of nobody known" else authority.server_for("b.test")
    token = client.token("supervisor")
    with running_receiver(context) as receiver:
        subscribed(client, token, receiver.url)
        received(client, token)
        client.work_off()
        assert receiver.got == []
        assert states(client, token) == [("pending", "unreachable (ConnectError)")]


def test_a_connection_for_one_name_is_not_used_for_another(client: Client, receiver: Receiver) -> None:
    # Both names have one address, as behind a reverse proxy. The certificate is only for the first.
    token = client.token("supervisor")
    subscribed(client, token, receiver.url)
    for _ in range(8):  # the number of messages sent at the same time
        received(client, token)
    client.now += timedelta(seconds=1)
    subscribed(client, token, receiver.url.replace("a.test", "b.test"))
    received(client, token)
    client.work_off()
    assert {request.headers["host"].split(":")[0] for request in receiver.got} == {"a.test"}


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unreadable_authority_file_is_refused_at_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match="ca_file"):
        Settings(ca_file=str(file))
