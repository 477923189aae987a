"""The ledger by command: what it takes over from before it, and what it prints."""

import asyncio
import json

from sqlalchemy import Connection, insert, select

from app.access.service import create_token
from app.database import Database
from app.database.tables import ledger, tokens
from app.domain.hash_chain import START, hash_of
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
