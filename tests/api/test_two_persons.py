"""The second person: names that look alike are refused, and who gave access to both is no second person."""

from datetime import UTC, datetime
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
        foreign = ["sv-\u0430", "ｓｖ-b", "sv\u034f-c", "\u3164", "sv\u2212a", "s\u00e1\u0301", "sv\u0309"]
        reserved = ["service", "SLIP", "c0mmand line", "rating H47.15.03-261130-0001", "Ratlng x", "SSO:an"]
        assert {refusal(app_client, administrator, name) for name in foreign + reserved} == {"client_invalid"}
        assert [refusal(app_client, administrator, name) for name in ("ratings", "Hu\u0065\u0302\u0323")] == [None] * 2

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


DUE, AFTER_DUE = "2021-08-19T16:00:00+07:00", datetime(2021, 8, 20, 1, 30, tzinfo=UTC)


class TestLateActs:
    """A dossier of Monday 16 August 2021 that is due on Thursday, on the Friday."""

    @pytest.fixture
    def code(self, app_client: Client) -> str:
        code: str = received(app_client, app_client.token("clerk", "20899"))["code"]
        app_client.now = AFTER_DUE
        return code

    def test_a_finish_that_its_time_makes_timely_is_late_until_another_supervisor_approves(
        self, app_client: Client, code: str
    ) -> None:
        first = app_client.token("supervisor", "515", client="sv-a")
        finished = act(app_client, first, code, "finish", outcome="granted", note="mất mạng", at=DUE)
        assert (finished["verdict"], finished["finished_at"]) == ("late", "2021-08-20T08:30:00+07:00")
        assert finished["pending_corrections"] == [3]
        asked = app_client.get(f"{DOSSIERS}/{code}/journal", token=first).json()["items"][2]
        assert (asked["data"]["changes"], asked["data"]["reason"]) == ({"at": DUE}, "mất mạng")
        body = {"sequence": 3}
        own = app_client.post(f"{DOSSIERS}/{code}/approve-correction", body, token=first)
        assert (own.status_code, own.json()["code"]) == (403, "own_correction")

        second = app_client.token("supervisor", "515", client="sv-b")
        approved = act(app_client, second, code, "approve-correction", **body)
        assert (approved["verdict"], approved["finished_at"], approved["flags"]) == ("on_time", DUE, ["corrected"])

    def test_others_than_supervisors_are_refused_and_a_suspension_waits_too(
        self, app_client: Client, code: str
    ) -> None:
        officer = app_client.token("officer", "20899")
        body = {"reason": "chờ xác minh", "legal_basis": "Luật", "at": DUE}
        refused = app_client.post(f"{DOSSIERS}/{code}/suspend", body, token=officer)
        assert (refused.status_code, refused.json()["code"]) == (409, "late_act_needs_supervisor")
        assert "suspend" in refused.json()["allowed_actions"]

        supervisor = app_client.token("supervisor", "515", client="sv-a")
        suspended = act(app_client, supervisor, code, "suspend", **body)
        assert (suspended["clock"], suspended["overdue"], suspended["pending_corrections"]) == ("suspended", True, [3])
        second = app_client.token("supervisor", "515", client="sv-b")
        assert act(app_client, second, code, "approve-correction", sequence=3)["overdue"] is False

    def test_a_withdrawal_does_not_cure_a_lateness_either(self, app_client: Client, code: str) -> None:
        supervisor = app_client.token("supervisor", "515", client="sv-a")
        withdrawn = act(app_client, supervisor, code, "withdraw", request="đơn", note="ghi muộn", at=DUE)
        assert (withdrawn["status"], withdrawn["pending_corrections"]) == ("withdrawn", [3])
        figures = app_client.get("/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-20").json()["total"]
        assert figures["withdrawn"] == {"total": 1, "overdue": 1}

    def test_an_act_at_its_own_time_needs_nobody_else(self, app_client: Client, code: str) -> None:
        officer = app_client.token("officer", "20899")
        late = act(app_client, officer, code, "finish", outcome="granted", at="2021-08-20T08:10:00+07:00")
        assert (late["verdict"], late["pending_corrections"]) == ("late", [])
