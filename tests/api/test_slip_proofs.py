"""What the bare code of a dossier tells, and what the key of its slip or last digits open (rules §20)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.database import Database, tables
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, receipt
from tests.support.client import BARE, Call, Client
from tests.support.database_access import in_database

LOOKUP = "/api/v1/lookup"
PHONE, NUMBER = "0905 123 456", "049185001234"
HIDDEN = ("procedure", "received_at", "finished_at", "returned_at", "suspended_since", "fee", "fee_outstanding")
HIDDEN_OF_DEADLINE = ("due_at", "limit", "received_at", "rule", "days", "suspensions", "extension_days")


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_misses=4, lookup_digits=2) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


@pytest.fixture
def made(client: Client, supervisor: str) -> dict[str, Any]:
    """The receipt of a dossier with a telephone and an identity number."""
    person = {"name": "Nguyễn Thị Hoa", "phone": PHONE, "identity_number": NUMBER}
    other = {"name": "Lê Văn Nam", "phone": "0912000777", "identity_number": "049185005678"}
    return receipt(client, supervisor, applicant=person, further_applicants=[other])


def asked(client: Client, code: str, path: str = "", **headers: str) -> httpx.Response:
    return client.get(
        f"{LOOKUP}/{code}{path}", headers={**BARE, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_bare_code_tells_status_and_dates_and_no_time_step_or_name(
    client: Client, supervisor: str, made: dict[str, Any]
) -> None:
    code = made["code"]
    act(client, supervisor, code, "request-supplement", reason="Thiếu tờ khai")
    waiting = asked(client, code).json()
    act(client, supervisor, code, "supplement")
    act(client, supervisor, code, "finish", outcome="granted")
    act(client, supervisor, code, "return", received_by="x")
    bare, whole = asked(client, code).json(), client.get(f"{LOOKUP}/{code}").json()

    assert {name: bare[name] for name in (*HIDDEN, "holder_unit", "steps")} == dict.fromkeys(
        (*HIDDEN, "holder_unit", "steps")
    )
    assert (bare["complete"], whole["complete"], bare["status"], bare["verdict"]) == (False, True, "returned", "early")
    assert [bare[f"{name}_date"] for name in ("received", "due", "finished", "returned")] == [
        "2021-08-16",
        "2021-08-19",
        "2021-08-16",
        "2021-08-16",
    ]
    assert (waiting["suspended_date"], waiting["suspended_since"]) == ("2021-08-16", None)
    assert (len(whole["steps"]), whole["procedure"]["code"]) == (5, "1.004837")
    assert "T08:30" not in asked(client, code).text + asked(client, code, "/deadline").text

    deadline = asked(client, code, "/deadline").json()
    assert {name: deadline[name] for name in HIDDEN_OF_DEADLINE} == dict.fromkeys(HIDDEN_OF_DEADLINE)
    assert (deadline["complete"], deadline["due_date"]) == (False, "2021-08-19")
    assert client.get(f"{LOOKUP}/{code}/deadline").json()["days"]


def test_the_public_tag_changes_only_with_what_is_shown(client: Client, supervisor: str, made: dict[str, Any]) -> None:
    code = made["code"]
    paths = [(f"{LOOKUP}/{code}", headers) for headers in (BARE, {})]
    paths += [(f"{LOOKUP}/{code}/deadline", {}), (f"/d/{code}", BARE), (f"/d/{code}", {})]

    def tags() -> list[str]:
        return [client.get(path, headers=headers).headers["etag"] for path, headers in paths]

    before = tags()
    patch = {"applicant": {"name": "Tên khác"}, "summary": "Việc khác"}
    assert client.patch(f"{DOSSIERS}/{code}", patch, token=supervisor).status_code == 200
    changes = {"note": "Ghi lại"}
    act(client, supervisor, code, "correct", sequence=1, changes=changes, reason="Nhầm")
    after = tags()
    act(client, supervisor, code, "take")

    assert after == before
    assert tags()[0] != before[0]
    assert not any(tag.startswith(('"2', '"3')) for tag in after), "no version of the dossier"


def test_the_key_and_last_digits_of_each_applicant_open_the_details(client: Client, made: dict[str, Any]) -> None:
    code, key = made["code"], made["rating_key"]
    proofs = [{"X_Slip_Key": key}, {"X_Slip_Key": key.lower().replace("-", " ")}]
    proofs += [{"X_Last_Digits": digits} for digits in ("123456", "84905123456", "85001234", "000777", "005 678")]
    proofs += [{"X_Last_Digits": digits} for digits in (PHONE, "+84 905 123 456", "0912000777")]
    for proof in proofs:
        assert asked(client, code, **proof).json()["complete"], proof
    answer = asked(client, code, X_Slip_Key=key)
    assert "X-Slip-Key, X-Last-Digits" in answer.headers["vary"]
    for wrong in ("12345", "12a456", "1" * 21):
        assert refusal(asked(client, code, X_Last_Digits=wrong)) == (422, "last_digits_mistyped")
    assert refusal(asked(client, code, X_Slip_Key=key[:-1] + "u")) == (422, "rating_key_mistyped")


def test_wrong_digits_are_counted_per_dossier_and_then_no_longer_checked(client: Client, supervisor: str) -> None:
    people = {"name": "Nguyễn Thị Hoa", "phone": PHONE}
    first, second = (receipt(client, supervisor, applicant=people) for _ in range(2))
    wrong = [refusal(asked(client, first["code"], X_Last_Digits="111111")) for _ in range(4)]
    assert wrong == [(404, "last_digits_wrong")] * 3 + [(429, "too_many_requests")]
    right = asked(client, first["code"], X_Last_Digits="123456")
    assert refusal(right) == (429, "too_many_requests"), "right digits say nothing any more"
    # The key and the bare code are answered, and so are digits for another dossier.
    assert asked(client, first["code"], X_Slip_Key=first["rating_key"]).json()["complete"]
    assert asked(client, first["code"]).status_code == 200
    assert asked(client, second["code"], X_Last_Digits="123456").json()["complete"]


def test_concurrent_guesses_of_digits_are_counted_too(client: Client, made: dict[str, Any]) -> None:
    path, tried = f"{LOOKUP}/{made['code']}", [f"{number:06}" for number in range(9)]
    calls = [Call("GET", path, headers={**BARE, "X-Last-Digits": digits}) for digits in tried]
    statuses = [answer.status_code for answer in client.together(calls)]
    assert statuses.count(404) == 3
    assert statuses.count(429) == 6


def test_a_wrong_key_is_a_miss_and_a_right_one_is_answered_after_any_number(
    client: Client, supervisor: str, made: dict[str, Any]
) -> None:
    other = receipt(client, supervisor)
    answers = [refusal(asked(client, made["code"], X_Slip_Key=other["rating_key"])) for _ in range(6)]
    assert answers == [(404, "rating_key_wrong")] * 5 + [(429, "too_many_requests")]
    assert asked(client, made["code"], X_Slip_Key=made["rating_key"]).json()["complete"]


def test_numbers_of_businesses_and_of_persons_who_hand_in_open_nothing(client: Client, supervisor: str) -> None:
    business = {"name": "Công ty A", "kind": "business", "phone": PHONE, "identity_number": "0100109106"}
    agent = {"name": "Trần Văn Minh", "phone": "0987000111", "authority": "authorised"}
    code = receipt(client, supervisor, applicant=business, handed_in_by=agent)["code"]
    for digits in ("123456", "109106", "000111"):
        assert asked(client, code, X_Last_Digits=digits).status_code in (404, 429)


class TestPages:
    def test_the_key_of_the_qr_code_leaves_the_address_at_once_and_a_cookie_opens_the_page(
        self, client: Client, made: dict[str, Any]
    ) -> None:
        code, key = made["code"], made["rating_key"]
        answer = client.get(f"/d/{code}?key={key}", headers=BARE)
        cookie = answer.headers["set-cookie"]
        assert (answer.status_code, answer.headers["location"]) == (303, f"/d/{code}")
        assert answer.headers["cache-control"] == "no-store"
        assert key.replace("-", "") not in cookie.replace("-", "")
        assert {"HttpOnly", f"Path=/d/{code}", "SameSite=lax", "Max-Age=3600"} <= set(cookie.split("; "))

        opened = {**BARE, "Cookie": cookie.partition(";")[0]}
        bare, whole = client.get(f"/d/{code}", headers=BARE).text, client.get(f"/d/{code}", headers=opened).text
        for detail in ("Thủ tục đăng ký giám hộ", "08:30, 16/08/2021", "Quá trình giải quyết"):
            assert (detail in whole, detail in bare) == (True, False), detail
        assert "19/08/2021" in bare
        assert "08:30" not in bare
        assert client.get(f"/d/{code}/days", headers=opened).status_code == 200
        assert client.get(f"/d/{code}/days", headers=BARE).headers["location"] == f"/d/{code}"
        # A scanned or pasted address works like the scanned code.
        pasted = client.get("/d", params={"code": f"https://motcua.example/d/{code}?key={key}"})
        assert (pasted.headers["location"], "slip=" in pasted.headers["set-cookie"]) == (f"/d/{code}", True)

    def test_a_mark_of_another_dossier_and_a_forged_one_open_nothing(
        self, client: Client, supervisor: str, made: dict[str, Any]
    ) -> None:
        other = receipt(client, supervisor)
        answer = client.get(f"/d/{other['code']}?key={other['rating_key']}", headers=BARE)
        for cookie in (answer.headers["set-cookie"].partition(";")[0], "slip=x", "slip=%C3%A9"):
            page = client.get(f"/d/{made['code']}", headers={**BARE, "Cookie": cookie})
            assert page.status_code == 200
            assert "08:30" not in page.text
        assert client.get(f"/d/{made['code']}?key={other['rating_key']}", headers=BARE).status_code == 404

    def test_the_form_takes_the_key_or_last_digits_in_both_languages(
        self, client: Client, made: dict[str, Any]
    ) -> None:
        path = f"/d/{made['code']}/proof"
        for typed in (made["rating_key"], "123456", "005 678"):
            answer = client.post(path, data={"proof": typed})
            assert (answer.status_code, "slip=" in answer.headers["set-cookie"]) == (303, True), typed
        english = client.post(f"{path}?lang=en", data={"proof": "999999"})
        assert (english.status_code, "Compare the digits" in english.text) == (404, True)
        assert client.post(path, data={"proof": "12"}).status_code == 422
        assert client.post(path, data={}).status_code == 422
        assert client.get(path).headers["location"] == f"/d/{made['code']}"
        for language, words in (("vi", "Xem chi tiết hồ sơ"), ("en", "See the details")):
            page = client.get(f"/d/{made['code']}?lang={language}", headers=BARE).text
            assert words in page
            assert words not in client.get(f"/d/{made['code']}?lang={language}").text


def test_a_look_up_writes_nothing(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        code = "000.31.15.H47-210816-0001"
        # Before a first receipt there is no secret. A look-up with a key must not make it.
        for headers in ({"X-Slip-Key": "0000-0000-0000-0000"}, {**BARE, "X-Last-Digits": "111111"}):
            assert client.get(f"{LOOKUP}/{code}", headers=headers).status_code == 404
        assert client.get(f"/d/{code}?key=0000-0000-0000-0000", headers={**BARE, "Cookie": "slip=x"}).status_code == 404

    async def secrets(database: Database) -> int:
        async with database.reading() as connection:
            return len(await connection.all(select(tables.rating_secret)))

    assert in_database(seeded_url, secrets) == 0
