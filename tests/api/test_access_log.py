"""Access log: each response with complete personal data is recorded before it is sent."""

import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.database import schema
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, received
from tests.support.client import Call, Client
from tests.support.databases import SqliteDatabases
from tests.support.reference import seed


@pytest.fixture
def code(app_client: Client) -> str:
    made: str = received(app_client, app_client.token("clerk", "20899"))["code"]
    return made


def log_of(client: Client, code: str) -> list[dict[str, Any]]:
    """The dossier's access log, the latest view first."""
    answer = client.get(f"{DOSSIERS}/{code}/access-log", token=client.token("supervisor", "20899"))
    assert answer.status_code == 200, answer.text
    views: list[dict[str, Any]] = answer.json()["items"]
    return views


def logged(client: Client, code: str) -> list[dict[str, Any]]:
    """The views after the answer to the receipt."""
    views = log_of(client, code)
    assert views.pop()["kind"] == "receiveDossier"
    return views


def test_client_kind_and_time_of_a_view_are_recorded(app_client: Client, code: str) -> None:
    clerk, officer = (app_client.token(role, "20899", client=f"quầy {role}") for role in ("clerk", "officer"))
    app_client.get(f"{DOSSIERS}/{code}", token=clerk)
    app_client.now += timedelta(minutes=5)
    app_client.get(f"{DOSSIERS}/{code}/journal", token=officer)
    journal, dossier = logged(app_client, code)
    assert (dossier["client"], dossier["kind"], dossier["viewed_at"]) == (
        "quầy clerk",
        "dossier",
        "2021-08-16T08:30:00+07:00",
    )
    assert (journal["client"], journal["kind"]) == ("quầy officer", "journal")
    assert journal["token"] > dossier["token"]


def test_responses_without_people_are_not_recorded(app_client: Client, code: str) -> None:
    path = f"{DOSSIERS}/{code}"
    for role in ("reporter", "administrator"):
        for address in (path, f"{path}/journal"):
            assert app_client.get(address, token=app_client.token(role)).is_success
    clerk = app_client.token("clerk", "20899")
    for address in (f"{path}/deadline", f"/api/v1/lookup/{code}", f"{path}/slips"):
        assert app_client.get(address, token=clerk).is_success
    assert app_client.get(path, token=app_client.token("clerk", "20902")).status_code == 403
    assert app_client.post(f"{path}/take", {}, token=clerk).status_code == 403
    assert logged(app_client, code) == []


def test_a_page_of_many_dossiers_is_one_row_with_all_of_them(app_client: Client, code: str) -> None:
    clerk = app_client.token("clerk", "20899", client="quầy")
    others = [received(app_client, clerk)["code"] for _number in range(2)]
    app_client.get(f"{DOSSIERS}?limit=2", token=clerk)
    app_client.post(f"{DOSSIERS}/search", {"name": "Hoa"}, token=clerk)
    rows = [logged(app_client, each) for each in (code, *others)]
    assert [(row["kind"], row["dossiers"], row["client"]) for row in rows[0]] == [
        ("searchDossiers", 3, "quầy"),
        ("listDossiers", 2, "quầy"),
        # These receipts named the first dossier as similar.
        ("receiveDossier", 3, "quầy"),
        ("receiveDossier", 2, "quầy"),
    ]
    assert [row["kind"] for row in rows[2]] == ["searchDossiers"]
    assert rows[0][0]["request_id"] == rows[2][0]["request_id"], "it is the same row"


def test_the_answer_to_a_change_and_its_repetition_are_views_and_a_refusal_is_none(
    app_client: Client, code: str
) -> None:
    clerk, path = app_client.token("clerk", "20899"), f"{DOSSIERS}/{code}"
    key, patch = {"Idempotency-Key": "k1"}, {"summary": "khác"}
    first = app_client.patch(path, patch, token=clerk, headers=key)
    again = app_client.patch(path, patch, token=clerk, headers=key)
    refused = app_client.patch(path, patch, token=clerk, headers={"If-Match": '"1"'})
    assert (first.content, refused.status_code) == (again.content, 412)
    assert "shown-dossiers" not in again.headers
    assert [view["kind"] for view in logged(app_client, code)] == ["changeParticulars"] * 2


