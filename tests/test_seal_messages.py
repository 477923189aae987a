"""Messages with the newest seal: mail once for each day, and signed webhooks, through the outbox."""

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from app.audit.seals.service import seal
from app.audit.verification.service import verify
from app.database import Database
from app.settings import Settings
from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.receivers import running_mailbox, running_receiver

ADDRESS = "thanh-tra@example.vn"


def test_the_newest_seal_is_mailed_once_a_day_and_can_be_kept(seeded_url: str) -> None:
    with running_mailbox() as mailbox:
        settings = {"smtp_url": mailbox.url, "mail_from": "mot-cua@tra-my.example.vn", "outbox_worker": False}
        with Client(seeded_url, NOW, seal_mail=ADDRESS, **settings) as client:
            token = client.token("supervisor")

            async def seal_now(database: Database) -> None:
                assert len(await seal(database, client.now)) == 1

            client.work_off()
            assert mailbox.mails == []
            for pause in (timedelta(minutes=10), timedelta(minutes=10), timedelta(days=1)):
                client.now += pause
                received(client, token)
                in_database(seeded_url, seal_now)
                client.work_off()
            seals = client.get("/api/v1/seals").json()["items"]
            first, second = mailbox.mails
            for mail, item in ((first, seals[2]), (second, seals[0])):
                assert mail["To"] == ADDRESS
                assert f"số {item['number']}" in mail["Subject"]
                (kept,) = (line for line in mail.get_content().splitlines() if line.startswith("{"))
                assert json.loads(kept) == {name: item[name] for name in ("number", "hash", "content")}
            kinds = {item["kind"]: item["state"] for item in client.get("/api/v1/outbox", token=token).json()["items"]}
            assert kinds == {"seal": "sent"}
    assert in_database(seeded_url, verify) == []


def test_a_webhook_that_names_seals_gets_the_newest_one_and_others_get_none(seeded_url: str) -> None:
    with (
        running_receiver() as receiver,
        Client(seeded_url, NOW, webhook_networks="127.0.0.0/8", outbox_worker=False) as client,
    ):
        token = client.token("supervisor")
        hooks = "/api/v1/webhooks"
        named = client.post(hooks, {"url": f"{receiver.url}/seals", "types": ["seal"]}, token=token).json()
        assert named["types"] == ["seal"]
        assert client.post(hooks, {"url": f"{receiver.url}/all"}, token=token).json()["types"] == []
        assert client.post(hooks, {"url": receiver.url, "types": ["seals"]}, token=token).status_code == 422

        async def seal_now(database: Database) -> None:
            assert len(await seal(database, client.now)) == 1

        received(client, token)
        in_database(seeded_url, seal_now)
        client.work_off()
        client.work_off()
        (newest,) = client.get("/api/v1/seals").json()["items"]
        types = sorted((item.path.rpartition("/")[2], json.loads(item.body)["type"]) for item in receiver.got)
        assert types == [("all", "dossier.receive"), ("seals", "seal")]
        (body,) = (json.loads(item.body) for item in receiver.got if item.path.endswith("/seals"))
        assert body["data"] == {name: newest[name] for name in ("number", "hash", "content")}
    assert in_database(seeded_url, verify) == []


def test_addresses_for_seals_are_checked_at_the_start() -> None:
    assert Settings(seal_mail="a@example.vn, b@example.vn").seal_mail
    with pytest.raises(ValidationError):
        Settings(seal_mail="a@example.vn, example.vn")
