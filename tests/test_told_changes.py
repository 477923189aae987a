"""Notices of changes: each change that concerns the applicant is told once, with the date that holds (rules §16)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import HOA, act, corrected, new_procedure, received
from tests.support.client import Client
from tests.support.receivers import Mailbox

# A Monday, 08:30.
NOW = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
REACHED = {**HOA, "email": "hoa@example.vn", "commune": "20900"}
LAW = {"legal_basis": "Luật", "reason": "x"}
Act = Callable[["Office"], Any]


class Office:
    """A client with a supervisor, and a dossier of Trà My that is due on Thursday 10 September 2026."""

    def __init__(self, client: Client, mailbox: Mailbox) -> None:
        self.client, self.mailbox = client, mailbox
        self.supervisor = client.token("supervisor")
        client.token("supervisor", client="another supervisor")
        self.procedure = new_procedure(client, max_extension=5)
        self.code = ""

    def receive(self, **fields: Any) -> None:
        body = {"procedure": self.procedure, "receiving_unit": "20900", "applicant": REACHED, "at": None}
        self.code = received(self.client, self.supervisor, **{**body, **fields})["code"]
        self.told()

    def act(self, action: str, **body: Any) -> dict[str, Any]:
        return act(self.client, self.supervisor, self.code, action, **body)

    def correct(self, sequence: int, **changes: Any) -> dict[str, Any]:
        return corrected(self.client, self.supervisor, self.code, sequence=sequence, changes=changes)

    def journal(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.client.get(
            f"/api/v1/dossiers/{self.code}/journal", token=self.supervisor
        ).json()["items"]
        return items

    def patch(self, **fields: Any) -> dict[str, Any]:
        answer = self.client.patch(f"/api/v1/dossiers/{self.code}", fields, token=self.supervisor)
        assert answer.status_code == 200, answer.text
        dossier: dict[str, Any] = answer.json()
        return dossier

    def later(self, **time: float) -> None:
        self.client.now += timedelta(**time)

    def publish(self, *days_off: str) -> None:
        """Publishes the calendar of 2026 with more days off."""
        calendar = self.client.get("/api/v1/calendar/2026").json()
        body = {name: calendar[name] for name in ("days_off", "working_days", "names")}
        body |= {"decision": "12/TB", "days_off": sorted({*body["days_off"], *days_off})}
        answer = self.client.put("/api/v1/calendar/2026", body, token=self.client.token("administrator"))
        assert answer.status_code == 200, answer.text

    def told(self) -> list[tuple[str, str]]:
        """Subjects without the code, and texts, of the mails since the last look."""
        seen = len(self.mailbox.mails)
        self.client.work_off()
        return [
            (str(mail["Subject"]).replace(f" {self.code}", ""), mail.get_content().split("\n\n")[1])
            for mail in self.mailbox.mails[seen:]
        ]


@pytest.fixture
def office(seeded_url: str, mailbox: Mailbox) -> Iterator[Office]:
    settings = {"smtp_url": mailbox.url, "mail_from": "mot-cua@tra-my.example.vn"}
    with Client(seeded_url, NOW, outbox_worker=False, **settings) as client:
        yield Office(client, mailbox)


DATE_CHANGED = "Thay đổi ngày hẹn trả kết quả hồ sơ"
Change = tuple[str, list[Act], Act, str, str]
# These move the clock or the calendar, so each has a register of its own.
ALONE = (
    "a published calendar",
    "a calendar for the promised day",
    "the end of a suspension",
    "papers that came",
    "a voided suspension, and a calendar",
)
CHANGES: list[Change] = [
    (
        "a published calendar",
        [],
        lambda office: office.publish("2026-09-10"),
        DATE_CHANGED,
        "đã thay đổi. Ngày hẹn trả kết quả: 11/09/2026.",
    ),
    (
        "a calendar for the promised day",
        [lambda office: office.act("reschedule", promised_date="2026-09-15", reason="x")],
        lambda office: office.publish("2026-09-15"),
        DATE_CHANGED,
        "Ngày hẹn lại trả kết quả của hồ sơ",
    ),
    (
        "an extension",
        [],
        lambda office: office.act("extend", days=2, **LAW),
        DATE_CHANGED,
        "Ngày hẹn trả kết quả: 14/09/2026.",
    ),
    (
        "the end of a suspension",
        [lambda office: office.act("suspend", **LAW), lambda office: office.later(days=1)],
        lambda office: office.act("resume"),
        "Tiếp tục giải quyết hồ sơ",
        "Ngày hẹn trả kết quả: 11/09/2026.",
    ),
    (
        "papers that came",
        [lambda office: office.act("request-supplement", reason="x"), lambda office: office.later(days=1)],
        lambda office: office.act("supplement"),
        "Đã nhận giấy tờ bổ sung của hồ sơ",
        "Ngày hẹn trả kết quả: 11/09/2026.",
    ),
    (
        "a correction",
        [],
        lambda office: office.correct(1, at="2026-09-04T09:00:00+07:00"),
        DATE_CHANGED,
        "Ngày hẹn trả kết quả: 09/09/2026.",
    ),
    (
        "a corrected promise",
        [lambda office: office.act("reschedule", promised_date="2026-09-15", reason="x")],
        lambda office: office.correct(2, promised_date="2026-09-16"),
        DATE_CHANGED,
        "Ngày hẹn lại trả kết quả: 16/09/2026.",
    ),
    (
        "a later due date before a promise",
        [lambda office: office.act("reschedule", promised_date="2026-09-18", reason="x")],
        lambda office: office.act("extend", days=1, **LAW),
        DATE_CHANGED,
        "thay đổi đến ngày 11/09/2026. Ngày hẹn lại trả kết quả: 18/09/2026.",
    ),
    (
        "papers asked for",
        [],
        lambda office: office.act("request-supplement", reason="x"),
        "Yêu cầu bổ sung hồ sơ",
        "cần được bổ sung giấy tờ",
    ),
    (
        "money asked for",
        [],
        lambda office: office.act("request-payment", amount=1_500_000),
        "Yêu cầu thực hiện nghĩa vụ tài chính của hồ sơ",
        "1.500.000 đồng",
    ),
    (
        "another amount",
        [lambda office: office.act("request-payment", amount=1_500_000)],
        lambda office: office.correct(2, amount=150_000),
        "Yêu cầu thực hiện nghĩa vụ tài chính của hồ sơ",
        "Đính chính yêu cầu đã gửi.",
    ),
    (
        "other papers",
        [lambda office: office.act("request-supplement", reason="x", documents=[{"name": "Tờ khai"}])],
        lambda office: office.correct(2, documents=[{"name": "Giấy khai sinh"}]),
        "Yêu cầu bổ sung hồ sơ",
        "Đính chính yêu cầu đã gửi.",
    ),
    (
        "a transfer",
        [],
        lambda office: office.act("transfer", to_unit="20908", **LAW),
        "Đã chuyển hồ sơ",
        "được chuyển đến",
    ),
    (
        "a discontinuation",
        [],
        lambda office: office.act("discontinue", **LAW),
        "Chấm dứt giải quyết hồ sơ",
        "Đề nghị liên hệ để nhận thông báo có ghi lý do.",
    ),
    (
        "a voided extension that was told",
        [lambda office: office.act("extend", days=2, **LAW), lambda office: office.told()],
        lambda office: office.act("void", sequence=2, reason="x"),
        "Hủy bỏ thông báo đã gửi về hồ sơ",
        "Ngày hẹn trả kết quả: 10/09/2026.",
    ),
    (
        "a voided suspension, and a calendar",
        [
            lambda office: office.act("suspend", **LAW),
            lambda office: office.publish("2026-09-10"),
            lambda office: office.told(),
        ],
        lambda office: office.act("void", sequence=2, reason="x"),
        "Hủy bỏ thông báo đã gửi về hồ sơ",
        "Ngày hẹn trả kết quả: 11/09/2026.",
    ),
]


def require_told_once(office: Office, change: Change) -> None:
    name, before, act_of, subject, text = change
    office.receive()
    for step in before:
        step(office)
    office.told()
    act_of(office)
    messages = office.told()
    assert [subject for subject, _ in messages] == [subject], name
    assert text in messages[0][1], name


def test_a_change_is_told_once_with_the_date_that_holds(office: Office) -> None:
    for change in CHANGES:
        if change[0] not in ALONE:
            require_told_once(office, change)


@pytest.mark.parametrize("name", ALONE)
def test_a_date_that_moves_with_time_or_calendar_is_told_once(office: Office, name: str) -> None:
    (change,) = [change for change in CHANGES if change[0] == name]
    require_told_once(office, change)


UNTOLD: list[tuple[str, list[Act], Act]] = [
    (
        "a calendar that moves no date",
        [],
        lambda office: office.publish("2026-09-11"),
    ),
    (
        "a suspension undone before it was told, with the same date",
        [lambda office: office.act("suspend", **LAW)],
        lambda office: office.act("void", sequence=2, reason="x"),
    ),
    (
        "an extension undone before it was told",
        [lambda office: office.act("extend", days=2, **LAW)],
        lambda office: office.act("void", sequence=2, reason="x"),
    ),
    (
        "a corrected minute",
        [],
        lambda office: office.correct(1, at="2026-09-07T08:00:00+07:00"),
    ),
    (
        "the request of a correction",
        [],
        lambda office: office.act("correct", sequence=1, reason="x", changes={"at": "2026-09-04T09:00:00+07:00"}),
    ),
    (
        "a corrected time of a request for money",
        [
            lambda office: office.later(hours=1),
            lambda office: office.act("request-payment", amount=8000),
            lambda office: office.told(),
        ],
        lambda office: office.correct(2, at="2026-09-07T09:00:00+07:00"),
    ),
]


def test_what_changes_nothing_for_the_applicant_is_not_told(office: Office) -> None:
    for name, before, change in UNTOLD:
        office.receive()
        for step in before:
            step(office)
        change(office)
        assert office.told() == [], name


def test_an_applicant_who_wants_no_messages_gets_none(office: Office) -> None:
    office.receive(notify=False)
    assert office.mailbox.mails == []
    office.act("request-payment", amount=8000)
    assert office.told() == []

    office.patch(notify=True)
    office.act("pay")
    assert [subject for subject, _ in office.told()] == ["Đã ghi nhận nghĩa vụ tài chính của hồ sơ"]

    office.act("take")  # its message waits when the applicant changes the wish
    office.patch(notify=False)
    assert office.told() == []


def test_a_wish_not_to_be_told_is_an_entry_of_the_journal_and_cannot_be_unknown(office: Office) -> None:
    office.receive()
    assert office.patch(notify=False)["notify"] is False
    assert office.journal()[-1]["data"] == {"fields": ["notify"]}
    answer = office.client.patch(f"/api/v1/dossiers/{office.code}", {"notify": None}, token=office.supervisor)
    assert (answer.status_code, answer.json()["code"]) == (422, "cannot_be_removed")


def test_a_submission_is_told_and_so_is_its_refusal(office: Office) -> None:
    body = {"procedure": office.procedure, "receiving_unit": "20900", "applicant": REACHED, "at": None}
    office.code = received(office.client, office.supervisor, submit=True, **body)["code"]
    assert [subject for subject, _ in office.told()] == ["Đã nhận hồ sơ nộp trực tuyến"]
    office.act("decline", reason="x")
    assert [subject for subject, _ in office.told()] == ["Từ chối tiếp nhận hồ sơ"]


def test_a_late_receipt_at_a_unit_that_was_succeeded_since_is_told_once(office: Office) -> None:
    body = {"procedure": office.procedure, "receiving_unit": "20899", "applicant": REACHED, "note": "x"}
    office.code = received(office.client, office.supervisor, at="2025-06-30T09:00:00+07:00", **body)["code"]
    assert [entry["type"] for entry in office.journal()] == ["receive", "succeed"]
    assert [subject for subject, _ in office.told()] == ["Đã tiếp nhận hồ sơ"]
