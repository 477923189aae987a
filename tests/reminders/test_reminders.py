"""Reminders: in time, once for each occasion, in office hours, and not about finished work."""

from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.receivers import Mailbox
from tests.support.reminder_steps import BOSS, CONTACTS, HERE, REMINDERS, UNIT, at, by_mail, contact, lines


def test_soon_due_dossiers_are_listed_in_the_morning_and_urgent_ones_sent_at_once(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    contact(client, supervisor)
    code = received(client, supervisor)["code"]  # due on Thursday 19 August
    act(client, supervisor, code, "take")
    at(client, 16, "10:00")
    client.work_off()
    assert mailbox.raw == []
    for day, clock in ((17, "06:00"), (17, "07:05"), (17, "09:00"), (18, "07:05"), (19, "07:05"), (20, "07:05")):
        at(client, day, clock)
        client.work_off()
    assert [mail["Subject"] for mail in mailbox.mails] == [
        "Nhắc việc: 1 sắp đến hạn",
        "Nhắc việc: 1 cần xin lỗi và hẹn lại hôm nay nếu không kịp",
        "Nhắc việc: 1 đến hạn hôm nay",
        "Nhắc việc: 1 quá hạn",
    ]
    assert lines(mailbox.mails[0]) == [
        "Thị trấn Trà My: các hồ sơ cần xử lý.",
        "",
        "Sắp đến hạn:",
        f"- {code}, hạn 19/08/2021",
    ]


def test_a_pending_mail_omits_finished_dossiers(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor)
    code = received(client, supervisor)["code"]
    mailbox.refusing = "451 later"
    at(client, 17, "07:05")
    client.work_off()
    assert mailbox.tried == 1
    mailbox.refusing = ""
    at(client, 17, "07:06")
    act(client, supervisor, code, "take")
    act(client, supervisor, code, "finish", outcome="granted")
    at(client, 17, "08:00")
    client.work_off()
    assert mailbox.raw == []
    assert client.get(REMINDERS, token=supervisor).json()["items"] == []


def test_a_mail_that_failed_in_the_evening_waits_for_the_morning(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    contact(client, supervisor)
    received(client, supervisor)
    mailbox.refusing = "451 later"
    at(client, 17, "16:59")
    client.work_off()
    mailbox.refusing = ""
    at(client, 17, "17:30")
    assert client.work_off() == 1
    assert mailbox.raw == []
    at(client, 18, "07:00")
    client.work_off()
    assert sum("sắp đến hạn" in mail["Subject"] for mail in mailbox.mails) == 1


def test_an_unacknowledged_reminder_goes_to_the_supervisor(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor)
    contact(client, supervisor, BOSS, role="supervisor")
    first, second = (received(client, supervisor)["code"] for _ in range(2))
    at(client, 17, "07:05")
    client.work_off()
    assert mailbox.to == [UNIT]
    current = client.get(REMINDERS, token=supervisor).json()["items"]
    reminder = next(item for item in current if item["dossier"] == first and item["kind"] == "due_soon")
    answer = client.post(f"{REMINDERS}/{reminder['id']}/acknowledge", {"officer": "Lê Thị Lan"}, token=supervisor)
    assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, "Lê Thị Lan")
    at(client, 18, "07:10")
    client.work_off()
    escalated = [mail for mail, to in zip(mailbox.mails, mailbox.to, strict=True) if to == BOSS]
    text = "\n".join(line for mail in escalated for line in lines(mail) if "chưa xác nhận" in line)
    assert second in text
    assert first not in text


def test_a_snoozed_reminder_is_sent_at_its_time(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor, thresholds={"soon_days": 5})
    received(client, supervisor, procedure="1.004837")
    at(client, 16, "09:00")
    client.work_off()
    (reminder,) = client.get(REMINDERS, token=supervisor).json()["items"]
    path = f"{REMINDERS}/{reminder['id']}/snooze"
    past = {"until": "2021-08-16T08:00:00+07:00", "snooze_reason": "being_done"}
    assert client.post(path, past, token=supervisor).json()["code"] == "until_invalid"
    later = {"until": "2021-08-17T09:00:00+07:00", "snooze_reason": "being_done"}
    assert client.post(path, later, token=supervisor).json()["snooze_reason"] == "being_done"
    assert [item["id"] for item in client.get(f"{REMINDERS}?state=snoozed", token=supervisor).json()["items"]] == [
        reminder["id"]
    ]
    at(client, 17, "07:05")
    client.work_off()
    assert len(mailbox.raw) == 1
    at(client, 18, "07:05")
    client.work_off()
    assert sum("sắp đến hạn" in mail["Subject"] for mail in mailbox.mails) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "không có"},
        {"address": "a@example.vn\r\nBcc: b@example.vn"},
        {"channel": "gateway"},
        {"role": "officer"},
        {"officer": "Lê Thị Lan"},
    ],
)
def test_a_contact_with_an_invalid_address_is_refused(client: Client, supervisor: str, wrong: dict[str, Any]) -> None:
    body = {"unit": HERE, "role": "unit", "channel": "email", "address": UNIT, **wrong}
    assert client.post(CONTACTS, body, token=supervisor).status_code == 422


