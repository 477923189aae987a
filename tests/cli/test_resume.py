"""Resuming a register after a restore to a moment: no code, message or token of the lost time is used twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.database import Database, tables
from app.notifications.outbox.messages import OutboxMessage, put
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.command_results import Run, refused
from tests.support.database_access import in_database
from tests.support.databases import Databases

# The register is restored to this moment.
AFTER = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
RESTORED = "2021-08-16T08:30:00"
LATER = AFTER + timedelta(hours=3)
OTHER_UNIT = {"receiving_unit": "20900"}
DAY_BEFORE = {"at": "2021-08-13T15:00:00+07:00"}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run at `LATER`."""
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def restored(seeded_url: str, databases: Databases) -> Iterator[tuple[str, set[str]]]:
    """A register as it was at `AFTER`, and the codes that were given after it."""
    with Client(seeded_url, AFTER) as client:
        clerk = client.token("clerk")
        for _ in range(2):
            received(client, clerk)
    copy = databases.create(seeded_url)
    try:
        with Client(seeded_url, LATER) as client:
            given = [{}, {}, OTHER_UNIT, DAY_BEFORE]
            lost = {received(client, client.token("clerk"), **changes)["code"] for changes in given}
        yield copy, lost
    finally:
        databases.drop(copy)


def codes_after(url: str, **changes: Any) -> set[str]:
    """Codes that the register gives now, at each unit and date that the lost ones have."""
    with Client(url, LATER) as client:
        clerk = client.token("clerk")
        given = [changes, {**changes, **OTHER_UNIT}, {**changes, **DAY_BEFORE}] * 3
        return {received(client, clerk, **body)["code"] for body in given}


def test_a_restored_register_that_is_not_resumed_gives_codes_twice(restored: tuple[str, set[str]]) -> None:
    url, lost = restored
    assert codes_after(url) & lost


def test_after_a_resumption_no_code_is_given_twice(motcua: Run, restored: tuple[str, set[str]]) -> None:
    url, lost = restored
    end = motcua("resume", "--after", RESTORED, database_url=url)
    assert (end.returncode, end.stderr) == (0, "")
    codes = codes_after(url)
    assert not codes & lost
    assert "000.31.15.H47-210816-10003" in codes
    verified = motcua("verify", database_url=url)
    assert verified.returncode == 0, verified.stderr
    assert "restored to 2021-08-16 08:30:00 and resumed at 2021-08-16 11:30:00, after entry 2" in verified.stdout


def test_each_further_resumption_lifts_the_codes_once_more(motcua: Run, restored: tuple[str, set[str]]) -> None:
    url, _lost = restored
    for _ in range(2):
        assert motcua("resume", "--after", RESTORED, "--margin", "50", "--force", database_url=url).returncode == 0
    assert "000.31.15.H47-210816-0103" in codes_after(url)
    assert motcua("verify", database_url=url).returncode == 0


def test_an_import_after_a_resumption_sets_no_ordinal_back(
    motcua: Run, restored: tuple[str, set[str]], tmp_path: Path
) -> None:
    url, lost = restored
    assert motcua("resume", "--after", RESTORED, database_url=url).returncode == 0
    end = motcua("simulate", "--dossiers", "3", "--from", "2021-08-12", "--to", "2021-08-12", database_url=url)
    assert end.returncode == 0, end.stderr
    assert not codes_after(url) & lost
    assert motcua("verify", database_url=url).returncode == 0

    async def ordinals(database: Database) -> list[int]:
        async with database.reading() as connection:
            day = tables.code_ordinals.c.date == date(2021, 8, 12)
            return [row.last for row in await connection.all(select(tables.code_ordinals.c.last).where(day))]

    assert min(in_database(url, ordinals)) > 10_000


def test_a_missing_lift_is_a_difference(motcua: Run, restored: tuple[str, set[str]]) -> None:
    url, _lost = restored
    assert motcua("resume", "--after", RESTORED, database_url=url).returncode == 0

    async def set_back(database: Database) -> None:
        async with database.writing() as connection:
            await connection.run(tables.code_ordinals.update().values(last=2))

    in_database(url, set_back)
    refused_verify = motcua("verify", database_url=url)
    assert refused_verify.returncode == 1
    assert "code_ordinals.last is 2, but should be 10000" in refused_verify.stderr


def test_known_codes_are_listed_and_raise_a_margin_that_is_too_low(
    motcua: Run, restored: tuple[str, set[str]], tmp_path: Path
) -> None:
    url, lost = restored
    known = tmp_path / "codes.txt"
    lines = [*sorted(lost), "000.31.15.H47-210816-0001", "000.31.15.h47 – 210816 – 0042"]
    known.write_text("\n".join(lines), encoding="utf-8")
    end = motcua("resume", "--after", RESTORED, "--margin", "0", "--codes", str(known), database_url=url)
    assert end.returncode == 0, end.stderr
    assert "Codes that the register lacks: 5." in end.stdout
    assert "  000.31.15.H47-210816-0042" in end.stdout
    assert "40 higher on each day up to 2021-08-17" in end.stdout
    assert "000.31.15.H47-210816-0043" in codes_after(url)


