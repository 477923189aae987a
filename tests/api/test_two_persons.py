"""The second person: names that look alike are refused, and who gave access to both is no second person."""

from typing import Any

import pytest
from sqlalchemy import update

from app.audit.verification.service import notes
from app.database import schema, tables
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client
from tests.support.database_access import in_database

TOKENS = "/api/v1/tokens"


def issued(client: Client, administrator: str, name: str, role: str = "supervisor") -> dict[str, Any]:
    answer = client.post(TOKENS, {"client": name, "role": role, "unit": "515"}, token=administrator)
    assert answer.status_code == 201, answer.text
    token: dict[str, Any] = answer.json()
    return token


def refusal(client: Client, administrator: str, name: str) -> str | None:
    answer = client.post(TOKENS, {"client": name, "role": "supervisor", "unit": "515"}, token=administrator)
    return None if answer.status_code == 201 else answer.json()["code"]


def asked(client: Client, token: str) -> str:
    """The code of a dossier with a correction that the token asked for, in entry 2."""
    code: str = received(client, client.token("clerk", "20899"))["code"]
    body = {"sequence": 1, "changes": {"at": "2021-08-13T09:00:00+07:00"}, "reason": "ghi nhầm ngày"}
    act(client, token, code, "correct", **body)
    return code


def approval(client: Client, token: str, code: str) -> str | None:
    answer = client.post(f"{DOSSIERS}/{code}/approve-correction", {"sequence": 2}, token=token)
    if answer.is_success:
        return None
    assert answer.status_code == 403
    assert "reject-correction" in answer.json()["allowed_actions"]
    refused: str = answer.json()["code"]
    return refused


def rename(url: str, token: dict[str, Any], name: str) -> None:
    """Gives a token a name of before the rule."""
    statement = update(tables.tokens).where(tables.tokens.c.id == token["id"]).values(client=name)
    schema.in_transaction(url, lambda connection: connection.execute(statement))


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator", "515", client="quản trị")


class TestNames:
    def test_a_new_client_has_no_name_that_people_could_take_for_another(
        self, app_client: Client, administrator: str
    ) -> None:
        for name in ("sv-a", "Phòng  1", "sv–l0"):
            assert refusal(app_client, administrator, name) is None
        alike = ["SV-A", "sv\u2011a", "Sv–a", "phòng 1", "PHÒNG I", "sv-1o"]
        assert {refusal(app_client, administrator, name) for name in alike} == {"client_alike"}
        # The same client has several tokens, and accents make another name.
        assert [refusal(app_client, administrator, name) for name in ("sv-a", "sv-à", "sv a")] == [None] * 3

    def test_letters_of_other_alphabets_and_reserved_forms_are_refused(
        self, app_client: Client, administrator: str
    ) -> None:
        foreign = ["sv-\u0430", "ｓｖ-b", "sv\u034f-c", "\u3164", "sv\u2212a"]
        reserved = ["service", "SLIP", "c0mmand line", "rating H47.15.03-261130-0001", "Ratlng x", "SSO:an"]
        assert {refusal(app_client, administrator, name) for name in foreign + reserved} == {"client_invalid"}
        assert refusal(app_client, administrator, "ratings") is None

    def test_twins_of_before_stay_and_are_listed(self, app_client: Client, administrator: str, seeded_url: str) -> None:
        first, second = (issued(app_client, administrator, name) for name in ("sv-a", "sv-b"))
        rename(seeded_url, second, "rating sv")
        rename(seeded_url, first, "sv–A")
        assert refusal(app_client, administrator, "sv–A") is None
        issued(app_client, administrator, "SV-B")
        rename(seeded_url, first, "sv-b")
        assert refusal(app_client, administrator, "sv-B") == "client_alike"

        lines = in_database(seeded_url, notes)
        assert "People could take these clients for each other: SV-B, sv-b." in lines
        assert any(line.startswith("No new client could have the name rating sv: ") for line in lines)


class TestIndependence:
    def test_one_administrator_makes_no_second_person(self, app_client: Client, administrator: str) -> None:
        first, second = (issued(app_client, administrator, name) for name in ("sv-a", "sv-b"))
        code = asked(app_client, first["secret"])
        assert approval(app_client, second["secret"], code) == "approver_not_independent"

        # Another administrator to whom the first one gave access is the same hand, in both directions.
        deputy = issued(app_client, administrator, "phó", "administrator")["secret"]
        third = issued(app_client, deputy, "sv-c")["secret"]
        assert approval(app_client, third, code) == "approver_not_independent"
        assert approval(app_client, second["secret"], asked(app_client, third)) == "approver_not_independent"

    def test_nobody_approves_with_a_token_of_their_own_making(self, app_client: Client, administrator: str) -> None:
        asker = app_client.token("supervisor", "515", client="quản trị")
        made = issued(app_client, administrator, "sv-b")["secret"]
        assert approval(app_client, made, asked(app_client, asker)) == "approver_not_independent"
        assert approval(app_client, asker, asked(app_client, made)) == "approver_not_independent"

    def test_another_issuer_or_an_operator_makes_a_second_person(self, app_client: Client, administrator: str) -> None:
        first, second = (issued(app_client, administrator, name) for name in ("sv-a", "sv-b"))
        by_operator = app_client.token("supervisor", "515", client="lãnh đạo")
        assert approval(app_client, by_operator, asked(app_client, first["secret"])) is None
        assert approval(app_client, second["secret"], asked(app_client, by_operator)) is None

        other = app_client.token("administrator", "515", client="quản trị tỉnh")
        rotated = app_client.post(f"{TOKENS}/{second['id']}/rotate", {}, token=other).json()["secret"]
        assert approval(app_client, rotated, asked(app_client, first["secret"])) is None

    def test_twins_of_before_are_one_person(self, app_client: Client, seeded_url: str) -> None:
        first = app_client.token("supervisor", "515", client="sv-a")
        second = app_client.token("supervisor", "515", client="sv-b")
        rename(seeded_url, {"id": 2}, "SV–A")
        assert approval(app_client, second, asked(app_client, first)) == "own_correction"
