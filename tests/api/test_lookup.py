"""The public view of a dossier by its code: its status in two languages, and nothing about people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, corrected, received
from tests.support.client import Client

LOOKUP = "/api/v1/lookup"
# Stands in everything that people write about a dossier.
SECRET = "Kín-đáo-7391"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def seen(client: Client, code: str, **headers: str) -> dict[str, Any]:
    answer = client.get(f"{LOOKUP}/{quote(code)}", headers=headers)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def texts(client: Client, code: str, **headers: str) -> list[str]:
    return [step["text"] for step in seen(client, code, **headers)["steps"]]


def test_a_received_dossier_is_shown_with_exactly_the_fields_of_the_contract(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    answer = client.get(f"{LOOKUP}/{code}")
    content = answer.json()
    unit = content["holder_unit"]

    assert answer.status_code == 200
    assert content["collect_at"].pop("sessions")[0] == {
        "weekday": 1,
        "from": "07:00",
        "to": "11:30",
        "reception_only": False,
    }
    assert content == {
        "code": code,
        "complete": True,
        "received_date": "2021-08-16",
        "finished_date": None,
        "returned_date": None,
        "suspended_date": None,
        "procedure": {"code": "1.004837", "name": "Thủ tục đăng ký giám hộ", "version": 1, "field": "Hộ tịch"},
        "status": "received",
        "status_text": "Được tiếp nhận",
        "stage": "receive",
        "received_at": "2021-08-16T08:30:00+07:00",
        "due_date": "2021-08-19",
        "due_date_expected": False,
        "promised_date": None,
        "provisional": False,
        "clock": "running",
        "overdue": False,
        "finished_at": None,
        "returned_at": None,
        "verdict": None,
        "suspended_since": None,
        "suspension_reason": None,
        "projected_due_date": None,
        "apology": None,
        "fee": 0,
        "fee_outstanding": 0,
        "holder_unit": {"id": unit["id"], "code": "20899", "name": "Trà My", "kind": "commune"},
        "collect_at": {"unit": unit, "address": None, "phone": None},
        "steps": [{"at": "2021-08-16T08:30:00+07:00", "text": "Đã tiếp nhận hồ sơ tại Thị trấn Trà My"}],
    }


def test_a_whole_life_is_shown_step_by_step_in_both_languages(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "forward", to_unit="515.03")
    act(client, supervisor, code, "take")
    act(client, supervisor, code, "request-supplement", reason="x")
    client.now += timedelta(days=1)
    act(client, supervisor, code, "supplement")
    act(client, supervisor, code, "finish", outcome="granted")
    act(client, supervisor, code, "return", received_by="x")

    assert texts(client, code) == [
        "Đã tiếp nhận hồ sơ tại Thị trấn Trà My",
        "Chuyển hồ sơ đến Phòng Tư pháp",
        "Phòng Tư pháp bắt đầu giải quyết hồ sơ",
        "Yêu cầu bổ sung hồ sơ",
        "Đã tiếp nhận hồ sơ bổ sung",
        "Đã có kết quả giải quyết tại Bộ phận Một cửa",
        "Đã trả kết quả",
    ]
    assert texts(client, code, **ENGLISH)[1:3] == ["Handed to Phòng Tư pháp", "Phòng Tư pháp began work"]
    after = seen(client, code, **ENGLISH)
    assert (after["status"], after["status_text"], after["verdict"]) == ("returned", "Result returned", "early")
    assert after["returned_at"] == "2021-08-17T08:30:00+07:00"


def test_while_papers_are_missing_it_says_since_when_and_for_what(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "request-supplement", reason="Thiếu tờ khai")
    client.now += timedelta(days=2)
    waiting = seen(client, code)

    assert (waiting["clock"], waiting["suspension_reason"]) == ("suspended", "supplement")
    assert waiting["suspended_since"] == "2021-08-16T08:30:00+07:00"
    # Due on the 19th; the 17th and the 18th would not count if the papers came now.
    assert (waiting["due_date"], waiting["projected_due_date"]) == ("2021-08-19", "2021-08-23")


def test_only_submitted_there_is_no_date_yet(client: Client, supervisor: str) -> None:
    code = received(client, supervisor, submit=True)["code"]
    content = seen(client, code)

    assert (content["status_text"], content["clock"], content["due_date"]) == ("Mới đăng ký", "not_started", None)
    assert (content["received_at"], content["procedure"]["version"]) == (None, None)
    assert texts(client, code) == ["Đã nộp hồ sơ, chờ kiểm tra và tiếp nhận"]


class TestApology:
    def test_none_until_the_due_date_has_passed_and_then_a_sentence_of_regret(
        self, client: Client, supervisor: str
    ) -> None:
        code = received(client, supervisor)["code"]
        client.now = datetime(2021, 8, 19, 16, 59, 59, tzinfo=UTC)
        on_the_day = seen(client, code)
        client.now += timedelta(seconds=1)
        the_day_after = seen(client, code)

        assert (on_the_day["overdue"], on_the_day["apology"]) == (False, None)
        assert the_day_after["overdue"] is True
        assert "quá hạn" in the_day_after["apology"]
        assert "19/08/2021" in the_day_after["apology"]
        assert "apologise" in seen(client, code, **ENGLISH)["apology"]

    def test_a_later_promise_comes_with_regret_and_its_date(self, client: Client, supervisor: str) -> None:
        code = received(client, supervisor)["code"]
        act(client, supervisor, code, "reschedule", reason="Quá tải", promised_date="2021-08-24")
        content = seen(client, code)

        assert (content["promised_date"], content["due_date"]) == ("2021-08-24", "2021-08-19")
        assert "xin lỗi" in content["apology"]
        assert "24/08/2021" in content["apology"]
        assert texts(client, code)[-1] == "Xin lỗi và hẹn lại ngày 24/08/2021"

    def test_finished_late_it_still_regrets_and_finished_in_time_not(self, client: Client, supervisor: str) -> None:
        late, in_time = (received(client, supervisor)["code"] for _ in range(2))
        act(client, supervisor, in_time, "take")
        act(client, supervisor, in_time, "finish", outcome="granted")
        client.now += timedelta(days=7)
        act(client, supervisor, late, "finish", outcome="granted")

        assert seen(client, in_time)["apology"] is None
        assert (seen(client, late)["verdict"], seen(client, late)["overdue"]) == ("late", False)
        assert "sau ngày hẹn 19/08/2021" in seen(client, late)["apology"]


class TestCodes:
    @pytest.mark.parametrize(
        "typed",
        [
            "000.31.15.h47-210816-0001",
            " 000.31.15.H47 - 210816 - 0001 ",
            "000.31.15.H47–210816—0001",
            "000.31.15.H47\u2212210816\u20110001",
            "000.31.15.H47\u00a0-210816-0001\ufeff",
            "\uff10\uff10\uff10.31.15.H47-210816-0001",
        ],
    )
    def test_case_spaces_and_the_kind_of_dash_do_not_matter(self, client: Client, supervisor: str, typed: str) -> None:
        code = received(client, supervisor)["code"]

        assert seen(client, typed)["code"] == code
        assert client.get(f"{LOOKUP}/{quote(typed)}/deadline").json()["due_date"] == "2021-08-19"

    @pytest.mark.parametrize(
        "typed",
        [
            "000.31.15.H47-210816-0002",
            "000.31.15.H47-210230-0001",
            "H47",
            "0",
            "-",
            "%",
            "'; DROP TABLE dossiers; --",
            "Nguyễn Thị Hoa",
            "x" * 5000,
            "\u202e",
            "🙂",
        ],
    )
    def test_an_unknown_or_malformed_code_is_404_with_a_helpful_text(self, client: Client, typed: str) -> None:
        for path in (f"{LOOKUP}/{quote(typed)}", f"{LOOKUP}/{quote(typed)}/deadline"):
            answer = client.get(path)
            english = client.get(path, headers=ENGLISH).json()

            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_dossier")
            assert "giấy tiếp nhận" in answer.json()["detail"]
            assert "receipt slip" in english["detail"]

    @pytest.mark.parametrize("raw", ["%00", "%ff", "%C0%AF", "%ED%A0%80", "a%0Ab", "%252e"])
    def test_bytes_that_are_no_text_are_404_too(self, client: Client, raw: str) -> None:
        assert client.get(f"{LOOKUP}/{raw}").status_code == 404


def personal(client: Client, token: str, code: str, action: str, **body: Any) -> None:
    """An action with the secret in every word that it may carry."""
    act(client, token, code, action, officer=f"Cán bộ {SECRET}", note=f"Ghi chú {SECRET}", **body)


def test_nothing_personal_or_written_by_people_is_ever_shown(client: Client, supervisor: str) -> None:
    why = {"reason": f"Lý do {SECRET}"}
    law = {"legal_basis": f"Điều {SECRET}"}
    papers = {"documents": [{"name": f"Giấy {SECRET}"}]}
    seen_states: set[str] = set()

    def new(**changes: Any) -> str:
        applicant = {name: f"{name} {SECRET}" for name in ("name", "identity_number", "phone", "email", "address")}
        code: str = received(
            client,
            supervisor,
            applicant={**applicant, "commune": f"Xã {SECRET}"},
            summary=f"Việc {SECRET}",
            officer=f"Cán bộ {SECRET}",
            note=f"Ghi chú {SECRET}",
            external=[{"system": "dvcqg", "code": f"{SECRET}-{client.now.timestamp()}"}],
            at=None,
            **papers,
            **changes,
        )["code"]
        check(code)
        return code

    def check(code: str) -> None:
        for path in (f"{LOOKUP}/{code}", f"{LOOKUP}/{code}/deadline"):
            for headers in ({}, ENGLISH):
                answer = client.get(path, headers=headers)
                assert answer.status_code in (200, 409), answer.text
                shown = answer.text + str(answer.headers)
                assert "7391" not in shown, f"{path}: {shown}"
        content = seen(client, code)
        seen_states.add(f"{content['status']} {content['clock']}")

    def life(code: str, *acts: tuple[str, dict[str, Any]]) -> None:
        for action, body in acts:
            personal(client, supervisor, code, action, **body)
            check(code)
            client.now += timedelta(minutes=1)

    life(new(submit=True), ("request-supplement", why | papers), ("supplement", papers), ("decline", why))
    life(new(submit=True), ("receive", papers), ("forward", {"to_unit": "515.03"}), ("take", {}))
    code = new()
    life(
        code,
        ("request-supplement", why | papers),
        ("supplement", papers),
        ("request-payment", {"amount": 20_000}),
        ("pay", {"amount": 20_000, "method": "portal", "receipt_number": "7391"}),
        ("suspend", why | law),
        ("resume", {}),
        ("reschedule", {**why, "promised_date": "2021-09-07"}),
        ("transfer", {**why, **law, "to_unit": "515.05"}),
        ("take", {}),
        ("finish", {"outcome": "refused", **why}),
        ("return", {"received_by": f"Người nhận {SECRET}", "how": "postal"}),
    )
    mended = new()
    patch = {"applicant": {"name": f"Tên {SECRET}"}, "summary": f"Việc khác {SECRET}", **papers}
    assert client.patch(f"{DOSSIERS}/{mended}", patch, token=supervisor).status_code == 200
    life(mended, ("take", {}))
    changes = {"note": f"Ghi lại {SECRET}", "officer": f"Người khác {SECRET}", "reason": f"Vì {SECRET}"}
    correction = {"sequence": 3, "changes": changes, "reason": f"Nhầm {SECRET}", "officer": f"Cán bộ {SECRET}"}
    act(client, supervisor, mended, "correct", **correction)
    check(mended)
    why_not = {"reason": f"Không {SECRET}", "officer": f"Lãnh đạo {SECRET}"}
    act(client, supervisor, mended, "reject-correction", sequence=4, **why_not)
    check(mended)
    corrected(client, supervisor, mended, **correction)
    check(mended)
    life(mended, ("withdraw", {"request": f"Đơn {SECRET}"}))
    life(new(), ("discontinue", why | law))

    assert seen_states == {
        "submitted not_started",
        "declined not_started",
        "received running",
        "processing running",
        "awaiting_supplement suspended",
        "awaiting_payment suspended",
        "received suspended",
        "finished ended",
        "returned ended",
        "withdrawn ended",
        "discontinued ended",
    }


def test_steps_are_those_of_the_corrected_journal(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "forward", to_unit="515.03")
    before = seen(client, code)["steps"]
    changes = {"to_unit": "515.05", "at": "2021-08-16T08:30:00+07:00"}
    client.now += timedelta(hours=1)
    request = act(client, supervisor, code, "correct", sequence=2, reason="Nhầm phòng", changes=changes)
    pending = seen(client, code)
    act(client, client.token("supervisor", client="other"), code, "approve-correction", sequence=request["version"])
    after = seen(client, code)

    assert before[1]["text"] == "Chuyển hồ sơ đến Phòng Tư pháp"
    # The public does not see that a correction was asked for.
    assert pending["steps"] == before
    assert [step["text"] for step in after["steps"]][1:] == ["Chuyển hồ sơ đến Phòng Tài nguyên và Môi trường"]
    assert after["holder_unit"]["code"] == "515.05"


def test_a_refusal_has_another_text_than_a_grant(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "finish", outcome="refused", reason="Không đủ điều kiện")

    assert texts(client, code)[-1] == "Đã có văn bản từ chối giải quyết tại Bộ phận Một cửa"


def test_a_changed_address_of_the_counter_shows_at_once(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    unit = seen(client, code)["collect_at"]["unit"]["id"]
    patch = {"address": "Tổ Đồng Bàu, thị trấn Trà My", "phone": "02353882123"}
    changed = client.patch(f"/api/v1/units/{unit}", patch, token=client.token("administrator"))
    counter = seen(client, code)["collect_at"]

    assert changed.status_code == 200, changed.text
    assert (counter["address"], counter["phone"]) == ("Tổ Đồng Bàu, thị trấn Trà My", "02353882123")


def test_a_client_with_the_present_etag_gets_304_until_a_change(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    path = f"{LOOKUP}/{code}"
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    in_english = client.get(path, headers={"If-None-Match": tag, **ENGLISH})
    act(client, supervisor, code, "take")
    later = client.get(path, headers={"If-None-Match": tag})

    assert (again.status_code, again.content, in_english.status_code, later.status_code) == (304, b"", 200, 200)
    assert later.headers["vary"] == "Accept, Accept-Language, Authorization, X-Slip-Key, X-Last-Digits"


def test_a_token_that_does_not_hold_does_not_matter(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]

    assert client.get(f"{LOOKUP}/{code}", token="no-such-token").status_code == 200
    assert client.get(f"{LOOKUP}/{code}/deadline", token="no-such-token").status_code == 200


def test_computations_beyond_the_rate_are_429_with_the_time_to_wait(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_rate=1) as client:
        body = {"limit": {"amount": 1, "unit": "working_day"}, "received_at": "2021-08-16T08:30:00+07:00"}
        first, second = client.post("/api/v1/deadline", body), client.post("/api/v1/deadline", body)
        staff = client.get(f"{DOSSIERS}/000.31.15.H47-210816-0001/deadline", token=client.token("supervisor"))

    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["code"] == "too_many_requests"
    assert 1 <= int(second.headers["retry-after"]) <= 60
    assert staff.status_code == 404
