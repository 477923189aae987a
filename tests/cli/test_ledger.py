"""The ledger by command: what it takes over from before it, and what it prints."""

import asyncio
import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, make_url, select

from app.access.service import create_token
from app.database import Database
from app.database.tables import ledger, tokens
from app.domain.hash_chain import START, hash_of
from app.encryption.key_ring import new_key
from tests.conftest import NOW
from tests.support.command_results import Run
from tests.support.database_access import in_database
from tests.support.owner import with_triggers

OF_BEFORE = {"client": "cũ", "role": "clerk", "unit_id": None, "token_hash": "0" * 64, "created_at": NOW}


def written_by_an_older_version(url: str, token_hash: str) -> None:
    def work(connection: Connection) -> None:
        connection.execute(insert(tokens).values(**{**OF_BEFORE, "token_hash": token_hash}))

    with_triggers(url, work)


def test_rows_of_before_the_ledger_are_taken_over_once(motcua: Run, database_url: str) -> None:
    written_by_an_older_version(database_url, "0" * 64)
    assert "tokens 1: row is a row" in motcua("verify", database_url=database_url).stderr
    assert "The ledger took over 1 rows.\n" in motcua("migrate", database_url=database_url).stdout
    end = motcua("verify", database_url=database_url)
    assert (end.returncode, end.stdout.count("The ledger took over 1 rows as they were at")) == (0, 1)
    # From then on a migration takes nothing over.
    written_by_an_older_version(database_url, "1" * 64)
    assert "took over" not in motcua("migrate", database_url=database_url).stdout
    assert "tokens 2: row is a row" in motcua("verify", database_url=database_url).stderr


def test_rows_of_an_older_version_are_taken_over_on_request(motcua: Run, database_url: str) -> None:
    motcua("migrate", database_url=database_url)
    written_by_an_older_version(database_url, "0" * 64)
    assert motcua("ledger", "adopt", database_url=database_url).stdout == "The ledger took over 1 rows.\n"
    assert motcua("ledger", "adopt", database_url=database_url).stdout == "The ledger took over 0 rows.\n"
    end = motcua("verify", database_url=database_url)
    assert (end.returncode, end.stdout.count("The ledger took over 1 rows as they were at")) == (0, 1)


def test_the_list_shows_the_chain(motcua: Run, database_url: str) -> None:
    motcua("token", "create", "--client", "quầy 1", "--role", "clerk", database_url=database_url)
    motcua("token", "revoke", "1", database_url=database_url)
    lines = [json.loads(line) for line in motcua("ledger", "list", database_url=database_url).stdout.splitlines()]
    head = START
    for number, line in enumerate(lines, start=1):
        content = json.loads(line["content"])
        assert (line["number"], content["number"], content["previous"]) == (number, number, head)
        head = hash_of(line["content"])
        assert line["hash"] == head
    later = motcua("ledger", "list", "--after", "1", "--subject", "tokens", database_url=database_url).stdout
    assert [json.loads(line) for line in later.splitlines()] == [
        line for line in lines[1:] if json.loads(line["content"])["subject"] == "tokens"
    ]


def test_concurrent_changes_leave_one_chain(database_url: str) -> None:
    async def work(database: Database) -> list[int]:
        async def create(number: int) -> None:
            async with database.writing() as connection:
                await create_token(connection, client=f"quầy {number}", role="clerk", unit_id=None, now=NOW)

        await asyncio.gather(*(create(number) for number in range(12)))
        async with database.reading() as connection:
            rows = await connection.all(select(ledger.c.number).order_by(ledger.c.number))
        return [row.number for row in rows]

    assert in_database(database_url, work) == list(range(1, 25))


def commands_in(motcua: Run, url: str) -> list[dict[str, Any]]:
    lines = motcua("ledger", "list", "--subject", "command", database_url=url).stdout.splitlines()
    contents = [json.loads(json.loads(line)["content"]) for line in lines]
    assert all((item["type"], item["client"], item["row"]) == ("run", "command line", None) for item in contents)
    return [item["data"] for item in contents]


def test_commands_that_change_the_database_are_recorded(motcua: Run, empty_database_url: str, tmp_path: Path) -> None:
    url, key, new = empty_database_url, new_key(), new_key()
    file, copy = tmp_path / "lines.ndjson", tmp_path / "copy.db"
    file.write_text("", encoding="utf-8")
    for arguments in (("migrate",), ("migrate",), ("recount",), ("purge", "--older-than", "9", "--dry-run")):
        assert motcua(*arguments, database_url=url, keys=key).returncode == 0
    motcua("purge", "--older-than", "9", database_url=url, keys=key)
    motcua("import", str(file), database_url=url, keys=key)
    motcua("keys", "rotate", database_url=url, keys=f"{new} {key}")
    is_file = make_url(url).get_backend_name() == "sqlite"
    if is_file:
        assert motcua("backup", str(copy), database_url=url, keys=f"{new} {key}").returncode == 0
        assert motcua("restore", str(copy), "--force", database_url=url, keys=f"{new} {key}").returncode == 0
    recorded = commands_in(motcua, url)
    expected = ["migrate", "recount", "purge", "key admitted", "import", "keys rotate"]
    assert [item["command"] for item in recorded] == expected + (["backup", "restore"] if is_file else [])
    assert (recorded[0]["from"], recorded[3]["key"]) == (None, key.partition(":")[0])
    assert recorded[4]["file"] == "lines.ndjson"
    assert motcua("verify", database_url=url, keys=new).returncode == 0
