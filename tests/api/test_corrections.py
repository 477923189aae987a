"""Corrections: requested by one supervisor, approved or rejected by another, and their effects."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, corrected, received
from tests.support.client import Call, Client

EARLIER: dict[str, Any] = {"at": "2021-08-13T09:00:00+07:00"}


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899")


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", "515", client="phòng giám sát")


@pytest.fixture
def other(app_client: Client) -> str:
    return app_client.token("supervisor", "515", client="lãnh đạo")


def ask(client: Client, token: str, code: str, sequence: int = 1, **changes: Any) -> dict[str, Any]:
    return act(client, token, code, "correct", sequence=sequence, changes=changes or EARLIER, reason="ghi nhầm ngày")


def shown(client: Client, token: str, code: str) -> dict[str, Any]:
    dossier: dict[str, Any] = client.get(f"{DOSSIERS}/{code}", token=token).json()
    return dossier


def journal(client: Client, token: str, code: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"{DOSSIERS}/{code}/journal", token=token).json()["items"]
    return items


def refusal(client: Client, token: str, code: str, action: str, **body: Any) -> tuple[int, str]:
    """The status and the code with which an action is refused, which leaves no trace."""
    before = shown(client, token, code)["version"]
    answer = client.post(f"{DOSSIERS}/{code}/{action}", body, token=token)
    assert shown(client, token, code)["version"] == before
    return answer.status_code, answer.json()["code"]


_OF_CHANGES = {"version", "pending_corrections", "allowed_actions", "recorded"}


def without_pending(dossier: dict[str, Any]) -> dict[str, Any]:
    return {key: dossier[key] for key in dossier.keys() - _OF_CHANGES}


class TestAsking:
    def test_a_correction_changes_nothing_until_it_is_approved(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        before = received(app_client, clerk)
        past = "/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-13"
        request = ask(app_client, supervisor, before["code"])
        figures = app_client.get(past).json()
        entries = journal(app_client, supervisor, before["code"])

        assert without_pending(request) == without_pending(before)
        assert (request["version"], request["pending_corrections"]) == (2, [2])
        assert (figures["total"]["received"]["total"], figures["changed_since"]) == (0, None)
        assert [entry["superseded_by"] for entry in entries] == [None, None]
        assert entries[1]["data"] == {
            "sequence": 1,
            "changes": EARLIER,
            "asked_by": "phòng giám sát",
            "reason": "ghi nhầm ngày",
        }

    def test_another_supervisor_approves_it_and_then_it_holds(
        self, app_client: Client, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        ask(app_client, supervisor, code)
        app_client.now += timedelta(days=1)
        after = act(app_client, other, code, "approve-correction", sequence=2)
        figures = app_client.get("/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-13").json()
        entries = journal(app_client, supervisor, code)

        assert (after["received_at"], after["due_date"]) == (EARLIER["at"], "2021-08-18")
        assert (after["flags"], after["pending_corrections"]) == (["corrected"], [])
        assert figures["total"]["received"]["total"] == 1
        assert figures["changed_since"] == "2021-08-17T08:30:00+07:00"
        assert (entries[0]["occurred_at"], entries[0]["superseded_by"]) == ("2021-08-16T08:30:00+07:00", 3)
        assert [entry["client"] for entry in entries[1:]] == ["phòng giám sát", "lãnh đạo"]
        assert (entries[2]["corrects"], entries[2]["data"]["correction"]) == (1, 2)

    def test_a_pending_correction_blocks_no_other_action(
        self, app_client: Client, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        ask(app_client, supervisor, code)
        act(app_client, officer, code, "take")
        act(app_client, officer, code, "finish", outcome="granted")
        returned = act(app_client, clerk, code, "return", received_by="Nguyễn Thị Hoa", how="counter")
        after = act(app_client, other, code, "approve-correction", sequence=2)

        assert (returned["closed"], returned["due_date"], returned["pending_corrections"]) == (True, "2021-08-19", [2])
        assert (after["closed"], after["due_date"], after["received_at"]) == (True, "2021-08-18", EARLIER["at"])

    def test_of_one_entry_one_correction_is_pending_and_of_another_another(
        self, app_client: Client, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "take", officer="Lê Văn Tám")
        ask(app_client, supervisor, code)
        again = {"sequence": 1, "changes": {"channel": "online"}, "reason": "x"}
        assert refusal(app_client, other, code, "correct", **again) == (409, "correction_pending")
        both = ask(app_client, other, code, sequence=2, officer="Hồ Thị Sáu")
        assert both["pending_corrections"] == [3, 4]

        first = act(app_client, supervisor, code, "approve-correction", sequence=4)
        assert (first["officer"], first["pending_corrections"]) == ("Hồ Thị Sáu", [3])
        second = act(app_client, other, code, "approve-correction", sequence=3)
        assert (second["officer"], second["received_at"]) == ("Hồ Thị Sáu", EARLIER["at"])
        # Now that it is decided, the entry may be corrected once more.
        assert ask(app_client, supervisor, code, channel="online")["pending_corrections"] == [7]

    def test_entries_about_corrections_are_not_corrected(
        self, app_client: Client, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        ask(app_client, supervisor, code)
        act(app_client, other, code, "approve-correction", sequence=2)
        for sequence in (2, 3):
            body = {"sequence": sequence, "changes": {"note": "x"}, "reason": "x"}
            assert refusal(app_client, supervisor, code, "correct", **body) == (409, "not_correctable")


class TestDeciding:
    def test_no_client_approves_its_own_correction_also_with_a_new_token(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        request = ask(app_client, supervisor, code)
        administrator = app_client.token("administrator")
        tokens = app_client.get("/api/v1/tokens", token=administrator).json()["items"]
        own = next(token["id"] for token in tokens if token["client"] == "phòng giám sát")
        rotated = app_client.post(f"/api/v1/tokens/{own}/rotate", {}, token=administrator).json()["secret"]
        wider = app_client.token("supervisor", client="phòng giám sát")

        assert "approve-correction" not in request["allowed_actions"]
        for token in (supervisor, rotated, wider):
            assert refusal(app_client, token, code, "approve-correction", sequence=2) == (403, "own_correction")

    def test_each_caller_sees_its_own_allowed_actions(
        self, app_client: Client, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]

        def allowed(token: str) -> set[str]:
            return {action for action in shown(app_client, token, code)["allowed_actions"] if "correct" in action}

        assert allowed(supervisor) == allowed(other) == {"correct"}
        ask(app_client, supervisor, code)
        assert allowed(supervisor) == {"correct", "reject-correction"}
        assert allowed(other) == {"correct", "approve-correction", "reject-correction"}
        assert allowed(clerk) == allowed(officer) == set()
        act(app_client, other, code, "reject-correction", sequence=2, reason="đúng rồi")
        assert allowed(supervisor) == allowed(other) == {"correct"}

    @pytest.mark.parametrize("by", ["supervisor", "other"])
    def test_a_correction_is_rejected_or_taken_back_with_a_reason(
        self, app_client: Client, clerk: str, supervisor: str, other: str, by: str
    ) -> None:
        token = {"supervisor": supervisor, "other": other}[by]
        before = received(app_client, clerk)
        ask(app_client, supervisor, before["code"])
        assert refusal(app_client, token, before["code"], "reject-correction", sequence=2) == (422, "invalid")
        after = act(app_client, token, before["code"], "reject-correction", sequence=2, reason="giờ ghi là đúng")
        entries = journal(app_client, supervisor, before["code"])

        assert without_pending(after) == without_pending(before)
        assert (after["version"], after["pending_corrections"], after["flags"]) == (3, [], [])
        assert entries[2]["data"] == {"correction": 2, "sequence": 1, "reason": "giờ ghi là đúng"}
        assert [entry["superseded_by"] for entry in entries] == [None] * 3

    def test_only_a_pending_correction_is_decided(
        self, app_client: Client, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        decisions: dict[str, dict[str, Any]] = {"approve-correction": {}, "reject-correction": {"reason": "x"}}
        for action, body in decisions.items():
            for sequence in (1, 2, 99):
                problem = refusal(app_client, other, code, action, sequence=sequence, **body)
                assert problem == (409, "correction_not_pending")
        ask(app_client, supervisor, code)
        act(app_client, other, code, "approve-correction", sequence=2)
        for action, body in decisions.items():
            assert refusal(app_client, other, code, action, sequence=2, **body) == (409, "correction_not_pending")

    def test_a_decision_is_made_now(self, app_client: Client, clerk: str, supervisor: str, other: str) -> None:
        code = received(app_client, clerk)["code"]
        ask(app_client, supervisor, code)
        body = {"sequence": 2, "at": "2021-08-16T08:30:00+07:00"}
        assert refusal(app_client, other, code, "approve-correction", **body) == (422, "invalid")
        assert refusal(app_client, other, code, "reject-correction", reason="x", **body) == (422, "invalid")

    def test_a_correction_that_has_become_unlawful_stays_pending_with_the_reason(
        self, app_client: Client, clerk: str, officer: str, supervisor: str, other: str
    ) -> None:
        app_client.now += timedelta(hours=3)
        code = received(app_client, clerk)["code"]
        ask(app_client, supervisor, code, at="2021-08-16T11:00:00+07:00")
        act(app_client, officer, code, "take", at="2021-08-16T09:00:00+07:00")
        answer = app_client.post(f"{DOSSIERS}/{code}/approve-correction", {"sequence": 2}, token=other)

        assert (answer.status_code, answer.json()["code"]) == (409, "journal_not_lawful")
        assert "Entry 3" in answer.json()["detail"]
        assert "reject-correction" in answer.json()["allowed_actions"]
        assert shown(app_client, other, code)["pending_corrections"] == [2]
        after = act(app_client, other, code, "reject-correction", sequence=2, reason="không còn phù hợp")
        assert after["pending_corrections"] == []

    def test_a_correction_without_effect_stays_pending(
        self, app_client: Client, clerk: str, supervisor: str, other: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        administrator = app_client.token("administrator")
        office = {
            "code": "515.99",
            "name": "Phòng Thử nghiệm",
            "kind": "office",
            "type": "Phòng",
            "agency_identifier": "000.99.15.H47",
            "valid_from": "2021-01-01",
        }
        made = app_client.post("/api/v1/units", office, token=administrator).json()
        ask(app_client, supervisor, code, responsible_unit="515.99")
        succession = {"into": "515.02", "on": "2021-08-16"}
        ended = app_client.post(f"/api/v1/units/{made['id']}/succeed", succession, token=administrator)
        assert ended.status_code == 200, ended.text
        answer = app_client.post(f"{DOSSIERS}/{code}/approve-correction", {"sequence": 2}, token=other)

        assert (answer.status_code, answer.json()["code"]) == (409, "journal_not_lawful")
        assert shown(app_client, other, code)["pending_corrections"] == [2]

    def test_two_approvals_at_once_are_one(self, app_client: Client, clerk: str, supervisor: str, other: str) -> None:
        code = received(app_client, clerk)["code"]
        ask(app_client, supervisor, code)
        call = Call("POST", f"{DOSSIERS}/{code}/approve-correction", {"sequence": 2}, other)
        answers = app_client.together([call, call])

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert len(journal(app_client, other, code)) == 3


class TestFindingWhatIsPending:
    def codes(self, client: Client, token: str, **filters: Any) -> list[str]:
        listed = client.get(DOSSIERS, params={"correction": "pending", **filters}, token=token)
        searched = client.post(f"{DOSSIERS}/search", {"correction": "pending", **filters}, token=token)
        assert listed.status_code == searched.status_code == 200, listed.text
        # The work list has the most urgent first, the search the newest.
        by_code = sorted(listed.json()["items"], key=lambda item: str(item["code"]))
        assert by_code == sorted(searched.json()["items"], key=lambda item: str(item["code"]))
        return [item["code"] for item in listed.json()["items"]]

    def test_supervisors_find_those_of_their_subtree_open_or_closed(
        self, app_client: Client, clerk: str, supervisor: str, other: str
    ) -> None:
        waiting, closed, decided, _never = (received(app_client, clerk)["code"] for _ in range(4))
        act(app_client, clerk, closed, "withdraw", request="đơn")
        for code in (waiting, closed, decided):
            ask(app_client, supervisor, code, channel="online")
        act(app_client, other, decided, "approve-correction", sequence=2)

        assert self.codes(app_client, other) == [waiting, closed]
        assert self.codes(app_client, other, open=True) == [waiting]
        assert self.codes(app_client, app_client.token("supervisor", "20902")) == []
        act(app_client, supervisor, waiting, "reject-correction", sequence=2, reason="x")
        assert self.codes(app_client, other) == [closed]

    def test_there_is_no_other_filter_of_that_name(self, app_client: Client, other: str) -> None:
        assert app_client.get(f"{DOSSIERS}?correction=approved", token=other).status_code == 422


class TestWhatIsPutRight:
    def test_a_receipt_time_is_put_right_and_all_dates_follow(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        body = {"sequence": 1, "reason": "ghi nhầm ngày", "changes": {"at": "2021-08-13T09:00:00+07:00"}}
        after = corrected(app_client, supervisor, code, **body)
        journal = app_client.get(f"{DOSSIERS}/{code}/journal", token=supervisor).json()["items"]

        assert (after["due_date"], after["flags"]) == ("2021-08-18", ["corrected"])
        assert (journal[0]["occurred_at"], journal[0]["superseded_by"]) == ("2021-08-16T08:30:00+07:00", 3)
        assert (journal[1]["corrects"], journal[1]["data"]["reason"]) == (None, "ghi nhầm ngày")
        assert (journal[2]["corrects"], journal[2]["data"]["correction"]) == (1, 2)

    def test_the_channel_and_the_procedure_can_be_put_right(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        body = {"sequence": 1, "reason": "nhầm thủ tục", "changes": {"procedure": "1.004884", "channel": "postal"}}
        after = corrected(app_client, supervisor, code, **body)

        assert (after["procedure"]["code"], after["channel"], after["due_date"]) == (
            "1.004884",
            "postal",
            "2021-08-23",
        )

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"at": "2021-08-17T09:00:00+07:00"}, 422),  # in the future
            ({"receiving_unit": "20900"}, 422),
            ({"outcome": "granted"}, 422),
            ({"channel": "pigeon"}, 422),
            ({"procedure": "9.999999"}, 422),
            ({}, 422),
        ],
    )
    def test_a_field_or_value_that_the_entry_cannot_have_is_refused(
        self, app_client: Client, clerk: str, supervisor: str, changes: dict[str, object], status: int
    ) -> None:
        code = received(app_client, clerk)["code"]
        body = {"sequence": 1, "reason": "x", "changes": changes}

        assert app_client.post(f"{DOSSIERS}/{code}/correct", body, token=supervisor).status_code == status
        assert app_client.get(f"{DOSSIERS}/{code}", token=supervisor).json()["version"] == 1

    def test_a_correction_that_changes_nothing_is_refused(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        for changes in ({"at": None}, {"channel": "counter"}, {"responsible_unit": None}):
            body = {"sequence": 1, "reason": "x", "changes": changes}
            answer = app_client.post(f"{DOSSIERS}/{code}/correct", body, token=supervisor)
            assert (answer.status_code, answer.json()["code"]) == (422, "nothing_changes")
        assert app_client.get(f"{DOSSIERS}/{code}", token=supervisor).json()["version"] == 1

    def test_a_later_version_changes_no_dossier_already_received(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        version = {"effective_from": "2021-08-16", "limits": {"amount": 12, "unit": "working_day"}}
        administrator = app_client.token("administrator")
        made = app_client.post("/api/v1/procedures/1.004837/versions", version, token=administrator)
        body = {"sequence": 1, "reason": "nhầm tên cán bộ", "changes": {"officer": "Lê Văn Tám"}}
        after = corrected(app_client, supervisor, code, **body)

        assert made.status_code == 201, made.text
        assert (after["limit"]["amount"], after["due_date"], after["officer"]) == (3, "2021-08-19", "Lê Văn Tám")

    def test_a_corrected_submission_changes_the_receipt_too(
        self, app_client: Client, clerk: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk, submit=True)["code"]
        act(app_client, clerk, code, "receive")
        changes = {"channel": "online", "responsible_unit": "515.05"}
        body = {"sequence": 1, "reason": "x", "changes": changes}
        after = corrected(app_client, supervisor, code, **body)

        assert (after["channel"], after["responsible_unit"]["code"]) == ("online", "515.05")

    def test_a_receipt_is_not_moved_to_before_its_unit_was(self, app_client: Client) -> None:
        app_client.now = datetime(2025, 7, 2, 2, tzinfo=UTC)
        token = app_client.token("supervisor", "20900")
        code = received(app_client, token, receiving_unit="20900", at="2025-07-02T08:00:00+07:00")["code"]
        body = {"sequence": 1, "reason": "x", "changes": {"at": "2025-06-30T08:00:00+07:00"}}
        answer = app_client.post(f"{DOSSIERS}/{code}/correct", body, token=token)

        assert (answer.status_code, answer.json()["code"]) == (422, "unit_not_valid")

    def test_an_earlier_officer_put_right_is_not_the_present_one(
        self, app_client: Client, clerk: str, officer: str, supervisor: str
    ) -> None:
        code = received(app_client, clerk)["code"]
        act(app_client, officer, code, "take", officer="Lê Văn Tám")
        body = {"sequence": 1, "reason": "x", "changes": {"officer": "Hồ Thị Sáu"}}
        after = corrected(app_client, supervisor, code, **body)

        assert after["officer"] == "Lê Văn Tám"

    def test_only_a_supervisor_corrects(self, app_client: Client, clerk: str) -> None:
        code = received(app_client, clerk)["code"]
        body = {"sequence": 1, "reason": "x", "changes": {"channel": "postal"}}

        assert app_client.post(f"{DOSSIERS}/{code}/correct", body, token=clerk).status_code == 403
