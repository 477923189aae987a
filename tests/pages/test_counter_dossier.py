"""Tests the page of a dossier at the counter: its content, its actions, and refusals of them."""

from datetime import timedelta

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, new_procedure, read_dossier, received
from tests.support.client import Client
from tests.support.desk import HOME, OWN, Desk, chosen, forms
from tests.support.page_text import read

HERE, ELSEWHERE = "20899", "20902"


class TestOneDossier:
    def test_the_page_shows_the_dossier_and_the_access_is_logged_once(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive(name="Nguyễn Thị Hoa", identity_number="049185001234")
        text = clerk.page(f"{HOME}/d/{code}").text
        for said in ("Nguyễn Thị Hoa", "049185001234", "19/08/2021", "Thứ Năm: ngày làm việc", "1. Tiếp nhận"):
            assert said in text
        # Units are shown with their kind, and the two channels in words.
        assert "Tiếp nhận: Thị trấn Trà My Chịu trách nhiệm: Thị trấn Trà My Đang giữ: Thị trấn Trà My" in text
        assert "Nộp trực tiếp; trả trực tiếp" in text
        path = f"{DOSSIERS}/{code}/access-log"
        accesses = client.get(path, token=client.token("administrator")).json()["items"]
        kinds = sorted((access["kind"], access["client"]) for access in accesses)
        # The answer to the receipt showed them too.
        assert kinds == [("dossier", "tiep-nhan"), ("journal", "tiep-nhan"), ("receiveDossier", "tiep-nhan")]
        for role in ("reporter", "administrator"):
            text = Desk(client, client.token(role)).page(f"{HOME}/d/{code}").text
            assert "Hoa" not in text
            assert "049185001234" not in text
            assert "Ông/Bà không có thao tác nào" in text

    def test_other_roles_and_units_get_a_refusal(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive()
        form = clerk.form(f"{HOME}/d/{code}", "withdraw")
        elsewhere = Desk(client, client.token("clerk", ELSEWHERE))
        assert "Hồ sơ không thuộc phạm vi của đơn vị" in elsewhere.page(f"{HOME}/d/{code}", 403).text
        read(elsewhere.fill_in(form, request="x"), 403)
        read(elsewhere.get(f"{HOME}/d/{code}/slips/receipt"), 403)
        for path in ("/d/nothing", "/d/nothing/slips/receipt", "/d/%2e%2e%2ftokens", "/nowhere"):
            clerk.page(HOME + path, 404)
        read(clerk.send(f"{HOME}/d/{code}", action="explode"), 404)
        read(clerk.send(f"{HOME}/d/{code}", action="particulars"), 404)
        assert read_dossier(client, code)["version"] == 1

    def test_a_whole_life_of_a_dossier_at_the_counter(
        self, client: Client, clerk: Desk, officer: Desk, supervisor: Desk
    ) -> None:
        code = clerk.receive(officer="Trần Văn Minh", fee="50.000", channel="counter")
        paper = {"given": "on", "name": "Giấy khai sinh", "form": "certified_copy", "copies": "2"}
        papers = {f"paper-0-{name}": value for name, value in paper.items()}
        officer.act(code, "take", officer="Lê Thị Lan")
        text = officer.act(code, "request-supplement", reason="Thiếu giấy", **papers).text
        assert "Yêu cầu bổ sung giấy tờ" in text
        assert "Giấy khai sinh" in clerk.get(f"{HOME}/d/{code}").text
        client.now = NOW + timedelta(days=1)
        for desk in (clerk, officer, supervisor):
            desk.sign_in()
        clerk.act(code, "supplement")
        supervisor.act(code, "reschedule", reason="Phức tạp", promised_date="2021-08-24")
        officer.act(code, "request-payment", amount="1.250.000")
        clerk.act(code, "pay")
        officer.act(code, "suspend", reason="Xác minh", legal_basis="Nghị định 61")
        officer.act(code, "resume")
        officer.act(code, "finish", outcome="granted", note="Xong")
        text = clerk.act(code, "return", received_by="Nguyễn Thị Hoa", how="postal").text
        assert "Người nhận kết quả: Nguyễn Thị Hoa" in text
        dossier = read_dossier(client, code)
        assert (dossier["status"], dossier["fee"], dossier["officer"]) == ("returned", 1_300_000, "Trần Văn Minh")
        assert dossier["documents"][-1] == {"name": "Giấy khai sinh", "form": "certified_copy", "copies": 2}
        journal = client.get(f"{DOSSIERS}/{code}/journal", token=client.token("supervisor")).json()["items"]
        assert [entry["type"] for entry in journal] == [
            "receive",
            "take",
            "request-supplement",
            "supplement",
            "reschedule",
            "request-payment",
            "pay",
            "suspend",
            "resume",
            "finish",
            "return",
        ]
        assert journal[5]["data"]["amount"] == 1_250_000
        assert journal[9]["note"] == "Xong"

    def test_a_hand_off_accepts_code_and_name_of_a_unit(self, client: Client, officer: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        officer.act(code, "take")
        assert "Đơn vị nhận: Phòng Tư pháp" in officer.act(code, "forward", to_unit="515.03 Phòng Tư pháp").text
        assert read_dossier(client, code)["holder_unit"]["code"] == "515.03"

    def test_a_form_sent_twice_acts_once(self, client: Client, officer: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        form = officer.form(f"{HOME}/d/{code}", "take")
        answers = [officer.fill_in(form) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert read_dossier(client, code)["version"] == 2

    def test_a_form_sent_twice_at_once_acts_once(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        answers = client.posted_together(form.address, {**form.values, "name": "Hoa"}, 4, {**OWN, **clerk.headers()})
        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.headers["location"] for answer in answers}) == 1

    def test_an_older_version_is_refused_and_the_text_stays(self, client: Client, officer: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        form = officer.form(f"{HOME}/d/{code}", "request-supplement")
        Desk(client, client.token("officer", HERE)).act(code, "take")
        answer = officer.fill_in(form, reason="Thiếu bản sao", **{"paper-0-name": "Giấy khai sinh"})
        page = read(answer, 412)
        assert "Người khác vừa cập nhật hồ sơ này" in page.text
        again = chosen(answer, "request-supplement")
        assert (again.values["reason"], again.values["paper-0-name"]) == ("Thiếu bản sao", "Giấy khai sinh")
        assert read_dossier(client, code)["version"] == 2
        assert officer.fill_in(again).status_code == 303

    def test_errors_are_at_their_fields_and_the_text_stays(self, client: Client, supervisor: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        for action, fields, wrong, said in (
            ("request-supplement", {"note": "Giữ lại"}, "reason", "Mục này bắt buộc"),
            ("request-payment", {"amount": "nhiều", "note": "Giữ lại"}, "amount", "Mục này phải là số"),
            ("reschedule", {"promised_date": "2021-08-17", "reason": "Giữ lại"}, "promised_date", "phải sau ngày hẹn"),
            ("forward", {"to_unit": "0 Không", "note": "Giữ lại"}, "to_unit", "Không có đơn vị này"),
            ("finish", {"outcome": "refused", "note": "Giữ lại"}, "reason", "phải nêu lý do"),
            ("take", {"at": "2021-08-20T08:00", "note": "Giữ lại"}, "at", "nằm trong tương lai"),
            ("take", {"at": "never", "note": "Giữ lại"}, "at", "Thời điểm không hợp lệ"),
        ):
            answer = supervisor.fill(f"{HOME}/d/{code}", action, **fields)
            assert said in read(answer, 422).text
            form = chosen(answer, action)
            assert list(form.errors) == [wrong]
            assert "Giữ lại" in form.values.values()
            if wrong in fields:
                assert form.values[wrong] == fields[wrong]
        english = supervisor.fill(f"{HOME}/d/{code}?lang=en", "request-payment", amount="many")
        assert "This must be a number." in read(english, 422).text
        assert "Input should be a valid integer" in english.text

    def test_an_impossible_action_names_the_possible_ones(self, clerk: Desk, officer: Desk) -> None:
        code = clerk.receive()
        form = clerk.form(f"{HOME}/d/{code}", "withdraw")
        officer.act(code, "finish", outcome="granted")
        answer = clerk.fill_in(form, request="Đơn đã viết")
        read(answer, 412)
        again = chosen(answer, "withdraw")
        assert again.values["request"] == "Đơn đã viết"
        answer = clerk.fill_in(again)
        page = read(answer, 409)
        assert "Không thực hiện được ở trạng thái này" in page.text
        assert "#do-return" in page.links
        assert chosen(answer, "withdraw").values["request"] == "Đơn đã viết"
        page = read(
            clerk.send(f"{HOME}/d/{code}", action="transfer", reason="x", to_unit="515.03", legal_basis="y"), 403
        )
        assert "#do-return" in page.links

    def test_each_slip_opens_as_pdf(self, clerk: Desk) -> None:
        code = clerk.receive()
        slips = [link for link in clerk.page(f"{HOME}/d/{code}").links if "/slips/" in link]
        assert len(slips) == 2
        for link in slips:
            answer = clerk.get(link)
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.content.startswith(b"%PDF")
        clerk.page(f"{HOME}/d/{code}/slips/apology", 409)
        clerk.page(f"{HOME}/d/{code}/slips/receipt?sequence=x", 422)
        clerk.page(f"{HOME}/d/{code}/slips/control?paper=a3", 422)

    def test_the_english_page_is_english(self, clerk: Desk) -> None:
        code = clerk.receive()
        page = clerk.page(f"{HOME}/d/{code}?lang=en")
        assert page.language == "en"
        for said in ("Possible actions", "Receipt and appointment", "Nguyễn Thị Hoa"):
            assert said in page.text


def test_the_counter_asks_for_the_cause_of_a_late_result_and_goes_on_without_it(
    client: Client, clerk: Desk, officer: Desk, supervisor: Desk
) -> None:
    codes = [clerk.receive() for _ in range(3)]
    officer.act(codes[0], "finish", outcome="granted")
    assert "late_cause" not in officer.form(f"{HOME}/d/{codes[1]}", "finish").names

    client.now = NOW + timedelta(days=9)
    for desk in (clerk, officer, supervisor):
        desk.sign_in()
    assert "late_cause" in officer.form(f"{HOME}/d/{codes[1]}", "finish").names
    text = officer.act(codes[1], "finish", outcome="granted", late_cause="staff").text
    assert "Nguyên nhân quá hạn Thiếu cán bộ hoặc cán bộ vắng mặt" in text
    text = officer.act(codes[2], "finish", outcome="granted").text
    assert "Hồ sơ quá hạn chưa có nguyên nhân." in text
    supervisor.act(codes[2], "correct", sequence="2", changed="late_cause", changes="system", reason="x")
    Desk(client, client.token("supervisor", HERE, client="other")).act(codes[2], "approve-correction")
    assert read_dossier(client, codes[2])["late_cause"] == "system"


def test_a_wish_not_to_be_told_is_set_and_changed_at_the_counter(client: Client, clerk: Desk) -> None:
    code = clerk.receive(notify="no")
    assert read_dossier(client, code)["notify"] is False
    assert "Người nộp không nhận thông báo về hồ sơ này." in clerk.page(f"{HOME}/d/{code}").text
    answer = clerk.fill(f"{HOME}/d/{code}/particulars", notify="yes")
    assert answer.status_code == 303
    assert read_dossier(client, code)["notify"] is True


def test_a_wrong_procedure_is_previewed_and_corrected_from_the_page(
    client: Client, clerk: Desk, supervisor: Desk
) -> None:
    code = clerk.receive()
    wrong = "1.004837"
    right = new_procedure(client, limits={"counter": {"amount": 7, "unit": "working_day"}})
    name = client.get(f"/api/v1/procedures/{right}").json()["name"]
    page = supervisor.get(f"{HOME}/d/{code}")
    (form,) = [form for form in forms(page) if form.values.get("changed") == "procedure" and "sequence" in form.names]
    filled = {**form.values, "changes": f"{right} {name}", "reason": "Chọn nhầm thủ tục"}
    text = read(supervisor.send(form.address, **filled, preview="1")).text
    assert f"→ {name}" in text
    assert "Ngày hẹn trả kết quả: 19/08/2021 →" in text
    assert read_dossier(client, code)["version"] == 1

    assert supervisor.send(form.address, **filled).status_code == 303
    assert read_dossier(client, code)["procedure"]["code"] == wrong
    Desk(client, client.token("supervisor", HERE, client="other")).act(code, "approve-correction")
    dossier = read_dossier(client, code)
    assert (dossier["procedure"]["code"], dossier["flags"]) == (right, ["corrected"])
    assert dossier["due_date"] != "2021-08-19"


def test_a_dry_run_of_a_correction_answers_as_after_the_approval_and_changes_nothing(client: Client) -> None:
    token = client.token("supervisor", HERE)
    code = received(client, token)["code"]
    body = {"sequence": 1, "reason": "x", "changes": {"at": "2021-08-13T08:30:00+07:00"}}
    path = f"{DOSSIERS}/{code}/correct"
    answer = client.post(f"{path}?dry_run=true", body, token=token)
    assert (answer.status_code, answer.json()["due_date"], answer.json()["version"]) == (200, "2021-08-18", 1)
    assert read_dossier(client, code)["due_date"] == "2021-08-19"
    wrong = client.post(f"{path}?dry_run=true", {**body, "sequence": 7}, token=token)
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_entry")
