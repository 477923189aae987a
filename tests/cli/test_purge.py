"""Purge of dossiers closed long ago: personal data are deleted, figures and proofs remain."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, func, make_url, select, text, update
from sqlalchemy.exc import DBAPIError

from app import clock
from app.database import Connection, schema
from app.database.tables import applicants, dossiers, entry_texts, participants, purges
from app.dossiers.rating_keys import RatingKeys
from app.loading.simulation.service import simulate
from app.loading.simulation.timing import Rates
from app.statistics.ratings.queries import write
from tests.support.bodies import DOSSIERS, act, guardianship, received
from tests.support.client import Client
from tests.support.command_results import Run, refused
from tests.support.database_access import in_database
from tests.support.databases import Databases
from tests.support.reference import seed
from tests.support.verification import verified

SIMULATED_AT = datetime(2022, 7, 1, 1, 30, tzinfo=UTC)
NOW = datetime(2031, 7, 1, 1, 30, tzinfo=UTC)
ASKED = (
    "/api/v1/statistics/on-time?by=commune&from=2021-01-01&to=2022-06-30",
    "/api/v1/statistics/on-time?by=procedure&from=2021-01-01&to=2022-06-30",
    "/api/v1/statistics/workload",
)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run nine years after the dossiers."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def old_url(seeded_url: str) -> str:
    """Dossiers of one year, most of them closed."""

    async def work(database: Any) -> None:
        start, end, rates = date(2021, 9, 1), date(2022, 6, 30), Rates(rated=0)
        await simulate(database, dossiers=30, start=start, end=end, seed=7, now=SIMULATED_AT, rates=rates)

    in_database(seeded_url, work)
    return seeded_url


def figures(client: Client) -> list[Any]:
    return [client.get(path).json() for path in ASKED]


def closed(url: str) -> int:
    """The number of closed dossiers."""
    statement = text("SELECT count(*) FROM dossiers WHERE closed")
    return schema.in_transaction(url, lambda connection: connection.scalar(statement)) or 0


def test_figures_journals_and_proofs_remain_and_personal_data_are_deleted(motcua: Run, old_url: str) -> None:
    with Client(old_url, NOW) as client:
        supervisor = client.token("supervisor")
        before = figures(client)
        listed = client.get(f"{DOSSIERS}?status=returned&limit=1", token=supervisor).json()["items"]
        code, name = listed[0]["code"], listed[0]["applicant"]["name"]
        looked_up = client.get(f"/api/v1/lookup/{code}").json()
    end = motcua("purge", "--older-than", "5", database_url=old_url)
    assert end.stdout == f"{closed(old_url)} dossiers and 0 access log entries were purged.\n"
    assert verified(old_url) == []
    with Client(old_url, NOW) as client:
        assert figures(client) == before
        assert client.get(f"/api/v1/lookup/{code}").json() == looked_up
        assert client.get(f"/api/v1/lookup/{code}/deadline").is_success
        dossier = client.get(f"{DOSSIERS}/{code}", token=supervisor).json()
        journal = client.get(f"{DOSSIERS}/{code}/journal", token=supervisor).json()["items"]
        again = client.get(f"{DOSSIERS}?status=returned&limit=1", token=supervisor).json()["items"]
        hits = client.post(f"{DOSSIERS}/search", {"name": name, "status": "returned"}, token=supervisor).json()
    assert (dossier["applicant"], dossier["summary"], dossier["documents"], dossier["officer"]) == (
        None,
        None,
        [],
        None,
    )
    assert dossier["allowed_actions"] == []
    assert len(journal) == dossier["version"]
    assert [entry["officer"] for entry in journal] == [None] * len(journal)
    assert again[0]["code"] == code
    assert code not in {item["code"] for item in hits["items"]}


def test_a_dry_run_prints_the_counts_and_changes_nothing(motcua: Run, old_url: str) -> None:
    end = motcua("purge", "--older-than", "5", "--dry-run", database_url=old_url)
    assert end.stdout == f"{closed(old_url)} dossiers and 0 access log entries would be purged.\n"
    count = text("SELECT (SELECT count(*) FROM purges), (SELECT count(*) FROM applicants)")
    assert schema.in_transaction(old_url, lambda connection: tuple(connection.execute(count).one())) == (0, 30)


@pytest.mark.parametrize(("years", "gone"), [("20", False), ("8", True)])
def test_only_dossiers_closed_longer_ago_are_purged_and_only_once(
    motcua: Run, old_url: str, years: str, gone: bool
) -> None:
    ends = [motcua("purge", "--older-than", years, database_url=old_url).stdout for _ in range(2)]
    assert ends[0].startswith(f"{closed(old_url) if gone else 0} dossiers")
    assert ends[1].startswith("0 dossiers")


def test_a_purged_dossier_cannot_be_changed(motcua: Run, old_url: str) -> None:
    motcua("purge", "--older-than", "5", database_url=old_url)
    with Client(old_url, NOW) as client:
        supervisor = client.token("supervisor")
        code = client.get(f"{DOSSIERS}?status=returned&limit=1", token=supervisor).json()["items"][0]["code"]
        path = f"{DOSSIERS}/{code}"
        answers = [
            client.patch(path, {"applicant": {"name": "Ai Khác"}}, token=supervisor),
            client.post(f"{path}/correct", {"sequence": 1, "changes": {"note": "x"}, "reason": "y"}, token=supervisor),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "purged")] * 2


def test_purged_words_leave_the_files_also_beside_a_running_service(
    motcua: Run, seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = "Từ Chỉ Có Một Lần"
    with Client(seeded_url, NOW) as client:
        supervisor = client.token("supervisor")
        code = received(client, supervisor, summary=word, note="x")["code"]
        act(client, supervisor, code, "withdraw", request="đơn", note="x")
        assert not seeded_url.startswith("sqlite") or word in stored(seeded_url)
        monkeypatch.setattr(clock, "now", lambda: NOW.replace(year=NOW.year + 9))
        end = motcua("purge", "--older-than", "5", database_url=seeded_url)
        assert "may still have" not in end.stdout
        shown = client.get(f"{DOSSIERS}/{code}", token=supervisor).json()
        # While the service runs: the last process that closes the file empties the log.
        assert (shown["summary"], word in stored(seeded_url)) == (None, False)


def stored(url: str) -> str:
    """The bytes of the files of SQLite; the summaries on PostgreSQL."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        files = [path, path.with_name(f"{path.name}-wal")]
        return b"".join(file.read_bytes() for file in files if file.exists()).decode(errors="replace")
    statement = text("SELECT string_agg(summary, ' ') FROM dossiers")
    return str(schema.in_transaction(url, lambda connection: connection.scalar(statement)))


