"""Entries made by mistake: voided at once by their client, or with the approval of a second supervisor (rules §8)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship, read_dossier, received
from tests.support.client import Client
from tests.support.verification import verified

MISTAKE = "bấm nhầm hồ sơ"
ON_TIME = "/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-16"


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899", client="quầy 1")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899", client="cán bộ")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "20899", client="lãnh đạo")


@pytest.fixture
def other(app_client: Client) -> str:
    return app_client.token("supervisor", "515", client="phòng giám sát")


def void(client: Client, token: str, code: str, sequence: int) -> dict[str, Any]:
    return act(client, token, code, "void", sequence=sequence, reason=MISTAKE)


def refusal(client: Client, token: str, code: str, sequence: int) -> dict[str, Any]:
    """The problem with which a void is refused, which leaves no trace."""
    before = read_dossier(client, code)
    answer = client.post(f"{DOSSIERS}/{code}/void", {"sequence": sequence, "reason": MISTAKE}, token=token)
    assert answer.status_code >= 400, answer.text
    assert read_dossier(client, code) == before
    problem: dict[str, Any] = answer.json()
    return problem


def but_for_the_void(dossier: dict[str, Any]) -> dict[str, Any]:
    changing = {"version", "flags", "allowed_actions", "pending_corrections"}
    return {name: value for name, value in dossier.items() if name not in changing}


def figures(client: Client, token: str) -> dict[str, int]:
    total = client.get(ON_TIME, token=token).json()["total"]
    return {name: total[name] for name in ("open", "received", "finished")}


ACTS: list[tuple[str, str, dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
    ("officer", "finish", {"outcome": "granted"}, []),
    ("officer", "take", {"officer": "Lê Thị Tám"}, []),
    ("officer", "forward", {"to_unit": "515.03"}, []),
    ("officer", "request-supplement", {"reason": "thiếu", "documents": [{"name": "Giấy khai sinh"}]}, []),
    ("officer", "request-payment", {"amount": 5000}, []),
    ("officer", "suspend", {"reason": "xác minh", "legal_basis": "luật"}, []),
    ("clerk", "withdraw", {"request": "đơn xin rút"}, []),
    ("supervisor", "discontinue", {"reason": "x", "legal_basis": "luật"}, []),
    ("supervisor", "transfer", {"reason": "x", "legal_basis": "luật", "to_unit": "515.03"}, []),
    ("supervisor", "reschedule", {"reason": "x", "promised_date": "2021-08-24"}, []),
    (
        "clerk",
        "supplement",
        {"documents": [{"name": "Giấy khai sinh"}]},
        [("request-supplement", {"reason": "thiếu", "documents": [{"name": "Giấy khai sinh"}]})],
    ),
    ("clerk", "pay", {}, [("request-payment", {"amount": 5000})]),
    ("officer", "resume", {}, [("suspend", {"reason": "xác minh", "legal_basis": "luật"})]),
    ("clerk", "return", {"received_by": "Hoa", "how": "counter"}, [("finish", {"outcome": "granted"})]),
]


@pytest.mark.parametrize(("role", "action", "body", "before"), ACTS, ids=[action for _, action, _, _ in ACTS])
def test_the_client_of_each_action_takes_it_back_at_once(
    app_client: Client,
    seeded_url: str,
    role: str,
    action: str,
    body: dict[str, Any],
    before: list[tuple[str, dict[str, Any]]],
) -> None:
    client = app_client
    token = client.token(role, "20899", client="một người")
    code = received(client, client.token("supervisor", "20899", client="khác"))["code"]
    for name, inputs in before:
        act(client, client.token("supervisor", "20899", client="khác"), code, name, **inputs)
    untouched = read_dossier(client, code)
    done = act(client, token, code, action, **body)

    assert "void" in done["allowed_actions"]
    undone = void(client, token, code, done["version"])

    assert undone["flags"] == sorted({*untouched["flags"], "undone"})
    assert but_for_the_void(read_dossier(client, code)) == but_for_the_void(untouched)
    assert verified(seeded_url) == []


def test_the_old_entry_stays_in_the_journal_and_names_the_void(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    act(app_client, officer, code, "finish", outcome="granted")
    void(app_client, officer, code, 2)

    items = app_client.get(f"{DOSSIERS}/{code}/journal", token=officer).json()["items"]

    assert [(item["type"], item["superseded_by"]) for item in items] == [
        ("receive", None),
        ("finish", 3),
        ("void", None),
    ]
    assert items[2]["data"]["reason"] == MISTAKE


def test_work_goes_on_as_if_the_mistake_had_not_been_made(
    app_client: Client, seeded_url: str, clerk: str, officer: str
) -> None:
    code = received(app_client, clerk)["code"]
    act(app_client, officer, code, "finish", outcome="refused", reason="nhầm")
    void(app_client, officer, code, 2)

    finished = act(app_client, officer, code, "finish", outcome="granted")

    assert (finished["outcome"], finished["version"]) == ("granted", 4)
    assert verified(seeded_url) == []


def test_figures_of_the_past_follow_and_say_since_when(
    app_client: Client, clerk: str, officer: str, supervisor: str, other: str
) -> None:
    code = received(app_client, clerk)["code"]
    before = figures(app_client, officer)
    act(app_client, officer, code, "finish", outcome="granted")
    assert figures(app_client, officer) != before
    app_client.now += timedelta(days=1)
    assert app_client.get(ON_TIME, token=officer).json()["changed_since"] is None

    void(app_client, supervisor, code, 2)
    act(app_client, other, code, "approve-correction", sequence=3)

    assert figures(app_client, officer) == before
    assert app_client.get(ON_TIME, token=officer).json()["changed_since"] is not None


class TestWhoMayVoidAlone:
    def test_another_client_may_not(self, app_client: Client, clerk: str, officer: str) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "take")

        colleague = app_client.token("officer", "20899", client="người khác")

        assert refusal(app_client, colleague, code, 2)["code"] == "void_needs_supervisor"
        assert refusal(app_client, clerk, code, 2)["code"] == "void_needs_supervisor"

    def test_the_same_name_with_a_role_that_does_not_act_may_not(self, app_client: Client) -> None:
        code = received(app_client, app_client.token("clerk", "20899", client="một tên"))["code"]

        for role in ("reporter", "administrator"):
            token = app_client.token(role, client="một tên")
            assert refusal(app_client, token, code, 1)["code"] == "action_not_yours"
            assert app_client.get(f"{DOSSIERS}/{code}", token=token).json()["allowed_actions"] == []

    def test_after_half_an_hour_nobody_may(self, seeded_url: str) -> None:
        with Client(seeded_url, NOW) as client:
            officer = client.token("officer", "20899")
            code = received(client, client.token("clerk", "20899"))["code"]
            act(client, officer, code, "take")
        with Client(seeded_url, NOW + timedelta(minutes=31)) as client:
            problem = refusal(client, officer, code, 2)
            assert problem["code"] == "void_needs_supervisor"
            assert "30 minutes" in problem["detail"]
            assert "void" not in client.get(f"{DOSSIERS}/{code}", token=officer).json()["allowed_actions"]

    def test_a_later_entry_ends_the_right(self, app_client: Client, clerk: str, officer: str) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "take")
        act(app_client, clerk, code, "forward", to_unit="515.03")

        assert refusal(app_client, officer, code, 2)["code"] in ("void_needs_supervisor", "action_not_yours")

    def test_the_reader_sees_that_it_may(self, app_client: Client, clerk: str, officer: str) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "take")

        allowed = {
            token: "void" in app_client.get(f"{DOSSIERS}/{code}", token=token).json()["allowed_actions"]
            for token in (clerk, officer)
        }

        assert allowed == {clerk: False, officer: True}


class TestWithApproval:
    def test_a_second_supervisor_voids_a_finish_on_the_wrong_dossier(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        before = read_dossier(app_client, code)
        act(app_client, officer, code, "finish", outcome="granted")

        asked = void(app_client, supervisor, code, 2)
        assert (asked["status"], asked["pending_corrections"]) == ("finished", [3])
        own = app_client.post(f"{DOSSIERS}/{code}/approve-correction", {"sequence": 3}, token=supervisor)
        assert own.json()["code"] == "own_correction"
        voided = act(app_client, other, code, "approve-correction", sequence=3)

        assert (voided["status"], voided["verdict"], voided["flags"]) == ("received", None, ["corrected"])
        assert but_for_the_void(read_dossier(app_client, code)) == but_for_the_void(before)
        assert verified(seeded_url) == []

    def test_who_corrects_an_entry_away_learns_how_to_take_it_back(
        self, app_client: Client, clerk: str, officer: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "finish", outcome="granted")
        body = {"sequence": 2, "changes": {"void": True}, "reason": "bấm nhầm hồ sơ"}
        answer = app_client.post(f"{DOSSIERS}/{code}/correct", body, token=supervisor)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/changes/void")
        assert "taken back by `void`" in answer.json()["detail"]

    def test_a_rejected_void_changes_nothing(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "finish", outcome="granted")
        void(app_client, supervisor, code, 2)

        assert act(app_client, other, code, "reject-correction", sequence=3, reason="đúng")["status"] == "finished"
        assert verified(seeded_url) == []

    def test_only_one_request_for_an_entry_is_pending(
        self, app_client: Client, clerk: str, officer: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "finish", outcome="granted")
        void(app_client, supervisor, code, 2)

        assert refusal(app_client, supervisor, code, 2)["code"] == "correction_pending"

    def test_later_entries_that_need_it_are_named(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "finish", outcome="granted")
        act(app_client, clerk, code, "return", received_by="Hoa", how="counter")

        problem = refusal(app_client, supervisor, code, 2)
        assert (problem["code"], problem["entries"]) == ("later_entries", [3])

        void(app_client, clerk, code, 3)
        void(app_client, supervisor, code, 2)
        assert act(app_client, other, code, "approve-correction", sequence=5)["status"] == "received"
        assert verified(seeded_url) == []

    def test_an_act_at_another_unit_needs_the_hand_off_before_it(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, clerk, code, "forward", to_unit="515.03")
        act(app_client, app_client.token("officer", "515.03"), code, "take")

        problem = refusal(app_client, supervisor, code, 2)

        assert (problem["code"], problem["entries"]) == ("later_entries", [3])

    def test_later_deadlines_are_decided_without_the_suspension(
        self, app_client: Client, seeded_url: str, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        due = read_dossier(app_client, code)["due_date"]
        act(app_client, supervisor, code, "suspend", reason="x", legal_basis="x")
        app_client.now += timedelta(days=2)
        assert act(app_client, supervisor, code, "resume")["due_date"] > due

        problem = refusal(app_client, other, code, 2)
        assert problem["entries"] == [3]
        void(app_client, supervisor, code, 3)
        void(app_client, other, code, 2)
        approved = act(app_client, supervisor, code, "approve-correction", sequence=5)

        assert approved["due_date"] == due
        assert verified(seeded_url) == []


class TestAnnulment:
    def test_a_receipt_entered_twice_counts_nowhere(self, app_client: Client, seeded_url: str, clerk: str) -> None:
        before = figures(app_client, clerk)
        code = received(app_client, clerk)["code"]

        annulled = void(app_client, clerk, code, 1)

        assert (annulled["status"], annulled["closed"], annulled["due_date"]) == ("annulled", True, None)
        assert (annulled["national_status"], annulled["allowed_actions"]) == (None, [])
        assert figures(app_client, clerk) == before
        assert verified(seeded_url) == []

    def test_the_citizen_reads_in_plain_words_what_happened(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        void(app_client, clerk, code, 1)

        answer = app_client.get(f"/api/v1/lookup/{code}").json()
        page = app_client.get(f"/d/{code}").text

        assert answer["status"] == "annulled"
        assert answer["steps"] == []
        assert "do nhập nhầm" in page

    def test_its_code_is_not_given_again(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        void(app_client, clerk, code, 1)

        assert received(app_client, clerk)["code"] != code

    def test_later_entries_are_voided_first(self, app_client: Client, clerk: str, supervisor: str) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, supervisor, code, "take")

        assert refusal(app_client, supervisor, code, 1)["entries"] == [2]
        void(app_client, supervisor, code, 2)
        assert refusal(app_client, clerk, code, 1)["code"] == "void_needs_supervisor"

    def test_an_annulled_dossier_takes_no_action(self, app_client: Client, clerk: str, supervisor: str) -> None:
        code = received(app_client, clerk)["code"]
        void(app_client, clerk, code, 1)

        for action, body in (
            ("take", {}),
            ("correct", {"sequence": 1, "changes": {"channel": "online"}, "reason": "x"}),
            ("void", {"sequence": 2, "reason": "x"}),
        ):
            answer = app_client.post(f"{DOSSIERS}/{code}/{action}", body, token=supervisor)
            assert (answer.status_code, answer.json()["code"]) == (409, "not_possible"), answer.text

    def test_voiding_the_receipt_of_a_submission_leaves_it_submitted(
        self, app_client: Client, seeded_url: str, clerk: str
    ) -> None:
        body = {**guardianship(channel="online"), "submit": True}
        code = app_client.post(DOSSIERS, body, token=clerk).json()["code"]
        act(app_client, clerk, code, "receive")

        back = void(app_client, clerk, code, 2)

        assert (back["status"], back["received_at"], back["due_date"]) == ("submitted", None, None)
        assert verified(seeded_url) == []
        assert act(app_client, clerk, code, "receive")["status"] == "received"

    def test_it_has_no_slip_and_no_line_in_the_register(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        void(app_client, clerk, code, 1)

        assert app_client.get(f"{DOSSIERS}/{code}/slips/receipt", token=clerk).status_code == 409
        assert app_client.get(f"{DOSSIERS}/{code}/slips", token=clerk).json()["items"] == []


class TestOtherWaysBack:
    def test_what_cannot_be_voided_says_what_to_do_instead(
        self, app_client: Client, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        app_client.patch(f"{DOSSIERS}/{code}", {"summary": "khác"}, token=clerk)
        act(app_client, supervisor, code, "correct", sequence=1, changes={"channel": "online"}, reason="x")
        act(app_client, other, code, "approve-correction", sequence=3)
        act(app_client, clerk, code, "forward", to_unit="515.03")
        void(app_client, clerk, code, 5)

        for sequence in (2, 3, 4, 6):
            problem = refusal(app_client, supervisor, code, sequence)
            assert (problem["code"], bool(problem["detail"])) == ("not_voidable", True)
        assert refusal(app_client, supervisor, code, 5)["code"] == "unknown_entry"
        assert refusal(app_client, supervisor, code, 99)["code"] == "unknown_entry"

    def test_the_officer_and_the_papers_of_before_come_back(
        self, app_client: Client, seeded_url: str, clerk: str, officer: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "request-supplement", reason="x", documents=[{"name": "A"}], officer="Bình")
        act(app_client, clerk, code, "supplement", documents=[{"name": "Nhầm"}], officer="Tám")
        before = read_dossier(app_client, code)
        assert before["officer"] == "Tám"

        void(app_client, clerk, code, 3)

        after = read_dossier(app_client, code)
        assert after["officer"] == "Bình"
        assert [paper["name"] for paper in after["documents"]] == ["Tờ khai"]
        assert verified(seeded_url) == []
