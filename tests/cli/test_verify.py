"""Verification: no difference in data of the service, and a difference for every kind of tampering."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import delete, func, insert, make_url, select, text, update
from typer.testing import CliRunner

from app.audit.verification.check_clocks import clock_notes
from app.audit.verification.service import verify
from app.cli import commands
from app.database import Connection, Database, schema
from app.database.readiness import require_figures
from app.database.tables import (
    applicants,
    code_ordinals,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    late_changes,
    occurrences,
    pending_increments,
    rollup_cells,
    rollup_moves,
    rollup_totals,
    spans,
    units,
)
from app.domain.errors import Unavailable
from app.loading.simulation.service import simulate
from app.operations.recount.service import recount
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.database_access import in_database, keys_for
from tests.support.databases import SqliteDatabases
from tests.support.reference import seed
from tests.support.verification import Tampering, verified

T = TypeVar("T")

NOW = datetime(2022, 7, 1, 1, 30, tzinfo=UTC)


@pytest.fixture
def simulated_url(seeded_url: str) -> str:
    async def work(database: Database) -> None:
        await simulate(database, dossiers=40, start=date(2021, 3, 1), end=date(2021, 3, 31), seed=11, now=NOW)

    in_database(seeded_url, work)
    return seeded_url


async def _finished(connection: Connection) -> Any:
    """A finished dossier."""
    statement = select(dossiers).where(dossiers.c.verdict.is_not(None)).order_by(dossiers.c.id).limit(1)
    return await connection.one(statement)


async def another_due_date(connection: Connection) -> None:
    row = await _finished(connection)
    later = row.due_date + timedelta(days=1)
    await connection.run(update(dossiers).where(dossiers.c.id == row.id).values(due_date=later))


async def another_verdict(connection: Connection) -> None:
    row = await _finished(connection)
    better = "early" if row.verdict != "early" else "late"
    await connection.run(update(dossiers).where(dossiers.c.id == row.id).values(verdict=better))


async def another_procedure(connection: Connection) -> None:
    row = await _finished(connection)
    other = row.procedure_id % 5 + 1 if row.procedure_id % 5 + 1 != row.procedure_id else row.procedure_id + 1
    await connection.run(update(dossiers).where(dossiers.c.id == row.id).values(procedure_id=other))


async def other_details(connection: Connection) -> None:
    row = await _finished(connection)
    details = {**row.details, "extension_days": 9}
    await connection.run(update(dossiers).where(dossiers.c.id == row.id).values(details=details))


async def _receipt(connection: Connection) -> Any:
    row = await _finished(connection)
    return await connection.one(select(entries).where(entries.c.dossier_id == row.id, entries.c.type == "receive"))


async def a_deadline_in_journal_and_row_alike(connection: Connection) -> None:
    entry = await _receipt(connection)
    dossier = await _finished(connection)
    shifted = date.fromisoformat(entry.data["deadline"]["due_date"]) + timedelta(days=30)
    data = json.loads(json.dumps(entry.data).replace(entry.data["deadline"]["due_date"], shifted.isoformat()))
    await connection.run(update(entries).where(entries.c.id == entry.id).values(data=data))
    await connection.run(
        update(dossiers)
        .where(dossiers.c.id == dossier.id)
        .values(due_date=shifted, original_due_date=shifted, verdict="early")
    )


async def another_time_in_the_journal(connection: Connection) -> None:
    entry = await _receipt(connection)
    earlier = entry.occurred_at - timedelta(days=20)
    await connection.run(update(entries).where(entries.c.id == entry.id).values(occurred_at=earlier))


async def a_journal_without_sense(connection: Connection) -> None:
    entry = await _receipt(connection)
    await connection.run(update(entries).where(entries.c.id == entry.id).values(data={"deadline": 3}))


async def a_missing_entry(connection: Connection) -> None:
    entry = await _receipt(connection)
    await connection.run(delete(entries).where(entries.c.id == entry.id))


async def a_backdated_entry_that_hides_it(connection: Connection) -> None:
    entry = await _receipt(connection)
    data = {**entry.data, "flags": ["backdated"]}
    await connection.run(update(entries).where(entries.c.id == entry.id).values(data=data))


async def another_text(connection: Connection) -> None:
    row = await connection.one(select(entry_texts).limit(1))
    await connection.run(
        update(entry_texts)
        .where(entry_texts.c.dossier_id == row.dossier_id, entry_texts.c.sequence == row.sequence)
        .values(content={"officer": "Ai Khác"})
    )


async def another_applicant(connection: Connection) -> None:
    await connection.run(update(applicants).where(applicants.c.number == 1).values(phone="1"))


async def another_search_hash(connection: Connection) -> None:
    await connection.run(update(applicants).where(applicants.c.number == 1).values(identity_hash="1"))


async def another_folded_name(connection: Connection) -> None:
    await connection.run(update(applicants).values(name_folded="ai khac"))


async def a_missing_span(connection: Connection) -> None:
    row = await connection.one(select(spans).limit(1))
    await connection.run(delete(spans).where(spans.c.dossier_id == row.dossier_id, spans.c.number == row.number))


async def an_extra_span(connection: Connection) -> None:
    row = await connection.one(select(spans).limit(1))
    await connection.run(insert(spans).values(**{**row._asdict(), "number": 99}))


async def a_longer_span(connection: Connection) -> None:
    row = await connection.one(select(spans).limit(1))
    statement = update(spans).where(spans.c.dossier_id == row.dossier_id, spans.c.number == row.number)
    await connection.run(statement.values(to_at=row.to_at + timedelta(days=3)))


async def another_days_finish(connection: Connection) -> None:
    day = func.min(occurrences.c.date)
    first = await connection.scalar(select(day).where(occurrences.c.kind == "finished"))
    await connection.run(
        update(occurrences)
        .where(occurrences.c.kind == "finished", occurrences.c.date == first)
        .values(date=first + timedelta(days=1))
    )


async def an_extra_reader(connection: Connection) -> None:
    row = await _finished(connection)
    own = select(dossier_units.c.unit_id).where(dossier_units.c.dossier_id == row.id)
    other = await connection.scalar(select(func.min(units.c.id)).where(units.c.id.not_in(own)))
    await connection.run(insert(dossier_units).values(dossier_id=row.id, unit_id=other))


async def a_missing_reader(connection: Connection) -> None:
    row = await _finished(connection)
    await connection.run(delete(dossier_units).where(dossier_units.c.dossier_id == row.id))


async def ordinals_set_back(connection: Connection) -> None:
    await connection.run(update(code_ordinals).values(last=0))


async def a_gap_in_the_ordinals(connection: Connection) -> None:
    await connection.run(update(code_ordinals).values(last=code_ordinals.c.last + 1))


async def another_code(connection: Connection) -> None:
    row = await _finished(connection)
    await connection.run(update(dossiers).where(dossiers.c.id == row.id).values(code="không phải mã"))


async def ordinals_of_a_day_without_codes(connection: Connection) -> None:
    await connection.run(insert(code_ordinals).values(agency_identifier="000.00.44.H17", date=date(2021, 4, 1), last=2))


async def another_officer(connection: Connection) -> None:
    row = await _finished(connection)
    await connection.run(update(dossiers).where(dossiers.c.id == row.id).values(officer="Ai Khác"))


async def details_without_json(connection: Connection) -> None:
    row = await _finished(connection)
    # This index reads the details, so the database itself would refuse them.
    await connection.run(text("DROP INDEX ix_dossiers_another_area"))
    await connection.run(text("UPDATE dossiers SET details = '{\"policy' WHERE id = :id"), id=row.id)


async def entry_data_without_json(connection: Connection) -> None:
    entry = await _receipt(connection)
    await connection.run(text("UPDATE entries SET data = '{' WHERE id = :id"), id=entry.id)


async def flags_without_list(connection: Connection) -> None:
    row = await _finished(connection)
    await connection.run(text("UPDATE dossiers SET flags = 'null' WHERE id = :id"), id=row.id)


TAMPERINGS: dict[Tampering, str] = {
    another_due_date: "due_date",
    another_verdict: "verdict",
    another_procedure: "procedure_id",
    other_details: "details",
    a_deadline_in_journal_and_row_alike: "deadline.due_date",
    another_time_in_the_journal: "received_at",
    a_journal_without_sense: "journal",
    a_missing_entry: "sequences",
    a_backdated_entry_that_hides_it: "changes_from",
    another_text: "text_hash",
    another_applicant: "applicant_hash",
    another_search_hash: "applicant.identity_hash",
    another_folded_name: "applicant.name_folded",
    a_missing_span: "spans",
    an_extra_span: "spans",
    a_longer_span: "spans.to_at",
    another_days_finish: "occurrences.date",
    an_extra_reader: "dossier_units",
    a_missing_reader: "dossier_units",
    ordinals_set_back: "code_ordinals.last",
    a_gap_in_the_ordinals: "codes issued",
    another_code: "code",
    ordinals_of_a_day_without_codes: "codes issued",
    another_officer: "officer",
    details_without_json: "details",
    entry_data_without_json: "data",
    flags_without_list: "flags",
}


def test_data_of_the_service_have_no_difference(simulated_url: str) -> None:
    assert verified(simulated_url) == []


@pytest.mark.parametrize(
    ("tampering", "field"), TAMPERINGS.items(), ids=[tampering.__name__ for tampering in TAMPERINGS]
)
def test_tampering_is_reported(simulated_url: str, tampering: Tampering, field: str) -> None:
    differences = verified(simulated_url, tampering)
    assert field in {item.field for item in differences}
    assert all(item.dossier for item in differences)


@pytest.mark.parametrize("breaking", [details_without_json, entry_data_without_json])
def test_invalid_json_in_one_dossier_does_not_hide_other_differences(simulated_url: str, breaking: Tampering) -> None:
    async def tamper(connection: Connection) -> None:
        await breaking(connection)
        last = await connection.scalar(select(func.max(dossiers.c.id)))
        await connection.run(update(dossiers).where(dossiers.c.id == last).values(channel="nobody"))

    differences = verified(simulated_url, tamper)
    assert {item.field for item in differences} - {"hash", "schema"} == {TAMPERINGS[breaking], "channel"}
    assert len({item.dossier for item in differences if item.field != "schema"}) == 2


def test_a_deleted_dossier_is_reported_by_its_remaining_rows(simulated_url: str) -> None:
    _delete_dossier(simulated_url)
    differences = verified(simulated_url)
    left = {item.field for item in differences if item.dossier.startswith("dossier 4,")}
    assert {
        "entries",
        "applicants",
        "entry_texts",
        "spans",
        "occurrences",
        "dossier_units",
        "externals",
        "participants",
        "payments",
    } == left


def _delete_dossier(url: str) -> None:
    statements = [
        "INSERT INTO externals (system, code, dossier_id) VALUES ('old', '1', 4)",
        "DELETE FROM dossiers WHERE id = 4",
    ]
    if make_url(url).get_backend_name() == "sqlite":
        # SQLite checks foreign keys only if a connection enables them.
        with closing(sqlite3.connect(str(make_url(url).database))) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return

    async def work(database: Database) -> None:
        async with database.writing() as connection:
            keys = (
                "SELECT CAST(CAST(conrelid AS regclass) AS text), conname FROM pg_constraint"
                " WHERE confrelid = CAST('dossiers' AS regclass)"
            )
            for table, name in await connection.all(text(keys)):
                await connection.run(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
            for statement in statements:
                await connection.run(text(statement))

    in_database(url, work)


# --- Texts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def texts_url(seeded_url: str) -> str:
    """A dossier with papers from three entries, an edited summary and a corrected officer."""
    with Client(seeded_url, datetime(2021, 8, 16, 1, 30, tzinfo=UTC)) as client:
        token = client.token("supervisor", "20899")

        def sent(path: str, body: dict[str, Any]) -> Any:
            client.now += timedelta(minutes=5)
            answer = client.post(f"/api/v1/dossiers{path}", body, token=token)
            assert answer.is_success, answer.text
            return answer.json()

        code = sent(
            "",
            {
                "procedure": "1.004837",
                "receiving_unit": "20899",
                "applicant": {"name": "Nguyễn Thị Hoa"},
                "documents": [{"name": "Tờ khai"}],
                "summary": "Đăng ký",
                "officer": "Trần Văn Minh",
                "submit": True,
            },
        )["code"]
        sent(f"/{code}/receive", {"documents": [{"name": "Giấy chứng sinh"}]})
        sent(f"/{code}/take", {"officer": "Lê Thị Lan"})
        sent(f"/{code}/request-supplement", {"reason": "Thiếu", "documents": [{"name": "Hộ khẩu"}]})
        sent(f"/{code}/supplement", {"documents": [{"name": "Hộ khẩu", "form": "certified_copy"}]})
        patched = client.patch(f"/api/v1/dossiers/{code}", {"summary": "Đăng ký giám hộ"}, token=token)
        assert patched.is_success, patched.text
        corrected(client, token, code, sequence=1, changes={"officer": "Không Còn"})
        corrected(client, token, code, sequence=3, changes={"officer": "Lê Thị Liên"})
        # Pending and rejected corrections do not change the officer.
        refused = sent(f"/{code}/correct", {"sequence": 3, "changes": {"officer": "Ai Khác"}, "reason": "Ghi nhầm"})
        sent(f"/{code}/reject-correction", {"sequence": refused["version"], "reason": "Ghi đúng"})
        sent(f"/{code}/correct", {"sequence": 3, "changes": {"officer": "Ai Nữa"}, "reason": "Ghi nhầm"})
        shown = client.get(f"/api/v1/dossiers/{code}", token=token).json()
        assert (len(shown["documents"]), shown["officer"], shown["summary"]) == (3, "Lê Thị Liên", "Đăng ký giám hộ")
    return seeded_url


OTHER_TEXTS: dict[str, Any] = {"officer": "Ai Khác", "documents": [], "summary": "Việc khác"}


def test_texts_agree_with_the_row(texts_url: str) -> None:
    assert verified(texts_url) == []


@pytest.mark.parametrize("name", OTHER_TEXTS)
def test_a_row_that_differs_from_the_texts_is_reported(texts_url: str, name: str) -> None:
    async def tamper(connection: Connection) -> None:
        await connection.run(update(dossiers).values({name: OTHER_TEXTS[name]}))

    assert [item.field for item in verified(texts_url, tamper)] == [name]


def test_edited_papers_replace_earlier_ones(texts_url: str) -> None:
    async def first_papers_only(connection: Connection) -> None:
        papers = [{"name": "Tờ khai", "form": "original", "copies": 1}]
        await connection.run(update(dossiers).values(documents=papers))

    with Client(texts_url, datetime(2021, 8, 17, 1, 30, tzinfo=UTC)) as client:
        token = client.token("supervisor")
        code = client.get("/api/v1/dossiers", token=token).json()["items"][0]["code"]
        patch = {"documents": [{"name": "Đơn"}], "summary": None}
        assert client.patch(f"/api/v1/dossiers/{code}", patch, token=token).is_success
    assert verified(texts_url) == []
    (difference,) = verified(texts_url, first_papers_only)
    assert (difference.field, [item["name"] for item in difference.expected]) == ("documents", ["Đơn"])


def test_values_from_deleted_texts_are_not_compared(texts_url: str) -> None:
    async def purge(connection: Connection) -> None:
        await connection.run(delete(entry_texts))
        await connection.run(update(dossiers).values(OTHER_TEXTS))

    assert {item.field for item in verified(texts_url, purge)} == {"entry_texts"}


def test_a_difference_names_dossier_entry_field_and_both_values(simulated_url: str) -> None:
    differences = verified(simulated_url, a_deadline_in_journal_and_row_alike)
    difference = next(item for item in differences if item.field == "deadline.due_date")
    for part in (
        difference.dossier,
        f"entry {difference.entry}",
        "deadline.due_date",
        difference.expected,
        difference.actual,
    ):
        assert str(part) in str(difference)


def test_a_dossier_with_a_correction_and_a_late_calendar_verifies(seeded_url: str) -> None:
    with Client(seeded_url, datetime(2021, 8, 16, 1, 30, tzinfo=UTC)) as client:
        token, administrator = client.token("supervisor", "20899"), client.token("administrator")
        body = {"procedure": "1.004837", "receiving_unit": "20899", "applicant": {"name": "Nguyễn Thị Hoa"}}
        code = client.post("/api/v1/dossiers", body, token=token).json()["code"]
        calendar = client.get("/api/v1/calendar/2021").json()
        new = {
            "status": "official",
            "decision": "Quyết định trong bài kiểm thử",
            "days_off": [*calendar["days_off"], "2021-08-18"],
            "working_days": calendar["working_days"],
        }
        answer = client.put("/api/v1/calendar/2021", new, token=administrator)
        assert answer.json()["moved"] == 1, answer.text
        client.now += timedelta(hours=2)
        client.post(f"/api/v1/dossiers/{code}/take", {}, token=token)
        client.now += timedelta(days=4)
        done = client.post(f"/api/v1/dossiers/{code}/finish", {"outcome": "granted"}, token=token)
        assert done.json()["verdict"] == "on_time", done.text
        patched = client.patch(f"/api/v1/dossiers/{code}", {"applicant": {"phone": "0905000000"}}, token=token)
        assert patched.status_code == 200, patched.text
        after = corrected(client, token, code, sequence=1, changes={"at": "2021-08-13T08:30:00+07:00"})
        assert after["verdict"] == "late"
        act(client, token, code, "correct", sequence=4, changes={"outcome": "refused", "reason": "x"}, reason="y")
    assert verified(seeded_url) == []


async def a_higher_count(connection: Connection) -> None:
    await connection.run(update(rollup_totals).values(received_counter=rollup_totals.c.received_counter + 1))


async def a_missing_count(connection: Connection) -> None:
    await connection.run(delete(rollup_cells).where(rollup_cells.c.grain == "month"))


async def an_extra_count(connection: Connection) -> None:
    row = {"subject": "step", "grain": "day", "first_date": date(2021, 3, 1), "unit_id": 1, "to_unit_id": 2, "moved": 1}
    await connection.insert(rollup_moves, row)


async def an_extra_increment(connection: Connection) -> None:
    cell = ["dossier", 1, 1, 1, "counter", date(2021, 3, 1).toordinal(), 0, 1]
    await connection.insert(pending_increments, {"size": 1, "content": {"cells": [cell]}})


async def another_time_of_a_late_change(connection: Connection) -> None:
    row = {"dimension": "all", "grain": "day", "first_date": date(2021, 3, 1), "key": 0, "recorded_at": NOW}
    await connection.insert(late_changes, row)


@pytest.mark.parametrize(
    ("tampering", "table"),
    [
        (a_higher_count, "rollup_totals"),
        (a_missing_count, "rollup_cells"),
        (an_extra_count, "rollup_moves"),
        (an_extra_increment, "rollup_totals"),
        (another_time_of_a_late_change, "late_changes"),
    ],
)
def test_a_changed_count_is_reported_and_a_recount_repairs_it(
    simulated_url: str, tampering: Tampering, table: str
) -> None:
    asked = "/api/v1/statistics/on-time?by=commune&from=2021-01-01"
    with Client(simulated_url, NOW) as client:
        received(client, client.token("clerk", "20900"), receiving_unit="20900", at=NOW.isoformat())
        before = client.get(asked).json()
        differences = verified(simulated_url, tampering)
        assert table in {item.dossier.partition(" ")[0] for item in differences}
        assert in_database(simulated_url, recount) == 41
        assert verified(simulated_url) == []
        assert client.get(asked).json() == before


def test_a_recount_rebuilds_spans_and_occurrences(simulated_url: str) -> None:
    async def forget(connection: Connection) -> None:
        await connection.run(delete(spans))
        await connection.run(update(occurrences).values(overdue=True))

    assert verified(simulated_url, forget)
    in_database(simulated_url, recount)
    assert verified(simulated_url) == []


def test_the_command_recounts(simulated_url: str) -> None:
    verified(simulated_url, a_missing_count)
    run = CliRunner().invoke(commands, ["recount"], env={"MOTCUA_DATABASE_URL": simulated_url})
    assert run.exit_code == 0, run.output
    assert "40 dossiers" in run.output
    assert verified(simulated_url) == []


@pytest.mark.usefixtures("written_as_before")
def test_a_migration_from_before_the_rollups_counts_existing_dossiers(simulated_url: str) -> None:
    schema.downgrade(simulated_url, "0002", keys_for(simulated_url))
    schema.upgrade(simulated_url, keys=keys_for(simulated_url))
    with pytest.raises(Unavailable, match="counted again"):
        in_database(simulated_url, require_counted)
    run = CliRunner().invoke(commands, ["migrate"], env={"MOTCUA_DATABASE_URL": simulated_url})
    assert run.exit_code == 0, run.output
    assert "40 dossiers" in run.output
    in_database(simulated_url, require_counted)
    assert verified(simulated_url) == []


async def require_counted(database: Database) -> None:
    async with database.reading() as connection:
        await require_figures(connection)


def test_the_command_succeeds_without_differences(simulated_url: str) -> None:
    end = CliRunner().invoke(commands, ["verify"], env={"MOTCUA_DATABASE_URL": simulated_url})
    assert end.exit_code == 0, end.output


def test_the_command_fails_and_lists_the_differences(simulated_url: str) -> None:
    differences = verified(simulated_url, another_verdict)
    end = CliRunner().invoke(commands, ["verify"], env={"MOTCUA_DATABASE_URL": simulated_url})
    assert end.exit_code == 1
    assert differences[0].dossier in end.output
    assert "verdict" in end.output


# --- Backups and clocks -----------------------------------------------------------------------------------------------


def test_a_backup_is_verified_and_stays_as_it_is(
    tmp_path: Path, sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, file, dump = sqlite_databases.create(), tmp_path / "backup.db", tmp_path / "register.dump"
    seed(url)
    monkeypatch.setenv("MOTCUA_DATABASE_URL", url)
    assert CliRunner().invoke(commands, ["backup", str(file)]).exit_code == 0
    before = file.read_bytes()
    monkeypatch.setenv("MOTCUA_DATABASE_URL", "sqlite:////nowhere/motcua.db")
    end = CliRunner().invoke(commands, ["verify", "--from", str(file)])
    assert (end.exit_code, "No differences" in end.stdout) == (0, True), end.output
    assert (file.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, ["backup.db"])
    with closing(sqlite3.connect(file)) as driver, driver:
        driver.execute("UPDATE units SET name = 'Khác' WHERE id = 2")
    end = CliRunner().invoke(commands, ["verify", "--from", str(file)])
    assert (end.exit_code, "units 2: name is Khác" in end.stderr) == (1, True), end.output
    dump.write_bytes(b"PGDMP")
    end = CliRunner().invoke(commands, ["verify", "--from", str(dump)])
    assert (end.exit_code, "pg_restore" in end.stderr) == (1, True)


def test_a_clock_that_ran_backwards_is_named(app_client: Client, seeded_url: str) -> None:
    clerk = app_client.token("clerk", "20899")
    received(app_client, clerk)
    app_client.now += timedelta(minutes=4)
    received(app_client, clerk)
    app_client.now -= timedelta(minutes=4)
    received(app_client, clerk)
    assert in_database(seeded_url, clock_notes) == []
    app_client.now += timedelta(days=2)
    last = received(app_client, clerk)
    app_client.now -= timedelta(days=2)
    received(app_client, clerk)
    (note,) = [line for line in in_database(seeded_url, clock_notes) if "entries" in line]
    assert last["version"] == 1
    assert note.startswith("A clock ran backwards 1 times along entries. First at entries 5: 2021-08-16")
    assert in_database(seeded_url, verify) == []
