"""Local accounts: signing in with password and second factor, links, lock-out, sessions (rules §21)."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.desk import OWN, Form, forms

ADMIN = "administrator"
PASSWORD = "bốn từ dễ nhớ thôi"
SIGN_IN = "/sign-in"
HOME = "/counter"


class Browser:
    """A browser with cookies of its own; `address` is its network address."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, **fields: str) -> httpx.Response:
        headers = {**OWN, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        options: dict[str, Any] = {"data": fields} if method == "POST" else {}
        answer = self.client.request(method, path, headers=headers, **options)
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path: str) -> httpx.Response:
        return self.send("GET", path)

    def sign_in(self, account: str, password: str, **more: str) -> httpx.Response:
        return self.send("POST", SIGN_IN, **{"sign-in-account": account, "sign-in-password": password, **more})

    def form(self, answer: httpx.Response, name: str) -> Form:
        (form,) = (form for form in forms(answer) if name in form.names)
        return form

    def is_signed_in(self) -> bool:
        answer = self.get("/account")
        return answer.status_code == 200 and "sign-in-password" not in answer.text


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW) as client:
        yield client


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client)


def person(client: Client, account: str = "minh.tv", **changes: Any) -> dict[str, Any]:
    body = {"account": account, "name": "Trần Văn Minh", "roles": [{"role": "clerk", "unit": "20899"}], **changes}
    answer = client.post("/api/v1/persons", body, token=client.token(ADMIN))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def link(client: Client, person_id: int, kind: str = "invitation") -> str:
    answer = client.post(f"/api/v1/persons/{person_id}/links", {"kind": kind}, token=client.token(ADMIN))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["address"])


def set_password(browser: Browser, address: str, password: str = PASSWORD) -> httpx.Response:
    return browser.send("POST", address, **{"new-password": password, "new-password-again": password})


def with_password(client: Client, account: str = "minh.tv", **changes: Any) -> dict[str, Any]:
    made = person(client, account, **changes)
    assert set_password(Browser(client), link(client, made["id"])).status_code == 303
    return made


def code_of(secret: str, client: Client) -> str:
    return pyotp.TOTP(secret).at(client.now)


def enrol(client: Client, browser: Browser) -> str:
    """Enrols a second factor on the page of the account, and returns its secret."""
    page = browser.send("POST", "/account/new-app", **{"on-password": PASSWORD})
    form = browser.form(page, "sign-in-app")
    secret = page.text.partition('<span class="code">')[2].partition("<")[0]
    sent = {"sign-in-app": form.values["sign-in-app"], "code": code_of(secret, client)}
    assert browser.send("POST", "/account/app", **sent).status_code == 303
    return secret


class TestFirstSignIn:
    def test_an_invited_person_sets_a_password_and_receives_as_themselves(
        self, client: Client, browser: Browser
    ) -> None:
        made = person(client)
        address = link(client, made["id"])
        assert "Trần Văn Minh" in browser.get(address).text
        assert set_password(browser, address).headers["location"] == "/sign-in/password-set"
        answer = browser.sign_in("Minh.TV", PASSWORD, to="/counter/receive")
        assert (answer.status_code, answer.headers["location"]) == (303, "/counter/receive")
        assert "Trần Văn Minh" in browser.get(HOME).text

    def test_a_link_opens_once(self, client: Client, browser: Browser) -> None:
        address = link(client, person(client)["id"])
        set_password(browser, address)
        assert browser.get(address).status_code == 404
        assert set_password(browser, address, "một mật khẩu khác hẳn").status_code == 404
        assert browser.sign_in("minh.tv", PASSWORD).status_code == 303

    def test_an_old_link_and_a_replaced_link_open_nothing(self, client: Client, browser: Browser) -> None:
        made = person(client)
        first, second = link(client, made["id"]), link(client, made["id"])
        assert (browser.get(first).status_code, browser.get(second).status_code) == (404, 200)
        client.now += timedelta(days=30)
        assert browser.get(second).status_code == 404

    @pytest.mark.parametrize(
        ("password", "said"),
        [("ngắn quá", "12"), ("matkhau12345678", "dễ đoán"), ("tranvanminh2021", "dễ đoán")],
    )
    def test_a_weak_password_is_refused_with_the_reason(
        self, client: Client, browser: Browser, password: str, said: str
    ) -> None:
        address = link(client, person(client)["id"])
        answer = set_password(browser, address, password)
        assert answer.status_code == 422
        assert said in answer.text or "đoán" in answer.text
        assert browser.get(address).status_code == 200

    def test_two_different_passwords_are_refused(self, client: Client, browser: Browser) -> None:
        address = link(client, person(client)["id"])
        sent = {"new-password": PASSWORD, "new-password-again": PASSWORD + "x"}
        assert browser.send("POST", address, **sent).status_code == 422

    def test_a_blank_password_is_refused(self, client: Client, browser: Browser) -> None:
        address = link(client, person(client)["id"])
        assert browser.send("POST", address).status_code == 422
        assert browser.get(address).status_code == 200


