"""Changes between a due reminder and its mail: ended reminders are omitted, and none is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.database import schema
from app.database.tables import UNDER_WAY, calendar_revisions, reference_state
from app.domain.state import OPEN, Status
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.receivers import Mailbox
from tests.support.reminder_steps import (
    BOSS,
    CONTACTS,
    HERE,
    REMINDERS,
    UNIT,
    at,
    contact,
    lines,
    listed,
    work_at,
)

OFFICER = "lan@tra-my.example.vn"


def subjects(mailbox: Mailbox) -> list[str]:
    return [mail["Subject"] for mail in mailbox.mails]


CHANGES = {
    "suspend": {"reason": "xác minh", "legal_basis": "Nghị định"},
    "request-supplement": {"reason": "thiếu giấy"},
    "withdraw": {"request": "đơn xin rút"},
    "discontinue": {"reason": "không bổ sung", "legal_basis": "Nghị định"},
    "reschedule": {"reason": "ốm", "promised_date": "2021-08-25"},
    "finish": {"outcome": "granted"},
    "transfer": {"to_unit": "20902", "reason": "đúng thẩm quyền", "legal_basis": "Quyết định"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_pending_mail_omits_ended_reminders(client: Client, supervisor: str, mailbox: Mailbox, change: str) -> None:
    contact(client, supervisor)
    code = received(client, supervisor)["code"]  # due on Thursday 19 August
    act(client, supervisor, code, "take")
    work_at(client, 17, "07:05")
    mailbox.refusing = "451 later"
    work_at(client, 18, "07:05")  # the apology is due
    mailbox.refusing = ""
    at(client, 18, "07:06")
    act(client, supervisor, code, change, **CHANGES[change])
    for clock in ("07:08", "07:15", "07:25"):
        work_at(client, 18, clock)
    assert subjects(mailbox) == ["Nhắc việc: 1 sắp đến hạn"]


def test_a_pending_mail_includes_reminders_that_are_due_again(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    contact(client, supervisor)
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "take")
    work_at(client, 17, "07:05")
    mailbox.refusing = "451 later"
    work_at(client, 18, "07:05")
    mailbox.refusing = ""
    at(client, 18, "07:06")
    act(client, supervisor, code, "suspend", **CHANGES["suspend"])
    work_at(client, 18, "07:15")
    act(client, supervisor, code, "resume")
    for clock in ("07:25", "07:35", "07:45"):
        work_at(client, 18, clock)
    assert [subject for subject in subjects(mailbox) if "xin lỗi" in subject or "cần" in subject] == [
        "Nhắc việc: 1 cần xin lỗi và hẹn lại hôm nay nếu không kịp"
    ]


def test_a_corrected_due_date_gives_a_new_reminder(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor)
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "take")
    work_at(client, 16, "09:00")
    corrected(client, supervisor, code, sequence=1, changes={"at": "2021-08-13T09:00:00+07:00"})
    assert client.get(f"/api/v1/dossiers/{code}", token=supervisor).json()["due_date"] == "2021-08-18"
    for day in (17, 18, 19):
        work_at(client, day, "07:05")
    assert [line for mail in mailbox.mails for line in lines(mail) if line.endswith("2021")] == (
        [f"- {code}, hạn 18/08/2021"] * 4  # the apology, soon, today, overdue
    )


def test_a_pending_mail_omits_acknowledged_reminders(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor)
    received(client, supervisor)
    mailbox.refusing = "451 later"
    work_at(client, 17, "07:05")
    mailbox.refusing = ""
    (reminder,) = listed(client, supervisor)
    assert client.post(f"{REMINDERS}/{reminder['id']}/acknowledge", {}, token=supervisor).status_code == 200
    work_at(client, 17, "07:10")
    assert mailbox.raw == []


def test_a_reminder_snoozed_before_its_mail_is_sent_once_at_its_time(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    contact(client, supervisor, thresholds={"soon_days": 5})
    received(client, supervisor)
    mailbox.refusing = "451 later"
    work_at(client, 16, "09:00")
    mailbox.refusing = ""
    (reminder,) = listed(client, supervisor)
    later = {"until": "2021-08-16T15:00:00+07:00", "snooze_reason": "being_done"}
    assert client.post(f"{REMINDERS}/{reminder['id']}/snooze", later, token=supervisor).status_code == 200
    work_at(client, 16, "09:10")
    assert mailbox.raw == []
    for clock in ("15:00", "15:10", "16:00"):
        work_at(client, 16, clock)
    assert subjects(mailbox) == ["Nhắc việc: 1 sắp đến hạn"]


def test_an_acknowledged_reminder_can_be_snoozed(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact(client, supervisor)
    received(client, supervisor)
    work_at(client, 17, "07:05")
    (reminder,) = listed(client, supervisor)
    path = f"{REMINDERS}/{reminder['id']}"
    assert client.post(f"{path}/acknowledge", {}, token=supervisor).status_code == 200
    later = {"until": "2021-08-17T09:00:00+07:00", "snooze_reason": "being_done"}
    assert client.post(f"{path}/snooze", later, token=supervisor).status_code == 200
    assert [item["id"] for item in listed(client, supervisor, "state=snoozed")] == [reminder["id"]]
    work_at(client, 17, "09:00")
    assert len(mailbox.raw) == 2


def test_a_reminder_that_ended_unsent_is_sent_when_it_is_due_again(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    contact(client, supervisor)
    work_at(client, 17, "07:05")  # the list of the day is empty
    at(client, 17, "08:00")
    code = received(client, supervisor, at="2021-08-17T08:00:00+07:00")["code"]  # due on Friday 20 August
    act(client, supervisor, code, "take")
    work_at(client, 18, "07:05")
    assert subjects(mailbox) == ["Nhắc việc: 1 sắp đến hạn"]
    at(client, 18, "08:00")
    other = received(client, supervisor, at="2021-08-17T08:00:00+07:00")["code"]
    act(client, supervisor, other, "take")
    work_at(client, 18, "08:05")  # detected, for the list of the next day
    act(client, supervisor, other, "request-supplement", reason="thiếu giấy")
    work_at(client, 18, "08:15")  # ended
    act(client, supervisor, other, "supplement")
    assert client.get(f"/api/v1/dossiers/{other}", token=supervisor).json()["due_date"] == "2021-08-20"
    work_at(client, 19, "07:05")
    assert any(other in line for mail in mailbox.mails for line in lines(mail) if "20/08" in line)
    kinds = {item["kind"] for item in listed(client, supervisor) if item["dossier"] == other}
    assert "due_soon" in kinds


def test_one_acknowledgement_of_the_unit_prevents_the_escalation(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    contact(client, supervisor)
    contact(client, supervisor, OFFICER, role="officer", officer="Trần Văn Minh")
    contact(client, supervisor, BOSS, role="supervisor")
    received(client, supervisor, procedure="1.004837")
    work_at(client, 17, "07:05")
    reminder, _other = listed(client, supervisor)
    assert client.post(f"{REMINDERS}/{reminder['id']}/acknowledge", {}, token=supervisor).status_code == 200
    work_at(client, 17, "16:00")
    work_at(client, 18, "07:05")
    sent = [line for mail, to in zip(mailbox.mails, mailbox.to, strict=True) if to == BOSS for line in lines(mail)]
    assert not [line for line in sent if "chưa xác nhận" in line and "Sắp" in "".join(sent)]


def test_a_contact_gets_reminders_for_the_successor_of_its_unit(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    administrator = client.token("administrator")
    office = {"code": "515.90", "name": "Phòng Văn thư", "kind": "office", "type": "Phòng", "parent": "515"}
    office |= {"agency_identifier": "000.00.90.H47", "valid_from": "2021-01-01"}
    gone = client.post("/api/v1/units", office, token=administrator).json()["id"]
    contact(client, supervisor, unit=gone)
    code = received(client, supervisor, receiving_unit=gone, responsible_unit=gone)["code"]
    at(client, 17, "06:00")
    body = {"into": "515.02", "on": "2021-08-17"}
    answer = client.post(f"/api/v1/units/{gone}/succeed", body, token=administrator)
    assert answer.status_code == 200, answer.text
    work_at(client, 17, "07:05")
    assert mailbox.to == [UNIT]
    assert f"- {code}, hạn 19/08/2021" in lines(mailbox.mails[0])


def test_a_removed_contact_has_no_current_reminders(client: Client, supervisor: str) -> None:
    contact_id = contact(client, supervisor)
    received(client, supervisor)
    work_at(client, 17, "07:05")
    assert len(listed(client, supervisor)) == 1
    client.request("DELETE", f"{CONTACTS}/{contact_id}", token=supervisor)
    assert listed(client, supervisor) == []


def test_the_present_holder_may_acknowledge_a_supervisors_reminder(client: Client, supervisor: str) -> None:
    contact(client, supervisor, BOSS, role="supervisor", unit="515")
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "take")
    work_at(client, 20, "07:05")
    (reminder,) = listed(client, supervisor)
    assert (reminder["kind"], reminder["unit"]["code"]) == ("overdue", HERE)
    act(client, supervisor, code, "forward", to_unit="20902")
    act(client, supervisor, code, "take")
    work_at(client, 20, "07:15")
    (reminder,) = listed(client, supervisor)
    assert reminder["unit"]["code"] == "20902"
    there = client.token("officer", "20902")
    assert client.post(f"{REMINDERS}/{reminder['id']}/acknowledge", {}, token=there).status_code == 200


def test_a_year_without_a_calendar_does_not_end_reminders(
    client: Client, supervisor: str, mailbox: Mailbox, seeded_url: str
) -> None:
    contact(client, supervisor)
    received(client, supervisor)

    def without_calendars(connection: Connection) -> None:
        connection.execute(calendar_revisions.delete().where(calendar_revisions.c.year > 2021))
        connection.execute(reference_state.update().values(revision=reference_state.c.revision + 1))

    schema.in_transaction(seeded_url, without_calendars)
    mailbox.refusing = "451 later"
    at(client, 17, "07:05")
    client.now = client.now.replace(month=12, day=31)
    client.work_off()
    client.now += timedelta(hours=11)
    client.work_off()
    mailbox.refusing = ""
    client.now += timedelta(days=3, hours=13)
    client.work_off()
    client.work_off()
    assert mailbox.to.count(UNIT) >= 1


THRESHOLDS = "/api/v1/procedures/1.004837/thresholds"


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({}, ["2021-08-16"]),
        ({"soon_days": 1}, ["2021-08-18"]),
        # Of 32 working hours from its receipt at seven, 30.5 are left at half past eight.
        ({"soon_hours": 31}, ["2021-08-16"]),
        ({"soon_hours": 30}, ["2021-08-17"]),
        ({"soon_percent": 96}, ["2021-08-16"]),
        ({"soon_percent": 95}, ["2021-08-17"]),
        ({"soon_percent": 50}, ["2021-08-18"]),
        ({"soon_days": 0}, []),
        ({"idle_days": 1}, ["2021-08-16"]),
    ],
)
def test_thresholds_of_a_procedure_precede_those_of_a_contact(
    client: Client, supervisor: str, said: dict[str, int], days: list[str]
) -> None:
    contact(client, supervisor, thresholds={"soon_days": 5})
    answer = client.put(THRESHOLDS, said, token=client.token("administrator"))
    assert (answer.status_code, client.get(THRESHOLDS).json()) == (200, answer.json())
    assert {name: value for name, value in answer.json().items() if value is not None} == said
    received(client, supervisor, at="2021-08-16T07:00:00+07:00")
    for day in (16, 17, 18):
        work_at(client, day, "08:30")
    soon = listed(client, supervisor, "kind=due_soon")
    assert [item["raised_at"][:10] for item in soon] == days


def test_thresholds_of_a_procedure_can_be_removed_and_need_the_current_version(client: Client) -> None:
    administrator = client.token("administrator")
    first = client.put(THRESHOLDS, {"soon_hours": 2}, token=administrator)
    assert client.put(THRESHOLDS, {}, token=administrator, headers={"If-Match": '"1"'}).status_code == 412
    last = client.put(THRESHOLDS, {}, token=administrator, headers={"If-Match": first.headers["ETag"]})
    assert (last.status_code, set(last.json().values())) == (200, {None})
    for wrong in ({"soon_hours": -1}, {"soon_percent": 100}, {"idle_days": 367}, {"soon": 1}):
        assert client.put(THRESHOLDS, wrong, token=administrator).status_code == 422
    assert client.put("/api/v1/procedures/none/thresholds", {}, token=administrator).status_code == 404


def test_a_changed_contact_gets_no_reminder_again(client: Client, supervisor: str, mailbox: Mailbox) -> None:
    contact_id = contact(client, supervisor)
    received(client, supervisor)
    work_at(client, 17, "07:05")
    change = {"thresholds": {"soon_days": 3}, "address": BOSS, "escalate_hours": 4}
    answer = client.patch(f"{CONTACTS}/{contact_id}", change, token=supervisor)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["thresholds"]["soon_days"], changed["thresholds"]["idle_days"]) == (3, 5)
    assert (changed["address"], changed["escalate_hours"]) == (BOSS, 4)
    wrong = client.patch(f"{CONTACTS}/{contact_id}", {"address": "a@b\r\nBcc: c@d"}, token=supervisor)
    assert wrong.status_code == 422
    work_at(client, 17, "09:00")
    assert mailbox.to == [UNIT]


def test_all_dossiers_with_possible_reminders_are_read_by_an_index(seeded_url: str) -> None:
    watched = {f"'{status}'" for status in {*OPEN, Status.SUBMITTED, Status.FINISHED}}
    assert watched == set(UNDER_WAY.partition("(")[2][:-1].split(", "))
    query = f"SELECT id FROM dossiers WHERE id > 0 AND {UNDER_WAY} ORDER BY id LIMIT 200"

    def plan(connection: Connection) -> str:
        if connection.dialect.name == "sqlite":
            return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
        connection.exec_driver_sql("SET enable_seqscan = off")
        return str(connection.exec_driver_sql(f"EXPLAIN {query}").all())

    assert "ix_dossiers_under_way" in schema.in_transaction(seeded_url, plan)


def test_an_ended_reminder_of_a_closed_unit_does_not_delay_others_to_its_supervisor(
    client: Client, supervisor: str, mailbox: Mailbox
) -> None:
    units = client.get("/api/v1/units?on=2021-08-16&limit=500").json()["items"]
    unit = next(reminder["id"] for reminder in units if reminder["code"] == HERE)
    mornings = [{"weekday": day, "from": "07:00", "to": "11:30"} for day in range(1, 6)]
    changed = client.patch(f"/api/v1/units/{unit}", {"sessions": mornings}, token=client.token("administrator"))
    assert changed.status_code == 200, changed.text
    contact(client, supervisor, thresholds={"soon_days": 0}, escalate_hours=1)
    contact(client, supervisor, BOSS, unit="515", role="supervisor")
    client.now += timedelta(minutes=5)
    unanswered = received(client, supervisor, at="2021-08-16T08:35:00+07:00")["code"]
    act(client, supervisor, unanswered, "take")
    work_at(client, 19, "07:05")  # due today
    at(client, 19, "11:10")
    other = received(client, supervisor, at="2021-08-17T09:00:00+07:00")["code"]  # due tomorrow
    before = len(mailbox.raw)
    mailbox.refusing = "451 later"
    work_at(client, 19, "11:20")
    mailbox.refusing = ""
    act(client, supervisor, unanswered, "suspend", **CHANGES["suspend"])
    work_at(client, 19, "13:45")
    (mail,) = mailbox.mails[before:]
    assert mailbox.to[-1] == BOSS
    assert [line for line in lines(mail) if line.startswith("- ")] == [f"- {other}, hạn 20/08/2021"]
