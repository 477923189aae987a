"""PostgreSQL restored to a moment between two receipts of one agency, from a base backup and the archived log."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from app import clock
from app.cli import commands
from tests.conftest import KEYS
from tests.support.bodies import DOSSIERS, guardianship
from tests.support.client import Client
from tests.support.command_results import End
from tests.support.databases import PostgresDatabases
from tests.support.postgres import Restored, Server, folder_of_servers
from tests.support.reference import seed

BACKUP = Path(__file__).resolve().parents[1] / "deploy" / "systemd" / "motcua-backup"
OTHER_KEYS = "others:dGVzdHMgb25seSwgbm8gc2VjcmV0IG9mIG5vYm9keSE="


@pytest.fixture
def archive() -> Iterator[Path]:
    with folder_of_servers() as folder:
        yield folder


def plain(url: str) -> str:
    """The URL for PostgreSQL's own programs."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def ask(url: str, statement: str) -> str:
    """The value of one statement."""

    async def run() -> str:
        connection = await asyncpg.connect(plain(url))
        try:
            return str(await connection.fetchval(statement))
        finally:
            await connection.close()

    return asyncio.run(run())


def receive(url: str, number: int) -> list[str]:
    """The codes of new receipts at one counter, dated now."""
    body = guardianship(receiving_unit="20900")
    del body["at"]
    with Client(url, clock.now()) as client:
        answers = [client.post(DOSSIERS, body, token=client.token("clerk")) for _ in range(number)]
    assert [answer.status_code for answer in answers] == [201] * number, answers[0].text
    return [answer.json()["code"] for answer in answers]


def motcua(url: str, *arguments: str, keys: str = KEYS) -> End:
    """The end of a command on the register."""
    end = CliRunner().invoke(commands, arguments, env={"MOTCUA_DATABASE_URL": url, "MOTCUA_KEYS": keys})
    return End(end.exit_code, end.stdout, end.stderr)


def wait_until_archived(server: Server) -> None:
    """Ends the present file of the log, and waits for its copy."""
    last = ask(server.url, "SELECT pg_walfile_name(pg_switch_wal())")
    for _attempt in range(600):
        if ask(server.url, "SELECT last_archived_wal FROM pg_stat_archiver") >= last:
            return
        time.sleep(0.05)
    raise AssertionError(f"{last} was not archived")


def lose_receipts(archive: Path, kept_seals: Path) -> tuple[str, str, list[str], list[str]]:
    """The name of the database, the moment, and the codes before and after it. The server is lost at the end."""
    archiving = {"archive_mode": "on", "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/%f"}
    with Server(archiving) as server:
        url = PostgresDatabases(server.url).create()
        seed(url)
        script = shutil.copy(BACKUP, archive)
        shutil.chown(script, archive.stat().st_uid)
        server.run_command(
            [script],
            MOTCUA_DATABASE_URL=url,
            MOTCUA_BACKUPS=f"{archive}/backups",
            MOTCUA_WAL=str(archive),
            PGHOST=str(make_url(url).query["host"]),
            PGUSER="postgres",
        )
        before = receive(url, 1)
        seals = motcua(url, "seal").stdout
        time.sleep(1.1)
        moment = ask(url, "SELECT clock_timestamp()")
        time.sleep(1.1)
        after = receive(url, 3)
        kept_seals.write_text(seals + motcua(url, "seal").stdout, encoding="utf-8")
        wait_until_archived(server)
    return str(make_url(url).database), moment, before, after


def test_a_restore_to_a_moment_between_two_receipts_gives_no_code_twice(archive: Path, tmp_path: Path) -> None:
    kept_seals = tmp_path / "seals.ndjson"
    name, moment, before, lost = lose_receipts(archive, kept_seals)
    target = {
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
    }
    (base,) = (archive / "backups").iterdir()
    with Restored(base, target) as server:
        url = make_url(server.url).set(database=name).render_as_string(hide_password=False)
        assert ask(url, "SELECT string_agg(code, ' ') FROM dossiers") == before[0]

        # The kept seals show the loss. Without the keys the register is not resumed.
        verified = motcua(url, "verify", "--seals", str(kept_seals))
        assert (verified.returncode, "seal 2: hash of the saved seal" in verified.stderr) == (1, True)
        resume = ("resume", "--after", moment, "--seals", str(kept_seals))
        assert motcua(url, *resume, keys=OTHER_KEYS).returncode == 1
        resumed = motcua(url, *resume)
        assert resumed.returncode == 0, resumed.stderr
        assert "Seals that the register lacks or has otherwise: 1." in resumed.stdout

        assert not {*receive(url, 4)} & {*before, *lost}
        verified = motcua(url, "verify")
        assert verified.returncode == 0, verified.stderr
        assert "resumed at" in verified.stdout
