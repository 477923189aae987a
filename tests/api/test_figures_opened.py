"""Dossiers behind a figure over HTTP: their number is the figure, and only permitted callers see them."""

from typing import Any

import pytest

from tests.support.bodies import act, received
from tests.support.client import Client

ON_TIME = "/api/v1/statistics/on-time"
BEHIND = "/api/v1/statistics/on-time/dossiers"
AUGUST = {"from": "2021-08-01", "to": "2021-08-31"}


def asked(client: Client, token: str | None, **parameters: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in {**AUGUST, "by": "commune", **parameters}.items())
    return client.get(f"{BEHIND}?{query}", token=token)


@pytest.fixture
def codes(app_client: Client) -> list[str]:
    """Three dossiers of Trà My, the second one finished; one of another commune."""
    supervisor = app_client.token("supervisor")
    made = [received(app_client, supervisor)["code"] for _ in range(3)]
    received(app_client, supervisor, receiving_unit="20900")
    act(app_client, supervisor, made[1], "take")
    act(app_client, supervisor, made[1], "finish", outcome="granted")
    return made


def unit_id(client: Client, code: str) -> int:
    units = client.get("/api/v1/units?on=2021-08-16&limit=100").json()["items"]
    return int(next(unit["id"] for unit in units if unit["code"] == code))


def test_a_figure_opens_into_the_dossiers_that_it_counts(app_client: Client, codes: list[str]) -> None:
    token, row = app_client.token("supervisor", "20899"), unit_id(app_client, "20899")
    opened = asked(app_client, token, row=row, figure="received").json()
    assert (opened["count"], [item["code"] for item in opened["items"]]) == (3, codes)
    opened = asked(app_client, token, row=row, figure="finished.early").json()
    assert [(item["code"], item["verdict"], item["status"]) for item in opened["items"]] == [
        (codes[1], "early", "finished")
    ]
    assert asked(app_client, token, row=row, figure="finished.late").json()["items"] == []


def test_a_total_opens_into_the_dossiers_of_all_rows(app_client: Client, codes: list[str]) -> None:
    opened = asked(app_client, app_client.token("supervisor"), figure="open").json()
    figures = app_client.get(f"{ON_TIME}?by=commune&from=2021-08-01&to=2021-08-31").json()
    assert opened["count"] == len(opened["items"]) == figures["total"]["open"]["total"] == 3
    assert codes[1] not in [item["code"] for item in opened["items"]]


def test_open_dossiers_come_from_the_latest_on_page_by_page(app_client: Client, codes: list[str]) -> None:
    token, row = app_client.token("reporter"), unit_id(app_client, "20899")
    first = asked(app_client, token, row=row, figure="open.total", limit=1).json()
    second = asked(app_client, token, row=row, figure="open.total", limit=1, cursor=first["next_cursor"]).json()
    assert [item["code"] for page in (first, second) for item in page["items"]] == [codes[2], codes[0]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(("by", "row"), [("field", "Hộ tịch"), ("month", "2021-08"), ("channel", "counter")])
def test_rows_other_than_units_open_too(app_client: Client, codes: list[str], by: str, row: str) -> None:
    opened = asked(app_client, app_client.token("supervisor"), by=by, row=row, figure="received.counter").json()
    assert opened["count"] == len(opened["items"]) == len(codes) + 1


def test_a_list_has_nothing_personal(app_client: Client, codes: list[str]) -> None:
    text = asked(app_client, app_client.token("reporter"), figure="received").text
    assert codes[0] in text
    for personal in ("Nguyễn Thị Hoa", "049185001234", "0905123456", "Trần Văn Minh", "Đăng ký giám hộ"):
        assert personal not in text


def test_nothing_opens_without_a_token(app_client: Client) -> None:
    assert asked(app_client, None, figure="received").status_code == 401


@pytest.mark.parametrize("parameters", [{}, {"row": "of another"}, {"by": "field"}, {"by": "unit", "unit": "20900"}])
def test_a_token_opens_the_figures_of_its_own_units_only(app_client: Client, parameters: dict[str, str]) -> None:
    token = app_client.token("supervisor", "20899")
    if "row" in parameters:
        parameters = {"row": str(unit_id(app_client, "20900"))}
    refused = asked(app_client, token, figure="received", **parameters)
    assert (refused.status_code, refused.json()["code"]) == (403, "figures_of_other_units")
    assert asked(app_client, token, figure="received", by="field", unit="20899").status_code == 200


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"figure": "rate"}, 422, "unknown_figure"),
        ({"figure": "received", "row": "999999"}, 422, "unknown_row"),
        ({"figure": "received", "row": "x"}, 422, "unknown_row"),
        ({"figure": "received", "by": "field", "row": "Hàng không"}, 422, "unknown_row"),
        ({"figure": "received", "by": "month", "row": "2021-09"}, 422, "unknown_row"),
        ({"figure": "received", "by": "channel", "channel": "online", "row": "postal"}, 422, "unknown_row"),
        ({"figure": "received", "cursor": "bm9uZQ"}, 400, "bad_cursor"),
        ({"figure": "received", "limit": "0"}, 422, "invalid"),
        ({"figure": "received", "rows": "1"}, 422, "unknown_parameter"),
        ({}, 422, "invalid"),
        ({"figure": "received", "from": "2021-08-31", "to": "2021-08-01"}, 422, "period_invalid"),
    ],
)
def test_wrong_input_is_refused_by_name(app_client: Client, parameters: dict[str, str], status: int, code: str) -> None:
    refused = asked(app_client, app_client.token("supervisor"), **parameters)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