def test_every_token_that_is_not_named_is_revoked(motcua: Run, seeded_url: str, tmp_path: Path) -> None:
    create = ("token", "create", "--role", "clerk", "--unit", "20900", "--client")
    for client in ("first", "second", "third", "fourth"):
        assert motcua(*create, client, database_url=seeded_url).returncode == 0
    kept = tmp_path / "tokens.txt"
    listed = motcua("token", "list", "--active", database_url=seeded_url).stdout.splitlines()
    lines = [listed[0], listed[1], listed[2].replace("second", "another"), "77  lost  clerk"]
    kept.write_text("\n".join(lines), encoding="utf-8")
    keep = ("--keep-token", "3", "--tokens", str(kept))
    end = motcua("resume", "--after", RESTORED, *keep, database_url=seeded_url)
    assert end.returncode == 0, end.stderr
    assert "Tokens revoked: 2; kept: 2.\n  2 second (clerk)\n  4 fourth (clerk)" in end.stdout
    assert "Tokens that the register lacks: 2.\n  2 another\n  77 lost" in end.stdout
    rows = motcua("token", "list", "--active", database_url=seeded_url).stdout.splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["first", "third"]


def test_a_seal_kept_outside_that_the_register_lacks_is_listed(
    motcua: Run, seeded_url: str, databases: Databases, tmp_path: Path
) -> None:
    kept = tmp_path / "seals.ndjson"
    with Client(seeded_url, AFTER) as client:
        received(client, client.token("clerk"))
    first = motcua("seal", database_url=seeded_url).stdout
    copy = databases.create(seeded_url)
    try:
        with Client(seeded_url, AFTER) as client:
            received(client, client.token("clerk"))
        kept.write_text(first + motcua("seal", database_url=seeded_url).stdout, encoding="utf-8")
        end = motcua("resume", "--after", RESTORED, "--seals", str(kept), database_url=copy)
        assert end.returncode == 0, end.stderr
        assert "Seals that the register lacks or has otherwise: 1.\n  seal 2 " in end.stdout
    finally:
        databases.drop(copy)


def test_messages_after_a_resumption_have_ids_that_receivers_do_not_know(motcua: Run, seeded_url: str) -> None:
    async def put_and_read(database: Database) -> list[str]:
        message = OutboxMessage(
            occasion="notice:7:1", channel="gateway", kind="x", recipient="applicant", data={}, next_at=LATER
        )
        async with database.writing() as connection:
            await put(connection, [message, message], LATER)
        async with database.reading() as connection:
            return [row.occasion for row in await connection.all(select(tables.outbox).order_by(tables.outbox.c.id))]

    assert in_database(seeded_url, put_and_read) == ["notice:7:1"]
    end = motcua("resume", "--after", RESTORED, database_url=seeded_url)
    assert "Messages by gateway that will be sent, some for the second time: 1." in end.stdout
    assert in_database(seeded_url, put_and_read) == ["notice:7:1", "notice:7:1:r1"]


def test_a_register_that_went_on_is_not_resumed_by_mistake(motcua: Run, restored: tuple[str, set[str]]) -> None:
    url, _lost = restored
    with Client(url, LATER) as client:
        received(client, client.token("clerk"))
    refused(motcua("resume", "--after", RESTORED, database_url=url), 1, "records_after", "--force")
    refused(motcua("resume", "--after", "2021-08-16T12:00", database_url=url), 1, "after_in_future")
    assert motcua("resume", "--after", "2021-08-16T04:30:00Z", database_url=url).returncode == 0
    refused(motcua("resume", "--after", "2021-08-16T11:30", database_url=url), 1, "resumed_already")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--after", "yesterday"), "time_invalid"),
        (("--after", RESTORED, "--keep-token", "99"), "unknown_token"),
        (("--after", RESTORED, "--margin", "99000", "--codes", "HIGH"), "margin_too_high"),
        (("--after", RESTORED, "--codes", "BAD"), "codes_unreadable"),
        (("--after", RESTORED, "--tokens", "BAD"), "tokens_unreadable"),
    ],
)
def test_a_resumption_with_a_fault_changes_nothing(
    motcua: Run, seeded_url: str, tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    (tmp_path / "HIGH").write_text("000.31.15.H47-210816-99999\n", encoding="utf-8")
    (tmp_path / "BAD").write_text("neither\n", encoding="utf-8")
    with Client(seeded_url, AFTER) as client:
        received(client, client.token("clerk"))
    given = [str(tmp_path / text) if text in ("HIGH", "BAD") else text for text in arguments]
    refused(motcua("resume", *given, database_url=seeded_url), 1, word)
    assert "restored" not in motcua("verify", database_url=seeded_url).stdout


def test_a_register_at_another_place_waits_until_it_is_resumed(motcua: Run, restored: tuple[str, set[str]]) -> None:
    url, _lost = restored
    elsewhere = update(tables.reference_state).values(place="restored")

    async def move(database: Database) -> None:
        async with database.writing() as connection:
            await connection.run(elsewhere)

    in_database(url, move)
    with Client(url, LATER) as client:
        token = client.token("supervisor")
        answer = client.get("/api/v1/dossiers", token=token)
        assert (answer.status_code, answer.json()["code"]) == (503, "register_restored")
        assert client.get("/readyz").status_code == 503
    assert motcua("resume", "--after", RESTORED, database_url=url).returncode == 0
    with Client(url, LATER) as client:
        assert client.get("/readyz").status_code == 200
        revoked = client.get("/api/v1/dossiers", token=token)
        assert (revoked.status_code, revoked.json()["code"]) == (401, "token_revoked")
        received(client, client.token("clerk"))
