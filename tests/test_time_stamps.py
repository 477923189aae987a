"""Time stamps of seals: asked for, checked and stored; and each changed or foreign one is named."""

import re
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from sqlalchemy import Connection, select, update
from typer.testing import CliRunner

from app.audit.seals.service import seal
from app.audit.verification.difference import Difference
from app.audit.verification.service import notes, verify
from app.cli import commands
from app.database import Database
from app.database.tables import seal_stamps, seals
from app.operations.timestamps import background
from app.operations.timestamps.service import Authority, StampRefused, stamp_newest
from app.settings import Settings, timestamp_roots_of
from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.owner import behind_the_back
from tests.support.time_stamps import TimeStampAuthority, running_authority

HOUR = timedelta(hours=1)
STAMPS = "/api/v1/seals/stamps"


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW) as client:
        yield client


@pytest.fixture
def tsa() -> TimeStampAuthority:
    return TimeStampAuthority("tsa.example.vn", NOW + timedelta(seconds=10))


def grow(client: Client, url: str) -> None:
    """Adds a seal over a new entry."""
    received(client, client.token("clerk", "20899"))

    async def work(database: Database) -> None:
        assert len(await seal(database, client.now)) == 1

    in_database(url, work)


def stamped(url: str, address: str, tsa: TimeStampAuthority, now: datetime) -> bool:
    """Whether one round stored a stamp."""
    authority = Authority(address, [tsa.root], ssl.create_default_context(), HOUR)
    return in_database(url, lambda database: stamp_newest(database, authority, now))


def differences(url: str, tsa: TimeStampAuthority | None, now: datetime = NOW) -> list[Difference]:
    roots = [tsa.root] if tsa else []
    return in_database(url, lambda database: verify(database, now=now, timestamp_roots=roots))


def test_the_newest_seal_is_stamped_once_an_hour_and_an_inspector_can_check_it(
    client: Client, seeded_url: str, tsa: TimeStampAuthority
) -> None:
    with running_authority(tsa) as address:
        assert not stamped(seeded_url, address, tsa, NOW)
        grow(client, seeded_url)
        grow(client, seeded_url)
        unstamped = in_database(seeded_url, lambda database: notes(database, timestamp_roots=[tsa.root]))
        assert "No seal has a time stamp." in unstamped
        assert stamped(seeded_url, address, tsa, NOW)
        assert not stamped(seeded_url, address, tsa, NOW + 2 * HOUR)
        client.now = NOW + 0.5 * HOUR
        grow(client, seeded_url)
        assert not stamped(seeded_url, address, tsa, NOW + 0.9 * HOUR)
        assert tsa.asked == 1
        tsa.time = NOW + 1.1 * HOUR
        assert stamped(seeded_url, address, tsa, NOW + 1.1 * HOUR)
    newest, oldest = client.get(STAMPS).json()["items"]
    assert [newest["seal"], oldest["seal"]] == [3, 2]
    page = client.get(f"{STAMPS}?limit=1").json()
    assert page["items"] == [newest]
    assert client.get(f"{STAMPS}?limit=1&cursor={page['next_cursor']}").json()["items"] == [oldest]
    assert client.get(f"{STAMPS}?covers=1").json() == {"items": [oldest], "next_cursor": None}
    assert client.get(f"{STAMPS}?covers=4").json()["items"] == []
    by_number = {item["number"]: item for item in client.get("/api/v1/seals").json()["items"]}
    response = decode_timestamp_response(b64decode(oldest["response"]))
    verifier = VerifierBuilder().add_root_certificate(tsa.root).build()
    assert verifier.verify_message(response, by_number[2]["content"].encode())
    assert response.tst_info.gen_time == datetime.fromisoformat(oldest["stamped_at"]) == NOW + timedelta(seconds=10)
    assert differences(seeded_url, tsa, NOW + 2 * HOUR) == []
    lines = in_database(seeded_url, lambda database: notes(database, timestamp_roots=[tsa.root]))
    assert "2 time stamps cover the seals up to 3." in lines
    assert "Seal 3 waited longest for a time stamp: 0:36:00." in lines
    assert not [line for line in lines if "not checked" in line]
    unsure = in_database(seeded_url, notes)
    assert "The signatures of the time stamps are not checked: MOTCUA_TIMESTAMP_CA is not set." in unsure


def test_a_wrong_answer_is_refused_and_the_next_round_tries_again(
    client: Client, seeded_url: str, tsa: TimeStampAuthority
) -> None:
    grow(client, seeded_url)
    good = {"time": tsa.time, "digest": None, "status": 200, "body": None}
    other = TimeStampAuthority("other.example.vn", tsa.time)
    changes: dict[str, dict[str, Any]] = {
        "its digest is": {"digest": sha256(b"another seal").digest()},
        "or later": {"time": NOW - HOUR},
        "or earlier": {"time": NOW + HOUR},
        "no stamp can be read": {"body": b"<html>"},
        "Missing SignedData": {"body": bytes.fromhex("30053003020102")},
        "the answer is too long": {"body": bytes(70_000)},
    }
    with running_authority(tsa) as address:
        for reason, change in changes.items():
            vars(tsa).update(good | change)
            with pytest.raises(StampRefused, match=reason):
                stamped(seeded_url, address, tsa, NOW)
        vars(tsa).update(good)
        with pytest.raises(StampRefused, match="its signature is"):
            stamped(seeded_url, address, other, NOW)
        replayed = tsa.answer(tsa.last)
        tsa.body = replayed
        with pytest.raises(StampRefused, match="another request"):
            stamped(seeded_url, address, tsa, NOW)
        vars(tsa).update(good | {"status": 503})
        with pytest.raises(httpx.HTTPStatusError):
            stamped(seeded_url, address, tsa, NOW)
    with pytest.raises(httpx.ConnectError):
        stamped(seeded_url, address, tsa, NOW)
    assert client.get(STAMPS).json()["items"] == []
    vars(tsa).update(good)
    with running_authority(tsa) as address:
        assert stamped(seeded_url, address, tsa, NOW)
    assert differences(seeded_url, tsa) == []


