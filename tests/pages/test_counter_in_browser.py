"""Tests the counter in Chromium: a dossier's whole life by keyboard and without scripts, widths, accessibility."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browsing import chromium, filled, running_browser, window
from tests.support.databases import SqliteDatabases
from tests.support.live import live_server
from tests.support.page_use import entered, reached, typed, wrong_with
from tests.support.reference import seed, token_at

HOME = "/counter"
# A commune in its present borders.
HERE = "20900"
PROCEDURE = "1.004837"


class Scene(NamedTuple):
    """A browser, the service's address, codes of dossiers by what they show, and a token of each role."""

    browser: Browser
    address: str
    codes: dict[str, str]
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def scene(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    executable = chromium()
    url = sqlite_databases.create()
    seed(url)
    codes = filled(url)
    tokens = {role: token_at(url, role, HERE) for role in ("clerk", "officer")}
    # A supervisor of the province sees the dossiers of all communes.
    tokens |= {role: token_at(url, role, "48") for role in ("supervisor", "administrator")}
    profile = tmp_path_factory.mktemp("browser")
    with (
        live_server(url, lookup_rate="0", lookup_misses="0") as address,
        running_browser(executable, profile) as browser,
    ):
        yield Scene(browser, address, codes, tokens)


@contextmanager
def desk(scene: Scene, role: str, width: int, language: str = "vi", *, scripts: bool = True) -> Iterator[Page]:
    """A window with a session of the role."""
    with window(scene.browser, scene.address, width, language, scripts=scripts) as page:
        page.goto(HOME)
        with_token(page, scene.tokens[role])
        expect(page.locator("h1")).to_have_text("Open" if language == "en" else "Đang giải quyết")
        yield page


def button(page: Page, action: str) -> Locator:
    """The button of an action's form."""
    return page.locator(f"#do-{action} > form > button")


def with_token(page: Page, token: str) -> None:
    """Signs in with a token; its field is folded at first."""
    if not page.locator("#token").is_visible():
        page.locator("main details > summary").click()
    page.fill("#token", token)
    entered(page)


def public_status(page: Page, code: str) -> str:
    """The status on the public page."""
    page.goto(f"/d/{code}")
    return page.inner_text("h1")


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (768, "en"), (1920, "vi")])
def test_every_page_fits_and_is_accessible(scene: Scene, width: int, language: str) -> None:
    wrong = {}
    with window(scene.browser, scene.address, width, language) as page:
        page.goto(HOME)
        wrong["sign-in"] = wrong_with(page)
        with_token(page, "x")
        wrong["refused"] = wrong_with(page)
    with desk(scene, "supervisor", width, language) as page:
        for path in (
            "",
            "?list=overdue&place=responsible",
            "?list=corrections",
            "/search",
            "/receive",
            "/receive?procedure=giam+ho",
            f"/receive?procedure={PROCEDURE}",
            f"/d/{scene.codes['open']}/particulars",
            "/reminders",
            "/ratings",
            "/late",
            "/late?from=x",
            "/register",
            "/register?from=x",
            *(f"/d/{code}" for code in scene.codes.values()),
            "/d/nothing",
        ):
            page.goto(HOME + path)
            for summary in page.locator("summary").all():
                summary.evaluate("summary => { summary.parentElement.open = true; }")
            wrong[path] = wrong_with(page)
        page.goto(f"{HOME}/search")
        page.fill("#name", "nguyen")
        entered(page)
        wrong["results"] = wrong_with(page)
        page.goto(f"{HOME}/d/{scene.codes['open']}")
        page.locator("#do-reschedule > summary").click()
        page.fill("#reschedule-reason", "x")
        page.fill("#reschedule-promised_date", "2020-01-02")
        button(page, "reschedule").click()
        expect(page.locator("#reschedule-promised_date")).to_be_focused()
        wrong["refused act"] = wrong_with(page)
        page.context.clear_cookies()
        button(page, "reschedule").click()
        expect(page.locator("#account")).to_be_focused()
        wrong["end of the session"] = wrong_with(page)
        with_token(page, scene.tokens["supervisor"])
        expect(page.locator("#reschedule-reason")).to_have_value("x")
        wrong["filled in again"] = wrong_with(page)
    assert {where: faults for where, faults in wrong.items() if faults} == {}


