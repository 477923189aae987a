"""Tests the board: the figures of the API, their order, charts and confidence intervals."""

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from app.web.public.charts import monthly_line
from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.page_text import Page, read

BOARD, ON_TIME = "/board", "/api/v1/statistics/on-time"


@pytest.fixture
def client(app_client: Client) -> Client:
    """Two communes with a few dossiers: one was finished late, one is overdue."""
    supervisor = app_client.token("supervisor")
    for unit, finished, at in (("20899", 3, "2021-06-14"), ("20902", 1, "2021-06-15"), ("20902", 2, "2021-08-02")):
        for number in range(finished):
            moment = {"at": f"{at}T08:{number:02}:00+07:00"}
            code = received(app_client, supervisor, receiving_unit=unit, note="x", **moment)["code"]
            act(app_client, supervisor, code, "take", note="x", **moment)
            ready = f"{at[:-2]}{30 if (unit, number) == ('20899', 2) else int(at[-2:]) + 1:02}T09:00:00+07:00"
            app_client.now = datetime.fromisoformat(ready)
            act(app_client, supervisor, code, "finish", outcome="granted")
            app_client.now = NOW
    received(app_client, supervisor, receiving_unit="20902", note="x", at="2021-08-02T08:00:00+07:00")
    return app_client


def board_page(client: Client, **query: Any) -> Page:
    return read(client.get(BOARD, params=query))


def names(page: Page) -> list[str]:
    """The units in the order of the table."""
    return re.findall(r"((?:Xã|Thị trấn) Trà [^\d–]+?) (?:\d|–)", page.text)


def test_rows_and_total_are_those_of_the_api(client: Client) -> None:
    query = {"by": "commune", "from": "2021-01-01", "to": "2021-08-16"}
    figures = client.get(ON_TIME, params=query).json()
    page = board_page(client, **query)
    assert figures["total"]["finished"] == {"total": 6, "early": 5, "on_time": 0, "late": 1}
    for row in figures["rows"]:
        numbers = (row["finished"]["total"], row["finished"]["late"], row["received"]["total"])
        line = " ".join(str(number) for number in (*numbers, row["open"]["total"], row["open"]["overdue"]))
        assert re.search(rf"Trà .{{0,80}}{row['name'].removeprefix('Trà ')} .{{0,60}}? {line} ", page.text), row["name"]
    assert "Tổng cộng 83,33% 6 1 7 1 1" in page.text
    assert "5 / 6; khoảng tin cậy 95% (Wilson): 43,64% – 96,99%" in page.text


@pytest.mark.parametrize("rate", ["finished", "due"])
def test_rate_interval_and_definition_are_those_of_the_ranking(client: Client, rate: str) -> None:
    query = {"from": "2021-06-01", "to": "2021-08-16"}
    ranking = client.get(
        "/api/v1/statistics/ranking", params={"of": "commune", "rate": rate, "minimum": 1, **query}
    ).json()
    page = board_page(client, rate=rate, **query)
    assert ranking["definition"]["text"] in page.text
    assert len(ranking["rows"]) > 2
    for row in ranking["rows"]:
        if row["interval"]["low"] is not None:
            shares = (row["rate"]["value"], row["interval"]["low"], row["interval"]["high"])
            value, low, high = (f"{100 * share:.2f}%".replace(".", ",") for share in shares)
            assert f"{value} {low} – {high}" in page.text


def test_the_months_are_those_of_the_trend(client: Client) -> None:
    query = {"from": "2021-05-01", "to": "2021-08-16"}
    months = client.get("/api/v1/statistics/trend", params={"by": "commune", **query}).json()["total"]["months"]
    text = board_page(client, **query).text
    assert [month["finished"]["total"] for month in months] == [0, 4, 0, 2]
    assert "5/21 – 0 6/21 75,00% 4 7/21 – 0 8/21 100,00% 2" in text


def test_rows_are_sorted_by_any_column_and_the_best_come_first(client: Client) -> None:
    assert names(board_page(client))[:2] == ["Xã Trà Kót", "Thị trấn Trà My"]
    assert names(board_page(client, sort="-finished"))[:2] == ["Thị trấn Trà My", "Xã Trà Kót"]
    assert names(board_page(client, sort="-overdue"))[0] == "Xã Trà Kót"
    assert names(board_page(client, sort="name"))[0] == "Thị trấn Trà My"
    assert "?by=commune&sort=rate" in board_page(client, by="commune", sort="-rate").links
    assert names(board_page(client, sort="__class__")) == names(board_page(client))


def test_offices_have_their_own_board(client: Client) -> None:
    page = board_page(client, by="office", lang="en")
    assert "Phòng Tư pháp" in page.text
    assert not names(page)


def test_the_figures_can_be_downloaded(client: Client) -> None:
    for suffix in ("csv", "xlsx"):
        (link,) = [link for link in board_page(client, period="2021-Q2").links if f".{suffix}?" in link]
        assert link == f"{ON_TIME}.{suffix}?by=commune&from=2021-04-01&to=2021-06-30"
        assert client.get(link).status_code == 200


def test_the_hall_display_shows_few_rows_and_refreshes_itself(client: Client) -> None:
    answer = client.get(BOARD, params={"wall": "1"})
    page = read(answer)
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in answer.text
    assert any(address.startswith("/static/wall-") for address in page.loaded)
    assert len(names(page)) == 13


def test_without_dossiers_there_are_no_rates(app_client: Client) -> None:
    page = board_page(app_client, period="2020")
    assert "Tổng cộng –" in page.text
    assert "0,00%" not in page.text


def test_an_unchanged_board_is_not_sent_again_within_a_minute(client: Client) -> None:
    tag = client.get(BOARD).headers["etag"]
    assert client.get(BOARD, headers={"If-None-Match": tag}).status_code == 304
    received(client, client.token("clerk", "20899"))
    assert client.get(BOARD, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"period": '"><script>alert(1)</script>'},
        {"period": "2021-13"},
        {"from": "x"},
        {"from": "2021-08-16", "to": "2021-08-15"},
        {"from": "2010-01-01"},
        {"period": "2021", "from": "2021-01-01"},
        {"period": "2022"},
    ],
)
def test_an_invalid_period_is_refused_by_a_page(app_client: Client, query: dict[str, str]) -> None:
    answer = app_client.get(BOARD, params=query)
    read(answer, 422)
    assert "<script>alert" not in answer.text


def test_a_blank_field_counts_as_absent(client: Client) -> None:
    assert names(board_page(client, period="", sort="", by="")) == names(board_page(client))


@pytest.mark.parametrize("months", [1, 2, 12, 60])
def test_the_months_of_the_line_do_not_overlap_the_labels_of_the_rules(months: int) -> None:
    line = monthly_line(["1/21"] * months, [0.99] * months, [5] * months)
    places = [point.x for point in line.points]
    assert places[0] - line.width / 2 > 8
    assert places[-1] + line.width / 2 < 100
    steps = {round(after - before, 2) for before, after in pairwise(places)}
    assert len(steps) <= 2, "evenly, but for rounding"