def returned(client: Client, token: str) -> str:
    """The code of a dossier that was returned long ago."""
    code: str = client.get(f"{DOSSIERS}?status=returned&limit=1", token=token).json()["items"][0]["code"]
    return code


def test_a_dossier_with_a_pending_correction_is_not_purged(motcua: Run, old_url: str) -> None:
    with Client(old_url, NOW) as client:
        supervisor = client.token("supervisor")
        path = f"{DOSSIERS}/{returned(client, supervisor)}"
        asked = {"sequence": 1, "changes": {"note": "sai"}, "reason": "nhầm"}
        version = client.post(f"{path}/correct", asked, token=supervisor).json()["version"]
        motcua("purge", "--older-than", "5", database_url=old_url)
        assert client.get(path, token=supervisor).json()["applicant"] is not None
        answer = client.post(f"{path}/reject-correction", {"sequence": version, "reason": "đúng"}, token=supervisor)
        assert answer.is_success, answer.text
        end = motcua("purge", "--older-than", "5", database_url=old_url)
        assert end.stdout.startswith("1 dossiers")
        assert client.get(path, token=supervisor).json()["applicant"] is None
    assert verified(old_url) == []


def test_stored_responses_about_purged_dossiers_are_deleted(motcua: Run, old_url: str) -> None:
    with Client(old_url, NOW) as client:
        supervisor = client.token("supervisor")
        still_open = client.get(f"{DOSSIERS}?limit=1", token=supervisor).json()["items"][0]["code"]
        codes, patch = (returned(client, supervisor), still_open), {"applicant": {"name": "Hồ Thị Mới"}}

        def edited(code: str) -> httpx.Response:
            return client.patch(f"{DOSSIERS}/{code}", patch, token=supervisor, headers={"Idempotency-Key": code})

        before = [edited(code) for code in codes]
        assert [item.status_code for item in before] == [200, 200]
        motcua("purge", "--older-than", "5", database_url=old_url)
        gone, again = (edited(code) for code in codes)
        assert (gone.status_code, gone.json()["code"]) == (409, "purged")
        assert again.content == before[1].content, "responses about other dossiers are kept"


