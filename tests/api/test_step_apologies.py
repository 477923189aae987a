"""Late steps with and without an apology: it is the apology of the office that had the step (rules §11)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import act, new_procedure, received
from tests.support.client import Client

ON_TIME = "/api/v1/statistics/on-time"
COUNTER, OFFICE = "20899", "515.03"
DAY = {"amount": 1, "unit": "working_day"}
ROUTE = [
    {"unit": "receiving", "name": "Tiếp nhận", "limit": DAY},
    {"unit": "responsible", "name": "Thẩm định", "limit": DAY},
]
PROMISED = {"reason": "thiếu người", "promised_date": "2021-08-27"}
FIGURE = {"by": "unit", "basis": "step", "from": "2021-08-01", "to": "2021-08-31", "figure": "late_without_apology"}


@pytest.fixture
def staff(app_client: Client) -> str:
    return app_client.token("supervisor", "515")


@pytest.fixture
def code(app_client: Client, staff: str) -> str:
    """A dossier of Monday 16 August; both steps of its route have one working day."""
    procedure = new_procedure(app_client, route=ROUTE)
    return str(received(app_client, staff, procedure=procedure, responsible_unit=OFFICE)["code"])


def on(client: Client, day: int) -> None:
    client.now = datetime(2021, 8, day, 9, tzinfo=UTC) - timedelta(hours=7)


def late_without_apology(client: Client) -> dict[str, int]:
    """The figure of each unit that has it, each compared with the list behind it."""
    rows = client.get(ON_TIME, params={key: FIGURE[key] for key in FIGURE if key != "figure"}).json()["rows"]
    supervisor = client.token("supervisor")
    for row in rows:
        opened = client.get(f"{ON_TIME}/dossiers", params={**FIGURE, "row": row["id"]}, token=supervisor).json()
        assert len(opened["items"]) == row["late_without_apology"]
    return {row["key"]: row["late_without_apology"] for row in rows if row["late_without_apology"]}


def forward(client: Client, token: str, code: str) -> dict[str, Any]:
    return act(client, token, code, "forward", to_unit=OFFICE)


def test_an_open_step_is_late_without_apology_until_there_is_one(app_client: Client, staff: str, code: str) -> None:
    on(app_client, 18)
    assert late_without_apology(app_client) == {COUNTER: 1}
    act(app_client, staff, code, "reschedule", **PROMISED)
    assert late_without_apology(app_client) == {}


def test_an_apology_is_that_of_the_office_that_had_the_step(app_client: Client, staff: str, code: str) -> None:
    on(app_client, 18)
    act(app_client, staff, code, "reschedule", **PROMISED)
    forward(app_client, staff, code)
    on(app_client, 24)
    assert late_without_apology(app_client) == {OFFICE: 1}
    act(app_client, staff, code, "take")
    act(app_client, staff, code, "finish", outcome="granted")
    assert late_without_apology(app_client) == {OFFICE: 1}


def test_an_apology_of_the_second_of_the_hand_off_is_that_of_the_next_office(
    app_client: Client, staff: str, code: str
) -> None:
    on(app_client, 18)
    forward(app_client, staff, code)
    act(app_client, staff, code, "reschedule", **PROMISED)
    on(app_client, 24)
    assert late_without_apology(app_client) == {COUNTER: 1}


def test_a_recalled_step_goes_on_with_the_apology(app_client: Client, staff: str, code: str) -> None:
    on(app_client, 17)
    forward(app_client, staff, code)
    act(app_client, staff, code, "reschedule", **PROMISED)
    act(app_client, staff, code, "forward", to_unit=COUNTER)
    on(app_client, 24)
    assert late_without_apology(app_client) == {}


def test_a_voided_apology_counts_no_more(app_client: Client, staff: str, code: str) -> None:
    on(app_client, 18)
    act(app_client, staff, code, "reschedule", **PROMISED)
    act(app_client, staff, code, "void", sequence=2, reason="nhập nhầm")
    assert late_without_apology(app_client) == {COUNTER: 1}
