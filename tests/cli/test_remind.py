"""`motcua remind` lists or stores the reminders that are due, for the configured channels."""

from datetime import UTC, datetime

import pytest

from app import clock
from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.command_results import Run
from tests.support.reminder_steps import contact

MORNING = datetime(2021, 8, 17, 0, 5, tzinfo=UTC)


def test_remind_lists_messages_in_a_dry_run_and_sends_them_once(
    motcua: Run, seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    with Client(seeded_url, NOW, outbox_worker=False) as client:
        token = client.token("supervisor")
        contact(client, token)
        received(client, token)
    mail = {"database_url": seeded_url, "smtp_url": "smtp://127.0.0.1:1", "mail_from": "a@example.vn"}
    would = motcua("remind", "--dry-run", **mail)
    assert would.stdout.splitlines()[-1] == "1 messages would be put into the outbox."
    assert motcua("remind", database_url=seeded_url).stdout == "0 messages were put into the outbox.\n"
    summaries = [motcua("remind", **mail).stdout.splitlines()[-1] for _ in range(2)]
    assert summaries == ["1 messages were put into the outbox.", "0 messages were put into the outbox."]
