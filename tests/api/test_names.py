"""Names are found however they were typed: old Vietnamese data, other scripts, apostrophes, hyphens, any order."""

from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from app.database import schema
from app.database.tables import applicants
from tests.support.bodies import DOSSIERS, HOA, received
from tests.support.client import Client
from tests.support.verification import verified


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


def codes(client: Client, token: str, name: str) -> list[str]:
    answer: Any = client.post(f"{DOSSIERS}/search", {"name": name}, token=token).json()
    return [item["code"] for item in answer["items"]]


@pytest.mark.parametrize(
    ("written", "searches"),
    [
        ("Ðặng Văn Ðức", ["dang van duc", "Đặng Văn Đức", "Ðặng", "duc dang"]),
        ("Đặng Văn Đức", ["Ðặng Văn Ðức", "Ɖặng", "ÐUC"]),
        ("H'Hương Êban", ["H’Huong", "Hʼhuong", "h huong", "huong eban", "eban h`huong", "H´Hương"]),
        ("H’Hương Êban", ["H'Huong", "H‘Hương", "H′Hương"]),
        ("Đỗ-Thị Bích", ["do thi bich", "Đỗ–Thị", "bich do"]),
        ("Y-Ƀham Niê", ["y bham", "Y Ƀham", "nie b"]),
        ("Bh’nướch Pơloong", ["bh nuoch", "poloong bh'nuoch"]),
        ("Đinh Văn Ɓlinh", ["blinh", "dinh van bl"]),
        ("Alăng Bhuôch Čriêng", ["criêng alang", "bhuoch"]),
    ],
)
def test_a_name_is_found_in_each_spelling(app_client: Client, clerk: str, written: str, searches: list[str]) -> None:
    received(app_client, clerk)
    code = received(app_client, clerk, applicant={**HOA, "name": written})["code"]
    for search in searches:
        assert codes(app_client, clerk, search) == [code], search


def test_another_name_is_not_found(app_client: Client, clerk: str) -> None:
    received(app_client, clerk, applicant={**HOA, "name": "H'Hương Êban"})
    assert codes(app_client, clerk, "H'Hoa") == []


def test_names_of_before_are_folded_by_the_migration(seeded_url: str, app_client: Client, clerk: str) -> None:
    code = received(app_client, clerk, applicant={**HOA, "name": "Ðặng-Văn Ðức"})["code"]

    def as_before(connection: Connection) -> None:
        connection.execute(text("UPDATE applicants SET name_folded = 'ðang-van ðuc'"))

    schema.in_transaction(seeded_url, as_before)
    assert verified(seeded_url) == []
    assert codes(app_client, clerk, "dang") == []

    migration = next(script.module for script in schema.chain() if script.revision == "0036")

    def migrate(connection: Connection) -> str:
        migration.folding("applicants", ("number",))(connection, 0, 2**31)
        return str(connection.execute(select(applicants.c.name_folded)).scalar_one())

    assert schema.in_transaction(seeded_url, migrate) == "dang van duc"
    assert codes(app_client, clerk, "dang") == [code]
    assert verified(seeded_url) == []