def test_a_receipt_by_keyboard_needs_few_presses(scene: Scene) -> None:
    with window(scene.browser, scene.address, 768) as page:
        page.goto(HOME)
        with_token(page, scene.tokens["clerk"])
        reached(page, page.get_by_role("link", name="Tiếp nhận hồ sơ"))
        entered(page)
        expect(page.locator("#procedure")).to_be_focused()
        page.keyboard.type("dang ky giam ho")
        entered(page)
        for value in ("Nguyễn Thị Hoa", "049185001234", "0905123456", "Thôn 2"):
            # The next field has the focus after one press.
            page.keyboard.type(value)
            page.keyboard.press("Tab")
        expect(page.locator("#commune")).to_be_focused()
        entered(page)
        expect(page.locator("#received")).to_contain_text("Đã tiếp nhận. Hẹn trả kết quả")
        slip = page.locator(".answer a").first
        expect(slip).to_be_focused()
        answer = page.request.get(slip.get_attribute("href") or "")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert "049185001234" in page.inner_text("main")


def test_a_whole_life_of_a_dossier_by_keyboard(scene: Scene) -> None:
    with desk(scene, "clerk", 1920) as clerk, window(scene.browser, scene.address, 360) as officer:
        code = received(clerk, "Đỗ Hữu Nghĩa")
        # The sign-in leads to the page of the link.
        officer.goto(f"{HOME}/d/{code}")
        reached(officer, officer.locator("main details > summary"))
        officer.keyboard.press("Enter")
        typed(officer, "#token", scene.tokens["officer"])
        entered(officer)
        unfolded(officer, code, "take")
        pressed(officer, "take", "Đang xử lý")
        unfolded(officer, code, "request-supplement")
        typed(officer, "#request-supplement-reason", "Thiếu giấy khai sinh")
        # The rows before it name the papers of the procedure.
        typed(officer, "#do-request-supplement [name=paper-5-name]", "Giấy khai sinh")
        pressed(officer, "request-supplement", "Yêu cầu bổ sung giấy tờ")
        assert public_status(clerk, code) == "Yêu cầu bổ sung giấy tờ"
        unfolded(clerk, code, "supplement")
        expect(clerk.locator("#do-supplement [name=paper-0-name]")).to_have_value("Giấy khai sinh")
        pressed(clerk, "supplement", "Đang xử lý")
        unfolded(officer, code, "finish")
        reached(officer, officer.locator("#finish-outcome"))
        officer.keyboard.press("ArrowDown")
        pressed(officer, "finish", "Đã xử lý xong")
        unfolded(clerk, code, "return")
        typed(clerk, "#return-received_by", "Đỗ Hữu Nghĩa")
        pressed(clerk, "return", "Đã trả kết quả")
        assert public_status(clerk, code) == "Đã trả kết quả"
        assert "Nghĩa" not in clerk.content()


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_long_words_wrap_at_the_edge_of_the_page(scene: Scene, width: int) -> None:
    long = "Thươngmạidịchvụxuấtnhậpkhẩu" * 12
    with desk(scene, "supervisor", width) as page:
        page.goto(f"{HOME}/receive?procedure={PROCEDURE}")
        for name in ("name", "address", "officer", "identity_number"):
            page.fill(f"#{name}", long)
        page.select_option("#identity_kind", "other")
        page.fill("[name=paper-0-name]", long)
        page.locator("main form details > summary").click()
        for name in ("summary", "note", "external_system", "external_code"):
            page.fill(f"#{name}", f"{long}{width}")
        page.fill("#receiving_unit", HERE)
        page.get_by_role("button", name="Tiếp nhận và hẹn trả").click()
        page.wait_for_url("**/d/*?done=receive")
        assert wrong_with(page) == []
        code = page.url.partition("?")[0].rpartition("/")[2]
        page.goto(f"{HOME}/search")
        page.fill("#q", code[:-1])
        entered(page)
        assert wrong_with(page) == []


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_the_rows_of_papers_have_room_for_their_fields(scene: Scene, width: int) -> None:
    with desk(scene, "supervisor", width) as page:
        for path, place in (
            (f"/receive?procedure={PROCEDURE}", "main form.panel"),
            (f"/d/{scene.codes['open']}", "#do-request-supplement"),
        ):
            page.goto(HOME + path)
            page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
            for name, least in (("name", 100), ("form", 100), ("copies", 50)):
                box = page.locator(f"{place} [name=paper-0-{name}]").bounding_box()
                assert box is not None
                assert box["width"] >= least, (path, name)


