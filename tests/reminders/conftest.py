"""Fixtures of the reminder tests: the service with a mail server, whose worker a test calls."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.receivers import Mailbox
from tests.support.reminder_steps import by_mail


@pytest.fixture
def client(seeded_url: str, mailbox: Mailbox) -> Iterator[Client]:
    with Client(seeded_url, NOW, **by_mail(mailbox)) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")
