"""Reminders to applicants before their time to answer a supplement request ends (rules §16)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.bodies import HOA, act, new_procedure, received
from tests.support.client import Client
from tests.support.receivers import Mailbox
from tests.support.reminder_steps import work_at

REACHED = {**HOA, "email": "hoa@example.vn"}
SUBJECT = "Sắp hết thời hạn bổ sung hồ sơ"


def asked(client: Client, supervisor: str, days: int = 7, **changes: object) -> str:
    """The code of a dossier whose applicant was asked for papers on Monday 16 August 2021, 08:30."""
    rules = {"supplement_within": {"amount": days, "unit": "working_day"}}
    procedure = new_procedure(client, rules=rules, max_supplement_requests=2)
    code: str = received(client, supervisor, **{"procedure": procedure, "applicant": REACHED, **changes})["code"]
    act(client, supervisor, code, "take")
    act(client, supervisor, code, "request-supplement", reason="thiếu giấy khai sinh")
    return code


def reminders(mailbox: Mailbox) -> list[str]:
    return [mail["Subject"] for mail in mailbox.mails if mail["Subject"].startswith(SUBJECT)]


def test_the_applicant_is_reminded_once_two_working_days_before_the_end(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    code = asked(client, supervisor)  # until Wednesday 25 August, 17:00
    for day, clock in ((16, "09:00"), (20, "16:00"), (23, "06:59")):
        work_at(client, day, clock)
    assert reminders(mailbox) == []
    for day, clock in ((23, "07:00"), (24, "08:00"), (25, "16:00"), (26, "08:00")):
        work_at(client, day, clock)
    assert reminders(mailbox) == [f"{SUBJECT} {code}"]
    text = next(mail for mail in mailbox.mails if mail["Subject"].startswith(SUBJECT)).get_content()
    assert (
        f"Thời hạn bổ sung giấy tờ của hồ sơ {code} kết thúc lúc 17:00 ngày 25/08/2021. "
        "Nếu chưa bổ sung, đề nghị Ông/Bà liên hệ Thị trấn Trà My trước thời điểm này." in text
    )
    assert "khai sinh" not in text


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("supplement", {}),
        ("withdraw", {"request": "đơn xin rút"}),
        ("discontinue", {"reason": "hết điều kiện", "legal_basis": "Luật"}),
        ("finish", {"outcome": "refused", "reason": "không đủ điều kiện"}),
    ],
)
def test_nothing_is_sent_after_an_answer_or_an_end(
    client: Client, supervisor: str, mailbox: Mailbox, action: str, body: dict[str, str]
) -> None:
    code = asked(client, supervisor)
    work_at(client, 17, "08:00")
    act(client, supervisor, code, action, **body)
    for day in (23, 24, 25):
        work_at(client, day, "08:00")
    assert reminders(mailbox) == []


def test_a_second_request_has_a_reminder_of_its_own(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    code = asked(client, supervisor)
    work_at(client, 17, "08:00")
    act(client, supervisor, code, "supplement")
    act(client, supervisor, code, "request-supplement", reason="giấy không rõ")  # until Thursday 26 August, 17:00
    work_at(client, 23, "08:00")
    assert reminders(mailbox) == []
    work_at(client, 24, "08:00")
    assert reminders(mailbox) == [f"{SUBJECT} {code}"]


def test_the_other_notices_do_not_wait_for_a_reminder(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    code = asked(client, supervisor)
    work_at(client, 17, "08:00")
    act(client, supervisor, code, "supplement")
    act(client, supervisor, code, "finish", outcome="granted")
    work_at(client, 17, "09:00")
    assert f"Đã có kết quả giải quyết hồ sơ {code}" in [mail["Subject"] for mail in mailbox.mails]


def test_a_time_that_ends_within_two_working_days_has_no_reminder(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    asked(client, supervisor, days=2)
    for day in (16, 17, 18):
        work_at(client, day, "08:45")
    assert reminders(mailbox) == []


def test_an_applicant_without_an_address_gets_no_reminder(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    asked(client, supervisor, applicant={"name": "Nguyễn Thị Hoa"})
    for day in (16, 23, 24):
        work_at(client, day, "08:45")
    assert mailbox.mails == []


def test_a_reminder_that_failed_is_dropped_after_the_end(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    asked(client, supervisor)
    work_at(client, 17, "08:00")
    mailbox.refusing = "451 later"
    work_at(client, 25, "16:50")
    mailbox.refusing = ""
    client.now = datetime(2021, 8, 25, 10, 0, tzinfo=UTC) + timedelta(minutes=1)
    client.work_off()
    assert reminders(mailbox) == []