def test_the_service_asks_by_itself_and_logs_and_counts_failures(
    seeded_url: str,
    tsa: TimeStampAuthority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(background, "_PAUSE", 0.02)
    file = tmp_path / "roots.pem"
    file.write_bytes(tsa.root.public_bytes(Encoding.PEM))
    tsa.failures = 2
    with (
        running_authority(tsa) as address,
        Client(seeded_url, NOW, timestamp_url=address, timestamp_ca=str(file)) as client,
    ):
        grow(client, seeded_url)
        # The service works while it answers.
        for _request in range(3000):
            if items := client.get(STAMPS).json()["items"]:
                break
        assert [item["seal"] for item in items] == [1]
        assert re.search(r'motcua_task_failures_total\{.*task="seal_stamps".*\} 2\.0', client.get("/metrics").text)
    lines = [record.getMessage() for record in caplog.records if "seal_stamps: seals get" in record.getMessage()]
    assert len(lines) == 1
    assert tsa.asked == 3


def test_a_changed_or_foreign_stamp_is_named(
    client: Client, seeded_url: str, tsa: TimeStampAuthority, tmp_path: Path
) -> None:
    for _seal in range(2):
        grow(client, seeded_url)
        client.now += 2 * HOUR
    with running_authority(tsa) as address:
        tsa.time = client.now
        assert stamped(seeded_url, address, tsa, client.now)
    other = TimeStampAuthority("other.example.vn", tsa.time)
    assert {item.field for item in differences(seeded_url, other, client.now)} == {"signature"}
    assert differences(seeded_url, None, client.now) == []
    for authority, status in ((tsa, 0), (other, 1)):
        file = tmp_path / "roots.pem"
        file.write_bytes(authority.root.public_bytes(Encoding.PEM))
        environment = {"MOTCUA_DATABASE_URL": seeded_url, "MOTCUA_TIMESTAMP_CA": str(file)}
        end = CliRunner().invoke(commands, ["verify"], env=environment)
        assert (end.exit_code, "stamp of seal 2: signature" in end.output) == (status, status == 1), end.output

    def named(**values: Any) -> set[tuple[str, str]]:
        """The differences while the row of the stamp has these values."""
        kept: dict[str, Any] = {}

        def change(connection: Connection) -> None:
            kept.update(connection.execute(select(seal_stamps)).mappings().one())
            connection.execute(update(seal_stamps).values(**values))

        behind_the_back(seeded_url, change)
        fields = {(item.dossier, item.field) for item in differences(seeded_url, tsa, client.now)}
        behind_the_back(seeded_url, lambda connection: connection.execute(update(seal_stamps).values(**kept)))
        return fields

    stamp = "stamp of seal 2"
    assert named(stamped_at=client.now - HOUR) == {(stamp, "stamped_at")}
    assert named(response="bm8gc3RhbXA=") == {(stamp, "response")}
    assert named(response="no base64!") == {(stamp, "response")}
    assert named(seal=1) == {("stamp of seal 1", "digest")}
    assert named(seal=9) == {("stamp of seal 9", "seal")}
    assert {(item.dossier, item.field) for item in differences(seeded_url, tsa, NOW + HOUR)} >= {(stamp, "time")}

    def date_after_its_stamp(connection: Connection) -> None:
        later = client.now + HOUR
        connection.execute(update(seals).where(seals.c.number == 2).values(sealed_at=later))

    behind_the_back(seeded_url, date_after_its_stamp)
    assert {(item.dossier, item.field) for item in differences(seeded_url, tsa, client.now)} >= {(stamp, "time")}


def test_an_address_of_an_authority_needs_its_certificates(tsa: TimeStampAuthority, tmp_path: Path) -> None:
    file = tmp_path / "tsa.pem"
    file.write_bytes(tsa.root.public_bytes(Encoding.PEM))
    settings = Settings(timestamp_url="https://tsa.example.vn", timestamp_ca=str(file))
    assert timestamp_roots_of(settings) == [tsa.root]
    assert timestamp_roots_of(Settings()) == []
    with pytest.raises(ValidationError, match="MOTCUA_TIMESTAMP_CA"):
        Settings(timestamp_url="https://tsa.example.vn")
    with pytest.raises(ValidationError, match="timestamp_url"):
        Settings(timestamp_url="tsa.example.vn", timestamp_ca=str(file))
    with pytest.raises(ValidationError, match="no readable certificate"):
        Settings(timestamp_ca=str(tmp_path))