def test_reading_changes_no_version_and_a_304_is_no_view(app_client: Client, code: str) -> None:
    clerk = app_client.token("clerk", "20899")
    first = app_client.get(f"{DOSSIERS}/{code}", token=clerk)
    again = app_client.get(f"{DOSSIERS}/{code}", token=clerk, headers={"If-None-Match": first.headers["etag"]})
    assert (first.json()["version"], again.status_code, again.content) == (1, 304, b"")
    assert len(logged(app_client, code)) == 1


@pytest.mark.parametrize("part", ["", "/journal", "/slips/receipt"])
def test_a_304_for_any_representation_is_a_view_because_its_etag_discloses_content(
    app_client: Client, code: str, part: str
) -> None:
    clerk, path = app_client.token("clerk", "20899"), f"{DOSSIERS}/{code}{part}"
    answer = app_client.get(path, token=clerk, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.content, "etag" in answer.headers) == (304, b"", True)
    assert len(logged(app_client, code)) == 1


def test_the_log_has_pages(app_client: Client, code: str) -> None:
    clerk, supervisor = app_client.token("clerk", "20899"), app_client.token("supervisor")
    for _ in range(5):
        app_client.get(f"{DOSSIERS}/{code}", token=clerk)
        app_client.now += timedelta(minutes=1)
    seen, cursor = [], ""
    while True:
        path = f"{DOSSIERS}/{code}/access-log?limit=2{cursor}"
        page = app_client.get(path, token=supervisor).json()
        seen += [item["viewed_at"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == 6
    assert seen == sorted(seen, reverse=True)


def test_concurrent_views_are_all_recorded(app_client: Client, code: str) -> None:
    clerk = app_client.token("clerk", "20899")
    answers = app_client.together([Call("GET", f"{DOSSIERS}/{code}", token=clerk)] * 30)
    assert {answer.status_code for answer in answers} == {200}
    assert len(logged(app_client, code)) == 30


def test_a_view_needs_only_one_connection(seeded_url: str) -> None:
    with Client(seeded_url, NOW, pool_size=1) as client:
        clerk = client.token("clerk", "20899")
        code = received(client, clerk)["code"]
        answers = client.together([Call("GET", f"{DOSSIERS}/{code}", token=clerk)] * 10)
        assert {answer.status_code for answer in answers} == {200}
        assert len(logged(client, code)) == 10


def test_a_view_waits_for_a_writer_of_another_process(sqlite_databases: SqliteDatabases) -> None:
    url = sqlite_databases.create(None)
    seed(url)
    with Client(url, NOW) as client:
        clerk = client.token("clerk", "20899")
        code = received(client, clerk)["code"]
        held, path = threading.Event(), str(make_url(url).database)

        def hold() -> None:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                held.set()
                time.sleep(0.3)
                other.execute("ROLLBACK")

        writer = threading.Thread(target=hold)
        writer.start()
        held.wait()
        assert client.get(f"{DOSSIERS}/{code}", token=clerk).status_code == 200
        writer.join()
        assert len(logged(client, code)) == 1


@pytest.mark.parametrize(
    ("age", "statement", "kept"),
    [
        (timedelta(days=1), "DELETE FROM access_log", True),
        (timedelta(days=800), "DELETE FROM access_log", False),
        (timedelta(days=800), "UPDATE access_log SET client = 'x'", True),
    ],
)
def test_the_database_refuses_changes_of_the_log_and_deletions_within_two_years(
    database_url: str, age: timedelta, statement: str, kept: bool
) -> None:
    at: Any = datetime.now(UTC) - age
    if make_url(database_url).get_backend_name() == "sqlite":
        at = int(at.timestamp())
    row = "INSERT INTO access_log (viewed_at, client, token_id, dossier_id, kind) VALUES (:at, 'c', 1, 1, 'dossier')"
    schema.in_transaction(database_url, lambda connection: connection.execute(text(row), {"at": at}))
    if kept:
        with pytest.raises(DBAPIError, match="append-only"):
            schema.in_transaction(database_url, lambda connection: connection.execute(text(statement)))
    else:
        schema.in_transaction(database_url, lambda connection: connection.execute(text(statement)))
    left = schema.in_transaction(
        database_url, lambda connection: connection.scalar(text("SELECT count(*) FROM access_log"))
    )
    assert left == kept
