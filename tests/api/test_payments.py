"""The payments of a counter's day: every payment and refund, with totals by unit and way of payment (rules §19)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client

PAYMENTS = "/api/v1/payments"
WHY = "thu nhầm"


@pytest.fixture
def supervisor(app_client: Client) -> str:
    return app_client.token("supervisor", client="lãnh đạo")


def listed(client: Client, token: str, **asked: Any) -> dict[str, Any]:
    """All pages of the list, two items each; the totals are the same on each page."""
    first = client.get(PAYMENTS, params={"limit": 2, **asked}, token=token)
    assert first.status_code == 200, first.text
    page: dict[str, Any] = first.json()
    items, cursor = page["items"], page["next_cursor"]
    while cursor is not None:
        answer = client.get(PAYMENTS, params={"limit": 2, **asked, "cursor": cursor}, token=token).json()
        assert answer["totals"] == page["totals"]
        items, cursor = [*items, *answer["items"]], answer["next_cursor"]
    return {"items": items, "totals": page["totals"]}


def totals(client: Client, token: str, **asked: Any) -> list[tuple[Any, ...]]:
    names = ("method", "paid", "refunded", "sum", "payments")
    shown = listed(client, token, **asked)["totals"]
    return [(total["unit"]["code"], *(total[name] for name in names)) for total in shown]


def test_a_day_in_cash_adds_up_with_fees_part_payments_and_refunds(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor, fee=3000, fee_due=9000, fee_method="cash", fee_receipt_number="1")["code"]
    act(app_client, supervisor, code, "pay", amount=2000, method="cash", receipt_number="2")
    act(app_client, supervisor, code, "refund", amount=500, method="cash", reason=WHY, receipt_number="3")
    act(app_client, supervisor, code, "pay", method="portal")
    received(app_client, supervisor, fee=700)
    received(app_client, supervisor)

    day = listed(app_client, supervisor)

    amounts = {(item["code"], item["sequence"]): item["amount"] for item in day["items"]}
    assert sorted(amounts.values()) == [-500, 700, 2000, 3000, 4000]
    assert amounts[code, 3] == -500
    assert totals(app_client, supervisor) == [
        ("20899", "cash", 5000, 500, 4500, 3),
        ("20899", "portal", 4000, 0, 4000, 1),
        ("20899", None, 700, 0, 700, 1),
    ]
    assert totals(app_client, supervisor, method="cash") == [("20899", "cash", 5000, 500, 4500, 3)]
    assert totals(app_client, supervisor, method="not_stated") == [("20899", None, 700, 0, 700, 1)]


def test_a_payment_is_on_the_day_on_which_it_was_made(app_client: Client, supervisor: str) -> None:
    received(app_client, supervisor, fee=100)
    app_client.now = NOW + timedelta(days=1)
    received(app_client, supervisor, fee=20, at=None)
    received(app_client, supervisor, fee=3)  # recorded a day late

    assert [total[2] for total in totals(app_client, supervisor)] == [20]
    assert [total[2] for total in totals(app_client, supervisor, day="2021-08-16")] == [103]
    assert totals(app_client, supervisor, day="2021-08-15") == []


def test_a_voided_payment_is_taken_out_of_its_day(app_client: Client, supervisor: str) -> None:
    code = received(app_client, supervisor, fee_due=9000)["code"]
    act(app_client, supervisor, code, "pay", method="cash")
    act(app_client, supervisor, code, "void", sequence=2, reason=WHY)

    assert listed(app_client, supervisor) == {"items": [], "totals": []}


def test_a_counter_sees_its_own_payments_alone(app_client: Client, supervisor: str) -> None:
    received(app_client, supervisor, fee=100)
    received(app_client, supervisor, fee=20, receiving_unit="20900")
    clerk = app_client.token("clerk", "20900")

    assert [total[:3] for total in totals(app_client, clerk)] == [("20900", None, 20)]
    assert [total[:3] for total in totals(app_client, supervisor, unit="20899")] == [("20899", None, 100)]
    assert app_client.get(PAYMENTS, params={"unit": "20899"}, token=clerk).json()["code"] == "unit_of_others"


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "yesterday"},
        {"method": "shell-money"},
        {"unit": "none"},
        {"limit": 0},
        {"cursor": "x"},
        {"cursor": "WzFd"},
        {"name": "Hoa"},
    ],
)
def test_what_no_list_can_answer_is_refused(app_client: Client, supervisor: str, asked: dict[str, Any]) -> None:
    assert app_client.get(PAYMENTS, params=asked, token=supervisor).status_code in (400, 422)
