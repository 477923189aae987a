"""Tests refusals on Vietnamese pages: every sentence is Vietnamese, names the error, and says how to go on."""

import re

import httpx
import pytest

from app.http.field_errors import TEXTS, text_of
from app.http.messages import TITLES
from app.web.public.advice import BY_CODE
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.desk import HOME, Desk
from tests.support.page_text import read

HERE, ELSEWHERE = "20899", "20902"
# Each English sentence of the service has one of these words. None of them is a Vietnamese syllable.
_ENGLISH = re.compile(
    r"\b(the|is|are|was|were|not|must|cannot|should|this|that|with|and|of|needs?|input)\b", re.IGNORECASE
)


def vietnamese(answer: httpx.Response, status: int) -> str:
    """The text of the refusal, after a check that no English word is in it."""
    page = read(answer, status)
    assert page.language == "vi"
    assert _ENGLISH.findall(page.text) == [], page.text
    return page.text


def test_a_403_is_vietnamese(client: Client, clerk: Desk) -> None:
    code = clerk.receive()
    transfer = {"action": "transfer", "reason": "x", "to_unit": "515.03", "legal_basis": "y"}
    assert "Ông/Bà không có quyền" in vietnamese(clerk.send(f"{HOME}/d/{code}", **transfer), 403)
    elsewhere = Desk(client, client.token("clerk", ELSEWHERE))
    assert "không thuộc phạm vi của đơn vị" in vietnamese(elsewhere.get(f"{HOME}/d/{code}"), 403)
    reporter = Desk(client, client.token("reporter", HERE))
    for path in ("ratings", "late"):
        assert "Vai trò này không được thực hiện" in vietnamese(reporter.get(f"{HOME}/{path}"), 403)
    assert "ngoài phạm vi" in vietnamese(
        clerk.get(f"{HOME}/register?unit={ELSEWHERE}&from=2021-08-01&to=2021-08-16"), 403
    )
    foreign = {**clerk.headers(), "Sec-Fetch-Site": "cross-site", "Origin": "https://other.example"}
    answer = client.request("POST", f"{HOME}/d/{code}", data={"action": "finish"}, headers=foreign)
    assert "Vui lòng mở lại trang" in vietnamese(answer, 403)


def test_a_409_is_vietnamese_and_says_how_to_go_on(client: Client, clerk: Desk, supervisor: Desk) -> None:
    code = clerk.receive(external_system="X", external_code="1")
    answer = clerk.fill(f"{HOME}/receive?procedure=1.004837", name="Hoa", external_system="X", external_code="1")
    assert f"Hồ sơ đã có mã này: {code}" in vietnamese(answer, 409)
    late = supervisor.fill(f"{HOME}/d/{code}", "request-supplement", reason="Thiếu", at="2021-08-16T06:00")
    assert "Vui lòng nhập thời điểm sau mục gần nhất" in vietnamese(late, 409)
    officer = Desk(client, client.token("officer", HERE))
    officer.act(code, "request-supplement", reason="Thiếu")
    clerk.act(code, "supplement")
    again = officer.send(f"{HOME}/d/{code}", action="request-supplement", reason="Vẫn thiếu")
    assert "lãnh đạo phải thực hiện và nêu căn cứ pháp lý" in vietnamese(again, 409)
    form = clerk.form(f"{HOME}/d/{code}", "withdraw")
    supervisor.act(code, "finish", outcome="granted")
    form.values["version"] = clerk.form(f"{HOME}/d/{code}", "return").values["version"]
    assert "Hiện có thể" in vietnamese(clerk.fill_in(form, request="Đơn"), 409)
    assert "chưa có phiếu này" in vietnamese(clerk.get(f"{HOME}/d/{code}/slips/apology"), 409)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("request-supplement", {}),
        ("request-payment", {"amount": "nhiều"}),
        ("request-payment", {"amount": "0"}),
        ("request-payment", {"amount": "9" * 14}),
        ("reschedule", {"promised_date": "2021-08-17", "reason": "Muộn"}),
        ("reschedule", {"promised_date": "17/8", "reason": "Muộn"}),
        ("forward", {"to_unit": "0 Không"}),
        ("finish", {"outcome": "refused"}),
        ("finish", {"outcome": "other"}),
        ("take", {"at": "2021-08-20T08:00"}),
        ("take", {"at": "never"}),
        ("take", {"at": "0001-01-01T08:00"}),
        ("take", {"note": "a\u202eb"}),
        ("take", {"note": "x" * 5000}),
        ("return", {"received_by": "   ", "how": "counter"}),
        ("correct", {"sequence": "1", "changed": "at", "changes": "never", "reason": "Sai"}),
        ("correct", {"sequence": "1", "changed": "outcome", "changes": "granted", "reason": "Sai"}),
    ],
)
def test_a_422_is_vietnamese_at_its_field(
    client: Client, supervisor: Desk, action: str, fields: dict[str, str]
) -> None:
    code = received(client, client.token("supervisor"))["code"]
    if action == "return":
        act(client, client.token("supervisor"), code, "finish", outcome="granted")
    text = vietnamese(supervisor.fill(f"{HOME}/d/{code}", action, **fields), 422)
    assert text_of("invalid", "vi") not in text


def test_refusals_of_public_pages_are_vietnamese(client: Client) -> None:
    for path in ("/procedures/1.004837?at=never", "/board?period=2021-Q9", "/board?from=x&to=y"):
        assert "lang=" not in vietnamese(client.get(path, headers={"Accept": "text/html"}), 422)
    answer = client.get("/procedures/1.004837?at=never&lang=en", headers={"Accept": "text/html"})
    assert TEXTS["not_a_time"].en in read(answer, 422).text


def test_every_advice_has_a_known_code() -> None:
    assert list(BY_CODE) == sorted(BY_CODE)
    assert BY_CODE.keys() <= TITLES.keys()
