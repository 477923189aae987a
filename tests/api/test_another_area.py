"""Tests receipts for another area: the due date is expected until the competent agency has the dossier (rules §15)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, corrected, received
from tests.support.client import Client

# Wednesday, 5 August 2026, 08:30 local time: the first day of the rule.
NOW = datetime(2026, 8, 5, 1, 30, tzinfo=UTC)
HERE, THERE = "20900", "20908"
AREA: dict[str, Any] = {"receiving_unit": HERE, "responsible_unit": THERE, "at": "2026-08-05T08:30:00+07:00"}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


def expected(client: Client, token: str, code: str) -> tuple[bool, bool]:
    """The mark in the dossier, and in the look-up."""
    dossier = client.get(f"{DOSSIERS}/{code}", token=token).json()
    lookup = client.get(f"/api/v1/lookup/{code}").json()
    assert dossier["due_date"] == lookup["due_date"]
    return dossier["due_date_expected"], lookup["due_date_expected"]


def test_the_due_date_is_expected_until_the_clock_starts(client: Client, supervisor: str) -> None:
    dossier = received(client, supervisor, **AREA)
    assert (dossier["clock"], dossier["due_date"], dossier["due_date_expected"]) == ("not_started", "2026-08-10", True)
    assert expected(client, supervisor, dossier["code"]) == (True, True)
    client.now += timedelta(days=1)
    act(client, supervisor, dossier["code"], "forward", to_unit=THERE)
    assert expected(client, supervisor, dossier["code"]) == (False, False)


def test_a_dossier_of_the_own_area_has_no_expected_date(client: Client, supervisor: str) -> None:
    code = received(client, supervisor, **{**AREA, "another_area": False})["code"]
    assert expected(client, supervisor, code) == (False, False)


def test_a_dossier_without_a_due_date_has_no_expected_date(client: Client, supervisor: str) -> None:
    code = received(client, supervisor, **{**AREA, "submit": True})["code"]
    assert expected(client, supervisor, code) == (False, False)


def test_a_dossier_withdrawn_before_the_start_has_no_expected_date(client: Client, supervisor: str) -> None:
    code = received(client, supervisor, **AREA)["code"]
    act(client, supervisor, code, "withdraw", request="Đơn xin rút")
    assert expected(client, supervisor, code) == (False, False)


# --- The units change before the receipt -----------------------------------------------------------------------------


def submitted(client: Client, token: str, responsible: str) -> str:
    code: str = received(client, token, **{**AREA, "responsible_unit": responsible, "submit": True})["code"]
    return code


def clock_after(client: Client, token: str, code: str, sequence: int, **changes: Any) -> str:
    clock: str = corrected(client, token, code, sequence=sequence, changes=changes)["clock"]
    return clock


@pytest.mark.parametrize(
    ("responsible", "corrected_to", "clocks"),
    [
        (THERE, HERE, ("not_started", "running")),  # the receiving unit itself
        (THERE, "48", ("not_started", "running")),  # the province, whose area has the commune in it
        (HERE, THERE, ("running", "not_started")),
    ],
)
def test_another_responsible_unit_of_the_submission_finds_another_area_again(
    client: Client, supervisor: str, responsible: str, corrected_to: str, clocks: tuple[str, str]
) -> None:
    code = submitted(client, supervisor, responsible)
    before = act(client, supervisor, code, "receive")["clock"]
    assert (before, clock_after(client, supervisor, code, 1, responsible_unit=corrected_to)) == clocks


def test_another_target_of_a_transfer_before_the_receipt_finds_another_area_again(
    client: Client, supervisor: str
) -> None:
    code = submitted(client, supervisor, THERE)
    act(client, supervisor, code, "transfer", to_unit="20920", reason="-", legal_basis="-")
    assert act(client, supervisor, code, "receive")["clock"] == "not_started"
    assert clock_after(client, supervisor, code, 2, to_unit=HERE) == "running"


def test_a_receipt_after_a_transfer_stays_for_its_own_area_when_its_time_is_corrected(
    client: Client, supervisor: str
) -> None:
    code = submitted(client, supervisor, THERE)
    act(client, supervisor, code, "transfer", to_unit=HERE, reason="-", legal_basis="-")
    client.now += timedelta(hours=1)
    assert act(client, supervisor, code, "receive")["clock"] == "running"
    client.now += timedelta(hours=1)
    assert clock_after(client, supervisor, code, 3, at="2026-08-05T09:00:00+07:00") == "running"


def test_a_statement_of_the_clerk_stays_if_another_entry_is_corrected(client: Client, supervisor: str) -> None:
    code = submitted(client, supervisor, THERE)
    assert act(client, supervisor, code, "receive", another_area=False)["clock"] == "running"
    assert clock_after(client, supervisor, code, 1, channel="online") == "running"


# --- A succession ----------------------------------------------------------------------------------------------------


def succeed(client: Client, gone: str, heir: str) -> None:
    units = client.get("/api/v1/units", params={"on": "2026-08-05", "limit": 500}).json()["items"]
    unit = next(unit["id"] for unit in units if unit["code"] == gone)
    administrator = client.token("administrator")
    body = {"into": heir, "on": "2026-08-05"}
    answer = client.post(f"/api/v1/units/{unit}/succeed", body, token=administrator)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("gone", "heir"), [(THERE, HERE), (HERE, THERE)])
def test_a_succession_that_makes_the_holder_responsible_starts_the_clock(
    client: Client, supervisor: str, gone: str, heir: str
) -> None:
    code = received(client, supervisor, **AREA)["code"]
    client.now += timedelta(minutes=30)
    succeed(client, gone, heir)
    dossier = client.get(f"{DOSSIERS}/{code}", token=supervisor).json()
    assert (dossier["clock"], dossier["due_date"], dossier["due_date_expected"]) == ("running", "2026-08-10", False)
    slips = client.get(f"{DOSSIERS}/{code}/slips", token=supervisor).json()["items"]
    assert [slip["sequence"] for slip in slips if slip["kind"] == "receipt"] == [1, 2]


@pytest.mark.parametrize(("gone", "heir"), [(THERE, HERE), (HERE, THERE)])
def test_a_submission_received_after_such_a_succession_is_for_its_own_area(
    client: Client, supervisor: str, gone: str, heir: str
) -> None:
    code = submitted(client, supervisor, THERE)
    client.now += timedelta(minutes=30)
    succeed(client, gone, heir)
    assert act(client, supervisor, code, "receive")["clock"] == "running"
