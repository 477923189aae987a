"""Backups: complete while writers continue, and never restored from a damaged file."""

import asyncio
import fcntl
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.database import schema
from app.loading.simulation.service import simulate
from app.operations.backups.backup import take
from tests.support.bodies import DOSSIERS, guardianship, received
from tests.support.client import Client
from tests.support.command_results import Run, refused
from tests.support.database_access import open_database
from tests.support.live import live_server
from tests.support.reference import seed

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)

Tampering = Callable[[Path], object]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with some dossiers, never changed."""
    file = tmp_path_factory.mktemp("original") / "motcua.db"
    seed(f"sqlite:///{file}")
    asyncio.run(_simulate(f"sqlite:///{file}"))
    return file


async def _simulate(url: str) -> None:
    database = await open_database(url)
    try:
        start, end = date(2021, 3, 1), date(2021, 6, 30)
        await simulate(database, dossiers=30, start=start, end=end, seed=7, now=NOW)
    finally:
        await database.close()


@pytest.fixture
def database(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "motcua.db"))


@pytest.fixture
def backup(motcua: Run, database: Path) -> Path:
    """An intact backup of `database`."""
    file = database.with_name("kept.db")
    end = motcua("backup", str(file), database_url=f"sqlite:///{database}")
    assert end.returncode == 0, end.stderr
    return file


@pytest.fixture
def seeded_file(tmp_path: Path) -> Path:
    file = tmp_path / "live.db"
    seed(f"sqlite:///{file}")
    return file


def rows(file: Path, table: str = "dossiers") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


def run_sql(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


# --- Backup ---------------------------------------------------------------------------------------------------------


def test_a_backup_is_one_file_with_all_rows_readable_by_its_owner_only(database: Path, backup: Path) -> None:
    assert rows(backup) == rows(database)
    assert rows(backup, "entries") == rows(database, "entries")
    assert backup.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in backup.parent.iterdir()) == ["kept.db", "motcua.db"]


def test_backups_during_writes_have_complete_transactions(seeded_file: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    taken: list[Path] = []

    def take_repeatedly() -> None:
        while not stop.is_set():
            file = tmp_path / f"backup-{len(taken)}.db"
            take(seeded_file, file, force=False)
            taken.append(file)

    thread = threading.Thread(target=take_repeatedly)
    with Client(f"sqlite:///{seeded_file}", NOW) as client:
        clerk = client.token("clerk", "20899")
        thread.start()
        try:
            written = 0
            while len(taken) < 4 and thread.is_alive():
                received(client, clerk)
                written += 1
        finally:
            stop.set()
            thread.join()
    counts = []
    for file in taken:
        dossiers, entries = len(rows(file)), len(rows(file, "entries"))
        assert dossiers == entries == len(rows(file, "applicants"))
        counts.append(dossiers)
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= written
    assert counts[0] < counts[-1], "no write between two backups"


def test_a_backup_overwrites_a_file_only_with_force(motcua: Run, database: Path, backup: Path) -> None:
    backup.write_text("kept")
    url = f"sqlite:///{database}"
    refused(motcua("backup", str(backup), database_url=url), 1, "--force", "file_exists")
    assert backup.read_text() == "kept"
    assert motcua("backup", str(backup), "--force", database_url=url).returncode == 0
    assert rows(backup) == rows(database)


def test_a_backup_never_overwrites_the_database_itself(motcua: Run, database: Path) -> None:
    end = motcua("backup", str(database), "--force", database_url=f"sqlite:///{database}")
    refused(end, 1, "the database itself")


def test_a_failed_backup_leaves_no_file(motcua: Run, database: Path) -> None:
    run_sql(database, "DROP TRIGGER entries_refuse_delete")
    end = motcua("backup", str(database.with_name("kept.db")), database_url=f"sqlite:///{database}")
    refused(end, 1, "entries_refuse_delete", "backup_bad")
    assert [path.name for path in database.parent.iterdir()] == ["motcua.db"]


def test_what_a_killed_backup_left_is_removed_by_the_next_one_and_a_running_one_stays(
    motcua: Run, database: Path
) -> None:
    left, running = (database.with_name(f".old.db.{name}.motcua.part") for name in ("left", "running"))
    for path in (left, left.with_name(f"{left.name}-journal"), running):
        path.write_text("Nguyễn Thị Hoa")
    with running.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        end = motcua("backup", str(database.with_name("kept.db")), database_url=f"sqlite:///{database}")
    assert end.returncode == 0, end.stderr
    assert sorted(path.name for path in database.parent.glob(".*")) == [running.name]


def test_a_new_database_is_for_its_owner_only_and_an_open_one_is_named(
    motcua: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "new.db"
    url = f"sqlite:///{file}"
    assert motcua("migrate", database_url=url).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with Client(url, NOW):
        assert [mode(path) for path in (file, Path(f"{file}-wal"))] == ["0o644", "0o644"]
    assert f"{file} has the mode 0644" in caplog.text


def mode(file: Path) -> str:
    return oct(file.stat().st_mode & 0o777)


def test_with_postgresql_the_commands_name_its_own_tools(motcua: Run, tmp_path: Path) -> None:
    url = "postgresql://motcua:geheim@db.example:5433/register"
    (tmp_path / "x").touch()
    end = motcua("backup", str(tmp_path / "x"), database_url=url)
    refused(end, 1, "pg_dump --format=custom", "--dbname=postgresql://motcua@db.example:5433/register")
    assert "geheim" not in end.stderr
    end = motcua("restore", str(tmp_path / "x"), database_url=url)
    refused(end, 1, "pg_restore --single-transaction", "motcua verify")
    assert "geheim" not in end.stderr


# --- Restore --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--verify"]], ids=["checked", "replayed"])
def test_the_service_runs_on_a_restored_backup(motcua: Run, database: Path, backup: Path, options: list[str]) -> None:
    new = database.with_name("new.db")
    end = motcua("restore", str(backup), *options, database_url=f"sqlite:///{new}")
    assert end.returncode == 0, end.stderr
    assert str(schema.head()) in end.stdout
    assert rows(new) == rows(database)
    assert motcua("verify", database_url=f"sqlite:///{new}").returncode == 0
    with Client(f"sqlite:///{new}", NOW) as client:
        body = guardianship()
        refused_receipt = client.post(DOSSIERS, body, token=client.token("clerk", "20899"))
        assert (refused_receipt.status_code, refused_receipt.json()["code"]) == (503, "register_restored")
        assert client.get("/readyz").json()["code"] == "register_restored"
    assert motcua("resume", "--after", "2026-01-01T00:00:00", database_url=f"sqlite:///{new}").returncode == 0
    with Client(f"sqlite:///{new}", NOW) as client:
        received(client, client.token("clerk", "20899"))


def test_an_existing_database_is_replaced_only_with_force(motcua: Run, database: Path, backup: Path) -> None:
    url = f"sqlite:///{database}"
    before = rows(database)
    with Client(url, NOW) as client:
        received(client, client.token("clerk", "20899"))
    refused(motcua("restore", str(backup), database_url=url), 1, "--force", "file_exists")
    assert len(rows(database)) == len(before) + 1
    assert motcua("restore", str(backup), "--force", database_url=url).returncode == 0
    assert rows(database) == before


def test_the_log_of_the_old_database_is_not_applied_to_the_restored_one(
    motcua: Run, database: Path, backup: Path, tmp_path: Path
) -> None:
    crashed = tmp_path / "crashed.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE dossiers SET summary = 'changed'")
        connection.commit()
        # As after a crash: the change is only in the log.
        for suffix in ("", "-wal"):
            shutil.copy(f"{database}{suffix}", f"{crashed}{suffix}")
    assert Path(f"{crashed}-wal").stat().st_size
    assert motcua("restore", str(backup), "--force", database_url=f"sqlite:///{crashed}").returncode == 0
    assert rows(crashed) == rows(backup)
    # Also if only the log of the old database is left.
    crashed.unlink()
    Path(f"{crashed}-wal").write_bytes(b"log")
    refused(motcua("restore", str(backup), database_url=f"sqlite:///{crashed}"), 1, "--force")
    assert motcua("restore", str(backup), "--force", database_url=f"sqlite:///{crashed}").returncode == 0
    assert rows(crashed) == rows(backup)


def test_a_database_in_use_is_not_replaced(motcua: Run, seeded_file: Path, backup: Path, tmp_path: Path) -> None:
    with Client(f"sqlite:///{seeded_file}", NOW) as client:
        clerk = client.token("clerk", "20899")
        end = motcua("restore", str(backup), "--force", database_url=f"sqlite:///{seeded_file}")
        refused(end, 1, "stop the service", "database_in_use")
        received(client, clerk)
    assert len(rows(seeded_file)) == 1
    assert not list(tmp_path.glob("*.part*")) + list(tmp_path.glob(".*.part*"))


def test_a_damaged_database_is_replaced_by_a_backup(motcua: Run, database: Path, backup: Path) -> None:
    database.write_bytes(b"not a database" * 1000)
    assert motcua("restore", str(backup), "--force", database_url=f"sqlite:///{database}").returncode == 0
    assert rows(database) == rows(backup)


def overwrite(file: Path, share: float, content: bytes) -> None:
    whole = bytearray(file.read_bytes())
    place = int(len(whole) * share)
    whole[place : place + len(content)] = content
    file.write_bytes(whole)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def newer(file: Path) -> None:
    run_sql(file, "UPDATE alembic_version SET version_num = '9999'")


def weakened(file: Path) -> None:
    run_sql(
        file,
        "DROP TRIGGER entries_refuse_update",
        "CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries BEGIN SELECT 1; END",
    )


DAMAGES: dict[str, tuple[Tampering, str]] = {
    "empty": (lambda file: file.write_bytes(b""), "not a database of this service"),
    "text": (lambda file: file.write_bytes(b"PGDMP" * 5000), "not a database"),
    "truncated": (truncate, "backup_bad"),
    "overwritten": (lambda file: overwrite(file, 0.5, b"\xff" * 20_000), "SQLite"),
    "of another program": (lambda file: run_sql(file, "DROP TABLE alembic_version"), "not a database of this service"),
    "of a later version": (newer, "9999"),
    "a broken foreign key": (lambda file: run_sql(file, "DELETE FROM units"), "foreign keys"),
    "a missing trigger": (lambda file: run_sql(file, "DROP TRIGGER entries_refuse_update"), "entries_refuse_update"),
    "a changed trigger": (weakened, "were changed"),
    "with a log file": (lambda file: Path(f"{file}-wal").write_bytes(b"log"), "in use"),
}


@pytest.mark.parametrize(("tamper", "word"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_refused_and_the_database_is_unchanged(
    motcua: Run, database: Path, backup: Path, tamper: Tampering, word: str
) -> None:
    tamper(backup)
    before = database.read_bytes()
    refused(motcua("restore", str(backup), "--force", database_url=f"sqlite:///{database}"), 1, word, "backup_bad")
    assert database.read_bytes() == before
    new = database.with_name("new.db")
    refused(motcua("restore", str(backup), database_url=f"sqlite:///{new}"), 1, word)
    assert not new.exists()
    assert not list(database.parent.glob(".*.part*"))


def test_a_backup_in_conflict_with_its_journals_is_refused_with_verify(
    motcua: Run, database: Path, backup: Path
) -> None:
    run_sql(backup, "UPDATE dossiers SET status = 'withdrawn' WHERE id = (SELECT min(id) FROM dossiers)")
    new = database.with_name("new.db")
    url = f"sqlite:///{new}"
    end = motcua("restore", str(backup), "--verify", database_url=url)
    assert end.returncode == 1
    assert "status" in end.stderr
    assert "backup_bad" in end.stderr
    assert not new.exists()


def test_a_backup_of_an_earlier_version_is_restored_and_migrated(motcua: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    schema.upgrade(f"sqlite:///{old}", "0002")
    url = f"sqlite:///{new}"
    refused(motcua("restore", str(old), "--verify", database_url=url), 1, "motcua migrate")
    end = motcua("restore", str(old), database_url=url)
    assert end.returncode == 0, end.stderr
    assert "motcua migrate" in end.stdout
    assert motcua("migrate", database_url=url).returncode == 0


def test_a_backup_of_a_running_service_is_restored(
    motcua: Run,
    seeded_file: Path,
    tmp_path: Path,
) -> None:
    file = tmp_path / "kept.db"
    with live_server(f"sqlite:///{seeded_file}"):
        assert motcua("backup", str(file), database_url=f"sqlite:///{seeded_file}").returncode == 0
        end = motcua("restore", str(file), "--force", database_url=f"sqlite:///{seeded_file}")
        refused(end, 1, "stop the service")
    assert motcua("restore", str(file), "--force", database_url=f"sqlite:///{seeded_file}").returncode == 0
