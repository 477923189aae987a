"""Departments of communes: the department for the field of a procedure is responsible (rule 4.21)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.loading.reference.service import add_departments
from tests.support import bodies
from tests.support.client import Client
from tests.support.database_access import in_database

# Tuesday 3 March 2026, 09:00 at the counter.
TODAY = datetime(2026, 3, 3, 2, tzinfo=UTC)
JUSTICE, LAND = "1.004837", "1.012796"


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    in_database(seeded_url, lambda database: add_departments(database, TODAY))
    with Client(seeded_url, TODAY) as client:
        yield client


def received(client: Client, procedure: str, unit: str = "20900", **changes: Any) -> dict[str, Any]:
    place = {"procedure": procedure, "receiving_unit": unit, "at": "2026-03-03T08:30:00+07:00"}
    return bodies.received(client, client.token("supervisor"), **place, **changes)


def test_the_department_for_the_field_is_responsible(client: Client) -> None:
    assert received(client, JUSTICE)["responsible_unit"]["code"] == "20900.01"
    assert received(client, LAND)["responsible_unit"]["code"] == "20900.02"
    # The police registers residence: no department does.
    assert received(client, "1.004194")["responsible_unit"]["code"] == "20900"


def test_at_the_centre_the_department_beside_it_is_responsible(client: Client) -> None:
    dossier = received(client, JUSTICE, "20900.04")
    assert dossier["receiving_unit"]["code"] == "20900.04"
    assert dossier["responsible_unit"]["code"] == "20900.01"
    assert not dossier.get("another_area")


def test_a_named_unit_comes_before_the_department(client: Client) -> None:
    assert received(client, JUSTICE, responsible_unit="20900")["responsible_unit"]["code"] == "20900"


def test_a_field_is_given_to_another_department_for_later_receipts(client: Client) -> None:
    administrator = client.token("administrator")
    before = received(client, JUSTICE)
    units = {unit["code"]: unit for unit in client.get("/api/v1/units?on=2026-03-03&limit=100").json()["items"]}
    assert units["20900.01"]["fields"] == [
        "Hộ tịch",
        "Chứng thực",
        "Nuôi con nuôi",
        "Hòa giải ở cơ sở",
        "Khiếu nại, tố cáo",
    ]
    for code, fields in (("20900.01", []), ("20900.03", ["Hộ tịch"])):
        changed = client.patch(f"/api/v1/units/{units[code]['id']}", {"fields": fields}, token=administrator)
        assert changed.json()["fields"] == fields
    assert received(client, JUSTICE)["responsible_unit"]["code"] == "20900.03"
    token = client.token("supervisor")
    assert (
        client.get(f"/api/v1/dossiers/{before['code']}", token=token).json()["responsible_unit"]["code"] == "20900.01"
    )


def test_departments_have_their_figures_and_a_commune_those_of_its_departments(client: Client) -> None:
    for procedure in (JUSTICE, LAND, LAND, "1.004194"):
        received(client, procedure)

    def rows(by: str) -> dict[str, int]:
        answer = client.get(f"/api/v1/statistics/on-time?by={by}&from=2026-03-01&to=2026-03-31").json()
        assert answer["total"]["received"]["total"] == sum(row["received"]["total"] for row in answer["rows"])
        return {row["key"]: row["received"]["total"] for row in answer["rows"] if row["received"]["total"]}

    assert rows("office") == {"20900.01": 1, "20900.02": 2}
    assert rows("commune") == {"20900": 4}
    assert rows("unit") == {"20900": 1, "20900.01": 1, "20900.02": 2}


def test_the_page_of_a_procedure_names_the_department_the_papers_and_the_result(client: Client) -> None:
    page = client.get("/procedures/1.001193").text
    assert "Văn phòng HĐND và UBND của xã nơi tiếp nhận hồ sơ" in page
    assert "Giấy chứng sinh" in page
    assert "Khi trẻ sinh ra do mang thai hộ" in page
    assert "Giấy khai sinh" in page
    version = client.get("/api/v1/procedures/1.001193").json()["in_force"]
    assert version["results"] == [{"name": "Giấy khai sinh", "code": "KQ.G15.000031"}]
    assert version["documents"][0] == {"name": "Tờ khai đăng ký khai sinh theo mẫu", "form": "original", "copies": 1}
