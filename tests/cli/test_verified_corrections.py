"""Verification of corrections, from before and after approvals were required."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.database import Connection
from app.database.tables import entries
from app.domain.lifecycle import Action, Entry, replay
from app.dossiers.queries import find, journal
from app.dossiers.recording import record_correction
from app.dossiers.rows import EntryRecord
from app.operations.recount.service import recount
from tests.conftest import NOW
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.database_access import open_database
from tests.support.verification import verified


async def write_one_of_before(url: str, code: str) -> None:
    """A correction of the receipt to an hour earlier, in the form from before approvals were required."""
    database = await open_database(url)
    try:
        async with database.writing() as connection:
            dossier = await find(connection, code)
            (first,) = (entry.entry for entry in await journal(connection, dossier.id))
            earlier = NOW - timedelta(hours=1)
            data = {
                "sequence": 1,
                "changes": {"at": earlier.isoformat()},
                "replaced": {"1": {"occurred_at": earlier.isoformat(), "data": dict(first.data)}},
                "flags": ["corrected"],
            }
            written = [first, Entry(2, Action.CORRECT, NOW, NOW, first.unit, data)]
            after = replace(dossier, state=replay(written))
            record = EntryRecord(written[1], "tests", texts={"reason": "Ghi nhầm"}, corrects=1, changes_from=earlier)
            await record_correction(connection, dossier, after, record, written)
    finally:
        await database.close()


async def recounted(url: str) -> int:
    database = await open_database(url)
    try:
        return await recount(database)
    finally:
        await database.close()


def test_a_correction_from_before_approvals_takes_effect_at_once(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        token = client.token("supervisor", "20899")
        code = received(client, token)["code"]
        asyncio.run(write_one_of_before(seeded_url, code))
        shown = client.get(f"/api/v1/dossiers/{code}", token=token).json()
        assert (shown["received_at"], shown["flags"]) == ("2021-08-16T07:30:00+07:00", ["corrected"])
        assert shown["pending_corrections"] == []
        assert verified(seeded_url) == []
        corrected(client, token, code, sequence=1, changes={"channel": "online"})
        act(client, token, code, "finish", outcome="granted")
        assert verified(seeded_url) == []
        assert asyncio.run(recounted(seeded_url)) == 1
        assert verified(seeded_url) == []


@pytest.fixture
def approved_url(seeded_url: str) -> str:
    """A dossier with an approved and a rejected correction: entries 2 to 5."""
    with Client(seeded_url, NOW) as client:
        token = client.token("supervisor", "20899")
        code = received(client, token)["code"]
        corrected(client, token, code, sequence=1, changes={"channel": "online"})
        act(client, token, code, "correct", sequence=1, changes={"channel": "postal"}, reason="x")
        act(client, token, code, "reject-correction", sequence=4, reason="x")
    return seeded_url


def test_a_void_at_once_by_another_client_is_reported(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        token = client.token("supervisor", "20899")
        code = received(client, token)["code"]
        act(client, token, code, "take")
        act(client, token, code, "void", sequence=2, reason="nhầm")
    assert verified(seeded_url) == []

    async def tamper(connection: Connection) -> None:
        await connection.run(update(entries).where(entries.c.sequence == 3).values({"client": "ai khác"}))

    assert (3, "client") in {(item.entry, item.field) for item in verified(seeded_url, tamper)}


OTHER_DECISIONS: dict[str, tuple[int, dict[str, Any], str]] = {
    "approved by whoever asked": (3, {"client": "tests"}, "client"),
    "asked for by somebody else": (2, {"asked_by": "ai khác"}, "asked_by"),
    "approved with other changes": (3, {"changes": {"channel": "postal"}}, "changes"),
    "rejected what was approved": (5, {"correction": 2}, "correction"),
    "rejected of another entry": (5, {"sequence": 2}, "sequence"),
}


@pytest.mark.parametrize("name", OTHER_DECISIONS)
def test_a_correction_with_an_improper_decision_is_reported(approved_url: str, name: str) -> None:
    sequence, changes, field = OTHER_DECISIONS[name]
    assert verified(approved_url) == []

    async def tamper(connection: Connection) -> None:
        row = await connection.one(select(entries).where(entries.c.sequence == sequence))
        values = changes if "client" in changes else {"data": {**row.data, **changes}}
        await connection.run(update(entries).where(entries.c.id == row.id).values(values))

    assert (sequence, field) in {(item.entry, item.field) for item in verified(approved_url, tamper)}
