"""Hash chain of journals: the hashed content of an entry, and the chain after every kind of write."""

import asyncio
import hashlib
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Text, select, type_coerce
from typer.testing import CliRunner

from app.audit.verification.service import verify
from app.cli import commands
from app.database import Database, json_text, schema
from app.database.tables import dossiers, entries
from app.domain.hash_chain import START, hash_of
from app.dossiers.chain import entry_content
from app.loading.imports.service import import_file
from app.loading.simulation.service import simulate
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, received
from tests.support.client import Client
from tests.support.database_access import keys_for, open_database

instants = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
words = st.text(st.characters(codec="utf-8"))
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
rows = st.fixed_dictionaries(
    {
        "applicant_hash": st.none() | hashes,
        "applicant_number": st.none() | st.integers(1, 9),
        "changes_from": st.none() | instants,
        "client": words,
        "corrects": st.none() | st.integers(1, 9),
        "data": st.dictionaries(words, values, max_size=4),
        "occurred_at": instants,
        "recorded_at": instants,
        "sequence": st.integers(1, 99),
        "text_hash": st.none() | hashes,
        "type": words,
        "unit_id": st.integers(1, 9999),
    }
)


def plain(code: str, previous: str, row: dict[str, Any]) -> str:
    """The content by the description in docs/journal.md, with the encoder of the standard library."""
    shown = {
        name: value for name, value in row.items() if name not in ("id", "dossier_id", "unit_id", "hash", "newest_seal")
    }
    for name in ("changes_from", "occurred_at", "recorded_at"):
        shown[name] = shown[name] and shown[name].replace(microsecond=0).isoformat()
    shown |= {"dossier": code, "form": "motcua-entry-1", "previous": previous, "unit": row["unit_id"]}
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@given(row=rows, code=words, previous=hashes)
def test_the_content_of_an_entry_is_compact_sorted_json_of_all_columns(
    row: dict[str, Any], code: str, previous: str
) -> None:
    expected = plain(code, previous, row)
    content = entry_content(code, previous, {**row, "data": json_text(row["data"])})
    assert content == expected
    assert hash_of(content) == hashlib.sha256(expected.encode()).hexdigest()


def test_an_instant_is_hashed_in_utc_and_to_the_second() -> None:
    at = datetime(2021, 8, 16, 8, 30, 59, 999_999, tzinfo=UTC)
    row = dict.fromkeys(("applicant_hash", "applicant_number", "changes_from", "corrects", "text_hash"))
    row |= {"client": "c", "data": "{}", "sequence": 1, "type": "take", "unit_id": 1}
    local = at.astimezone(tz=None)
    contents = {entry_content("A", START, {**row, "occurred_at": item, "recorded_at": item}) for item in (at, local)}
    (content,) = contents
    assert json.loads(content)["occurred_at"] == "2021-08-16T08:30:59+00:00"


# --- Writers of entries ---------------------------------------------------------------------------------------------


async def chained(database: Database) -> int:
    """The number of entries, after a check of all chains."""
    journals: dict[int, list[Any]] = defaultdict(list)
    async with database.reading() as connection:
        for row in await connection.all(select(entries).order_by(entries.c.dossier_id, entries.c.sequence)):
            journals[row.dossier_id].append(row)
        statement = select(dossiers.c.id, dossiers.c.code, dossiers.c.journal_hash)
        for dossier in await connection.all(statement):
            head = START
            for row in journals[dossier.id]:
                head = hashlib.sha256(plain(dossier.code, head, row._asdict()).encode()).hexdigest()
                assert row.hash == head, (dossier.code, row.sequence)
            assert dossier.journal_hash == head
    return sum(map(len, journals.values()))


def checked(url: str) -> int:
    async def run() -> int:
        database = await open_database(url)
        try:
            assert await verify(database) == []
            return await chained(database)
        finally:
            await database.close()

    return asyncio.run(run())


