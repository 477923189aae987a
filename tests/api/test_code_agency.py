"""Dossier codes with the identifier of the responsible unit in front, from a date on (rules §10)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from app.settings import Settings
from tests.support.bodies import DOSSIERS, act, guardianship
from tests.support.client import Client

# Codes of the communes Trà My (receiving) and Trà Liên (responsible) since 1 July 2025.
RECEIVING, RESPONSIBLE = "000.00.44.H17", "000.00.45.H17"
NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW, code_agency="responsible@2026-12-01") as client:
        yield client


def receive(client: Client, day: str) -> str:
    units = {"receiving_unit": "20900", "responsible_unit": "20908"}
    answer = client.post(
        DOSSIERS, guardianship(at=f"{day}T08:30:00+07:00", **units), token=client.token("supervisor", "20900")
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def test_codes_begin_with_the_responsible_unit_from_the_date_on(client: Client) -> None:
    assert receive(client, "2026-11-30") == f"{RECEIVING}-261130-0001"
    assert receive(client, "2026-12-01") == f"{RESPONSIBLE}-261201-0001"


def test_a_transfer_keeps_the_code(client: Client) -> None:
    code = receive(client, "2026-12-01")
    body = {"to_unit": "20900", "reason": "nhầm nơi giải quyết", "legal_basis": "Quyết định 1"}
    assert act(client, client.token("supervisor"), code, "transfer", **body)["code"] == code


def test_one_agency_counts_its_own_receipts_and_those_of_others_together(client: Client) -> None:
    receive(client, "2026-12-01")
    own = guardianship(receiving_unit="20908", at="2026-12-01T08:40:00+07:00")
    answer = client.post(DOSSIERS, own, token=client.token("clerk", "20908"))
    assert answer.json()["code"] == f"{RESPONSIBLE}-261201-0002"


@pytest.mark.parametrize(
    ("value", "since"),
    [("receiving", None), ("responsible", date.min), ("responsible@2026-12-01", date(2026, 12, 1))],
)
def test_the_setting_names_the_unit_and_its_first_day(value: str, since: date | None) -> None:
    assert Settings(code_agency=value).responsible_codes_from == since


@pytest.mark.parametrize("value", ["", "holder", "receiving@2026-12-01", "responsible@", "responsible@1.12.2026"])
def test_another_value_of_the_setting_stops_the_start(value: str) -> None:
    with pytest.raises(ValueError, match="responsible@2026-12-01"):
        Settings(code_agency=value)
