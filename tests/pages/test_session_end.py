"""Tests forms that are sent after the session has ended: nothing happens, and no text is lost."""

from datetime import timedelta

import httpx
import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, read_dossier, received
from tests.support.client import Client
from tests.support.desk import HOME, OWN, Desk, Form, chosen, forms
from tests.support.hostile_input import HOSTILE
from tests.support.page_text import read

HERE = "20899"


def after_the_end(client: Client, desk: Desk, form: Form, **fields: str) -> httpx.Response:
    """The answer to a form that is sent half a day after signing in."""
    client.now += timedelta(hours=12)
    answer = desk.fill_in(form, **fields)
    assert "Nội dung đã nhập được giữ lại" in read(answer, 401).text
    return answer


def resumed(desk: Desk, answer: httpx.Response, action: str = "") -> Form:
    """The form that is shown after a new sign-in."""
    again = desk.fill_in(sign_in_form(answer), token=desk.token)
    assert "Đã đăng nhập lại, chưa gửi gì" in read(again).text
    assert "Max-Age=43200" in again.headers["set-cookie"]
    return chosen(again, action)


def sign_in_form(answer: httpx.Response) -> Form:
    """The form for a token, beside that for an account."""
    (form,) = (form for form in forms(answer) if "token" in form.names)
    assert form.values["token"] == ""
    return form


def number_of_dossiers(client: Client) -> int:
    return len(client.get(DOSSIERS, token=client.token("supervisor")).json()["items"])


def test_a_receipt_is_filled_in_again_and_received_when_it_is_sent(client: Client, supervisor: Desk) -> None:
    form = supervisor.form(f"{HOME}/receive?procedure=1.004837")
    written = {"name": "Đặng Thị <Hoa>", "summary": 'Hai\n"dòng"', "paper-0-name": "Giấy khai sinh", "fee": "x"}
    answer = after_the_end(client, supervisor, form, **written)
    assert sign_in_form(answer).address == f"{HOME}/receive"
    again = resumed(supervisor, answer)
    assert {name: again.values[name] for name in written} == written
    assert again.errors == {}
    assert number_of_dossiers(client) == 0
    sent = supervisor.fill_in(again, fee="0")
    assert (sent.status_code, number_of_dossiers(client)) == (303, 1)


def test_an_action_is_filled_in_again_on_the_page_of_its_dossier(client: Client, supervisor: Desk) -> None:
    code = received(client, supervisor.token)["code"]
    form = supervisor.form(f"{HOME}/d/{code}", "request-supplement")
    answer = after_the_end(client, supervisor, form, reason="Thiếu bản sao", **{"paper-0-name": "Giấy khai sinh"})
    again = resumed(supervisor, answer, "request-supplement")
    assert (again.values["reason"], again.values["paper-0-name"]) == ("Thiếu bản sao", "Giấy khai sinh")
    assert read_dossier(client, code)["version"] == 1
    assert supervisor.fill_in(again).status_code == 303
    assert read_dossier(client, code)["status"] == "awaiting_supplement"


def test_particulars_are_filled_in_again(client: Client, supervisor: Desk) -> None:
    code = received(client, supervisor.token)["code"]
    answer = after_the_end(client, supervisor, supervisor.form(f"{HOME}/d/{code}/particulars"), phone="0912000111")
    again = resumed(supervisor, answer)
    assert (again.values["phone"], again.values["name"]) == ("0912000111", "Nguyễn Thị Hoa")
    assert supervisor.fill_in(again).status_code == 303
    assert read_dossier(client, code)["applicant"]["phone"] == "0912000111"


def test_a_search_is_filled_in_again(client: Client, supervisor: Desk) -> None:
    answer = after_the_end(client, supervisor, supervisor.form(f"{HOME}/search"), name="Hoa")
    assert resumed(supervisor, answer).values["name"] == "Hoa"