def test_receipts_actions_edits_and_corrections_continue_the_chain(app_client: Client, seeded_url: str) -> None:
    token = app_client.token("supervisor", "20899", client='Quầy "một cửa" \\ 1')
    path = f"{DOSSIERS}/{received(app_client, token)['code']}"
    for action, sent in (("take", {}), ("request-supplement", {"reason": "Thiếu"}), ("supplement", {})):
        app_client.now += timedelta(hours=1)
        assert app_client.post(f"{path}/{action}", sent, token=token).is_success
    assert app_client.patch(path, {"applicant": {"phone": "0905000000"}}, token=token).is_success
    wrong = {"sequence": 1, "changes": {"at": "2021-08-13T08:30:00+07:00"}, "reason": "Ghi nhầm ngày"}
    assert app_client.post(f"{path}/correct", wrong, token=token).is_success
    assert checked(seeded_url) >= 6


def test_a_calendar_and_a_succession_continue_the_chains_of_moved_dossiers(app_client: Client, seeded_url: str) -> None:
    token, administrator = app_client.token("supervisor"), app_client.token("administrator")
    for _number in range(3):
        received(app_client, token, receiving_unit="515.03", responsible_unit="515.03")
    calendar = app_client.get("/api/v1/calendar/2021").json()
    new = {name: calendar[name] for name in ("status", "decision", "working_days")}
    new["days_off"] = [*calendar["days_off"], "2021-08-18"]
    assert app_client.put("/api/v1/calendar/2021", new, token=administrator).json()["moved"] == 3
    units = app_client.get("/api/v1/units?kind=office&on=2021-08-16").json()["items"]
    gone, heir = (next(item["id"] for item in units if item["code"] == code) for code in ("515.03", "515.02"))
    for unit in (gone, heir):
        assert app_client.patch(f"/api/v1/units/{unit}", {"valid_to": None}, token=administrator).is_success
    moved = app_client.post(f"/api/v1/units/{gone}/succeed", {"into": heir, "on": "2021-08-16"}, token=administrator)
    assert moved.is_success, moved.text
    assert checked(seeded_url) == 9


def test_an_import_for_an_existing_dossier_continues_its_chain(seeded_url: str, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = [
        {"action": "receive", "at": "2021-08-02T08:30:00+07:00"},
        {"action": "take", "at": "2021-08-02T09:30:00+07:00"},
        {"action": "finish", "at": "2021-08-03T09:30:00+07:00", "outcome": "granted"},
        {"action": "return", "at": "2021-08-04T09:30:00+07:00", "received_by": "Nguyễn Thị Hoa"},
    ]
    line = {
        "external": [{"system": "old", "code": "1"}],
        "procedure": "1.004837",
        "receiving_unit": "20899",
        "applicant": {"kind": "person", "name": "Nguyễn Thị Hoa"},
        "channel": "counter",
    }
    file = tmp_path / "lines.ndjson"

    async def load() -> None:
        database = await open_database(seeded_url)
        try:
            for length in (1, 4):
                file.write_text(json.dumps({**line, "events": events[:length]}), encoding="utf-8")
                summary = await import_file(database, file, now=NOW)
                assert not summary.rejected
        finally:
            await database.close()

    asyncio.run(load())
    assert checked(seeded_url) == 4


@pytest.fixture
def simulated_url(seeded_url: str) -> str:
    async def run() -> None:
        database = await open_database(seeded_url)
        try:
            await simulate(database, dossiers=30, start=date(2021, 3, 1), end=date(2021, 3, 31), seed=5, now=NOW)
        finally:
            await database.close()

    asyncio.run(run())
    return seeded_url


def test_a_simulation_writes_chains(simulated_url: str) -> None:
    assert checked(simulated_url) > 60


@pytest.mark.usefixtures("written_as_before")
def test_the_migration_hashes_existing_journals(simulated_url: str) -> None:
    async def read() -> Any:
        database = await open_database(simulated_url)
        try:
            async with database.reading() as connection:
                written = select(entries, type_coerce(entries.c.data, Text()).label("text"))
                heads = select(dossiers.c.id, dossiers.c.journal_hash)
                return [await connection.all(item.order_by("id")) for item in (written, heads)]
        finally:
            await database.close()

    before = asyncio.run(read())
    schema.downgrade(simulated_url, "0005", keys_for(simulated_url))
    migrated = CliRunner().invoke(commands, ["migrate"], env={"MOTCUA_DATABASE_URL": simulated_url})
    assert migrated.exit_code == 0, migrated.output
    assert asyncio.run(read()) == before
    assert checked(simulated_url) == len(before[0])
