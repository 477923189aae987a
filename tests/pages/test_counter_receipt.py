"""Tests receipts at the counter: the choice of the procedure, the form, and refusals at its fields."""

import pytest

from tests.support.bodies import DOSSIERS, read_dossier
from tests.support.client import Client
from tests.support.desk import HOME, Desk, chosen
from tests.support.page_text import Page, read

HERE, ELSEWHERE = "20899", "20902"


class TestReceiving:
    @pytest.mark.parametrize(
        ("typed", "result"),
        [
            ("1.004837", "form"),
            ("1.004837 Thủ tục đăng ký giám hộ", "form"),
            ("dang ky giam ho", "form"),
            ("giám hộ", "list"),
            ("xyz", "none"),
            ("", "ask"),
            ("' or 1=1 --", "none"),
        ],
    )
    def test_a_procedure_is_chosen_by_code_or_by_words(self, clerk: Desk, typed: str, result: str) -> None:
        page = read(clerk.get(f"{HOME}/receive", params={"procedure": typed}))
        assert (result == "form") == ("identity_number" in page.values)
        assert (result == "list") == ("Có nhiều thủ tục phù hợp" in page.text)
        assert (result == "none") == ("Không có thủ tục nào" in page.text)

    def test_papers_fee_and_officer_are_filled_in(self, client: Client, clerk: Desk) -> None:
        version = {
            "effective_from": "2021-01-01",
            "limits": {"counter": {"amount": 5, "unit": "working_day"}},
            "fee": 75_000,
            "documents": [{"name": "Tờ khai <mẫu 1>", "form": "original", "copies": 2}, "Căn cước"],
        }
        body = {"code": "8.000001", "name": "Cấp bản sao", "field": "Văn thư", "level": "commune", "catalogue": 1}
        made = client.post("/api/v1/procedures", {**body, "versions": [version]}, token=client.token("administrator"))
        assert made.status_code == 201, made.text
        clerk.receive(officer="Trần Văn Minh")
        form = clerk.form(f"{HOME}/receive?procedure=8.000001")
        assert form.values["officer"] == "Trần Văn Minh"
        assert (form.values["fee"], form.values["paper-0-name"]) == ("75000", "Tờ khai <mẫu 1>")
        del form.values["paper-1-given"]
        answer = clerk.fill_in(form, name="Hoa", **{"paper-2-name": "Giấy khác"})
        dossier = read_dossier(client, answer.headers["location"].partition("?")[0].rpartition("/")[2])
        assert dossier["documents"] == [
            {"name": "Tờ khai <mẫu 1>", "form": "original", "copies": 2},
            {"name": "Giấy khác", "form": "original", "copies": 1},
        ]
        assert (dossier["fee"], dossier["officer"]) == (75_000, "Trần Văn Minh")

    def test_the_person_who_hands_in_is_received_and_shown(self, client: Client, clerk: Desk) -> None:
        agent = {"name": "Đinh Văn Nam", "identity_number": "049080005678", "authority": "Giấy ủy quyền số 12"}
        fields = {f"agent_{name}": value for name, value in agent.items()}
        answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa", **fields)
        page = read(clerk.get(answer.headers["location"]))
        assert "Đinh Văn Nam; 049080005678; Giấy ủy quyền số 12" in page.text
        answered = client.post(f"{DOSSIERS}/search", {"identity_number": "049080005678"}, token=clerk.token)
        assert len(answered.json()["items"]) == 1

    def test_an_incomplete_person_who_hands_in_is_refused_at_the_field(self, clerk: Desk) -> None:
        path = f"{HOME}/receive?procedure=1.004837"
        for given, missing in (("agent_name", "agent_authority"), ("agent_authority", "agent_name")):
            refused = clerk.fill(path, name="Hoa", **{given: "Đinh Văn Nam"})
            assert refused.status_code == 422
            assert f'id="{missing}-wrong"' in refused.text

    def test_the_result_shows_code_due_date_and_slip(self, clerk: Desk) -> None:
        answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa")
        shown_then = clerk.get(answer.headers["location"])
        page = read(shown_then)
        assert "Đã tiếp nhận. Hẹn trả kết quả: Thứ Năm, 19/08/2021" in page.text
        assert shown_then.text.count(" autofocus") == 1
        assert 'slips/receipt?sequence=1" target="_blank" rel="noopener" class="button" autofocus' in shown_then.text

    def test_a_form_sent_again_receives_one_dossier(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        locations = {clerk.fill_in(form, name="Hoa").headers["location"] for _ in range(3)}
        assert len(locations) == 1
        assert len(client.get(DOSSIERS, token=client.token("clerk")).json()["items"]) == 1

    def test_all_fields_of_the_form_arrive(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive(
            name="Công ty Hoa",
            kind="business",
            identity_number="4000123456",
            phone="0905",
            email="a@b.vn",
            address="Thôn 2",
            commune="20899 Thị trấn Trà My",
            channel="postal",
            return_method="postal",
            summary="Nội dung",
            responsible_unit="515.03 Phòng Tư pháp",
            external_system="dvcqg",
            external_code="G22",
            at="2021-08-16T08:00",
            note="Ghi",
        )
        dossier = read_dossier(client, code)
        assert dossier["applicant"] | {"commune": None} == {
            "kind": "business",
            "name": "Công ty Hoa",
            "identity_kind": "other",
            "identity_number": "4000123456",
            "phone": "0905",
            "phone_e164": None,
            "email": "a@b.vn",
            "address": "Thôn 2",
            "commune": None,
        }
        assert dossier["applicant"]["commune"]["code"] == "20899"
        assert (dossier["channel"], dossier["return_method"], dossier["summary"]) == ("postal", "postal", "Nội dung")
        assert (dossier["responsible_unit"]["code"], dossier["received_at"]) == ("515.03", "2021-08-16T08:00:00+07:00")
        assert dossier["external"] == [{"system": "dvcqg", "code": "G22"}]

    def test_errors_are_at_their_fields_and_the_text_stays(self, client: Client, clerk: Desk, officer: Desk) -> None:
        path = f"{HOME}/receive?procedure=1.004837"
        for fields, wrong in (
            ({"name": " ", "phone": "0905"}, "name"),
            ({"name": "Hoa", "fee": "-1"}, "fee"),
            ({"name": "Hoa", "channel": "pigeon"}, "channel"),
            ({"name": "Hoa", "receiving_unit": "0"}, "receiving_unit"),
            ({"name": "Ho\u202ea", "phone": "0905"}, "name"),
            ({"name": "Hoa", "at": "2021-08-20T08:00"}, "at"),
        ):
            answer = clerk.fill(path, **fields)
            read(answer, 422)
            form = chosen(answer)
            assert list(form.errors) == [wrong]
            assert all(form.values[name] == value.strip() for name, value in fields.items() if name != "channel")
        read(officer.fill(path, name="Hoa"), 403)
        read(clerk.fill(path, name="Hoa", receiving_unit=ELSEWHERE), 403)
        read(clerk.send(f"{HOME}/receive", procedure="9.9", name="Hoa"), 422)
        assert client.get(DOSSIERS, token=client.token("clerk")).json()["items"] == []

    def test_a_client_of_all_units_names_the_receiving_unit(self, client: Client) -> None:
        everywhere = Desk(client, client.token("clerk"))
        answer = everywhere.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa")
        assert list(chosen(answer).errors) == ["receiving_unit"]
        code = everywhere.receive(receiving_unit=f"{HERE} Thị trấn Trà My")
        assert read_dossier(client, code)["receiving_unit"]["code"] == HERE


def _checked(clerk: Desk, **typed: str) -> Page:
    """The page after the button that looks for the same dossier."""
    form = clerk.form(f"{HOME}/receive?procedure=1.004837")
    return read(clerk.send(form.address, **{**form.values, **typed, "check": "1"}))


class TestTheSameThingTwice:
    def test_the_form_shows_the_dossier_that_it_would_repeat_and_keeps_what_was_typed(self, clerk: Desk) -> None:
        code = clerk.receive(phone="0905123456")
        typed = {"name": "NGUYEN THI HOA", "phone": "0905123456", "address": "Thôn 3"}
        page = _checked(clerk, **typed)
        assert "Người này đã có hồ sơ cùng thủ tục" in page.text
        assert code in page.text
        assert page.values["address"] == "Thôn 3"

    def test_the_form_says_that_there_is_no_such_dossier(self, clerk: Desk) -> None:
        page = _checked(clerk, name="Hoa", phone="0905123456")
        assert "Không có hồ sơ trùng" in page.text

    def test_the_page_after_the_receipt_shows_the_first_one_and_blocks_nothing(self, clerk: Desk) -> None:
        first = clerk.receive(identity_number="049185001234")
        second = clerk.receive(identity_number="049185001234")
        page = clerk.page(f"{HOME}/d/{second}?done=receive")
        assert first in page.text
        assert "Người này đã có hồ sơ cùng thủ tục" in page.text
        assert "Người này đã có hồ sơ cùng thủ tục" not in clerk.page(f"{HOME}/d/{second}").text


class TestPeople:
    PATH = f"{HOME}/receive?procedure=1.004837"

    def test_a_typing_error_in_a_number_is_refused_at_its_field(self, clerk: Desk) -> None:
        for fields, wrong in (
            ({"identity_number": "04918500123"}, "identity_number"),
            ({"identity_kind": "tax_code", "identity_number": "0100047517"}, "identity_number"),
            ({"agent_name": "Nam", "agent_authority": "Giấy", "agent_identity_number": "1"}, "agent_identity_number"),
            ({"other-0-name": "Rum", "other-0-identity_number": "1"}, "other-0-identity_number"),
            ({"other-0-phone": "0905123456"}, "other-0-name"),
        ):
            answer = clerk.fill(self.PATH, name="Hoa", **fields)
            read(answer, 422)
            form = chosen(answer)
            assert list(form.errors) == [wrong]
            assert all(form.values[name] == value for name, value in fields.items())

    def test_a_number_of_another_paper_is_received_with_its_kind(self, client: Client, clerk: Desk) -> None:
        for fields, kind in (
            ({"identity_kind": "old", "identity_number": "205123456"}, "old"),
            ({"identity_kind": "", "identity_number": "C1234567"}, "passport"),
            ({"kind": "business", "identity_number": "4000123456"}, "other"),
            ({}, None),
        ):
            dossier = read_dossier(client, clerk.receive(name="Hoa", **fields))
            assert dossier["applicant"]["identity_kind"] == kind

    def test_people_beside_the_applicant_are_received_shown_and_corrected(self, client: Client, clerk: Desk) -> None:
        given = {
            "agent_name": "Đinh Văn Nam",
            "agent_authority": "Giấy khai sinh",
            "agent_authority_kind": "legal",
            "other-0-name": "Đinh Văn Rum",
            "other-0-relation": "bên nam",
            "other-1-name": "Hồ Thị Sen",
        }
        code = clerk.receive(name="Hoa", **given)
        page = clerk.page(f"{HOME}/d/{code}")
        for text in ("Đại diện theo pháp luật: Giấy khai sinh", "Đinh Văn Rum (bên nam)", "Hồ Thị Sen"):
            assert text in page.text
        corrected = {
            "agent_phone": "0905654321",
            "other-0-name": "",
            "other-0-relation": "",
            "other-2-name": "Hồ Thị Pia",
        }
        clerk.fill(f"{HOME}/d/{code}/particulars", **corrected)
        dossier = read_dossier(client, code)
        assert dossier["handed_in_by"]["phone"] == "0905654321"
        assert [person["name"] for person in dossier["further_applicants"]] == ["Hồ Thị Sen", "Hồ Thị Pia"]
        blank = dict.fromkeys(("agent_name", "agent_authority", "agent_authority_kind", "agent_phone"), "")
        clerk.fill(f"{HOME}/d/{code}/particulars", **blank)
        assert read_dossier(client, code)["handed_in_by"] is None

    def test_a_corrected_number_brings_its_kind(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive(name="Hoa", identity_kind="old", identity_number="205123456")
        path = f"{HOME}/d/{code}/particulars"
        refused = clerk.fill(path, identity_number="04918500123", identity_kind="citizen")
        assert list(chosen(refused).errors) == ["identity_number"]
        clerk.fill(path, identity_number="049185001234", identity_kind="citizen")
        applicant = read_dossier(client, code)["applicant"]
        assert (applicant["identity_kind"], applicant["identity_number"]) == ("citizen", "049185001234")

    def test_what_cannot_be_reached_is_said_after_the_receipt_and_stays_marked(self, clerk: Desk) -> None:
        answer = clerk.fill(self.PATH, name="Hoa", phone="0235 3881 234", email="hoa@gmail,com")
        page = read(clerk.get(answer.headers["location"]))
        assert "Đề nghị kiểm tra lại" in page.text
        assert "Số điện thoại cố định không nhận được tin nhắn." in page.text
        later = read(clerk.get(answer.headers["location"].partition("?")[0]))
        assert "Đề nghị kiểm tra lại" not in later.text
        for mark in ("số cố định, không nhận tin nhắn", "thư điện tử sai dạng", "không gửi được thông báo"):
            assert mark in later.text
        fine = clerk.fill(self.PATH, name="Hoa", phone="0905123456")
        assert "Đề nghị kiểm tra lại" not in read(clerk.get(fine.headers["location"])).text
