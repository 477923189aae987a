"""Tests sessions of the counter, and the origin of its forms."""

from datetime import timedelta

import pytest

from app.domain.lifecycle import CORRECTIONS, TRANSITIONS, Action
from app.dossiers.operations import BODIES
from app.web.counter.actions import fields_of
from app.web.staff.labels import ACTIONS, FIELDS
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, read_dossier
from tests.support.client import Client
from tests.support.desk import HOME, OWN, Desk, forms
from tests.support.page_text import read

HERE = "20899"
UNSIGNED = {"Cookie": ""}


class TestSessions:
    def test_without_a_session_there_are_only_the_fields_of_the_sign_in(self, client: Client) -> None:
        for path in ("", "/receive", "/search", "/d/x", "/d/x/slips/receipt"):
            answer = client.get(HOME + path, headers=UNSIGNED)
            assert set(read(answer).values) == {"to", "token", "sign-in-account"}
            assert answer.headers["cache-control"] == "no-store"

    def test_no_script_other_site_or_other_page_gets_the_token(self, client: Client) -> None:
        token = client.token("clerk", HERE)
        for origin, secure in (("http://service.test", False), ("https://service.test", True)):
            answer = client.request("POST", f"{origin}/sign-in", data={"token": token}, headers={**OWN, **UNSIGNED})
            (cookie,) = answer.headers.get_list("set-cookie")
            value, *flags = cookie.split("; ")
            assert token not in cookie
            assert {"HttpOnly", "Path=/", "SameSite=strict", "Max-Age=43200"} <= set(flags)
            assert ("Secure" in flags) is secure
            assert value.startswith("__Host-staff=" if secure else "staff=")

    def test_the_cookie_is_no_token_of_the_api(self, client: Client, clerk: Desk) -> None:
        cookie = clerk.cookies["staff"]
        for headers in ({"Cookie": f"staff={cookie}"}, {"Authorization": f"Bearer {cookie}", **UNSIGNED}):
            assert client.get(DOSSIERS, headers=headers).status_code == 401

    @pytest.mark.parametrize("token", ["x", "mã sai", "a b", "x" * 5000])
    def test_an_invalid_token_is_refused_by_the_page(self, client: Client, token: str) -> None:
        answer = client.request("POST", "/sign-in", data={"token": token}, headers={**OWN, **UNSIGNED})
        page = read(answer, 401)
        assert "Mã truy cập" in page.text
        assert page.values["token"] == ""
        assert "set-cookie" not in answer.headers

    def test_a_blank_token_is_refused(self, client: Client) -> None:
        read(client.request("POST", "/sign-in", data={"token": " "}, headers={**OWN, **UNSIGNED}), 401)

    def test_guesses_of_tokens_are_limited(self, seeded_url: str) -> None:
        with Client(seeded_url, NOW, failure_rate=2) as client:
            answers = [
                client.request("POST", "/sign-in", data={"token": "x"}, headers={**OWN, **UNSIGNED}) for _ in range(3)
            ]
            assert [answer.status_code for answer in answers] == [401, 401, 429]
            assert f"Vui lòng thử lại sau {answers[-1].headers['retry-after']} giây" in read(answers[-1], 429).text
            Desk(client, client.token("clerk", HERE))

    def test_a_session_ends_after_twelve_hours(self, client: Client, clerk: Desk) -> None:
        form = clerk.form(f"{HOME}/receive?procedure=1.004837")
        client.now = NOW + timedelta(hours=12)
        assert "token" in clerk.page(HOME).values
        assert "Phiên làm việc đã kết thúc" in read(clerk.fill_in(form, name="Hoa"), 401).text

    def test_a_revoked_token_ends_the_session(self, seeded_url: str) -> None:
        with Client(seeded_url, NOW, token_cache_seconds=0) as client:
            clerk = Desk(client, client.token("clerk", HERE))
            administrator = client.token("administrator")
            token_id = client.get("/api/v1/tokens", token=administrator).json()["items"][0]["id"]
            client.post(f"/api/v1/tokens/{token_id}/revoke", {}, token=administrator)
            assert "Mã truy cập đã bị thu hồi" in clerk.page(HOME, 401).text
            assert clerk.cookies["staff"] in ("", '""')

    @pytest.mark.parametrize("kept", ["x", "tests:AAAA", "tests:", '"', "other:AAAA"])
    def test_a_forged_cookie_is_no_session(self, client: Client, kept: str) -> None:
        assert "token" in read(client.get(HOME, headers={"Cookie": f"staff={kept}; counter_officer={kept}"})).values

    def test_signing_out_removes_the_token_from_the_browser(self, clerk: Desk) -> None:
        (form,) = (form for form in forms(clerk.get(HOME)) if form.address.endswith("sign-out"))
        answer = clerk.fill_in(form)
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert "token" in clerk.page(HOME).values

    def test_signing_out_ends_the_session_and_no_other_one(self, client: Client, clerk: Desk) -> None:
        kept = {"Cookie": f"staff={clerk.cookies['staff']}"}
        sent = {"token": client.token("clerk", HERE), "to": HOME}
        begun = client.request("POST", "/sign-in", data=sent, headers={**OWN, **UNSIGNED})
        other = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
        assert "token" not in read(client.get(HOME, headers=kept)).values
        (form,) = (form for form in forms(clerk.get(HOME)) if form.address.endswith("sign-out"))
        clerk.fill_in(form)
        assert "token" in read(client.get(HOME, headers=kept)).values
        assert "token" not in read(client.get(HOME, headers=other)).values

    def test_signing_in_leads_to_the_requested_page_of_the_counter_only(self, client: Client) -> None:
        token = client.token("clerk", HERE)
        for to, led in (
            ("/counter/receive", "/counter/receive"),
            ("/counter/d/000.31.15.H47-210816-0001", "/counter/d/000.31.15.H47-210816-0001"),
            ("https://evil.example/", HOME),
            ("//evil.example/counter", HOME),
            ("/counter//evil.example", HOME),
            ("/counter/\\evil.example", HOME),
            ("/admin/units", "/admin/units"),
            ("/counterfeit", HOME),
        ):
            sent = {"token": token, "to": to}
            answer = client.request("POST", "/sign-in", data=sent, headers={**OWN, **UNSIGNED})
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
    def test_forms_of_other_sites_do_nothing(self, client: Client, clerk: Desk, headers: dict[str, str]) -> None:
        code = clerk.receive()
        kept = {"Cookie": f"staff={clerk.cookies['staff']}"}
        withdrawal = {"action": "withdraw", "request": "x", "version": "1"}
        for path, fields in (
            (f"{HOME}/d/{code}", withdrawal),
            (f"{HOME}/receive", {"procedure": "1.004837", "name": "x"}),
            (f"{HOME}/search", {"q": code}),
            ("/sign-in", {"token": client.token("clerk")}),
            ("/sign-out", {}),
        ):
            answer = client.request("POST", path, data=fields, headers={**headers, **kept})
            assert "không được gửi từ trang" in read(answer, 403).title
            assert "set-cookie" not in answer.headers
        assert read_dossier(client, code)["version"] == 1
        assert len(client.get(DOSSIERS, token=client.token("clerk")).json()["items"]) == 1

    def test_a_browser_without_fetch_metadata_is_checked_by_origin(self, client: Client, clerk: Desk) -> None:
        headers = {"Origin": "http://service.test", "Cookie": f"staff={clerk.cookies['staff']}"}
        assert client.request("POST", f"{HOME}/search", data={"q": "x"}, headers=headers).status_code == 200

    @pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
    def test_a_body_that_is_no_form_is_refused_by_a_page(self, client: Client, clerk: Desk, media_type: str) -> None:
        kept = {"Cookie": f"staff={clerk.cookies['staff']}", "Content-Type": media_type}
        for path in ("/search", "/receive", "/d/x"):
            answer = client.request("POST", HOME + path, content=b"--x\r\n{}", headers={**OWN, **kept})
            assert answer.status_code in (200, 400, 404, 422)
            read(answer, answer.status_code)

    def test_each_action_has_the_fields_of_its_body_and_required_fields_are_not_folded(self) -> None:
        for action in TRANSITIONS:
            fields = {field.name: field for field in fields_of(action)}
            # A correction happens now, so its form asks for no time.
            left_out = {"at"} if action in CORRECTIONS else set()
            assert fields.keys() == BODIES[action].model_fields.keys() - left_out
            assert not [name for name, field in fields.items() if field.is_required and field.aside]

    def test_every_action_and_field_has_a_label(self) -> None:
        assert ACTIONS.keys() == set(Action)
        assert {name for body in BODIES.values() for name in body.model_fields} - {
            "applicant",
            "submit",
        } <= FIELDS.keys()