def received(page: Page, name: str) -> str:
    """The code of a dossier received by keyboard."""
    page.goto(f"{HOME}/receive?procedure={PROCEDURE}")
    typed(page, "#name", name)
    entered(page)
    return page.url.partition("?")[0].rpartition("/")[2]


def unfolded(page: Page, code: str, action: str) -> None:
    """Opens the form of an action on a dossier's page."""
    page.goto(f"{HOME}/d/{code}")
    reached(page, page.locator(f"#do-{action} > summary"))
    page.keyboard.press("Enter")


def pressed(page: Page, action: str, status: str) -> None:
    """Presses the button of an action, and checks the status after it."""
    reached(page, button(page, action))
    entered(page)
    expect(page.locator("h1")).to_have_text(status)


def test_a_whole_life_of_a_dossier_without_scripts(scene: Scene) -> None:
    with desk(scene, "clerk", 360, scripts=False) as clerk, desk(scene, "officer", 768, scripts=False) as officer:
        code = received_twice(clerk, "Nguyễn Thị Thuỳ Dương")
        clerk.goto(f"{HOME}/search")
        clerk.fill("#name", "thuy duong")
        clerk.get_by_role("button", name="Tìm", exact=True).click()
        expect(clerk.locator(".work tbody tr")).to_have_count(1)
        clerk.get_by_role("link", name=code).click()
        done(officer, code, "take")
        done(officer, code, "suspend", reason="Xác minh", legal_basis="Nghị định 61/2018/NĐ-CP")
        assert public_status(officer, code) == "Đang xử lý"
        assert "Thời hạn giải quyết tạm dừng" in officer.inner_text("main")
        done(officer, code, "resume")
        # The clerk's page still shows the older version.
        clerk.locator("#do-withdraw > summary").click()
        clerk.fill("#withdraw-request", "Đơn xin rút")
        button(clerk, "withdraw").click()
        expect(clerk.locator("#refusal")).to_contain_text("Người khác vừa cập nhật hồ sơ này")
        expect(clerk.locator("#withdraw-request")).to_have_value("Đơn xin rút")
        button(clerk, "withdraw").click()
        expect(clerk.locator("h1")).to_have_text("Công dân yêu cầu rút hồ sơ")
        assert public_status(officer, code) == "Công dân yêu cầu rút hồ sơ"


def test_signing_out_leaves_nothing_in_the_browser(scene: Scene) -> None:
    with desk(scene, "clerk", 768, scripts=False) as page:
        page.goto(f"{HOME}/receive?procedure={PROCEDURE}")
        page.get_by_role("button", name="Đăng xuất").click()
        expect(page.locator("#account")).to_be_visible()
        page.go_back()
        expect(page.locator("#account")).to_be_visible()
        assert "staff" not in {cookie.get("name") for cookie in page.context.cookies()}


