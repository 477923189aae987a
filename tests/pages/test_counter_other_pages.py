"""Tests the other pages of the counter: particulars, submissions, reminders, ratings, late records, the register."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, read_dossier, receipt, received
from tests.support.client import Client
from tests.support.desk import HOME, Desk
from tests.support.page_text import read
from tests.support.receivers import running_mailbox

HERE = "20899"


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with running_mailbox() as mailbox:
        mail = {"smtp_url": mailbox.url, "mail_from": "nhac-viec@example.vn", "outbox_worker": False}
        with Client(seeded_url, NOW, lookup_rate=0, **mail) as client:
            yield client


def journal(client: Client, code: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = client.get(f"{DOSSIERS}/{code}/journal", token=client.token("supervisor")).json()[
        "items"
    ]
    return entries


class TestParticulars:
    def path(self, code: str) -> str:
        return f"{HOME}/d/{code}/particulars"

    def test_only_changed_fields_are_corrected_and_named(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        assert self.path(code) in clerk.page(f"{HOME}/d/{code}").links
        answer = clerk.fill(self.path(code), phone="0912 000 111", address="", summary="Đăng ký\r\ngiám hộ")
        assert answer.headers["location"] == f"{HOME}/d/{code}?done=particulars"
        assert "Đã ghi nhận: Sửa thông tin hồ sơ" in clerk.page(answer.headers["location"]).text
        after = read_dossier(client, code)
        assert (after["applicant"]["phone"], after["applicant"]["address"]) == ("0912 000 111", None)
        assert after["applicant"]["identity_number"] == "049185001234"
        assert after["applicant"]["commune"]["code"] == "20899"
        assert journal(client, code)[-1]["data"]["fields"] == ["applicant.address", "applicant.phone", "summary"]

    def test_papers_are_removed_and_added(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        form = clerk.form(self.path(code))
        del form.values["paper-0-given"]
        clerk.fill_in(form, **{"paper-1-name": "Giấy khai sinh", "paper-1-form": "copy", "paper-1-copies": "2"})
        assert read_dossier(client, code)["documents"] == [{"name": "Giấy khai sinh", "form": "copy", "copies": 2}]
        assert journal(client, code)[-1]["data"]["fields"] == ["documents"]

    def test_the_commune_is_chosen_from_the_list_or_typed(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        clerk.fill(self.path(code), commune="20902 Xã Trà Đông")
        assert read_dossier(client, code)["applicant"]["commune"]["code"] == "20902"
        clerk.fill(self.path(code), commune="Phường 5, Quận 3")
        assert read_dossier(client, code)["applicant"]["commune"] == "Phường 5, Quận 3"

    def test_an_unchanged_form_adds_nothing_and_a_form_sent_twice_acts_once(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        assert clerk.fill_in(clerk.form(self.path(code))).status_code == 303
        assert read_dossier(client, code)["version"] == 1
        form = clerk.form(self.path(code))
        assert [clerk.fill_in(form, phone="0912000111").status_code for _ in range(2)] == [303, 303]
        assert read_dossier(client, code)["version"] == 2

    def test_an_older_version_is_refused_and_the_text_stays(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        form = clerk.form(self.path(code))
        act(client, clerk.token, code, "forward", to_unit="20902")
        answer = clerk.fill_in(form, phone="0912000111")
        assert "Người khác vừa cập nhật hồ sơ này" in read(answer, 412).text
        assert 'value="0912000111"' in answer.text
        assert clerk.fill_in(clerk.form(self.path(code)), phone="0912000111").status_code == 303

    def test_errors_are_at_their_fields(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        answer = clerk.fill(self.path(code), name="", phone="x\u202ey")
        read(answer, 422)
        for name in ("name", "phone"):
            assert f'id="{name}-wrong"' in answer.text, name
        assert read_dossier(client, code)["version"] == 1

    def test_an_officer_is_refused(self, client: Client, clerk: Desk) -> None:
        code = received(client, clerk.token)["code"]
        officer = Desk(client, client.token("officer", HERE))
        assert self.path(code) not in officer.page(f"{HOME}/d/{code}").links
        answer = officer.fill(self.path(code), phone="1")
        assert "không có quyền này" in read(answer, 403).text

    @pytest.mark.parametrize("was", ["", "x", "[]", "5", '{"phone": 5}', '{"documents": "x"}', "{" * 3000])
    def test_a_forged_field_with_the_old_values_does_no_harm(self, client: Client, clerk: Desk, was: str) -> None:
        code = received(client, clerk.token)["code"]
        answer = clerk.fill(self.path(code), was=was, phone="0912000111")
        assert answer.status_code == 303, answer.text
        assert read_dossier(client, code)["applicant"]["phone"] == "0912000111"


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("clerk", {"late"}),
        ("officer", {"receive", "late"}),
        ("supervisor", set()),
        ("administrator", {"receive", "ratings", "late"}),
        ("reporter", {"receive", "reminders", "ratings", "late"}),
    ],
)
def test_each_role_gets_links_to_its_pages_only(client: Client, role: str, hidden: set[str]) -> None:
    desk = Desk(client, client.token(role))
    links = desk.page(HOME).links
    for part in ("receive", "search", "reminders", "ratings", "register", "late"):
        assert (f"{HOME}/{part}" in links) is (part not in hidden), part
        if part not in hidden:
            desk.page(f"{HOME}/{part}")


def test_a_correction_changes_several_fields_of_an_entry(client: Client, supervisor: Desk) -> None:
    code = supervisor.receive()
    act(client, supervisor.token, code, "finish", outcome="granted")
    changes = {"changed": "outcome", "changes": "refused", "changed-1": "reason", "changes-1": "Không đủ điều kiện"}
    refused = supervisor.fill(
        f"{HOME}/d/{code}", "correct", sequence="2", reason="Ghi nhầm", changed="outcome", changes="x"
    )
    assert 'value="x"' in refused.text
    supervisor.act(code, "correct", sequence="2", reason="Ghi nhầm", **changes)
    other = Desk(client, client.token("supervisor", HERE, client="another"))
    other.act(code, "approve-correction")
    assert read_dossier(client, code)["outcome"] == "refused"


def test_a_clerk_takes_back_a_receipt_entered_twice(client: Client, clerk: Desk) -> None:
    code = clerk.receive()
    form = clerk.form(f"{HOME}/d/{code}", "void")
    assert (form.values["sequence"], "at" in form.names) == ("1", False)

    clerk.act(code, "void", sequence="1", reason="nhập hai lần")

    text = clerk.page(f"{HOME}/d/{code}").text
    for said in ("Đã hủy do nhập nhầm", "có mục đã hủy do nhập nhầm", "2. Hủy mục nhập nhầm hủy mục 1"):
        assert said in text
    public = read(client.get(f"/d/{code}")).text
    assert "do nhập nhầm và đã hủy" in public
    for hidden in ("Quá trình giải quyết", "tiếp theo", "Ngày hẹn trả kết quả"):
        assert hidden not in public


class TestSubmission:
    def test_the_second_button_only_submits(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        answer = clerk.send(form.address, **{**form.values, "name": "Hoa", "submit": "1"})
        path, _, query = answer.headers["location"].partition("?")
        assert query == "done=submit"
        assert "Đã ghi nhận: Nộp hồ sơ" in clerk.page(answer.headers["location"]).text
        assert read_dossier(client, path.rpartition("/")[2])["status"] == "submitted"

    def test_the_first_button_receives(self, client: Client, clerk: Desk) -> None:
        assert read_dossier(client, clerk.receive())["status"] == "received"


class TestReminders:
    PATH = f"{HOME}/reminders"

    @pytest.fixture
    def code(self, client: Client, clerk: Desk, supervisor: Desk) -> str:
        """A dossier with a reminder for its unit."""
        code = str(received(client, supervisor.token)["code"])
        contact = {"role": "unit", "channel": "email", "address": "mot-cua@example.vn"}
        assert client.post("/api/v1/contacts", contact, token=supervisor.token).status_code == 201
        # Tuesday, 17 August, 07:30 local time.
        client.now = datetime(2021, 8, 17, 0, 30, tzinfo=UTC)
        client.work_off()
        clerk.sign_in()
        return code

    def test_a_reminder_is_acknowledged(self, clerk: Desk, code: str) -> None:
        page = clerk.page(self.PATH)
        assert f"{HOME}/d/{code}" in page.links
        assert "Sắp đến hạn" in page.text
        form = clerk.form(self.PATH, "acknowledge")
        answer = clerk.fill_in(form)
        assert "Đã ghi nhận: Xác nhận đã biết" in clerk.page(answer.headers["location"]).text
        assert f"{HOME}/d/{code}" not in clerk.page(self.PATH).links
        assert "tiep-nhan" in clerk.page(f"{self.PATH}?state=acknowledged").text
        assert clerk.fill_in(form).status_code == 303, "the same answer again"

    def test_a_reminder_is_snoozed_with_a_reason(self, clerk: Desk, code: str) -> None:
        answer = clerk.fill(self.PATH, "snooze", until="2021-08-19T09:00", snooze_reason="waiting_for_answer")
        assert answer.status_code == 303
        page = clerk.page(f"{self.PATH}?state=snoozed")
        assert code in page.text
        assert "Nhắc lại lúc 09:00, 19/08/2021 (Đang chờ trả lời)" in page.text

    def test_a_refusal_is_in_the_form_of_its_reminder(self, clerk: Desk, code: str) -> None:
        answer = clerk.fill(self.PATH, "snooze", until="2021-08-01T09:00", snooze_reason="other")
        page = read(answer, 422)
        assert 'value="2021-08-01T09:00"' in answer.text
        assert "aria-invalid" in answer.text
        assert code in page.text

    @pytest.mark.usefixtures("code")
    def test_an_unknown_action_or_reminder_is_refused(self, clerk: Desk) -> None:
        form = clerk.form(self.PATH, "acknowledge")
        read(clerk.fill_in(form, reminder="99999"), 404)
        for number in ("..", "x", "٣", "-1", ""):
            assert clerk.fill_in(form, reminder=number).status_code in (404, 405, 422), number
        read(clerk.fill_in(form, action="delete"), 404)
        assert clerk.fill_in(form, version="77").status_code == 412

    def test_an_unknown_state_is_ignored(self, clerk: Desk, code: str) -> None:
        assert code in clerk.page(f"{self.PATH}?state=never").text


class TestOversight:
    def test_staff_reads_the_comments_of_ratings(self, client: Client, clerk: Desk, supervisor: Desk) -> None:
        made = receipt(client, supervisor.token)
        act(client, supervisor.token, made["code"], "finish", outcome="granted")
        act(client, supervisor.token, made["code"], "return", received_by="Hoa")
        body = {"key": made["rating_key"], "score": 2, "comment": "<b>Chờ</b> lâu"}
        assert client.post(f"/api/v1/lookup/{made['code']}/rating", body).status_code == 200
        page = clerk.page(f"{HOME}/ratings")
        assert f"{made['code']} 2/5 <b>Chờ</b> lâu" in page.text
        elsewhere = Desk(client, client.token("clerk", "20902"))
        assert "Chưa có đánh giá nào" in elsewhere.page(f"{HOME}/ratings").text
        reporter = Desk(client, client.token("reporter"))
        reporter.page(f"{HOME}/ratings", 403)

    def test_supervisors_see_late_records(self, client: Client, clerk: Desk, supervisor: Desk) -> None:
        code = received(client, clerk.token, at="2021-08-14T08:30:00+07:00", note="Mất điện")["code"]
        assert f"{HOME}/late" in supervisor.page(HOME).links
        page = supervisor.page(f"{HOME}/late?from=2021-08-01&to=2021-08-31")
        assert f"{HOME}/d/{code}#entry-1" in page.links
        assert "Mất điện" in page.text
        assert "Không có mục nào" in supervisor.page(f"{HOME}/late?to=2021-08-01").text
        supervisor.page(f"{HOME}/late?from=x", 422)
        supervisor.page(f"{HOME}/late?from=2021-08-31&to=2021-08-01", 422)
        assert f"{HOME}/late" not in clerk.page(HOME).links
        clerk.page(f"{HOME}/late", 403)

    def test_the_counter_sees_what_it_took_on_a_day(self, client: Client, clerk: Desk, officer: Desk) -> None:
        code = received(client, clerk.token, fee=1_250_000, fee_method="cash", fee_receipt_number="AA 77")["code"]
        assert f"{HOME}/payments" in clerk.page(HOME).links
        page = clerk.page(f"{HOME}/payments")
        assert f"{HOME}/d/{code}#entry-1" in page.links
        assert "Tiền mặt" in page.text
        assert "1.250.000 đồng" in page.text.replace("\xa0", " ")
        assert "AA 77" in page.text
        assert "Không có khoản thu nào" in clerk.page(f"{HOME}/payments?day=2021-08-01").text
        clerk.page(f"{HOME}/payments?day=x", 422)
        assert f"{HOME}/payments" not in officer.page(HOME).links
        officer.page(f"{HOME}/payments", 403)

    def test_the_register_of_the_counter_is_printed(self, client: Client, clerk: Desk) -> None:
        received(client, clerk.token)
        form = clerk.form(f"{HOME}/register")
        assert (form.values["from"], form.values["to"]) == ("2021-08-01", "2021-08-16")
        answer = clerk.get(f"{HOME}/register", params=form.values)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"from": "2021-08-16", "to": "2021-08-01"}, 422),
            ({"from": "x", "to": "2021-08-01"}, 422),
            ({"from": "2021-08-01"}, 422),
            ({"from": "2021-08-01", "to": "2021-08-16", "unit": "20902 Xã Trà Đông"}, 403),
            ({"from": "2021-08-01", "to": "2021-08-16", "unit": "nowhere"}, 422),
        ],
    )
    def test_an_impossible_register_is_refused_on_the_page(
        self, clerk: Desk, query: dict[str, str], status: int
    ) -> None:
        answer = clerk.get(f"{HOME}/register", params=query)
        assert "Sổ theo dõi hồ sơ" in read(answer, status).text
