"""Notices to applicants with an address: in Vietnamese, once, and without sensitive content."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from app.database import schema
from app.database.tables import applicants, outbox
from app.database.tables import outbox_events as events
from app.settings import Settings
from tests.conftest import NOW
from tests.support.bodies import HOA, act, corrected, received
from tests.support.client import Client
from tests.support.receivers import Mailbox, Receiver, running_receiver

FROM = "mot-cua@tra-my.example.vn"
REACHED = {**HOA, "email": "hoa@example.vn"}


@pytest.fixture
def gateway() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def client(seeded_url: str, mailbox: Mailbox) -> Iterator[Client]:
    settings = {"smtp_url": mailbox.url, "mail_from": FROM, "public_url": "https://motcua.example.vn"}
    with Client(seeded_url, NOW, outbox_worker=False, **settings) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def text_of(mail: EmailMessage) -> str:
    text: str = mail.get_content()
    return text


def test_the_applicant_gets_a_notice_of_each_important_step(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    code = received(client, supervisor, applicant=REACHED)["code"]
    act(client, supervisor, code, "take")
    act(client, supervisor, code, "request-supplement", reason="Thiếu giấy khai sinh của cháu Lan")
    client.work_off()
    act(client, supervisor, code, "supplement")
    act(client, supervisor, code, "reschedule", reason="Cán bộ Bình nghỉ ốm", promised_date="2021-08-25")
    act(client, supervisor, code, "finish", outcome="granted")
    client.work_off()

    assert mailbox.to == ["hoa@example.vn"] * 4
    assert [mail["Subject"] for mail in mailbox.mails] == [
        f"Đã tiếp nhận hồ sơ {code}",
        f"Yêu cầu bổ sung hồ sơ {code}",
        f"Xin lỗi và hẹn lại ngày trả kết quả {code}",
        f"Đã có kết quả giải quyết hồ sơ {code}",
    ]
    assert text_of(mailbox.mails[0]).splitlines() == [
        "Kính gửi: Ông/Bà Nguyễn Thị Hoa",
        "",
        f"Thị trấn Trà My đã tiếp nhận hồ sơ {code}. Ngày hẹn trả kết quả: 19/08/2021.",
        "",
        f"Tra cứu: https://motcua.example.vn/d/{code}",
        "",
        "Thư này được gửi tự động, đề nghị không trả lời.",
    ]
    assert "25/08/2021" in text_of(mailbox.mails[2])
    everything = " ".join(text_of(mail) for mail in mailbox.mails)
    for private in ("giám hộ", "049185001234", "0905123456", "Thôn 2", "Lan", "Bình"):
        assert private not in everything


def test_an_organisation_is_addressed_by_its_name_only(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    company = {**REACHED, "kind": "business", "name": "Công ty Cổ phần Sâm Trà My"}
    received(client, supervisor, applicant=company)
    client.work_off()
    assert text_of(mailbox.mails[0]).splitlines()[0] == "Kính gửi: Công ty Cổ phần Sâm Trà My"


def test_a_pending_request_is_dropped_once_it_is_fulfilled(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    mailbox.refusing = "451 later"
    code = received(client, supervisor, applicant=REACHED)["code"]
    act(client, supervisor, code, "take")
    act(client, supervisor, code, "request-supplement", reason="Thiếu giấy")
    client.work_off()
    act(client, supervisor, code, "supplement")
    act(client, supervisor, code, "finish", outcome="granted")
    act(client, supervisor, code, "return", received_by="Hoa", how="counter")
    mailbox.refusing = ""
    client.now += timedelta(minutes=5)
    client.work_off()
    assert [mail["Subject"] for mail in mailbox.mails] == [f"Đã tiếp nhận hồ sơ {code}"]


def test_the_outbox_has_no_personal_data(client: Client, supervisor: str, seeded_url: str) -> None:
    received(client, supervisor, applicant=REACHED)
    client.work_off()
    rows = schema.in_transaction(seeded_url, lambda connection: connection.execute(outbox.select()).all())
    assert len(rows) == 1
    assert not [word for word in ("Hoa", "hoa@", "0905123456") if word in str(rows)]


def test_a_mail_is_sent_once_and_a_repeat_has_the_same_id(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    mailbox.refusing = "451 later"
    received(client, supervisor, applicant=REACHED)
    client.work_off()
    mailbox.refusing = ""
    for _ in range(3):
        client.now += timedelta(minutes=5)
        client.work_off()
    assert (mailbox.tried, len(mailbox.mails)) == (2, 1)
    assert mailbox.mails[0]["Message-ID"].startswith("<notice.")
    assert mailbox.mails[0]["Message-ID"].endswith("@tra-my.example.vn>")


def test_a_permanent_rejection_makes_a_mail_dead_at_once(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    mailbox.refusing = "550 no such mailbox"
    received(client, supervisor, applicant=REACHED)
    client.work_off()
    (dead,) = client.get("/api/v1/outbox?state=dead", token=supervisor).json()["items"]
    assert (dead["recipient"], dead["attempts"], dead["last_error"]) == ("applicant", 1, "data 550")


@pytest.mark.parametrize(
    "email",
    [
        None,
        "không có",
        "hoa@example.vn, other@example.vn",
        "hoa@example.vn>",
        "<hoa@example.vn>",
        "hoa@@example.vn",
        '"a b"@example.vn',
        "hoa@exam ple.vn",
        "hoà@example.vn",
    ],
)
def test_nothing_is_sent_without_a_single_valid_address(
    client: Client, supervisor: str, mailbox: Mailbox, email: str | None
) -> None:
    received(client, supervisor, applicant={**HOA, "email": email})
    assert client.work_off() == 0
    assert mailbox.raw == []


def test_a_name_cannot_add_a_header(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    name = "Hoa Bcc: all@example.vn"
    received(client, supervisor, applicant={**REACHED, "name": name})
    client.work_off()
    (mail,) = mailbox.mails
    assert mailbox.to == ["hoa@example.vn"]
    assert (mail["Bcc"], mail["To"]) == (None, "hoa@example.vn")
    assert name in text_of(mail)


def test_a_corrected_address_gets_pending_notices(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    code = received(client, supervisor, applicant=REACHED)["code"]
    mended = {"applicant": {"email": "hoa.moi@example.vn"}}
    assert client.patch(f"/api/v1/dossiers/{code}", mended, token=supervisor).status_code == 200
    client.work_off()
    assert mailbox.to == ["hoa.moi@example.vn"]


def test_a_purged_applicant_gets_no_notice(client: Client, supervisor: str, mailbox: Mailbox, seeded_url: str) -> None:
    mailbox.refusing = "451 later"
    received(client, supervisor, applicant=REACHED)
    client.work_off()
    mailbox.refusing = ""
    schema.in_transaction(seeded_url, lambda connection: connection.execute(applicants.update().values(email=None)))
    client.now += timedelta(minutes=5)
    client.work_off()
    assert mailbox.raw == []
    (message,) = client.get("/api/v1/outbox?state=dropped", token=supervisor).json()["items"]
    assert message["last_error"] == "nobody_left"


def test_sent_messages_are_deleted_after_a_month_and_dead_ones_are_not(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    received(client, supervisor, applicant=REACHED)
    client.work_off()
    mailbox.refusing = "550 no such mailbox"
    received(client, supervisor, applicant=REACHED)
    client.work_off()

    def states() -> list[str]:
        return [item["state"] for item in client.get("/api/v1/outbox", token=supervisor).json()["items"]]

    client.now += timedelta(days=29)
    client.work_off()
    assert states() == ["dead", "sent"]
    client.now += timedelta(days=2)
    client.work_off()
    assert states() == ["dead"]


def test_the_gateway_gets_notices_for_applicants_with_only_a_telephone_number(
    seeded_url: str, gateway: Receiver
) -> None:
    settings = {"gateway_url": gateway.url, "gateway_token": "secret", "public_url": "https://motcua.example.vn"}
    with Client(seeded_url, NOW, outbox_worker=False, **settings) as client:
        token = client.token("supervisor")
        code = received(client, token, applicant={**HOA, "phone": "0905 123 456"})["code"]
        received(client, token, applicant={**HOA, "phone": None})
        client.work_off()
    (request,) = gateway.got
    body = json.loads(request.body)
    assert body["to"] == "+84905123456"
    assert body["text"] == (
        f"Thị trấn Trà My đã tiếp nhận hồ sơ {code}. Ngày hẹn trả kết quả: 19/08/2021."
        f" Tra cứu: https://motcua.example.vn/d/{code}"
    )
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["idempotency-key"] == body["id"]


def test_the_gateway_gets_each_spelling_of_a_number_in_one_form(seeded_url: str, gateway: Receiver) -> None:
    spellings = ("+84 (0)905 123 456", "905123456", "84905123456", "0905.123.456", "0905123456 (con trai)")
    unreachable = ("0235 3881 234", "01691234567", "không có")
    with Client(seeded_url, NOW, outbox_worker=False, gateway_url=gateway.url) as client:
        token = client.token("supervisor")
        for phone in (*spellings, *unreachable):
            received(client, token, applicant={**HOA, "phone": phone})
        client.work_off()
    assert [json.loads(request.body)["to"] for request in gateway.got] == ["+84905123456"] * len(spellings)


def test_without_a_channel_no_notice_is_stored(seeded_url: str) -> None:
    with Client(seeded_url, NOW, outbox_worker=False) as client:
        received(client, client.token("supervisor"), applicant=REACHED)
        assert client.work_off() == 0
    rows = schema.in_transaction(
        seeded_url, lambda connection: [*connection.execute(outbox.select()), *connection.execute(events.select())]
    )
    assert rows == []


@pytest.mark.parametrize("given", [{"smtp_url": "http://x"}, {"smtp_url": "smtp://"}, {"mail_from": "a@b\nBcc: c@d"}])
def test_an_invalid_setting_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"smtp|pattern"):
        Settings(**given)


# --- Every change, since 1 July 2026 (rules §16) ---


def test_every_change_of_status_is_announced_with_office_officer_and_time(seeded_url: str, mailbox: Mailbox) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False, smtp_url=mailbox.url, mail_from=FROM) as client:
        supervisor = client.token("supervisor")
        body = {"receiving_unit": "20900", "applicant": {**REACHED, "commune": "20900"}}
        code = received(client, supervisor, at=now.isoformat(), **body)["code"]
        act(client, supervisor, code, "take", officer="Lê Thị Lan")
        act(client, supervisor, code, "request-payment", amount=8000)
        client.work_off()
        act(client, supervisor, code, "pay")
        act(client, supervisor, code, "finish", outcome="granted")
        client.work_off()
        act(client, supervisor, code, "return", received_by="Nguyễn Thị Hoa", how="counter")
        client.work_off()
    assert [mail["Subject"] for mail in mailbox.mails] == [
        f"Đã tiếp nhận hồ sơ {code}",
        f"Đang giải quyết hồ sơ {code}",
        f"Yêu cầu thực hiện nghĩa vụ tài chính của hồ sơ {code}",
        f"Đã ghi nhận nghĩa vụ tài chính của hồ sơ {code}",
        f"Đã có kết quả giải quyết hồ sơ {code}",
        f"Đã trả kết quả hồ sơ {code}",
    ]
    taken = text_of(mailbox.mails[1])
    assert f"Hồ sơ {code} được Xã Trà My thụ lý từ 08:30 ngày 07/09/2026." in taken
    assert "Cán bộ thực hiện: Lê Thị Lan." in taken
    assert "Ngày hẹn trả kết quả:" in text_of(mailbox.mails[3])


def test_a_notice_has_the_new_due_date_of_a_dossier_for_another_area(seeded_url: str, mailbox: Mailbox) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False, smtp_url=mailbox.url, mail_from=FROM) as client:
        supervisor = client.token("supervisor")
        body = {"receiving_unit": "20900", "responsible_unit": "20908", "applicant": {**REACHED, "commune": "20908"}}
        made = received(client, supervisor, at=now.isoformat(), **body)
        assert (made["clock"], made["due_date"], made["due_date_expected"]) == ("not_started", "2026-09-10", True)
        client.now = now + timedelta(days=1)
        moved = act(client, supervisor, made["code"], "forward", to_unit="20908")
        assert (moved["clock"], moved["due_date"], moved["due_date_expected"]) == ("running", "2026-09-11", False)
        client.work_off()
        receipts = [
            slip["sequence"]
            for slip in client.get(f"/api/v1/dossiers/{made['code']}/slips", token=supervisor).json()["items"]
            if slip["kind"] == "receipt"
        ]
        assert receipts == [1, 2]
    assert "Ngày hẹn trả kết quả: 11/09/2026." in text_of(mailbox.mails[1])


def test_a_new_calendar_moves_an_expected_due_date_too(seeded_url: str) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False) as client:
        supervisor, administrator = client.token("supervisor"), client.token("administrator")
        body = {"receiving_unit": "20900", "responsible_unit": "20908", "applicant": {**REACHED, "commune": "20908"}}
        code = received(client, supervisor, at=now.isoformat(), **body)["code"]
        calendar = client.get("/api/v1/calendar/2026").json()
        changed = {name: calendar[name] for name in ("decision", "days_off", "working_days", "names")}
        changed["days_off"] = sorted([*changed["days_off"], "2026-09-09"])
        answer = client.put("/api/v1/calendar/2026", changed, token=administrator)
        assert answer.status_code == 200, answer.text
        moved = client.get(f"/api/v1/dossiers/{code}", token=supervisor).json()
        assert (moved["clock"], moved["due_date"]) == ("not_started", "2026-09-11")


class TestMistakes:
    def test_a_notice_that_was_not_sent_is_withdrawn(self, client: Client, supervisor: str, mailbox: Mailbox) -> None:
        code = received(client, supervisor, applicant=REACHED)["code"]
        act(client, supervisor, code, "finish", outcome="granted")
        act(client, supervisor, code, "void", sequence=2, reason="nhầm hồ sơ")
        client.work_off()

        assert [mail["Subject"] for mail in mailbox.mails] == [f"Đã tiếp nhận hồ sơ {code}"]

    def test_a_notice_that_was_sent_is_taken_back_by_another(
        self, client: Client, supervisor: str, mailbox: Mailbox
    ) -> None:
        code = received(client, supervisor, applicant=REACHED)["code"]
        act(client, supervisor, code, "finish", outcome="granted")
        client.work_off()
        act(client, supervisor, code, "void", sequence=2, reason="nhầm hồ sơ")
        client.work_off()

        assert [mail["Subject"] for mail in mailbox.mails][2:] == [f"Hủy bỏ thông báo đã gửi về hồ sơ {code}"]
        text = text_of(mailbox.mails[2])
        assert f"Thông báo “Đã có kết quả giải quyết hồ sơ {code}” đã gửi trước đây là do nhập nhầm" in text
        assert "Ngày hẹn trả kết quả: 19/08/2021." in text

    def test_a_receipt_entered_twice_is_taken_back_without_a_date(
        self, client: Client, supervisor: str, mailbox: Mailbox
    ) -> None:
        code = received(client, supervisor, applicant=REACHED)["code"]
        client.work_off()
        act(client, supervisor, code, "void", sequence=1, reason="nhập hai lần")
        client.work_off()

        text = text_of(mailbox.mails[1])
        assert f"Hồ sơ {code} đã được hủy do nhập nhầm." in text
        assert "Ngày hẹn" not in text

    def test_a_finish_recorded_again_is_told_again(self, client: Client, supervisor: str, mailbox: Mailbox) -> None:
        code = received(client, supervisor, applicant=REACHED)["code"]
        act(client, supervisor, code, "finish", outcome="granted")
        act(client, supervisor, code, "void", sequence=2, reason="nhầm hồ sơ")
        act(client, supervisor, code, "finish", outcome="granted")
        client.work_off()

        subjects = [mail["Subject"] for mail in mailbox.mails]
        assert subjects == [f"Đã tiếp nhận hồ sơ {code}", f"Đã có kết quả giải quyết hồ sơ {code}"]


def test_a_request_for_money_tells_the_amount(seeded_url: str, mailbox: Mailbox) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False, smtp_url=mailbox.url, mail_from=FROM) as client:
        supervisor = client.token("supervisor")
        code = received(client, supervisor, applicant=REACHED, at=None, receiving_unit="20900")["code"]
        act(client, supervisor, code, "request-payment", amount=1_500_000)
        client.work_off()
    assert "1.500.000 đồng" in text_of(mailbox.mails[-1])


def test_payments_and_refunds_are_told_with_their_amounts(seeded_url: str, mailbox: Mailbox) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False, smtp_url=mailbox.url, mail_from=FROM) as client:
        supervisor = client.token("supervisor")
        code = received(client, supervisor, applicant=REACHED, at=None, receiving_unit="20900")["code"]
        act(client, supervisor, code, "request-payment", amount=1_500_000)
        act(client, supervisor, code, "pay", amount=400_000)
        act(client, supervisor, code, "pay")
        act(client, supervisor, code, "refund", amount=70_000, reason="được giảm")
        client.work_off()
    part, rest, refund = map(text_of, mailbox.mails[-3:])
    assert "400.000 đồng. Số tiền còn phải nộp: 1.100.000 đồng." in part
    assert "1.100.000 đồng" in rest
    assert "còn phải nộp" not in rest
    assert f"đã hoàn trả phí, lệ phí của hồ sơ {code}: 70.000 đồng." in refund


def test_a_correction_that_moves_the_due_date_tells_the_new_date_once(seeded_url: str, mailbox: Mailbox) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False, smtp_url=mailbox.url, mail_from=FROM) as client:
        supervisor = client.token("supervisor")
        code = received(client, supervisor, applicant=REACHED, at=None, receiving_unit="20900")["code"]
        client.work_off()
        after = corrected(client, supervisor, code, sequence=1, changes={"at": "2026-09-04T09:00:00+07:00"})
        client.work_off()
    assert [mail["Subject"] for mail in mailbox.mails[1:]] == [f"Thay đổi ngày hẹn trả kết quả hồ sơ {code}"]
    day = datetime.fromisoformat(after["due_date"]).strftime("%d/%m/%Y")
    assert f"Ngày hẹn trả kết quả: {day}." in text_of(mailbox.mails[1])


def test_a_correction_that_moves_no_date_tells_nothing(seeded_url: str, mailbox: Mailbox) -> None:
    now = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
    with Client(seeded_url, now, outbox_worker=False, smtp_url=mailbox.url, mail_from=FROM) as client:
        supervisor = client.token("supervisor")
        code = received(client, supervisor, applicant=REACHED, at=None, receiving_unit="20900")["code"]
        client.work_off()
        corrected(client, supervisor, code, sequence=1, changes={"at": "2026-09-07T08:00:00+07:00"})
        assert client.work_off() == 0
    assert len(mailbox.mails) == 1