@pytest.mark.parametrize("width", [360, 1366])
def test_the_text_survives_the_end_of_the_session(scene: Scene, width: int) -> None:
    with desk(scene, "clerk", width, scripts=False) as page:
        page.goto(f"{HOME}/receive?procedure={PROCEDURE}")
        page.fill("#name", "Trần Thị Ngọc")
        page.locator("main form details > summary").click()
        page.fill("#summary", "Hai\ndòng")
        page.context.clear_cookies()
        page.get_by_role("button", name="Tiếp nhận và hẹn trả").click()
        expect(page.get_by_role("alert")).to_contain_text("Nội dung đã nhập được giữ lại")
        with_token(page, "khong-dung")
        with_token(page, scene.tokens["clerk"])
        expect(page.locator("#name")).to_have_value("Trần Thị Ngọc")
        expect(page.locator("#summary")).to_have_value("Hai\ndòng")
        page.get_by_role("button", name="Tiếp nhận và hẹn trả").click()
        page.wait_for_url("**/d/*?done=receive")


def received_twice(page: Page, name: str) -> str:
    """The code of a dossier that was received after an error, with a double click."""
    page.get_by_role("link", name="Tiếp nhận hồ sơ").click()
    page.fill("#procedure", "giam ho")
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_role("link", name="Thủ tục đăng ký giám hộ").click()
    page.fill("#name", name)
    page.fill("#fee", "năm mươi")
    page.get_by_role("button", name="Tiếp nhận và hẹn trả").click()
    expect(page.locator("#fee-wrong")).to_be_visible()
    expect(page.locator("#name")).to_have_value(name)
    page.fill("#fee", "50.000")
    page.get_by_role("button", name="Tiếp nhận và hẹn trả").dblclick()
    page.wait_for_url("**/d/*?done=receive")
    expect(page.locator("main")).to_contain_text("50.000 đ")
    return page.url.partition("?")[0].rpartition("/")[2]


def done(page: Page, code: str, action: str, **fields: str) -> None:
    """Executes an action with the mouse."""
    page.goto(f"{HOME}/d/{code}")
    page.locator(f"#do-{action} > summary").click()
    for name, value in fields.items():
        page.fill(f"#{action}-{name}", value)
    button(page, action).click()
    expect(page.locator(".answer")).to_be_visible()


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (1366, "en")])
def test_signing_in_with_password_and_code_fits_and_is_accessible(scene: Scene, width: int, language: str) -> None:
    password, wrong = "bốn từ dễ nhớ thôi", {}
    account = f"nguoi.{width}"
    made = {"account": account, "name": "Trần Văn Minh", "needs_second_factor": True}
    address = invited(scene, {**made, "roles": [{"role": "clerk", "unit": HERE}]})
    with window(scene.browser, scene.address, width, language) as page:
        page.goto(address)
        wrong["link"] = wrong_with(page)
        typed(page, "#new-password", password)
        typed(page, "#new-password-again", password)
        entered(page)
        expect(page.get_by_role("status")).to_be_visible()
        wrong["password set"] = wrong_with(page)
        typed(page, "#account", account)
        typed(page, "#password", password)
        entered(page)
        wrong["app"] = wrong_with(page)
        picture = page.locator("[role=img] svg").bounding_box()
        # A telephone cannot read a smaller one.
        assert picture is not None
        assert picture["width"] >= 150
        secret = page.locator(".code").inner_text()
        typed(page, "#code", pyotp.TOTP(secret).now())
        entered(page)
        page.goto("/account")
        expect(page.locator("h1")).to_have_text("My account" if language == "en" else "Tài khoản của tôi")
        wrong["account"] = wrong_with(page)
        page.goto("/sign-in/forgotten")
        wrong["forgotten"] = wrong_with(page)
    assert {where: faults for where, faults in wrong.items() if faults} == {}


def invited(scene: Scene, person: dict[str, Any]) -> str:
    """The address of the link for a new person."""
    headers = {"Authorization": f"Bearer {scene.tokens['administrator']}"}
    people = f"{scene.address}/api/v1/persons"
    made = httpx.post(people, json=person, headers=headers).raise_for_status().json()
    link = httpx.post(f"{people}/{made['id']}/links", json={"kind": "invitation"}, headers=headers).raise_for_status()
    return str(link.json()["address"])
