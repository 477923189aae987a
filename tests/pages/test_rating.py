"""Tests the form of a rating on the page of a returned dossier, and its refusals."""

from typing import Any

import httpx
import pytest

from tests.support.bodies import act, receipt
from tests.support.client import Client
from tests.support.page_text import read


@pytest.fixture
def rateable(client: Client) -> tuple[str, str]:
    """Code and rating key of a returned dossier."""
    supervisor = client.token("supervisor")
    made = receipt(client, supervisor)
    act(client, supervisor, made["code"], "finish", outcome="granted")
    act(client, supervisor, made["code"], "return", received_by="Nguyễn Thị Hoa", how="counter")
    return made["code"], made["rating_key"]


def sent(client: Client, code: str, **fields: Any) -> httpx.Response:
    return client.post(f"/d/{code}/rating?lang=en", data=fields)


def test_only_a_returned_dossier_has_the_form(client: Client, rateable: tuple[str, str]) -> None:
    code, _key = rateable
    page = read(client.get(f"/d/{code}"))
    assert "Đánh giá mức độ hài lòng" in page.text
    assert page.values["score"] == "5", "five to choose from"
    assert page.values["key"] == "", "no address fills it in"
    other = receipt(client, client.token("supervisor"))["code"]
    assert "phục vụ thế nào" not in read(client.get(f"/d/{other}")).text


def test_a_rating_leads_to_thanks_and_counts(client: Client, rateable: tuple[str, str]) -> None:
    code, key = rateable
    answer = sent(client, code, key=key.lower(), score="4", comment="Nhanh <b>gọn</b>")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/d/{code}/thanks")
    assert "Thank you for your rating" in read(client.get(f"/d/{code}/thanks")).text
    assert client.get(f"/d/{code}/rating").headers["location"] == f"/d/{code}", "after a reload of that address"
    (listed,) = client.get("/api/v1/ratings", token=client.token("clerk", "20899")).json()["items"]
    assert (listed["score"], listed["comment"]) == (4, "Nhanh <b>gọn</b>")
    again = read(sent(client, code, key=key, score="4"), 409)
    assert "rated once" in again.text


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"score": "6"}, 422, "Go back"),
        ({"score": "x"}, 422, "Go back"),
        ({}, 422, "Go back"),
        ({"score": "5", "key": "nonsense"}, 422, "mistyped"),
        ({"score": "5", "comment": "x" * 1001}, 422, "Go back"),
        ({"score": "5", "comment": "a\u202eb"}, 422, "Go back"),
    ],
)
def test_an_invalid_rating_is_refused_by_a_page(
    client: Client, rateable: tuple[str, str], fields: dict[str, str], status: int, words: str
) -> None:
    code, key = rateable
    page = read(sent(client, code, **{"key": key, **fields}), status)
    assert words in f"{page.title} {page.text}"
    assert client.get("/api/v1/ratings", token=client.token("clerk", "20899")).json()["items"] == []


def test_a_line_break_counts_once_as_in_the_browser(client: Client, rateable: tuple[str, str]) -> None:
    code, key = rateable
    assert sent(client, code, key=key, score="4", comment="a\r\n" * 499 + "ha").status_code == 303
    (listed,) = client.get("/api/v1/ratings", token=client.token("clerk", "20899")).json()["items"]
    assert listed["comment"].count("\n") == 499


def test_a_key_of_another_dossier_is_refused_by_a_page(client: Client, rateable: tuple[str, str]) -> None:
    other = receipt(client, client.token("supervisor"))
    page = read(sent(client, rateable[0], key=other["rating_key"], score="5"), 404)
    assert "compare the key" in page.text


def test_an_unknown_code_and_another_body_are_refused_by_pages(client: Client, rateable: tuple[str, str]) -> None:
    code, key = rateable
    read(sent(client, "000.31.15.H47-210816-9999", key=key, score="5"), 404)
    read(client.get("/d/nonsense/thanks"), 404)
    for content, kind in ((b"\xff\xfe", "application/x-www-form-urlencoded"), (b"{}", "application/json")):
        answer = client.post(f"/d/{code}/rating?lang=en", content=content, headers={"Content-Type": kind})
        read(answer, 422)
    many = client.post(f"/d/{code}/rating?lang=en", files={"key": b"x"}, data={"score": "5"})
    assert 400 <= many.status_code < 500
    assert many.headers["content-type"].startswith("text/html")