def test_a_reminder_is_answered_on_its_page(client: Client, supervisor: Desk) -> None:
    form = Form(f"{HOME}/reminders", {"action": "snooze", "reminder": "1"}, {"until"})
    answer = after_the_end(client, supervisor, form, until="2021-08-19T09:00")
    page = read(supervisor.fill_in(sign_in_form(answer), token=supervisor.token))
    assert "Nhắc việc" in page.title
    assert "Đã đăng nhập lại" in page.text


def test_a_wrong_token_keeps_the_text_too(client: Client, supervisor: Desk) -> None:
    form = supervisor.form(f"{HOME}/receive?procedure=1.004837")
    answer = after_the_end(client, supervisor, form, name="Hoa")
    answer = supervisor.fill_in(sign_in_form(answer), token="khong-dung")
    assert "Mã truy cập" in read(answer, 401).text
    assert "khong-dung" not in answer.text
    assert resumed(supervisor, answer).values["name"] == "Hoa"


def test_a_token_that_was_revoked_in_between_keeps_the_text(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_rate=0, token_cache_seconds=0) as client:
        clerk = Desk(client, client.token("clerk", HERE))
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        administrator = client.token("administrator")
        token_id = client.get("/api/v1/tokens", token=administrator).json()["items"][0]["id"]
        client.post(f"/api/v1/tokens/{token_id}/revoke", {}, token=administrator)
        answer = clerk.fill_in(form, name="Hoa")
        assert "Mã truy cập đã bị thu hồi" in read(answer, 401).text
        assert clerk.cookies["staff"] in ("", '""')
        clerk.token = client.token("clerk", HERE)
        assert resumed(clerk, answer).values["name"] == "Hoa"


def test_the_sign_in_form_sent_again_acts_on_nothing(client: Client, supervisor: Desk) -> None:
    form = supervisor.form(f"{HOME}/receive?procedure=1.004837")
    sign_in = sign_in_form(after_the_end(client, supervisor, form, name="Hoa"))
    for _load in range(2):
        read(supervisor.fill_in(sign_in, token=supervisor.token))
    assert number_of_dossiers(client) == 0


def test_another_visitor_gets_the_refusal_of_the_dossier(client: Client, supervisor: Desk) -> None:
    code = received(client, supervisor.token)["code"]
    answer = after_the_end(client, supervisor, supervisor.form(f"{HOME}/d/{code}", "take"))
    other = client.token("officer", "20902")
    read(supervisor.fill_in(sign_in_form(answer), token=other), 403)
    assert "token" not in supervisor.page(HOME).values, "signed in nevertheless"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_form_of_another_site_is_refused_and_not_shown(client: Client, site: str) -> None:
    headers = {**OWN, "Cookie": "", "Sec-Fetch-Site": site}
    token = client.token("clerk", HERE)
    for fields in ({"name": "Hoa"}, {"name": "Hoa", "token": token}):
        answer = client.request("POST", f"{HOME}/receive", data=fields, headers=headers)
        assert "không được gửi từ trang" in read(answer, 403).title
        assert "Hoa" not in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(client: Client, hostile: str) -> None:
    headers = {**OWN, "Cookie": ""}
    answer = client.request("POST", f"{HOME}/receive", data={"name": hostile, hostile: "x"}, headers=headers)
    page = read(answer, 401)
    assert page.values.get("name", "") == hostile.replace("\r\n", "\n").strip()
    assert "<script>alert" not in answer.text
    assert str(7 * 191) not in answer.text


def test_no_address_has_a_secret(client: Client, supervisor: Desk) -> None:
    form = supervisor.form(f"{HOME}/search")
    answer = after_the_end(client, supervisor, form, identity_number="049185001234")
    again = supervisor.fill_in(sign_in_form(answer), token=supervisor.token)
    for each in (answer, again):
        assert each.headers["cache-control"] == "no-store"
        assert "location" not in each.headers
        assert each.url.query == b""
        assert not [link for link in read(each, each.status_code).links if "049185001234" in link]
    assert supervisor.token not in again.text
