"""Announced outages of a system: recorded once for many dossiers (rules §5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.bodies import DOSSIERS, act, new_procedure, received
from tests.support.client import Client

# Monday, 7 September 2026, 08:30 local time.
NOW = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)
SPAN = {"from": "2026-09-08T08:00:00+07:00", "to": "2026-09-09T16:00:00+07:00", "notice": "12/TB-A06"}


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, lookup_rate=0) as client:
        yield client


@pytest.fixture
def supervisor(client: Client) -> str:
    return client.token("supervisor")


@pytest.fixture
def code(client: Client, supervisor: str) -> str:
    """A dossier with a suspension within the span of the outage, which it then splits."""
    procedure = new_procedure(client, rules={"outage_suspends": True})
    at = "2026-09-07T08:30:00+07:00"
    code = str(received(client, supervisor, procedure=procedure, receiving_unit="20900", at=at)["code"])
    client.now = NOW + timedelta(days=1, hours=2)
    act(client, supervisor, code, "suspend", reason="-", legal_basis="-")
    client.now += timedelta(hours=4)
    act(client, supervisor, code, "resume")
    client.now = NOW + timedelta(days=2, hours=8)
    return code


def record(client: Client, token: str, *, dry_run: bool = False, **changes: Any) -> tuple[int, list[str]]:
    """The number of suspended dossiers, and the codes of those with the outage already."""
    query = "?dry_run=true" if dry_run else ""
    answer = client.post(f"/api/v1/outages{query}", {"unit": "48", **SPAN, **changes}, token=token)
    assert answer.status_code == 200, answer.text
    content = answer.json()
    return content["suspended"], content["recorded_before"]


def due_date(client: Client, token: str, code: str) -> str:
    return str(client.get(f"{DOSSIERS}/{code}", token=token).json()["due_date"])


def test_the_same_outage_recorded_twice_suspends_once(client: Client, supervisor: str, code: str) -> None:
    assert record(client, supervisor) == (1, [])
    once = due_date(client, supervisor, code)
    assert record(client, supervisor, dry_run=True) == (0, [code])
    same: dict[str, Any] = {"from": "2026-09-08T01:00:00Z"}
    assert record(client, supervisor, **same) == (0, [code])
    assert due_date(client, supervisor, code) == once


@pytest.mark.parametrize("changes", [{"notice": "13/TB-A06"}, {"to": "2026-09-09T16:01:00+07:00"}])
def test_another_notice_or_span_is_another_outage(
    client: Client, supervisor: str, code: str, changes: dict[str, Any]
) -> None:
    record(client, supervisor)
    assert record(client, supervisor, **changes) == (1, [])


def test_a_dossier_that_came_under_the_outage_later_is_suspended_by_a_repeated_call(
    client: Client, supervisor: str, code: str
) -> None:
    record(client, supervisor)
    more = {"procedure": "8.000001", "receiving_unit": "20900", "at": "2026-09-07T09:00:00+07:00"}
    received(client, supervisor, **more)
    assert record(client, supervisor) == (1, [code])


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"to": "2026-09-10T16:00:00+07:00"}, 422, "/to"),
        ({"from": "2026-09-09T16:00:00+07:00"}, 422, "/to"),
        ({"from": "2026-09-08T08:00:00"}, 422, "/from"),
        ({"unit": "99999"}, 422, "/unit"),
        ({"procedures": ["9.999999"]}, 422, "/procedures/0"),
        ({"notice": " "}, 422, "/notice"),
        ({"notice": None}, 422, "/notice"),
    ],
)
def test_a_wrong_outage_is_refused_at_its_field(
    client: Client, supervisor: str, code: str, changes: dict[str, Any], status: int, pointer: str
) -> None:
    answer = client.post("/api/v1/outages", {"unit": "48", **SPAN, **changes}, token=supervisor)
    pointers = [error["pointer"] for error in answer.json().get("errors", [])] or [answer.json().get("pointer")]
    assert (answer.status_code, pointers) == (status, [pointer]), answer.text
