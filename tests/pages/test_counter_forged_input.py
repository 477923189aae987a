"""Tests the counter with input that its forms never send: forged addresses, keys and cookies, hostile text."""

import pytest

from tests.support.bodies import received
from tests.support.client import Client
from tests.support.desk import HOME, OWN, Desk
from tests.support.hostile_input import HOSTILE
from tests.support.page_text import read

UNSIGNED = {"Cookie": ""}


@pytest.mark.parametrize("part", ["%2e", "%2e%2e", "%2e%2e%2e", "..%5c", "%3f", "%23"])
def test_a_part_of_an_address_cannot_change_the_path_of_a_call(clerk: Desk, part: str) -> None:
    code = clerk.receive()
    clerk.page(f"{HOME}/d/{part}", 404)
    # No slip has this kind.
    for path in (f"/d/{code}/slips/{part}", f"/d/{part}/slips/{part}"):
        clerk.page(HOME + path, 422)
    read(clerk.send(f"{HOME}/d/{part}", action="take"), 404)


@pytest.mark.parametrize("value", ["٣", "²", "20899 Trà My", "\ufeff", "\u202e", "a\nb", "\x00", '"', "x" * 5000])
def test_a_forged_key_or_version_is_refused(clerk: Desk, value: str) -> None:
    code = clerk.receive()
    receipt = clerk.form(f"{HOME}/receive?procedure=1.004837")
    withdrawal = clerk.form(f"{HOME}/d/{code}", "withdraw")
    for answer in (
        clerk.fill_in(receipt, name="Hoa", key=value),
        clerk.fill_in(withdrawal, request="Đơn", key=value),
        clerk.fill_in(withdrawal, request="Đơn", version=value),
    ):
        # A byte order mark is white space at the ends of a text, and a quotation mark may be part of a key.
        assert answer.status_code in (303, 400, 412, 422), answer.text
        if answer.status_code != 303:
            read(answer, answer.status_code)


def test_the_cookie_with_the_name_of_the_officer_is_no_session(client: Client, clerk: Desk) -> None:
    for name in ("5", "[]", '["x", "y"]', f'["{clerk.token}", 99999999999]'):
        clerk.cookies.pop("counter_officer", None)
        clerk.receive(officer=name)
        headers = {"Cookie": f"counter={clerk.cookies['counter_officer']}"}
        assert "token" in read(client.get(HOME, headers=headers)).values, name


@pytest.mark.parametrize("to", ["/counter/../board", "/counter/./d", "/counter/..", "/counter/d/../..", "/counter/…"])
def test_signing_in_never_leads_out_of_the_counter(client: Client, clerk: Desk, to: str) -> None:
    answer = client.request("POST", "/sign-in", data={"token": clerk.token, "to": to}, headers={**OWN, **UNSIGNED})
    assert (answer.status_code, answer.headers["location"]) == (303, HOME)


def test_a_line_break_counts_once_as_in_the_browser(clerk: Desk) -> None:
    # A field counts a line break as one character, and browsers send two.
    longest = "dòng\r\n" * 800
    code = clerk.receive(summary=longest)
    assert clerk.page(f"{HOME}/d/{code}").text.count("dòng") == 800


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

    def test_it_stays_text_after_a_refusal(self, client: Client, supervisor: Desk) -> None:
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
