"""The counter given what no form of its own sends: addresses, keys and cookies that somebody made up, line breaks."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.desk import HOME, OWN, Desk
from tests.support.page_text import read

HERE = "20899"
UNSIGNED = {"Cookie": ""}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def clerk(client: Client) -> Desk:
    return Desk(client, client.token("clerk", HERE, client="tiep-nhan"))


@pytest.mark.parametrize("part", ["%2e", "%2e%2e", "%2e%2e%2e", "..%5c", "%3f", "%23"])
def test_a_part_of_an_address_leads_nowhere_else_in_the_interface(clerk: Desk, part: str) -> None:
    code = clerk.receive()
    clerk.page(f"{HOME}/d/{part}", 404)
    # There is no such kind of slip.
    for path in (f"/d/{code}/slips/{part}", f"/d/{part}/slips/{part}"):
        clerk.page(HOME + path, 422)
    read(clerk.send(f"{HOME}/d/{part}", action="take"), 404)


@pytest.mark.parametrize("value", ["٣", "²", "20899 Trà My", "\ufeff", "\u202e", "a\nb", "\x00", '"', "x" * 5000])
def test_a_key_or_a_version_that_no_page_gave_is_refused(clerk: Desk, value: str) -> None:
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


def test_the_cookie_with_the_officers_name_opens_no_session(client: Client, clerk: Desk) -> None:
    for name in ("5", "[]", '["x", "y"]', f'["{clerk.token}", 99999999999]'):
        clerk.cookies.pop("counter_officer", None)
        clerk.receive(officer=name)
        headers = {"Cookie": f"counter={clerk.cookies['counter_officer']}"}
        assert "token" in read(client.get(HOME, headers=headers)).values, name


@pytest.mark.parametrize("to", ["/counter/../board", "/counter/./d", "/counter/..", "/counter/d/../..", "/counter/…"])
def test_signing_in_leads_to_no_address_that_climbs_out_of_the_counter(client: Client, clerk: Desk, to: str) -> None:
    answer = client.request(
        "POST", f"{HOME}/sign-in", data={"token": clerk.token, "to": to}, headers={**OWN, **UNSIGNED}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, HOME)


def test_a_line_break_counts_once_as_in_the_browsers_own_field(clerk: Desk) -> None:
    # A field counts a line break as one character, and browsers send two.
    longest = "dòng\r\n" * 800
    code = clerk.receive(summary=longest)
    assert clerk.page(f"{HOME}/d/{code}").text.count("dòng") == 800