class TestRefusals:
    def test_no_answer_tells_whether_there_is_an_account(self, client: Client) -> None:
        with_password(client)
        invited = person(client, "chua.co")
        suspended = with_password(client, "tam.ngung")
        token = client.token(ADMIN)
        client.post(f"/api/v1/persons/{suspended['id']}/suspend", {}, token=token)
        answers = [
            Browser(client).sign_in(account, password)
            for account, password in (
                ("minh.tv", "sai rồi sai rồi"),
                ("khong.co", PASSWORD),
                (invited["account"], PASSWORD),
                ("tam.ngung", PASSWORD),
            )
        ]
        texts = {
            answer.text.replace(account, "")
            for answer, account in zip(answers, ("minh.tv", "khong.co", "chua.co", "tam.ngung"), strict=True)
        }
        assert {answer.status_code for answer in answers} == {401}
        assert len(texts) == 1
        assert not any("set-cookie" in answer.headers for answer in answers)

    def test_guesses_are_slowed_down_and_lock_out_no_known_browser(self, client: Client, browser: Browser) -> None:
        with_password(client)
        assert browser.sign_in("minh.tv", PASSWORD).status_code == 303
        stranger = Browser(client)
        statuses = [stranger.sign_in("minh.tv", f"đoán lần thứ {number}").status_code for number in range(12)]
        assert statuses[:5] == [401] * 5
        assert set(statuses[6:]) == {429}
        assert "retry-after" in stranger.sign_in("minh.tv", PASSWORD).headers
        # The browser of the person was signed in to the account before.
        browser.send("POST", "/sign-out")
        assert browser.sign_in("minh.tv", PASSWORD).status_code == 303
        client.now += timedelta(minutes=20)
        assert Browser(client).sign_in("minh.tv", PASSWORD).status_code == 303

    def test_of_a_thousand_guesses_at_once_few_are_checked(self, client: Client) -> None:
        with_password(client)
        guess = {"sign-in-account": "minh.tv", "sign-in-password": "một mật khẩu khác"}
        statuses = Counter(
            answer.status_code
            for _ in range(20)
            for answer in client.posted_together(SIGN_IN, guess, 50, {**OWN, "Cookie": ""})
        )
        assert statuses[401] == 5
        assert statuses[429] == 995

    def test_a_redirect_never_leaves_the_pages_of_staff(self, client: Client, browser: Browser) -> None:
        with_password(client)
        for to in ("https://evil.example/", "//evil.example", "/\\evil.example", "/d/x", "/counter//evil.example"):
            assert browser.sign_in("minh.tv", PASSWORD, to=to).headers["location"] == HOME

    def test_a_form_of_another_site_signs_nobody_in(self, client: Client) -> None:
        with_password(client)
        fields = {"sign-in-account": "minh.tv", "sign-in-password": PASSWORD}
        answer = client.request("POST", SIGN_IN, data=fields, headers={"Sec-Fetch-Site": "cross-site", "Cookie": ""})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    def test_no_log_has_a_secret(self, client: Client, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        made = person(client)
        address = link(client, made["id"])
        browser.get(address)
        set_password(browser, address)
        browser.sign_in("minh.tv", PASSWORD)
        secret = enrol(client, browser)
        # The client of this test logs too.
        logged = repr([vars(record) for record in caplog.records if record.name != "httpx"])
        for text in (PASSWORD, address.rpartition("/")[2], secret, browser.cookies["staff"]):
            assert text not in logged


class TestSecondFactor:
    def test_after_enrolling_a_code_is_asked_for_and_taken_once(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        secret = enrol(client, browser)
        client.now += timedelta(minutes=2)
        other = Browser(client)
        asked = other.sign_in("minh.tv", PASSWORD)
        assert asked.status_code == 200
        assert not other.is_signed_in()
        proof = other.form(asked, "sign-in-proof").values["sign-in-proof"]
        wrong = other.send("POST", SIGN_IN, **{"sign-in-proof": proof, "sign-in-code": "000000"})
        assert wrong.status_code == 401
        code = code_of(secret, client)
        right = other.send("POST", SIGN_IN, **{"sign-in-proof": proof, "sign-in-code": code})
        assert right.status_code == 303
        assert other.is_signed_in()
        third = Browser(client)
        asked = third.sign_in("minh.tv", PASSWORD)
        proof = third.form(asked, "sign-in-proof").values["sign-in-proof"]
        again = third.send("POST", SIGN_IN, **{"sign-in-proof": proof, "sign-in-code": code})
        assert again.status_code == 401

    def test_who_must_have_one_gets_no_session_before_it_is_enrolled(self, client: Client, browser: Browser) -> None:
        with_password(client, needs_second_factor=True)
        asked = browser.sign_in("minh.tv", PASSWORD)
        assert asked.status_code == 200
        assert not browser.is_signed_in()
        secret = asked.text.partition('<span class="code">')[2].partition("<")[0]
        app = browser.form(asked, "sign-in-app").values["sign-in-app"]
        done = browser.send("POST", SIGN_IN, **{"sign-in-app": app, "sign-in-code": code_of(secret, client)})
        assert done.status_code == 303
        assert browser.is_signed_in()

    def test_only_its_own_code_replaces_or_removes_an_app(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        secret = enrol(client, browser)
        client.now += timedelta(minutes=2)
        for step, field in (("new-app", "on-password"), ("no-app", "off-password")):
            for code in ({}, {"code": "000000"}):
                refused = browser.send("POST", f"/account/{step}", **{field: PASSWORD, **code})
                assert refused.status_code == 422
                assert 'name="sign-in-app"' not in refused.text
        sent = {"on-password": PASSWORD, "code": code_of(secret, client)}
        page = browser.send("POST", "/account/new-app", **sent)
        app = browser.form(page, "sign-in-app").values["sign-in-app"]
        other = page.text.partition('<span class="code">')[2].partition("<")[0]
        assert other != secret
        done = browser.send("POST", "/account/app", **{"sign-in-app": app, "code": code_of(other, client)})
        assert done.headers["location"] == "/account?done=app"
        # The code that proved the old app is used up, and the new app asks for its own.
        client.now += timedelta(minutes=2)
        gone = {"off-password": PASSWORD, "code": code_of(other, client)}
        assert browser.send("POST", "/account/no-app", **gone).status_code == 303
        assert Browser(client).sign_in("minh.tv", PASSWORD).status_code == 303

    def test_guesses_of_a_code_are_slowed_down_on_the_page_of_the_account(
        self, client: Client, browser: Browser
    ) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        secret = enrol(client, browser)
        client.now += timedelta(minutes=2)
        for _ in range(6):
            browser.send("POST", "/account/no-app", **{"off-password": PASSWORD, "code": "000000"})
        right = {"off-password": PASSWORD, "code": code_of(secret, client)}
        assert "Đã nhập sai nhiều lần" in browser.send("POST", "/account/no-app", **right).text

    def test_a_proof_is_worth_nothing_after_ten_minutes(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        secret = enrol(client, browser)
        client.now += timedelta(minutes=2)
        other = Browser(client)
        proof = other.form(other.sign_in("minh.tv", PASSWORD), "sign-in-proof").values["sign-in-proof"]
        client.now += timedelta(minutes=10)
        sent = {"sign-in-proof": proof, "sign-in-code": code_of(secret, client)}
        assert other.send("POST", SIGN_IN, **sent).status_code == 401


class TestSessions:
    def test_a_stolen_cookie_is_worth_nothing_after_signing_out(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        thief = Browser(client)
        thief.cookies = dict(browser.cookies)
        assert thief.is_signed_in()
        browser.send("POST", "/sign-out")
        assert not thief.is_signed_in()

    def test_signing_in_gives_a_new_session_and_ends_the_one_before(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        planted = Browser(client)
        planted.cookies = dict(browser.cookies)
        browser.sign_in("minh.tv", PASSWORD)
        assert browser.cookies["staff"] != planted.cookies["staff"]
        assert browser.is_signed_in()
        assert not planted.is_signed_in()

    def test_suspending_the_person_ends_the_session(self, client: Client, browser: Browser) -> None:
        made = with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        client.post(f"/api/v1/persons/{made['id']}/suspend", {}, token=client.token(ADMIN))
        assert not browser.is_signed_in()

    def test_another_session_is_listed_and_ended(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        other = Browser(client)
        other.sign_in("minh.tv", PASSWORD)
        form = browser.form(browser.get("/account"), "session")
        assert browser.send("POST", "/account/end-session", **form.values).status_code == 303
        assert not other.is_signed_in()
        assert browser.is_signed_in()

    def test_changing_the_password_ends_the_other_sessions(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        other = Browser(client)
        other.sign_in("minh.tv", PASSWORD)
        new = "một mật khẩu khác hẳn"
        sent = {"password": PASSWORD, "new-password": new, "new-password-again": new}
        assert browser.send("POST", "/account/password", **{**sent, "password": "sai mật khẩu cũ"}).status_code == 422
        assert browser.send("POST", "/account/password", **sent).status_code == 303
        assert browser.is_signed_in()
        assert not other.is_signed_in()
        assert Browser(client).sign_in("minh.tv", PASSWORD).status_code == 401

    def test_a_person_chooses_the_role_to_work_with(self, client: Client, browser: Browser) -> None:
        with_password(client, roles=[{"role": "clerk", "unit": "20899"}, {"role": "officer", "unit": "20902"}])
        browser.sign_in("minh.tv", PASSWORD)
        form = browser.form(browser.get("/account"), "role")
        assert browser.send("POST", "/account/role", **form.values).status_code == 303
        assert "Cán bộ giải quyết" in browser.get(HOME).text or "giải quyết" in browser.get(HOME).text

    def test_what_was_typed_is_there_after_signing_in_again(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        form = next(form for form in forms(browser.get("/counter/receive?procedure=1.004837")) if "name" in form.names)
        client.now += timedelta(hours=13)
        typed = {**form.values, "name": "Đặng Thị Hoa"}
        asked = browser.send("POST", form.address, **typed)
        assert (asked.status_code, "Nội dung đã nhập được giữ lại" in asked.text) == (401, True)
        again = browser.form(asked, "sign-in-password")
        sent = {**again.values, "sign-in-account": "minh.tv", "sign-in-password": PASSWORD}
        filled = browser.send("POST", again.address or form.address, **sent)
        assert "Đặng Thị Hoa" in filled.text
        assert "Đã đăng nhập lại, chưa gửi gì" in filled.text

    def test_what_was_typed_is_kept_through_the_second_factor_too(self, client: Client, browser: Browser) -> None:
        with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        secret = enrol(client, browser)
        form = next(form for form in forms(browser.get("/counter/receive?procedure=1.004837")) if "name" in form.names)
        client.now += timedelta(hours=13)
        answer = browser.send("POST", form.address, **{**form.values, "name": "Đặng Thị Hoa"})
        for field, sent in (
            ("sign-in-password", {"sign-in-account": "minh.tv", "sign-in-password": PASSWORD}),
            ("sign-in-code", {"sign-in-code": "000000"}),
            ("sign-in-code", {"sign-in-code": code_of(secret, client)}),
        ):
            asked = browser.form(answer, field)
            answer = browser.send("POST", asked.address or form.address, **{**asked.values, **sent})
        assert "Đặng Thị Hoa" in answer.text
        assert "Đã đăng nhập lại, chưa gửi gì" in answer.text


class TestResets:
    def test_after_a_reset_the_second_factor_is_gone_and_approving_rests(
        self, client: Client, browser: Browser
    ) -> None:
        made = with_password(client)
        browser.sign_in("minh.tv", PASSWORD)
        enrol(client, browser)
        address = link(client, made["id"], "reset")
        assert not browser.is_signed_in()
        new = "một mật khẩu khác hẳn"
        assert set_password(Browser(client), address, new).status_code == 303
        assert browser.sign_in("minh.tv", new).status_code == 303
        assert "Quyền phê duyệt của tài khoản tạm dừng đến" in browser.get("/account").text

    def test_asking_for_a_link_answers_the_same_for_every_account(self, client: Client) -> None:
        with_password(client)
        answers = [
            Browser(client).send("POST", "/sign-in/forgotten", **{"sign-in-account": account})
            for account in ("minh.tv", "khong.co")
        ]
        assert answers[0].text == answers[1].text
        assert answers[0].status_code == answers[1].status_code == 200