def test_an_edit_during_the_purge_of_its_dossier_is_refused(old_url: str) -> None:
    held = threading.Event()

    def purge_slowly(connection: Any) -> None:
        dossier = connection.scalar(text("SELECT id FROM dossiers WHERE code = :code"), {"code": code})
        connection.execute(update(dossiers).where(dossiers.c.id == dossier).values(summary=None))
        connection.execute(delete(applicants).where(applicants.c.dossier_id == dossier))
        held.set()
        time.sleep(0.5)  # until the other request waits for the lock

    with Client(old_url, NOW) as client:
        supervisor = client.token("supervisor")
        code = returned(client, supervisor)
        purging = threading.Thread(target=schema.in_transaction, args=(old_url, purge_slowly))
        purging.start()
        held.wait()
        patch = {"applicant": {"name": "Hồ Thị Mới"}}
        answer = client.patch(f"{DOSSIERS}/{code}", patch, token=supervisor)
        purging.join()
    assert (answer.status_code, answer.json()["code"]) == (409, "purged")


def test_reading_a_purged_dossier_is_not_logged(motcua: Run, old_url: str) -> None:
    motcua("purge", "--older-than", "5", database_url=old_url)
    with Client(old_url, NOW) as client:
        supervisor = client.token("supervisor")
        path = f"{DOSSIERS}/{returned(client, supervisor)}"
        for part in ("", "/journal", "/slips/receipt"):
            assert client.get(f"{path}{part}", token=supervisor).is_success
        assert client.get(f"{path}/access-log", token=supervisor).json()["items"] == []


def test_the_comment_of_a_rating_is_deleted_and_its_score_remains(motcua: Run, old_url: str) -> None:
    statement = text(
        "SELECT (SELECT count(*) FROM ratings), (SELECT sum(score) FROM ratings), "
        "(SELECT count(*) FROM rating_comments)"
    )

    async def rate(connection: Connection) -> None:
        for row in await connection.all(text("SELECT id FROM dossiers WHERE status = 'returned'")):
            await write(connection, row.id, SIMULATED_AT, 3, "lời của người dân")

    async def work(database: Any) -> None:
        async with database.writing() as connection:
            await rate(connection)

    in_database(old_url, work)
    before = schema.in_transaction(old_url, lambda connection: tuple(connection.execute(statement).one()))
    motcua("purge", "--older-than", "5", database_url=old_url)
    after = schema.in_transaction(old_url, lambda connection: tuple(connection.execute(statement).one()))
    assert before[0] == before[2] > 0
    assert after == (before[0], before[1], 0)
    assert verified(old_url) == []


def test_a_person_who_handed_in_is_purged_with_the_applicant(motcua: Run, seeded_url: str) -> None:
    agent = {"name": "Nguyễn Văn Nam", "identity_number": "049080005678", "authority": "Giấy ủy quyền số 12"}
    with Client(seeded_url, datetime(2021, 8, 16, 1, 30, tzinfo=UTC)) as client:
        supervisor = client.token("supervisor")
        code = received(client, supervisor, handed_in_by=agent)["code"]
        act(client, supervisor, code, "withdraw", request="đơn xin rút")
    number = select(func.count()).select_from(participants)
    assert schema.in_transaction(seeded_url, lambda connection: connection.scalar(number)) == 1
    assert motcua("purge", "--older-than", "1", database_url=seeded_url).returncode == 0
    assert schema.in_transaction(seeded_url, lambda connection: connection.scalar(number)) == 0
    assert verified(seeded_url) == []


