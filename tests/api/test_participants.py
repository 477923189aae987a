"""The person who hands in for the applicant: the identity number is encrypted, found by search, and never lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update
from typer.testing import CliRunner

from app.cli import commands
from app.database import Connection as Database
from app.database import schema
from app.database.tables import entry_texts, participants
from tests.conftest import KEYS
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Client
from tests.support.pdf import text as text_of
from tests.support.verification import verified

NUMBER = "049080005678"
AGENT = {
    "name": "Đinh Văn Nam",
    "identity_number": NUMBER,
    "phone": "0905654321",
    "address": "Thôn 2, xã Trà My",
    "authority": "Giấy ủy quyền số 12",
}


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def code(app_client: Client, clerk: str) -> str:
    received(app_client, clerk)
    return str(received(app_client, clerk, handed_in_by=AGENT)["code"])


def test_the_number_is_encrypted_and_the_words_have_none(seeded_url: str, code: str) -> None:
    def read(connection: Connection) -> tuple[str, str]:
        words = connection.execute(select(entry_texts.c.content)).scalars().all()
        return str(words), str(connection.execute(select(participants)).mappings().one())

    words, row = schema.in_transaction(seeded_url, read)
    assert "Giấy ủy quyền số 12" in words
    assert NUMBER not in words + row
    assert "dinh van nam" in row
    assert f"{KEYS.partition(':')[0]}:" in row


@pytest.mark.parametrize(
    "body", [{"name": "đinh văn"}, {"identity_number": "049 080 005 678"}, {"phone": "0905654321"}]
)
def test_search_finds_the_dossier_by_who_handed_in(
    app_client: Client, clerk: str, code: str, body: dict[str, str]
) -> None:
    answer = app_client.post(f"{DOSSIERS}/search", body, token=clerk)
    assert [item["code"] for item in answer.json()["items"]] == [code]
    assert NUMBER not in answer.text


def test_search_by_a_number_finds_an_applicant_only_by_the_present_one(app_client: Client, clerk: str) -> None:
    code = received(app_client, clerk)["code"]
    patch = {"applicant": {"identity_number": "049185009999"}}
    assert app_client.patch(f"{DOSSIERS}/{code}", patch, token=clerk).status_code == 200
    for number, codes in (("049185001234", []), ("049185009999", [code])):
        answer = app_client.post(f"{DOSSIERS}/search", {"identity_number": number}, token=clerk)
        assert [item["code"] for item in answer.json()["items"]] == codes


def test_only_readers_of_people_see_the_number(app_client: Client, clerk: str, code: str) -> None:
    journal = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"][0]
    assert journal["data"]["handed_in_by"] == AGENT
    hidden = app_client.get(f"{DOSSIERS}/{code}/journal", token=app_client.token("reporter", "20899"))
    assert NUMBER not in hidden.text


def test_a_masked_number_is_refused(app_client: Client, clerk: str) -> None:
    body = guardianship(handed_in_by={**AGENT, "identity_number": "*********678"})
    answer = app_client.post(DOSSIERS, body, token=clerk)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/handed_in_by/identity_number")


def test_the_receipt_has_the_number_since_the_form_has_a_line_for_it(seeded_url: str) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now) as client:
        clerk = client.token("clerk", "20900")
        here = {"receiving_unit": "20900", "at": now.isoformat()}
        code = received(client, clerk, handed_in_by=AGENT, **here)["code"]
        pdf = client.get(f"{DOSSIERS}/{code}/slips/receipt", token=clerk).content
    assert f"Số định danh của người nộp thay: {NUMBER}" in text_of(pdf)


def test_a_receipt_of_before_has_no_number(app_client: Client, clerk: str, code: str) -> None:
    said = text_of(app_client.get(f"{DOSSIERS}/{code}/slips/receipt", token=clerk).content)
    assert "Đinh Văn Nam" in said
    assert NUMBER not in said


async def _no_row(connection: Database) -> None:
    await connection.run(delete(participants))


async def _other_name(connection: Database) -> None:
    await connection.run(update(participants).values(name_folded="nguyen van a"))


async def _other_hash(connection: Database) -> None:
    await connection.run(update(participants).values(identity_hash="x"))


async def _moved(connection: Database) -> None:
    await connection.run(update(participants).values(dossier_id=1))


@pytest.mark.parametrize(
    ("tampering", "fields"),
    [
        (None, set()),
        (_no_row, {"text_hash"}),
        (_other_name, {"participants"}),
        (_other_hash, {"participant.identity_hash"}),
        (_moved, {"participants", "participant.identity_encrypted", "text_hash"}),
    ],
)
@pytest.mark.usefixtures("code")
def test_verify_compares_the_person_with_the_journal(seeded_url: str, tampering: Any, fields: set[str]) -> None:
    assert {difference.field for difference in verified(seeded_url, tampering)} == fields


def test_a_receipt_that_an_earlier_process_wrote_is_intact(app_client: Client, clerk: str, seeded_url: str) -> None:
    agent = {name: value for name, value in AGENT.items() if name != "identity_number"}
    code = received(app_client, clerk, handed_in_by=agent)["code"]
    assert verified(seeded_url, _no_row) == []
    journal = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"][0]
    assert journal["data"]["handed_in_by"] == agent


def test_the_migration_lets_search_find_people_of_before(app_client: Client, clerk: str, seeded_url: str) -> None:
    agent = {name: value for name, value in AGENT.items() if name != "identity_number"}
    code = received(app_client, clerk, handed_in_by=agent)["code"]
    schema.downgrade(seeded_url, "0032")
    migrated = CliRunner().invoke(commands, ["migrate"], env={"MOTCUA_DATABASE_URL": seeded_url})
    assert migrated.exit_code == 0, migrated.output
    items = app_client.post(f"{DOSSIERS}/search", {"name": "dinh van nam"}, token=clerk).json()["items"]
    assert [item["code"] for item in items] == [code]
    assert verified(seeded_url) == []
