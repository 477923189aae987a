"""Tests the look-up pages: codes in any spelling, the status in plain words, and no personal data."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.page_text import Page, read

SECRET = "Kín-đáo-7391"


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def dossier_page(client: Client, code: str, language: str = "vi") -> Page:
    return read(client.get(f"/d/{code}?lang={language}"))


def test_the_first_page_has_only_the_field_for_the_code(client: Client) -> None:
    page = read(client.get("/"))
    assert page.language == "vi"
    assert "Mã hồ sơ" in page.text
    assert page.values == {"code": ""}


@pytest.mark.parametrize(
    "typed",
    [
        "000.31.15.h47-210816-0001",
        "  000.31.15.H47 – 210816 — 0001 ",
        "https://motcua.example/d/000.31.15.H47-210816-0001",
        "HTTP://MOTCUA.EXAMPLE/d/000.31.15.H47-210816-0001?lang=en",
    ],
)
def test_a_code_is_found_in_any_spelling(client: Client, typed: str) -> None:
    answer = client.get("/d", params={"code": typed})
    assert (answer.status_code, answer.headers["location"]) == (303, "/d/000.31.15.H47-210816-0001")


def test_a_blank_field_leads_back_to_the_form(client: Client) -> None:
    assert client.get("/d?code=+").headers["location"] == "/"


def test_other_case_and_dashes_open_the_same_page(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    assert code in dossier_page(client, quote(code.lower().replace("-", " – "))).text


def test_a_received_dossier_shows_place_due_date_and_explanation(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    page = dossier_page(client, code)
    api = client.get(f"/api/v1/lookup/{code}/deadline").json()

    assert page.title.startswith("Được tiếp nhận")
    assert "Thủ tục đăng ký giám hộ" in page.text
    assert "Thứ Năm, 19/08/2021" in page.text
    assert "Thị trấn Trà My" in page.text
    assert "Thứ Hai – Thứ Sáu 07:00–11:30, 13:30–17:00" in page.text
    assert "08:30, 16/08/2021 Đã tiếp nhận hồ sơ tại Thị trấn Trà My" in page.text
    assert api["rule"] in page.text
    for day in api["days"]:
        assert day["why"] in page.text


def test_the_english_page_is_english(client: Client, supervisor: str) -> None:
    page = dossier_page(client, received(client, supervisor)["code"], "en")
    assert page.title.startswith("Received")
    assert "Thursday, 2021-08-19" in page.text
    assert "How is this date computed?" in page.text


def test_a_supplement_request_is_shown_without_its_papers(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "request-supplement", reason=SECRET, documents=[{"name": SECRET}])
    client.now += timedelta(days=2)
    page = dossier_page(client, code)
    assert "tạm dừng từ 08:30, 16/08/2021: chờ bổ sung hồ sơ" in page.text
    assert "Thứ Hai, 23/08/2021" in page.text
    assert SECRET not in page.text


def test_an_overdue_dossier_has_an_apology_and_the_new_date(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "reschedule", reason="Quá tải", promised_date="2021-08-24")
    client.now += timedelta(days=4)
    page = dossier_page(client, code)
    assert "quá hạn" in page.title + page.text
    assert "xin lỗi" in page.text
    assert "Ngày hẹn mới: Thứ Ba, 24/08/2021" in page.text


def test_a_whole_life_passes_the_three_stops(client: Client, supervisor: str) -> None:
    code = received(client, supervisor, submit=True)["code"]
    assert "Tiếp nhận (hiện tại) chờ kiểm tra" in dossier_page(client, code).text
    assert "Cách tính ngày hẹn" not in dossier_page(client, code).text
    act(client, supervisor, code, "receive")
    act(client, supervisor, code, "take")
    assert "Giải quyết (hiện tại) tại Thị trấn Trà My" in dossier_page(client, code).text
    act(client, supervisor, code, "finish", outcome="granted")
    assert "Trả kết quả (hiện tại) đã có kết quả" in dossier_page(client, code).text
    act(client, supervisor, code, "return", received_by=SECRET)
    page = dossier_page(client, code)
    assert "Trả kết quả (đã hoàn thành) 08:30, 16/08/2021" in page.text
    assert SECRET not in page.text


@pytest.mark.parametrize(("action", "body"), [("withdraw", {}), ("discontinue", {"legal_basis": "Điều 9"})])
def test_a_dossier_without_result_shows_the_stop_of_its_end(
    client: Client, supervisor: str, action: str, body: dict[str, Any]
) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, action, **{"withdraw": {"request": SECRET}}.get(action, {"reason": SECRET, **body}))
    page = dossier_page(client, code)
    assert "Tiếp nhận (đã dừng)" in page.text
    assert "Bộ phận Một cửa phụ trách Thị trấn Trà My" in page.text, "there is no result to be collected"
    assert SECRET not in page.text


def test_no_personal_data_is_shown_in_any_state(client: Client, supervisor: str) -> None:
    applicant = {"name": SECRET, "identity_number": "049185009999", "phone": "0905999999", "address": SECRET}
    body = {"applicant": applicant, "summary": SECRET, "officer": SECRET, "documents": [{"name": SECRET}]}
    code = received(client, supervisor, **body)["code"]
    for language in ("vi", "en"):
        text = client.get(f"/d/{code}?lang={language}").text + client.get(f"/d/{code}/days?lang={language}").text
        assert not any(secret in text for secret in (SECRET, "049185009999", "0905999999"))


def test_the_address_and_telephone_of_the_counter_are_shown(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    unit = client.get(f"/api/v1/lookup/{code}").json()["holder_unit"]["id"]
    places = {"address": "Thôn 1, <Trà My>", "phone": "0235 388 2123"}
    assert client.patch(f"/api/v1/units/{unit}", places, token=client.token("administrator")).is_success
    page = dossier_page(client, code)
    assert "Thôn 1, <Trà My>" in page.text
    assert "tel:02353882123" in page.links


def test_a_long_suspension_has_a_page_of_days(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    act(client, supervisor, code, "request-supplement", reason="x")
    client.now += timedelta(days=365)
    act(client, supervisor, code, "supplement")
    answer = client.get(f"/d/{code}")
    assert len(answer.content) < 10_000
    page = read(answer)
    assert f"/d/{code}/days" in page.links
    days = read(client.get(f"/d/{code}/days"))
    for number in range(365):
        assert f"{date(2021, 8, 16) + timedelta(days=number):%d/%m/%Y}" in days.text


def test_a_page_with_its_files_stays_under_forty_kilobytes(client: Client, supervisor: str) -> None:
    code = received(client, supervisor)["code"]
    for action in ("request-supplement", "supplement") * 2:
        act(client, supervisor, code, action, **({"reason": "x", "legal_basis": "y"} if "request" in action else {}))
        client.now += timedelta(days=30)
    answer = client.get(f"/d/{code}")
    size = len(answer.content) + sum(len(client.get(address).content) for address in read(answer).loaded)
    assert size < 40_000


class TestUnknown:
    @pytest.mark.parametrize("typed", ["000.31.15.H47-210816-9999", "x", "a" * 250, "–", "%ED%A0%80"])
    def test_an_unknown_code_gets_help_and_the_form(self, client: Client, typed: str) -> None:
        page = read(client.get(f"/d/{typed}"), 404)
        assert "000.31.15.H47-210816-0001" in page.text
        assert "code" in page.values

    def test_the_typed_code_stays_in_the_field(self, client: Client) -> None:
        answer = client.get("/d", params={"code": '12"><script>alert(1)</script>'})
        assert read(answer, 404).values["code"] == '12"><script>alert(1)</script>'
        assert "<script>alert" not in answer.text

    def test_in_english_the_help_is_english(self, client: Client) -> None:
        page = read(client.get("/d?code=x", headers={"Accept-Language": "en-GB,en;q=0.9"}), 404)
        assert "There is no dossier with this code" in page.text


def test_pages_and_api_share_the_limit_of_misses(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_misses=1) as client:
        assert client.get("/d/000.31.15.H47-210816-0001").status_code == 404
        assert client.get("/api/v1/lookup/000.31.15.H47-210816-0001").status_code == 404
        answer = client.get("/d/000.31.15.H47-210816-0001/days")
        page = read(answer, 429)
        assert f"sau {answer.headers['retry-after']} giây" in page.text
        assert client.get("/").status_code == 200
