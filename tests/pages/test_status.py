"""The page of the service's status, with a database, on a standby, and without any."""

import asyncio
from collections.abc import Iterator

import pytest

from app.database import DatabaseUnavailable, schema
from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.page_text import read


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW) as client:
        yield client


def test_the_page_says_that_all_works_and_names_the_schema(client: Client) -> None:
    page = read(client.get("/status"))
    assert "Hệ thống đang hoạt động bình thường" in page.text
    assert str(schema.head()) in page.text
    assert "Niêm phong nhật ký gần nhất" in page.text
    assert "works normally" in read(client.get("/status?lang=en")).text


def test_the_page_names_no_dossier_and_no_person(client: Client) -> None:
    dossier = received(client, client.token("supervisor"))
    text = read(client.get("/status")).text
    assert dossier["code"] not in text
    assert dossier["applicant"]["name"] not in text


def test_without_changes_the_page_says_what_still_works(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_connection: object) -> None:
        raise DatabaseUnavailable("a standby")

    monkeypatch.setattr("app.web.public.status.require_writable", refuse)
    text = read(client.get("/status")).text
    assert "Hiện chỉ tra cứu được" in text
    assert "số liệu vẫn thực hiện được" in text


def test_without_a_database_the_page_says_that_nothing_can_be_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_database: object) -> None:
        raise DatabaseUnavailable("secret of a server")

    monkeypatch.setattr("app.web.public.status._read", refuse)
    answer = client.get("/status")
    text = read(answer).text
    assert "Hệ thống tạm thời gián đoạn" in text
    assert "secret" not in answer.text
    assert "Phiên bản" in text


def test_the_page_waits_for_no_place_that_never_answers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up: list[object] = []

    async def hang(database: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            # A frozen server does not confirm that a statement was cancelled either.
            await asyncio.sleep(3)
            given_up.append(database)

    monkeypatch.setattr("app.web.public.status._read", hang)
    monkeypatch.setattr("app.web.public.status._PATIENCE", 0.05)
    assert "Hệ thống tạm thời gián đoạn" in read(client.get("/status")).text
    assert not given_up


def test_the_page_counts_for_the_limit_of_an_address(seeded_url: str) -> None:
    with Client(seeded_url, NOW, address_rate=2) as client:
        assert [client.get("/status").status_code for _request in range(3)] == [200, 200, 429]
