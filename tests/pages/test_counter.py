"""The counter over HTTP: signing in, the lists, one dossier and what is done with it, receiving, refusals."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.domain.lifecycle import TRANSITIONS, Action
from app.dossiers.operations import BODIES
from app.web.counter.actions import fields_of
from app.web.counter.labels import ACTIONS, FIELDS
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client
from tests.support.desk import HOME, OWN, Desk, chosen, forms
from tests.support.hostile_input import HOSTILE
from tests.support.page_text import read

HERE, ELSEWHERE = "20899", "20902"
UNSIGNED = {"Cookie": ""}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def clerk(client: Client) -> Desk:
    return Desk(client, client.token("clerk", HERE, client="tiep-nhan"))


@pytest.fixture
def officer(client: Client) -> Desk:
    return Desk(client, client.token("officer", HERE))


@pytest.fixture
def supervisor(client: Client) -> Desk:
    return Desk(client, client.token("supervisor", HERE))


def shown(client: Client, code: str) -> dict[str, Any]:
    dossier: dict[str, Any] = client.get(f"{DOSSIERS}/{code}", token=client.token("supervisor")).json()
    return dossier


class TestSigningIn:
    def test_without_a_token_there_is_one_field_for_it_and_nothing_else(self, client: Client) -> None:
        for path in ("", "/receive", "/search", "/d/x", "/d/x/slips/receipt"):
            answer = client.get(HOME + path, headers=UNSIGNED)
            assert set(read(answer).values) == {"to", "token"}
            assert answer.headers["cache-control"] == "no-store"

    def test_the_token_is_kept_where_no_script_no_other_site_and_no_other_page_gets_it(self, client: Client) -> None:
        token = client.token("clerk", HERE)
        for origin, secure in (("http://service.test", False), ("https://service.test", True)):
            answer = client.request(
                "POST", f"{origin}{HOME}/sign-in", data={"token": token}, headers={**OWN, **UNSIGNED}
            )
            (cookie,) = answer.headers.get_list("set-cookie")
            value, *flags = cookie.split("; ")
            assert token not in cookie
            assert {"HttpOnly", "Path=/counter", "SameSite=strict", "Max-Age=43200"} <= set(flags)
            assert ("Secure" in flags) is secure
            assert value.startswith("counter=")

    def test_the_cookie_opens_nothing_but_the_counter(self, client: Client, clerk: Desk) -> None:
        cookie = clerk.cookies["counter"]
        for headers in ({"Cookie": f"counter={cookie}"}, {"Authorization": f"Bearer {cookie}", **UNSIGNED}):
            assert client.get(DOSSIERS, headers=headers).status_code == 401

    @pytest.mark.parametrize("token", ["x", "mã sai", "a b", "x" * 5000])
    def test_a_token_that_does_not_hold_is_refused_by_the_page(self, client: Client, token: str) -> None:
        answer = client.request("POST", f"{HOME}/sign-in", data={"token": token}, headers={**OWN, **UNSIGNED})
        page = read(answer, 401)
        assert "Mã truy cập" in page.text
        assert page.values["token"] == ""
        assert "set-cookie" not in answer.headers

    def test_an_empty_field_is_refused_too(self, client: Client) -> None:
        read(client.request("POST", f"{HOME}/sign-in", data={"token": " "}, headers={**OWN, **UNSIGNED}), 401)

    def test_guessing_is_slowed_down_as_everywhere(self, seeded_url: str) -> None:
        with Client(seeded_url, NOW, failure_rate=2) as client:
            found = [
                client.request("POST", f"{HOME}/sign-in", data={"token": "x"}, headers={**OWN, **UNSIGNED})
                for _ in range(3)
            ]
            assert [one.status_code for one in found] == [401, 401, 429]
            assert f"Vui lòng thử lại sau {found[-1].headers['retry-after']} giây" in read(found[-1], 429).text
            Desk(client, client.token("clerk", HERE))

    def test_a_session_ends_after_its_time_and_with_its_token(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        client.now = NOW + timedelta(hours=12)
        assert "token" in clerk.page(HOME).values
        assert "Phiên làm việc đã kết thúc" in read(clerk.fill_in(form, name="Hoa"), 401).text

    def test_a_token_that_was_revoked_opens_nothing_any_more(self, seeded_url: str) -> None:
        with Client(seeded_url, NOW, token_cache_seconds=0) as client:
            clerk = Desk(client, client.token("clerk", HERE))
            administrator = client.token("administrator")
            token_id = client.get("/api/v1/tokens", token=administrator).json()["items"][0]["id"]
            client.post(f"/api/v1/tokens/{token_id}/revoke", {}, token=administrator)
            assert "Mã truy cập đã bị thu hồi" in clerk.page(HOME, 401).text
            assert clerk.cookies["counter"] in ("", '""')

    @pytest.mark.parametrize("kept", ["x", "tests:AAAA", "tests:", '"', "other:AAAA"])
    def test_a_cookie_that_was_made_up_is_none(self, client: Client, kept: str) -> None:
        assert "token" in read(client.get(HOME, headers={"Cookie": f"counter={kept}; counter_officer={kept}"})).values

    def test_signing_out_takes_the_token_out_of_the_browser(self, clerk: Desk) -> None:
        (form,) = (one for one in forms(clerk.get(HOME)) if one.address.endswith("sign-out"))
        answer = clerk.fill_in(form)
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert "token" in clerk.page(HOME).values

    def test_whoever_has_signed_in_comes_where_they_wanted_to_and_nowhere_else(self, client: Client) -> None:
        token = client.token("clerk", HERE)
        for to, led in (
            ("/counter/receive", "/counter/receive"),
            ("/counter/d/000.31.15.H47-210816-0001", "/counter/d/000.31.15.H47-210816-0001"),
            ("https://evil.example/", HOME),
            ("//evil.example/counter", HOME),
            ("/counter//evil.example", HOME),
            ("/counter/\\evil.example", HOME),
            ("/counterfeit", HOME),
        ):
            sent = {"token": token, "to": to}
            answer = client.request("POST", f"{HOME}/sign-in", data=sent, headers={**OWN, **UNSIGNED})
            assert (answer.status_code, answer.headers["location"]) == (303, led)


class TestForms:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://service.test"},
            {"Sec-Fetch-Site": "same-site", "Origin": "http://service.test"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://service.test.evil.example"},
        ],
    )
    def test_those_of_other_sites_do_nothing(self, client: Client, clerk: Desk, headers: dict[str, str]) -> None:
        code = clerk.receive()
        kept = {"Cookie": f"counter={clerk.cookies['counter']}"}
        withdrawal = {"action": "withdraw", "request": "x", "version": "1"}
        for path, fields in (
            (f"/d/{code}", withdrawal),
            ("/receive", {"procedure": "1.004837", "name": "x"}),
            ("/search", {"q": code}),
            ("/sign-in", {"token": client.token("clerk")}),
            ("/sign-out", {}),
        ):
            answer = client.request("POST", HOME + path, data=fields, headers={**headers, **kept})
            assert "không được gửi từ trang" in read(answer, 403).title
            assert "set-cookie" not in answer.headers
        assert shown(client, code)["version"] == 1
        assert len(client.get(DOSSIERS, token=client.token("clerk")).json()["items"]) == 1

    def test_a_browser_that_tells_no_site_is_known_by_its_origin(self, client: Client, clerk: Desk) -> None:
        headers = {"Origin": "http://service.test", "Cookie": f"counter={clerk.cookies['counter']}"}
        assert client.request("POST", f"{HOME}/search", data={"q": "x"}, headers=headers).status_code == 200

    @pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
    def test_what_is_no_form_is_refused_by_a_page(self, client: Client, clerk: Desk, media_type: str) -> None:
        kept = {"Cookie": f"counter={clerk.cookies['counter']}", "Content-Type": media_type}
        for path in ("/search", "/receive", "/d/x"):
            answer = client.request("POST", HOME + path, content=b"--x\r\n{}", headers={**OWN, **kept})
            assert answer.status_code in (200, 400, 404, 422)
            read(answer, answer.status_code)

    def test_each_action_has_the_fields_of_its_body_and_those_needed_are_not_aside(self) -> None:
        for action in TRANSITIONS:
            fields = {one.name: one for one in fields_of(action)}
            assert fields.keys() == BODIES[action].model_fields.keys()
            assert not [name for name, one in fields.items() if one.is_required and one.aside]

    def test_whatever_has_to_be_named_has_a_name(self) -> None:
        assert ACTIONS.keys() == set(Action)
        assert {one for body in BODIES.values() for one in body.model_fields} - {"applicant", "submit"} <= FIELDS.keys()


class TestLists:
    def test_they_hold_what_the_interface_lists_and_counts(self, client: Client, clerk: Desk) -> None:
        token = client.token("supervisor")
        code = {
            "overdue": received(client, token)["code"],
            "suspended": received(client, token)["code"],
            "finished": received(client, token)["code"],
        }
        act(client, token, code["suspended"], "request-supplement", reason="x")
        act(client, token, code["finished"], "finish", outcome="granted")
        client.now = NOW + timedelta(days=3)
        code["today"] = received(client, token, at="2021-08-16T15:00:00+07:00", note="x")["code"]
        act(client, token, code["today"], "take")
        client.now = NOW + timedelta(days=4)
        code["not-taken"] = received(client, token, at="2021-08-20T08:00:00+07:00")["code"]
        act(client, token, code["not-taken"], "take")
        act(client, token, code["not-taken"], "forward", to_unit="515.03")
        code["submitted"] = received(client, token, submit=True, at=None)["code"]
        supervisor = Desk(client, client.token("supervisor"))
        clerk.sign_in()

        def listed(desk: Desk, kind: str, place: str = "holder") -> set[str]:
            links = desk.page(f"{HOME}?list={kind}&place={place}").links
            return {link.removeprefix(f"{HOME}/d/") for link in links if link.startswith(f"{HOME}/d/")}

        assert listed(supervisor, "overdue") == {code["overdue"], code["today"]}
        for kind in ("suspended", "finished", "not-taken", "submitted"):
            assert listed(supervisor, kind) == {code[kind]}, kind
        assert listed(clerk, "not-taken") == set()
        assert code["not-taken"] in listed(clerk, "open", "receiving")
        assert listed(Desk(client, client.token("clerk", ELSEWHERE)), "open", "receiving") == set()
        total = client.get("/api/v1/statistics/workload").json()["total"]
        text = supervisor.page(HOME).text
        assert f"{total['open']} Đang giải quyết" in text
        assert f"{total['overdue']['total']} Quá hạn" in text
        assert "1 Chưa nhận bàn giao 1 Tạm dừng 1 Chờ tiếp nhận 1 Chờ trả kết quả" in text

    def test_what_is_due_today_is_a_list_of_its_own(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive()
        assert code not in clerk.get(f"{HOME}?list=today").text
        client.now = NOW + timedelta(days=3)
        clerk.sign_in()
        assert code in clerk.get(f"{HOME}?list=today").text
        assert "1 Hẹn trả hôm nay" in clerk.page(HOME).text

    def test_corrections_wait_for_supervisors_alone(self, client: Client, clerk: Desk, supervisor: Desk) -> None:
        code = clerk.receive()
        changes = {"changed": "at", "changes": "2021-08-16T08:00", "sequence": "1", "reason": "Nhầm giờ"}
        supervisor.act(code, "correct", **changes)
        other = Desk(client, client.token("supervisor", HERE, client="lanh-dao"))
        assert code in other.get(f"{HOME}?list=corrections").text
        assert "Chờ duyệt đính chính" not in clerk.page(HOME).text
        page = other.act(code, "approve-correction")
        assert "08:00, 16/08/2021" in page.text
        assert shown(client, code)["flags"] == ["corrected"]

    def test_a_list_goes_on_on_further_pages(self, client: Client, clerk: Desk) -> None:
        for _ in range(51):
            received(client, client.token("clerk"))
        page = clerk.page(HOME)
        (following,) = (link for link in page.links if "cursor=" in link)
        assert "Về đầu danh sách" in clerk.page(HOME + following).text

    def test_lists_that_there_are_not_are_passed_over(self, clerk: Desk) -> None:
        assert clerk.page(f"{HOME}?list=__class__&place=x&utm=1").text == clerk.page(HOME).text
        clerk.page(f"{HOME}?cursor=x", 400)

    def test_a_name_is_searched_in_the_body_and_a_code_leads_to_its_dossier(self, client: Client, clerk: Desk) -> None:
        code = clerk.receive(name="Đặng Thị Ngọc Ánh", phone="0905123456")
        clerk.receive(name="Hồ Văn Tư")
        for fields in ({"name": "ngoc anh"}, {"phone": "0905123456"}):
            answer = clerk.fill(f"{HOME}/search", **fields)
            assert [link for link in read(answer).links if "/d/" in link] == [f"{HOME}/d/{code}"]
        answer = clerk.fill(f"{HOME}/search", q=code.lower().replace("-", "–"))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/d/{code}")
        assert code not in clerk.get(f"{HOME}/search?name=anh").text
        elsewhere = Desk(client, client.token("clerk", ELSEWHERE))
        assert "Không tìm thấy hồ sơ nào" in read(elsewhere.fill(f"{HOME}/search", name="anh")).text
        read(Desk(client, client.token("reporter")).fill(f"{HOME}/search", name="anh"), 403)
        read(clerk.fill(f"{HOME}/search", name="\u202e"), 422)


class TestOneDossier:
    def test_it_shows_what_its_role_may_see_and_the_view_is_recorded_once_by_the_interface(
        self, client: Client, clerk: Desk
    ) -> None:
        code = clerk.receive(name="Nguyễn Thị Hoa", identity_number="049185001234")
        text = clerk.page(f"{HOME}/d/{code}").text
        for said in ("Nguyễn Thị Hoa", "049185001234", "19/08/2021", "Thứ Năm: ngày làm việc", "1. Tiếp nhận"):
            assert said in text
        # Units are shown with their kind, and the two channels in words.
        assert "Tiếp nhận: Thị trấn Trà My Chịu trách nhiệm: Thị trấn Trà My Đang giữ: Thị trấn Trà My" in text
        assert "Nộp trực tiếp; trả trực tiếp" in text
        path = f"{DOSSIERS}/{code}/access-log"
        seen = client.get(path, token=client.token("administrator")).json()["items"]
        kinds = sorted((one["kind"], one["client"]) for one in seen)
        assert kinds == [("dossier", "tiep-nhan"), ("journal", "tiep-nhan")]
        for role in ("reporter", "administrator"):
            text = Desk(client, client.token(role)).page(f"{HOME}/d/{code}").text
            assert "Hoa" not in text
            assert "049185001234" not in text
            assert "Ông/Bà không có thao tác nào" in text

    def test_others_get_a_page_that_says_no(self, client: Client, clerk: Desk) -> None:
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
        assert shown(client, code)["version"] == 1

    def test_it_lives_its_whole_life_here(self, client: Client, clerk: Desk, officer: Desk, supervisor: Desk) -> None:
        code = clerk.receive(officer="Trần Văn Minh", fee="50.000", channel="counter")
        papers = {"paper-0-name": "Giấy khai sinh", "paper-0-form": "certified_copy", "paper-0-copies": "2"}
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
        dossier = shown(client, code)
        assert (dossier["status"], dossier["fee"], dossier["officer"]) == ("returned", 50_000, "Trần Văn Minh")
        assert dossier["documents"] == [{"name": "Giấy khai sinh", "form": "certified_copy", "copies": 2}]
        journal = client.get(f"{DOSSIERS}/{code}/journal", token=client.token("supervisor")).json()["items"]
        assert [one["type"] for one in journal] == [
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

    def test_a_hand_off_names_its_unit_by_code_or_as_the_list_offers_it(self, client: Client, officer: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        officer.act(code, "take")
        assert "Đơn vị nhận: Phòng Tư pháp" in officer.act(code, "forward", to_unit="515.03 Phòng Tư pháp").text
        assert shown(client, code)["holder_unit"]["code"] == "515.03"

    def test_a_form_sent_twice_is_done_once(self, client: Client, officer: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        form = officer.form(f"{HOME}/d/{code}", "take")
        found = [officer.fill_in(form) for _ in range(2)]
        assert [one.status_code for one in found] == [303, 303]
        assert shown(client, code)["version"] == 2

    def test_a_form_sent_twice_at_once_is_done_once(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        found = client.posted_together(form.address, {**form.values, "name": "Hoa"}, 4, {**OWN, **clerk.headers()})
        assert {one.status_code for one in found} == {303}
        assert len({one.headers["location"] for one in found}) == 1

    def test_who_saw_an_older_version_is_shown_the_new_one_and_keeps_what_was_written(
        self, client: Client, officer: Desk
    ) -> None:
        code = received(client, client.token("supervisor"))["code"]
        form = officer.form(f"{HOME}/d/{code}", "request-supplement")
        Desk(client, client.token("officer", HERE)).act(code, "take")
        answer = officer.fill_in(form, reason="Thiếu bản sao", **{"paper-0-name": "Giấy khai sinh"})
        page = read(answer, 412)
        assert "Người khác vừa cập nhật hồ sơ này" in page.text
        again = chosen(answer, "request-supplement")
        assert (again.values["reason"], again.values["paper-0-name"]) == ("Thiếu bản sao", "Giấy khai sinh")
        assert shown(client, code)["version"] == 2
        assert officer.fill_in(again).status_code == 303

    def test_what_is_wrong_is_said_at_its_field_and_what_was_written_stays(
        self, client: Client, supervisor: Desk
    ) -> None:
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

    def test_what_is_not_possible_names_what_is(self, clerk: Desk, officer: Desk) -> None:
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

    def test_each_of_its_slips_opens_as_the_interface_prints_it(self, clerk: Desk) -> None:
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

    def test_in_english_it_is_english(self, clerk: Desk) -> None:
        code = clerk.receive()
        page = clerk.page(f"{HOME}/d/{code}?lang=en")
        assert page.language == "en"
        for said in ("Possible actions", "Receipt and appointment", "Nguyễn Thị Hoa"):
            assert said in page.text


class TestReceiving:
    @pytest.mark.parametrize(
        ("typed", "found"),
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
    def test_a_procedure_is_found_by_code_or_by_words(self, clerk: Desk, typed: str, found: str) -> None:
        page = read(clerk.get(f"{HOME}/receive", params={"procedure": typed}))
        assert (found == "form") == ("identity_number" in page.values)
        assert (found == "list") == ("Có nhiều thủ tục phù hợp" in page.text)
        assert (found == "none") == ("Không có thủ tục nào" in page.text)

    def test_papers_fee_and_officer_are_filled_in_as_far_as_they_are_known(self, client: Client, clerk: Desk) -> None:
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
        dossier = shown(client, answer.headers["location"].partition("?")[0].rpartition("/")[2])
        assert dossier["documents"] == [
            {"name": "Tờ khai <mẫu 1>", "form": "original", "copies": 2},
            {"name": "Giấy khác", "form": "original", "copies": 1},
        ]
        assert (dossier["fee"], dossier["officer"]) == (75_000, "Trần Văn Minh")

    def test_the_result_shows_code_due_date_and_slip_and_the_focus_is_on_the_slip(self, clerk: Desk) -> None:
        answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa")
        shown_then = clerk.get(answer.headers["location"])
        page = read(shown_then)
        assert "Đã tiếp nhận. Hẹn trả kết quả: Thứ Năm, 19/08/2021" in page.text
        assert shown_then.text.count(" autofocus") == 1
        assert 'slips/receipt?sequence=1" target="_blank" rel="noopener" class="button" autofocus' in shown_then.text

    def test_a_form_sent_again_receives_no_second_dossier(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        found = {clerk.fill_in(form, name="Hoa").headers["location"] for _ in range(3)}
        assert len(found) == 1
        assert len(client.get(DOSSIERS, token=client.token("clerk")).json()["items"]) == 1

    def test_all_that_the_form_asks_for_arrives(self, client: Client, clerk: Desk) -> None:
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
        dossier = shown(client, code)
        assert dossier["applicant"] | {"commune": None} == {
            "kind": "business",
            "name": "Công ty Hoa",
            "identity_number": "4000123456",
            "phone": "0905",
            "email": "a@b.vn",
            "address": "Thôn 2",
            "commune": None,
        }
        assert dossier["applicant"]["commune"]["code"] == "20899"
        assert (dossier["channel"], dossier["return_method"], dossier["summary"]) == ("postal", "postal", "Nội dung")
        assert (dossier["responsible_unit"]["code"], dossier["received_at"]) == ("515.03", "2021-08-16T08:00:00+07:00")
        assert dossier["external"] == [{"system": "dvcqg", "code": "G22"}]

    def test_what_is_refused_is_said_at_its_field_and_what_was_written_stays(
        self, client: Client, clerk: Desk, officer: Desk
    ) -> None:
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

    def test_who_may_act_for_all_units_names_the_receiving_one(self, client: Client) -> None:
        everywhere = Desk(client, client.token("clerk"))
        answer = everywhere.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa")
        assert list(chosen(answer).errors) == ["receiving_unit"]
        code = everywhere.receive(receiving_unit=f"{HERE} Thị trấn Trà My")
        assert shown(client, code)["receiving_unit"]["code"] == HERE


class TestHostileInput:
    def test_it_stays_text_in_every_field(self, clerk: Desk) -> None:
        plain = ("name", "identity_number", "phone", "address", "commune", "summary", "officer", "email", "note")
        for hostile in HOSTILE:
            fields = dict.fromkeys((*plain, "paper-0-name", "external_system", "external_code"), hostile)
            answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", **fields)
            if answer.status_code == 303:
                answer = clerk.get(answer.headers["location"])
            texts = [answer.text, clerk.get(HOME).text, clerk.fill(f"{HOME}/search", name="alert").text]
            read(answer, answer.status_code)
            for text in texts:
                assert "<script>alert" not in text
                assert "onmouseover='alert" not in text.replace("&#39;", "'").split("<main")[0]
                assert str(7 * 191) not in text
            assert "evil" not in str(answer.headers)

    def test_it_stays_text_where_an_action_was_refused(self, client: Client, supervisor: Desk) -> None:
        code = received(client, client.token("supervisor"))["code"]
        form = supervisor.form(f"{HOME}/d/{code}", "suspend")
        for hostile in HOSTILE:
            for name in form.names - {"action"}:
                answer = supervisor.fill_in(form, **{name: hostile})
                if answer.status_code != 303:
                    read(answer, answer.status_code)
                    assert "<script>alert" not in answer.text
                    assert str(7 * 191) not in answer.text
        for hostile in HOSTILE:
            for path in (f"/d/{code}?done=", "?list=", "?place=", "/receive?procedure="):
                answer = supervisor.get(HOME + path.partition("?")[0], params={path.partition("?")[2][:-1]: hostile})
                read(answer, answer.status_code)
                assert "<script>alert" not in answer.text
                assert str(7 * 191) not in answer.text