def test_an_officer_gets_reminders_for_own_dossiers_until_the_removal(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    lan = contact(client, supervisor, "lan@tra-my.example.vn", role="officer", officer="Lê Thị Lan")
    # Another spelling of the same name.
    mine = received(client, supervisor, officer="LÊ THỊ  LAN")["code"]
    received(client, supervisor, officer="Trần Văn Minh")
    at(client, 17, "07:05")
    client.work_off()
    assert [line for line in lines(mailbox.mails[0]) if line.startswith("- ")] == [f"- {mine}, hạn 19/08/2021"]
    assert client.request("DELETE", f"{CONTACTS}/{lan}", token=supervisor).status_code == 200
    at(client, 18, "07:05")
    client.work_off()
    assert len(mailbox.raw) == 1


def test_in_a_month_with_restarts_and_failing_mail_each_reminder_is_sent_once_in_office_hours(
    seeded_url: str, mailbox: Mailbox, request: pytest.FixtureRequest
) -> None:
    reminded: Counter[tuple[str, str]] = Counter()
    moment, finished = NOW.replace(hour=0, minute=10), dict[str, datetime]()
    stack = ExitStack()
    request.addfinalizer(stack.close)
    client = stack.enter_context(Client(seeded_url, NOW, **by_mail(mailbox)))
    token = client.token("supervisor")
    contact(client, token)
    codes = [received(client, token)["code"] for _ in range(4)]
    for step in range(30 * 3):
        moment += timedelta(hours=8)
        mailbox.refusing = "451 later" if step % 5 in (1, 2) else ""
        seen = len(mailbox.raw)
        if step % 2 == 0:
            stack.close()
            client = stack.enter_context(Client(seeded_url, moment, **by_mail(mailbox)))
        client.now = moment
        client.work_off(at_once=2 if step % 3 == 0 else 1)
        for mail in mailbox.mails[seen:]:
            sent = parsedate_to_datetime(mail["Date"])
            assert (sent.weekday() < 5, 7 <= sent.hour < 17) == (True, True), sent
            assert sent.date().isoformat() not in ("2021-09-02", "2021-09-03")
            kind = ""
            for line in lines(mail)[1:]:
                if line.startswith("- "):
                    reminded[kind, line] += 1
                    code = line.split(",")[0][2:]
                    assert code not in finished or "chưa đến nhận" in kind
                elif line:
                    kind = line
        if step in (3, 24):
            code = codes[len(finished)]
            act(client, token, code, "take")
            act(client, token, code, "finish", outcome="granted")
            finished[code] = moment
    assert set(reminded.values()) == {1}
    kinds = Counter(kind for kind, _ in reminded)
    assert kinds["Quá hạn giải quyết:"] == 3  # the first dossier was finished before its due date
    assert kinds["Đến hạn hôm nay:"] == 3
    assert kinds["Đã có kết quả nhưng người nộp chưa đến nhận:"] == 2


def test_a_promise_is_reminded_before_on_and_after_its_day(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor)
    contact(client, supervisor, BOSS, role="supervisor")
    code = received(client, supervisor)["code"]  # due on Thursday 19 August
    act(client, supervisor, code, "take")
    at(client, 20, "16:00")
    act(client, supervisor, code, "reschedule", promised_date="2021-08-24", reason="x")
    client.work_off()
    mailbox.raw.clear()
    for day, clock in ((21, "09:00"), (23, "07:05"), (23, "09:00"), (24, "07:05"), (24, "09:00"), (25, "07:05")):
        at(client, day, clock)
        client.work_off()
    mails = zip(mailbox.to, (str(mail["Subject"]) for mail in mailbox.mails), strict=True)
    assert sorted(mail for mail in mails if "hẹn lại" in mail[1]) == [
        (BOSS, "Nhắc việc: 1 đã qua ngày hẹn lại"),
        (UNIT, "Nhắc việc: 1 hẹn lại hôm nay"),
        (UNIT, "Nhắc việc: 1 sắp đến ngày hẹn lại"),
        (UNIT, "Nhắc việc: 1 đã qua ngày hẹn lại"),
    ]
    assert f"- {code}, hẹn lại 24/08/2021" in lines(mailbox.mails[1])
