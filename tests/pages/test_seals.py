"""The public page of seals: all of them in pages, in both languages, with the key of the signatures."""

from datetime import timedelta

import pytest

from app.audit.seals.service import seal
from app.database import Database
from app.encryption.signed_notes import new_signer
from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.page_text import read


def test_the_page_shows_every_seal_and_the_key(seeded_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.public.seals._SHOWN", 2)
    key = new_signer("motcua.example.vn/seals")
    with Client(seeded_url, NOW, seal_key=str(key)) as client:
        assert "Chưa có dấu niêm phong nào" in read(client.get("/seals")).text
        token = client.token("clerk", "20899")
        code = received(client, token)["code"]

        async def seal_now(database: Database) -> None:
            await seal(database, client.now)

        for turn in range(3):
            client.now += timedelta(minutes=5)
            act(client, token, code, "forward", to_unit="515.03" if turn % 2 == 0 else "20899")
            in_database(seeded_url, seal_now)
        hashes = [item["hash"] for item in client.get("/api/v1/seals").json()["items"]]
        answer = client.get("/seals?lang=en")
        first, second = read(answer), read(client.get("/seals?number=1&lang=en"))
        assert [digits in first.text for digits in hashes] == [True, True, False]
        assert [digits in second.text for digits in hashes] == [False, False, True]
        assert 'href="?number=1"' in answer.text
        assert str(key.verifier()) in first.text
        assert client.get("/seals?number=tám", headers={"Accept": "text/html"}).status_code == 422
        assert 'href="/seals"' in client.get("/").text
