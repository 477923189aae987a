"""Papers of what the applicant must know: a moved date, money, a transfer, a submission; receipts printed again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, corrected, new_procedure, received
from tests.support.client import Client
from tests.support.pdf import text

LAW = {"reason": "Khối lượng lớn", "legal_basis": "Điều 20 Nghị định 61/2018/NĐ-CP"}


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor")


def printed(client: Client, token: str, code: str, kind: str, **query: Any) -> str:
    answer = client.get(f"{DOSSIERS}/{code}/slips/{kind}", params=query, token=token)
    assert answer.status_code == 200, answer.text
    return text(answer.content)


def kinds(client: Client, token: str, code: str) -> list[tuple[str, int]]:
    items = client.get(f"{DOSSIERS}/{code}/slips", token=token).json()["items"]
    return [(item["kind"], item["sequence"]) for item in items if item["kind"] not in ("receipt", "control")]


def publish(client: Client, day: str) -> None:
    calendar = client.get("/api/v1/calendar/2021").json()
    body = {name: calendar[name] for name in ("working_days", "names")}
    body |= {"decision": "12/CĐ", "days_off": sorted({*calendar["days_off"], day})}
    answer = client.put("/api/v1/calendar/2021", body, token=client.token("administrator"))
    assert answer.status_code == 200, answer.text


def test_each_moved_date_has_an_unnumbered_paper_with_both_dates(app_client: Client, supervisor: str) -> None:
    procedure = new_procedure(app_client, max_extension=5)
    code = received(app_client, supervisor, procedure=procedure)["code"]  # due on 19 August
    publish(app_client, "2021-08-19")
    act(app_client, supervisor, code, "extend", days=1, **LAW)
    act(app_client, supervisor, code, "suspend", **LAW)
    app_client.now = NOW + timedelta(days=1)
    act(app_client, supervisor, code, "resume")
    act(app_client, supervisor, code, "reschedule", promised_date="2021-08-27", reason="x")
    publish(app_client, "2021-08-27")
    app_client.now += timedelta(minutes=1)
    corrected(app_client, supervisor, code, sequence=6, changes={"promised_date": "2021-08-31"})
    assert kinds(app_client, supervisor, code) == [
        ("apology", 6),
        ("redate", 2),
        ("redate", 3),
        ("redate", 5),
        ("redate", 7),
        ("redate", 9),
    ]
    for sequence, before, after, reason in (
        (2, "19", "20", "Lịch nghỉ, làm bù được thay đổi (12/CĐ)"),
        (3, "20", "23", "Gia hạn thời hạn giải quyết Căn cứ: Điều 20 Nghị định 61/2018/NĐ-CP"),
        (5, "23", "24", "Tiếp tục giải quyết sau khi xác minh"),
        (7, "27", "30", "Lịch nghỉ, làm bù được thay đổi (12/CĐ)"),
        (9, "30", "31", "Điều chỉnh thông tin của hồ sơ"),
    ):
        said = printed(app_client, supervisor, code, "redate", sequence=sequence)
        assert "THÔNG BÁO THAY ĐỔI THỜI GIAN TRẢ KẾT QUẢ" in said
        assert "Mẫu số" not in said
        assert f"từ ngày {before} tháng 8 năm 2021 sang ngày {after} tháng 8 năm 2021." in said, sequence
        assert f"Lý do: {reason}" in said, sequence


def test_a_receipt_printed_again_says_the_date_that_holds_and_since_when(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor)["code"]
    assert "hiện nay" not in printed(app_client, supervisor, code, "receipt")
    app_client.now = NOW + timedelta(hours=1)
    publish(app_client, "2021-08-19")
    said = printed(app_client, supervisor, code, "receipt")
    assert "Thời gian trả kết quả giải quyết hồ sơ: 17 giờ 00 phút, ngày 19 tháng 8 năm 2021" in said
    assert "hiện nay: ngày 20 tháng 8 năm 2021 (kể từ ngày 16 tháng 8 năm 2021)" in said

    app_client.now = NOW + timedelta(days=1)
    act(app_client, supervisor, code, "reschedule", promised_date="2021-08-25", reason="x")
    said = printed(app_client, supervisor, code, "receipt")
    assert "hiện nay: ngày 25 tháng 8 năm 2021 (kể từ ngày 17 tháng 8 năm 2021)" in said
    act(app_client, supervisor, code, "finish", outcome="granted")
    assert "hiện nay" not in printed(app_client, supervisor, code, "receipt")


def test_a_corrected_receipt_says_since_when_its_date_holds(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor)["code"]
    app_client.now = NOW + timedelta(days=1)
    corrected(app_client, supervisor, code, sequence=1, changes={"at": "2021-08-13T08:30:00+07:00"})
    said = printed(app_client, supervisor, code, "receipt")
    assert "hiện nay: ngày 18 tháng 8 năm 2021 (kể từ ngày 17 tháng 8 năm 2021)" in said


def test_money_asked_for_a_transfer_and_a_submission_have_papers(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor, submit=True, channel="online")["code"]
    assert "đã nhận hồ sơ nộp trực tuyến nêu trên" in printed(app_client, supervisor, code, "submission")
    act(app_client, supervisor, code, "receive")
    act(app_client, supervisor, code, "transfer", to_unit="515.03", **LAW)
    said = printed(app_client, supervisor, code, "transfer")
    assert "được chuyển đến Phòng Tư pháp để giải quyết theo thẩm quyền" in said
    assert "Lý do: Khối lượng lớn" in said
    act(app_client, supervisor, code, "request-payment", amount=1_500_000)
    assert "với số tiền: 1.500.000 đồng" in printed(app_client, supervisor, code, "payment")
    # For a reader without a need for names, the words of people are blank.
    assert "Khối lượng lớn" not in printed(app_client, app_client.token("reporter"), code, "transfer")
    assert kinds(app_client, supervisor, code) == [("submission", 1), ("payment", 4), ("transfer", 3)]


def test_a_voided_extension_leaves_no_paper_but_that_of_the_date_taken_back(
    app_client: Client, supervisor: str
) -> None:
    procedure = new_procedure(app_client, max_extension=5)
    code = received(app_client, supervisor, procedure=procedure)["code"]
    act(app_client, supervisor, code, "extend", days=1, **LAW)
    act(app_client, supervisor, code, "void", sequence=2, reason="x")
    assert kinds(app_client, supervisor, code) == [("redate", 3)]
    said = printed(app_client, supervisor, code, "redate")
    assert "từ ngày 20 tháng 8 năm 2021 sang ngày 19 tháng 8 năm 2021." in said
