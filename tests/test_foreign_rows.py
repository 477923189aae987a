"""Rows that somebody else wrote and nobody can read: the service works, and the verification names them."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, text

from app.audit.seals.service import seal
from app.audit.verification.service import notes, verify
from app.catalogue.sessions import default_week
from app.database import Database, json_text
from app.loading.simulation.service import simulate
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.databases import Databases, Templates
from tests.support.owner import behind_the_back
from tests.support.reference import seed


class Foreign(NamedTuple):
    """A value that the owner of the database writes into rows, and the name that the verification gives them."""

    table: str
    column: str
    value: str
    where: str
    name: str


# Texts with JSON of another shape, or with no JSON.
REFERENCE = (
    Foreign("session_revisions", "sessions", "'[1]'", "id = 1", "session_revisions 1"),
    Foreign("session_revisions", "sessions", "'{'", "id = 2", "session_revisions 2"),
    Foreign("calendar_revisions", "days_off", "'{'", "id = 1", "calendar_revisions 1"),
    Foreign("calendar_revisions", "names", "'[]'", "id = 2", "calendar_revisions 2"),
    Foreign("procedure_versions", "limits", "'[]'", "id = 3", "procedure_versions 3"),
    Foreign("units", "traits", "'7'", "id = 23", "units 23"),
)
PENDING = Foreign("pending_increments", "content", "'[]'", "id = 1", "pending_increments 1")


_FIRST = "(agency_identifier, date) = (SELECT agency_identifier, date FROM code_ordinals LIMIT 1)"


def of_type(url: str) -> tuple[Foreign, ...]:
    """Values of another type, which SQLite keeps, and instants beyond the calendar, which PostgreSQL keeps."""
    value = "'x'" if url.startswith("sqlite") else "'20000-01-01'"
    return (
        Foreign("dossiers", "received_at", value, "id = 1", "dossier 1"),
        Foreign("spans", "from_at", value, "dossier_id = 2", "dossier 2"),
        Foreign("entries", "occurred_at", value, "dossier_id = 3", "dossier 3"),
        Foreign("code_ordinals", "date", value, _FIRST, "code_ordinals"),
        Foreign("seals", "sealed_at", value, "number = 1", "seals"),
        Foreign(
            "rollup_totals",
            "first_date",
            value,
            "dimension = 'channel' AND grain = 'year' AND key = 0",
            "rollup_totals",
        ),
    )


def fill(url: str) -> None:
    """Dossiers under a seal, increments that are not rolled up, and two revisions of sessions."""
    seed(url)

    async def work(database: Database) -> None:
        await simulate(database, dossiers=12, start=date(2021, 3, 1), end=date(2021, 3, 31), seed=11, now=NOW)
        await seal(database, NOW)

    in_database(url, work)
    behind_the_back(url, add)


def add(connection: Connection) -> None:
    at = "1500000000" if connection.dialect.name == "sqlite" else "to_timestamp(1500000000)"
    # The unit of the receipts in the tests, and another one.
    for number, unit in ((1, 17), (2, 2)):
        values = f"({number}, {unit}, :week, {at})"
        connection.execute(text(f"INSERT INTO session_revisions VALUES {values}"), {"week": json_text(default_week())})
    connection.execute(text("DELETE FROM pending_increments"))
    connection.execute(text("INSERT INTO pending_increments (id, size, content) VALUES (1, 1, '{}')"))


@pytest.fixture
def url(databases: Databases, templates: Templates) -> Iterator[str]:
    url = databases.create(templates.prepared_by(fill))
    yield url
    databases.drop(url)


def write(url: str, *rows: Foreign) -> None:
    def work(connection: Connection) -> None:
        for row in rows:
            changed = connection.execute(text(f"UPDATE {row.table} SET {row.column} = {row.value} WHERE {row.where}"))
            assert changed.rowcount, row

    behind_the_back(url, work)


def named(url: str) -> set[str]:
    return {difference.dossier for difference in in_database(url, verify)}


def test_the_verification_names_every_foreign_row(url: str) -> None:
    # Without the counts of every journal it checks no figures.
    rows = (*REFERENCE, PENDING, *of_type(url)[:-1])
    write(url, *rows)
    assert {row.name for row in rows} <= named(url)
    assert in_database(url, notes) == []


def test_a_foreign_figure_hides_no_other_table(url: str) -> None:
    write(url, PENDING, of_type(url)[-1])
    behind_the_back(url, lambda connection: connection.execute(text("DELETE FROM rollup_cells")))
    assert {PENDING.name, "rollup_totals"} < named(url)
    assert any(name.startswith("rollup_cells ") for name in named(url))


def test_the_service_works_beside_foreign_reference_data(url: str, caplog: pytest.LogCaptureFixture) -> None:
    write(url, *REFERENCE)
    with Client(url, NOW) as client:
        # What every request needs, and the start of the service.
        assert client.get("/readyz").status_code == 200
        assert client.get("/api/v1/units").status_code == 200
        refused = client.post(DOSSIERS, guardianship(), token=client.token("clerk"))
    assert (refused.status_code, refused.json()["code"]) == (503, "reference_unreadable")
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert all(f"{row.name} cannot be read" in logged for row in REFERENCE)


def test_foreign_sessions_of_another_unit_refuse_no_receipt(url: str) -> None:
    write(url, *REFERENCE[1:])
    with Client(url, NOW) as client:
        assert client.post(DOSSIERS, guardianship(), token=client.token("clerk")).status_code == 201