def test_a_purged_dossier_cannot_be_rated(motcua: Run, old_url: str) -> None:
    motcua("purge", "--older-than", "5", database_url=old_url)
    with Client(old_url, NOW) as client:
        code = returned(client, client.token("supervisor"))
        keys = RatingKeys()
        in_database(old_url, keys.ready)
        answer = client.post(f"/api/v1/lookup/{code}/rating", {"key": keys.of(code), "score": 3, "comment": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "purged")


@pytest.mark.parametrize("years", ["0", "-1", "101", "x"])
def test_an_invalid_age_is_refused(motcua: Run, old_url: str, years: str) -> None:
    refused(motcua("purge", f"--older-than={years}", database_url=old_url), 2)


async def texts_deleted(connection: Connection) -> None:
    await connection.run(delete(entry_texts))


async def applicants_deleted(connection: Connection) -> None:
    await connection.run(delete(applicants))


async def an_open_dossier_marked_as_purged(connection: Connection) -> None:
    await _mark_as_purged(connection, text("SELECT id FROM dossiers WHERE NOT closed"))


async def a_dossier_marked_as_purged_too_early(connection: Connection) -> None:
    await _mark_as_purged(connection, text("SELECT id FROM dossiers WHERE closed"))


async def a_dossier_marked_as_purged_in_the_future(connection: Connection) -> None:
    closed = text("SELECT id FROM dossiers WHERE closed")
    await _mark_as_purged(connection, closed, NOW + timedelta(days=365), NOW - timedelta(days=365))


async def _mark_as_purged(
    connection: Connection, which: Any, at: datetime = SIMULATED_AT, before: datetime = SIMULATED_AT
) -> None:
    dossier = await connection.scalar(which)
    for table in (applicants, entry_texts):
        await connection.run(delete(table).where(table.c.dossier_id == dossier))
    empty: dict[str, Any] = {"summary": None, "documents": [], "officer": None}
    await connection.run(update(dossiers).where(dossiers.c.id == dossier).values(empty))
    row = {"dossier_id": dossier, "purged_at": at, "closed_before": before}
    await connection.insert(purges, row)


@pytest.mark.parametrize(
    ("tampering", "field"),
    [
        (texts_deleted, "entry_texts"),
        (applicants_deleted, "applicants"),
        (an_open_dossier_marked_as_purged, "purges"),
        (a_dossier_marked_as_purged_too_early, "purges"),
        (a_dossier_marked_as_purged_in_the_future, "purges"),
    ],
)
def test_verify_reports_data_deleted_in_the_database(
    old_url: str, tampering: Callable[[Connection], Any], field: str
) -> None:
    assert field in {item.field for item in verified(old_url, tampering)}


def test_verify_reports_purged_data_that_were_put_back(motcua: Run, old_url: str) -> None:
    async def put_back(connection: Connection) -> None:
        dossier = await connection.scalar(text("SELECT min(dossier_id) FROM purges"))
        await connection.run(update(dossiers).where(dossiers.c.id == dossier).values(officer="Ai Đó"))

    motcua("purge", "--older-than", "5", database_url=old_url)
    assert {item.field for item in verified(old_url, put_back)} == {"officer"}


@pytest.mark.parametrize("statement", ["UPDATE purges SET closed_before = purged_at", "DELETE FROM purges"])
def test_the_database_refuses_changes_of_the_record_of_purges(motcua: Run, old_url: str, statement: str) -> None:
    motcua("purge", "--older-than", "5", database_url=old_url)
    with pytest.raises(DBAPIError, match="append-only"):
        schema.in_transaction(old_url, lambda connection: connection.execute(text(statement)))


def test_old_views_are_deleted_on_request(motcua: Run, old_url: str) -> None:
    with Client(old_url, SIMULATED_AT) as client:
        supervisor = client.token("supervisor")
        code = client.get(f"{DOSSIERS}?open=true&limit=1", token=supervisor).json()["items"][0]["code"]
        client.get(f"{DOSSIERS}/{code}", token=supervisor)
    for years, forgotten in (("10", 0), ("9", 0), ("8", 2)):
        end = motcua("purge", "--older-than", "50", "--access-log", years, database_url=old_url)
        assert end.stdout == f"0 dossiers and {forgotten} access log entries were purged.\n"


def test_purged_content_is_overwritten_in_the_sqlite_file(motcua: Run, sqlite_databases: Databases) -> None:
    url = sqlite_databases.create()
    seed(url)
    with Client(url, SIMULATED_AT) as client:
        supervisor = client.token("supervisor")
        at = SIMULATED_AT.isoformat()
        body = guardianship(applicant={"name": "Hồ Thị Dấu"}, receiving_unit="20900", at=at)
        code = client.post(DOSSIERS, body, token=supervisor).json()["code"]
        act(client, supervisor, code, "withdraw", request="đơn-dấu")
    file = Path(str(make_url(url).database))
    assert "Hồ Thị Dấu".encode() in file.read_bytes()
    motcua("purge", "--older-than", "5", database_url=url)
    held = file.read_bytes()
    assert [word for word in ("Hồ Thị Dấu", "đơn-dấu", "Đăng ký giám hộ") if word.encode() in held] == []
