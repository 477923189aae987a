"""What clients write in their own way is understood, and what is refused says how to go on."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship, received
from tests.support.client import Client

SEARCH = f"{DOSSIERS}/search"


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def officer(app_client: Client) -> str:
    return app_client.token("officer", "20899")


@pytest.mark.parametrize(
    "at",
    [
        "2021-08-16T08:00:00+0700",
        "2021-08-16 08:00:00+07:00",
        "2021-08-16 08:00:00 +0700",
        "2021-08-16T08:00:00+07",
        "2021-08-16 01:00:00Z",
        "2021-08-16t01:00:00z",
        "2021-08-16T08:00:00,250+07:00",
        "2021-08-16 08:00:00.123456789 +07:00",
        "2021-08-16 08:00+0700",
    ],
)
def test_an_instant_is_read_as_other_languages_write_it(app_client: Client, clerk: str, at: str) -> None:
    assert received(app_client, clerk, at=at)["received_at"] == "2021-08-16T08:00:00+07:00"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2021-08-16 08:00:00", "offset_missing"),
        ("2021-08-16  08:00:00+07:00", "not_a_time"),
        ("16/08/2021 08:00:00+07:00", "not_a_time"),
        ("2021-08-16T08:00:00+7", "not_a_time"),
        ("2021-08-16T08:00:00 ICT", "not_a_time"),
    ],
)
def test_an_instant_in_another_form_is_refused(app_client: Client, clerk: str, at: str, code: str) -> None:
    answer = app_client.post(DOSSIERS, guardianship(at=at), token=clerk)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/at", code)


def test_a_time_ahead_is_refused_with_the_time_of_the_service(app_client: Client, clerk: str) -> None:
    at = (NOW + timedelta(minutes=20)).isoformat()
    problem = app_client.post(DOSSIERS, guardianship(at=at), token=clerk).json()
    assert (problem["code"], problem["service_time"], problem["ahead_seconds"]) == (
        "in_the_future",
        "2021-08-16T08:30:00+07:00",
        1200,
    )
    assert "0:20:00" in problem["detail"]
    assert "2021-08-16T08:30:00+07:00" in problem["detail"]


def test_a_correction_ahead_says_the_time_of_the_service_too(app_client: Client, clerk: str) -> None:
    code = received(app_client, clerk)["code"]
    at = (NOW + timedelta(hours=1)).isoformat()
    body = {"sequence": 1, "changes": {"at": at}, "reason": "Nhập sai giờ"}
    supervisor = app_client.token("supervisor", "20899")
    problem = app_client.post(f"{DOSSIERS}/{code}/correct", body, token=supervisor).json()
    assert (problem["code"], problem["ahead_seconds"]) == ("in_the_future", 3600)


def test_a_search_finds_the_result_that_waits_to_be_collected(app_client: Client, clerk: str, officer: str) -> None:
    code = received(app_client, clerk)["code"]
    act(app_client, officer, code, "finish", outcome="granted")
    for body in ({"name": "nguyen thi hoa"}, {"q": code}, {"phone": "0905123456"}):
        answer = app_client.post(SEARCH, body, token=clerk).json()
        assert [item["code"] for item in answer["items"]] == [code]
        assert "defaults" not in answer
    only_open = app_client.post(SEARCH, {"q": code, "open": True}, token=clerk).json()
    assert only_open["items"] == []


def test_a_search_lists_the_latest_receipt_first(app_client: Client, clerk: str) -> None:
    first = received(app_client, clerk, at="2021-08-16T08:00:00+07:00")["code"]
    second = received(app_client, clerk, at="2021-08-16T08:20:00+07:00")["code"]
    items = app_client.post(SEARCH, {"name": "hoa"}, token=clerk).json()["items"]
    assert [item["code"] for item in items] == [second, first]


def test_a_work_list_says_what_its_default_hid(app_client: Client, clerk: str, officer: str) -> None:
    codes = [received(app_client, clerk)["code"] for _ in range(3)]
    for code in codes[:2]:
        act(app_client, officer, code, "finish", outcome="granted")

    def defaults(query: str) -> object:
        return app_client.get(f"{DOSSIERS}?{query}", token=clerk).json().get("defaults")

    assert defaults("") == {"open": True, "hidden": 2}
    assert defaults(f"q={codes[0]}") == {"open": True, "hidden": 1}
    assert defaults("overdue=true") == {"open": True}
    assert defaults("open=true") is None


def test_a_long_work_list_does_not_count_what_its_default_hid(app_client: Client, clerk: str) -> None:
    received(app_client, clerk)
    received(app_client, clerk)
    assert app_client.get(f"{DOSSIERS}?limit=1", token=clerk).json()["defaults"] == {"open": True}


@pytest.mark.parametrize("text", ["Mã hồ sơ: {}", "{}.", '"{}"', "https://motcua.example.vn/d/{}"])
def test_a_pasted_text_finds_the_dossier_in_every_place(app_client: Client, clerk: str, text: str) -> None:
    code = received(app_client, clerk)["code"]
    typed = text.format(code)
    assert app_client.get("/d", params={"code": typed}).headers["location"].endswith(f"/d/{code}")
    for items in (
        app_client.get(DOSSIERS, params={"q": typed}, token=clerk).json()["items"],
        app_client.post(SEARCH, {"q": typed}, token=clerk).json()["items"],
    ):
        assert [item["code"] for item in items] == [code]
