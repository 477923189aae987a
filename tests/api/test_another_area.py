"""Tests receipts for another area: the due date is expected until the competent agency has the dossier (rules §15)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, received
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
