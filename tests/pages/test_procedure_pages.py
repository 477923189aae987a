"""Tests the public posting of procedures, and the due date calculator."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.page_text import Page, read

PROCEDURES = "/procedures"
GUARDIANSHIP = f"{PROCEDURES}/1.004837"


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=3) as client:
        yield client


def codes(page: Page) -> set[str]:
    return {address.rpartition("/")[2] for address in page.links if address.startswith(f"{PROCEDURES}/")}


def listed(client: Client, **query: Any) -> set[str]:
    """The codes on all pages of the list."""
    page = read(client.get(PROCEDURES, params=query))
    all_codes = codes(page)
    while following := [address for address in page.links if "cursor=" in address and "lang=" not in address]:
        page = read(client.get(f"{PROCEDURES}{following[-1]}"))
        assert not codes(page) & all_codes
        all_codes |= codes(page)
    return all_codes


def in_force(client: Client, **query: Any) -> set[str]:
    items = client.get(f"/api/v1{PROCEDURES}", params={"limit": 500, **query}).json()["items"]
    return {item["code"] for item in items if item["in_force"]}


def test_a_search_lists_the_procedures_of_the_api_in_force(client: Client) -> None:
    assert len(in_force(client)) > 50
    for query in ({}, {"q": "giam ho"}, {"field": "Đất đai"}, {"level": "district"}, {"q": "1.0", "level": "commune"}):
        assert listed(client, **query) == in_force(client, **query)


def test_blank_and_unknown_fields_are_ignored(client: Client) -> None:
    assert listed(client, q=" ", field="", level="", fbclid="x") == in_force(client)


def test_a_search_without_results_shows_its_words(client: Client) -> None:
    page = read(client.get(PROCEDURES, params={"q": '"><b>x'}))
    assert "Procedures in force: 0" in read(client.get(PROCEDURES, params={"q": "x y z", "lang": "en"})).text
    assert codes(page) == set()
    assert page.values["q"] == '"><b>x'


@pytest.mark.parametrize(("query", "status"), [({"level": "village"}, 422), ({"cursor": "x"}, 400)])
def test_an_invalid_filter_is_refused_by_a_page(client: Client, query: dict[str, str], status: int) -> None:
    read(client.get(PROCEDURES, params=query), status)


def test_a_procedure_shows_all_posted_facts(client: Client) -> None:
    version = {
        "effective_from": "2021-01-01",
        "limits": {"counter": {"amount": 5, "unit": "working_day"}, "online": {"amount": 3, "unit": "working_day"}},
        "fee": 1250000,
        "documents": ["Tờ khai <mẫu 1>", "Căn cước"],
        "route": [
            {"unit": "receiving", "name": "Kiểm tra", "limit": {"amount": 1, "unit": "working_day"}},
            {"unit": "515.03", "name": "Thẩm định", "limit": {"amount": 2, "unit": "working_day"}},
        ],
        "legal_basis": "Nghị định 1/2021/NĐ-CP",
    }
    body = {"code": "8.000001", "name": "Cấp bản sao", "field": "Văn thư", "level": "commune", "catalogue": 1}
    made = client.post(f"/api/v1{PROCEDURES}", {**body, "versions": [version]}, token=client.token("administrator"))
    assert made.status_code == 201, made.text
    for address in (f"{PROCEDURES}/8.000001", f"{PROCEDURES}/8.000001?print=1"):
        text = read(client.get(address)).text
        for posted in (
            "Trực tiếp: 5 ngày làm việc",
            "Trực tuyến: 3 ngày làm việc",
            "Bưu chính: không tiếp nhận",
            "1.250.000 đồng",
            "Tờ khai <mẫu 1>",
            "Kiểm tra – Nơi tiếp nhận (1 ngày làm việc)",
            "Thẩm định – Phòng Tư pháp (2 ngày làm việc)",
            "Nghị định 1/2021/NĐ-CP",
        ):
            assert posted in text
    assert "1,250,000 đồng" in read(client.get(f"{PROCEDURES}/8.000001?lang=en")).text


def test_a_coming_version_is_announced(client: Client) -> None:
    assert "Từ ngày 01/07/2025 áp dụng quy định mới" in read(client.get(f"{PROCEDURES}/1.001695")).text


def test_the_calculator_gives_the_due_date_of_a_receipt(client: Client) -> None:
    page = read(client.get(GUARDIANSHIP, params={"at": "2021-08-16T08:30", "channel": "counter"}))
    dossier = received(client, client.token("clerk", "20899"))
    assert dossier["due_date"] == "2021-08-19"
    assert "Nộp lúc 08:30, 16/08/2021, hẹn trả kết quả Thứ Năm, 19/08/2021" in page.text
    days = client.get(f"/api/v1/lookup/{dossier['code']}/deadline").json()["days"]
    assert all(day["why"] in page.text for day in days)


@pytest.mark.parametrize(
    "query",
    [
        {"at": "x"},
        {"at": "2021-08-16T08:30+07:00"},
        {"at": "2017-01-02T08:00"},
        {"at": "2021-08-16T08:30", "channel": "x"},
        {"at": "9999-12-31T23:59"},
    ],
)
def test_an_invalid_time_or_channel_is_refused_by_a_page(client: Client, query: dict[str, str]) -> None:
    read(client.get(GUARDIANSHIP, params=query), 422)


def test_the_calculator_counts_as_a_look_up_and_reading_does_not(client: Client) -> None:
    at = {"at": "2021-08-16T08:30"}
    for _ in range(3):
        read(client.get(GUARDIANSHIP))
        read(client.get(GUARDIANSHIP, params=at))
    read(client.get(GUARDIANSHIP, params=at), 429)
    read(client.get(GUARDIANSHIP))


def test_an_unknown_procedure_is_a_404_page(client: Client) -> None:
    assert "Không có thủ tục này" in read(client.get(f"{PROCEDURES}/9.%3Cb%3E"), 404).title
