"""Encryption of personal data: key ring, key file, rotation and errors."""

import base64
import hmac
import logging
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, make_url, text

from app.database import schema
from app.encryption import key_files
from app.encryption.errors import KeysUnusable
from app.encryption.key_files import Keys, key_file
from app.encryption.key_ring import new_key, normalised, parse_key_ring
from tests.conftest import KEYS, NOW
from tests.support.bodies import DOSSIERS, HOA, act, guardianship, receipt, received
from tests.support.client import Client
from tests.support.command_results import End, Run, refused
from tests.support.databases import Databases
from tests.support.receivers import running_receiver
from tests.support.reference import seed

NUMBER = HOA["identity_number"]
OTHER = "other:" + new_key().partition(":")[2]


# --- The key ring ---------------------------------------------------------------------------------------------------


def test_an_encrypted_value_is_decrypted_for_its_place_only() -> None:
    ring = parse_key_ring(KEYS)
    encrypted = ring.encrypt(NUMBER, "applicants/1/1")
    assert NUMBER not in encrypted
    assert ring.decrypt(encrypted, "applicants/1/1") == NUMBER
    with pytest.raises(KeysUnusable) as refusal:
        ring.decrypt(encrypted, "applicants/2/1")
    assert (refusal.value.code, NUMBER in refusal.value.detail) == ("seal_broken", False)


def test_the_same_number_has_different_ciphertexts_and_one_hash() -> None:
    ring = parse_key_ring(KEYS)
    assert ring.encrypt(NUMBER, "x") != ring.encrypt(NUMBER, "x")
    assert ring.hash(NUMBER) == parse_key_ring(KEYS).hash("049 185-001.234")
    assert ring.hash(NUMBER) != parse_key_ring(OTHER).hash(NUMBER)


@pytest.mark.parametrize(
    ("written", "is_"), [("049 185 001 234", NUMBER), ("ab.12-c", "ab12c"), ("１２３", "123"), ("--", "--")]
)
def test_a_number_is_normalised_for_the_hash(written: str, is_: str) -> None:
    assert normalised(written) == is_


def test_the_first_key_encrypts_and_all_keys_decrypt() -> None:
    old, both = parse_key_ring(KEYS), parse_key_ring(f"{OTHER},{KEYS}")
    assert both.decrypt(old.encrypt(NUMBER, "x"), "x") == NUMBER
    encrypted = both.encrypt(NUMBER, "x")
    with pytest.raises(KeysUnusable, match="other") as refusal:
        old.decrypt(encrypted, "x")
    assert refusal.value.code == "key_unknown"


@pytest.mark.parametrize("change", [lambda s: s[:-2] + "A=", lambda s: s[:-8], lambda s: s + "é", lambda s: s[:6]])
def test_a_changed_ciphertext_cannot_be_decrypted(change: Any) -> None:
    ring = parse_key_ring(KEYS)
    with pytest.raises(KeysUnusable):
        ring.decrypt(change(ring.encrypt(NUMBER, "x")), "x")


def test_the_error_does_not_quote_a_plain_number() -> None:
    with pytest.raises(KeysUnusable) as refusal:
        parse_key_ring(KEYS).decrypt(NUMBER, "x")
    assert (refusal.value.code, NUMBER in refusal.value.detail) == ("seal_broken", False)


@pytest.mark.parametrize("wrong", ["abc", "a:", "a:AAAA", "a b:" + "A" * 44, f"{KEYS},{KEYS}", ":" + "A" * 43 + "="])
def test_malformed_keys_are_refused_without_quoting_them(wrong: str) -> None:
    with pytest.raises(KeysUnusable) as refusal:
        parse_key_ring(wrong)
    assert refusal.value.code == "keys_invalid"
    assert "AAAA" not in refusal.value.detail


# --- In the database ------------------------------------------------------------------------------------------------


def everything(url: str) -> str:
    """The content of every table as text."""

    def read(connection: Connection) -> str:
        content = (connection.execute(text(f'SELECT * FROM "{name}"')) for name in tables(connection))
        # The text of a row leaves out the middle of long values, the text of a tuple does not.
        return str([[tuple(row) for row in rows] for rows in content])

    return schema.in_transaction(url, read)


def tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def test_no_table_has_an_identity_number_or_a_stored_response_in_plain_text(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        answer = client.post(DOSSIERS, guardianship(), token=clerk, headers={"Idempotency-Key": "k-1"})
        client.patch(f"{DOSSIERS}/{answer.json()['code']}", {"applicant": {"phone": "0905"}}, token=clerk)
    content = everything(seeded_url)
    assert NUMBER not in content
    assert '"allowed_actions"' not in content
    if make_url(seeded_url).get_backend_name() == "sqlite":
        assert NUMBER.encode() not in Path(str(make_url(seeded_url).database)).read_bytes()


def test_a_search_finds_a_number_in_any_notation(app_client: Client) -> None:
    clerk = app_client.token("clerk", "20899")
    code = received(app_client, clerk)["code"]
    received(app_client, clerk, applicant={"name": "Ai Khác", "identity_number": "049185001235"})
    for written, expected in ((NUMBER, [code]), ("049 185 001 234", [code]), ("049185", [])):
        answer = app_client.post(f"{DOSSIERS}/search", {"identity_number": written}, token=clerk)
        assert [item["code"] for item in answer.json()["items"]] == expected


def encrypted_numbers(url: str, table: str = "applicants") -> list[str]:
    statement = text(f"SELECT identity_encrypted FROM {table} WHERE identity_encrypted IS NOT NULL")
    return schema.in_transaction(url, lambda connection: list(connection.scalars(statement)))


def test_keys_are_rotated_while_the_service_runs_and_old_keys_can_be_removed(motcua: Run, seeded_url: str) -> None:
    both = f"{OTHER},{KEYS}"
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        codes = [received(client, clerk)["code"] for _ in range(3)]
        sent = {"Idempotency-Key": "k-1"}
        first = client.post(DOSSIERS, guardianship(), token=clerk, headers=sent)
    with Client(seeded_url, NOW, keys=both) as client:
        codes.append(first.json()["code"])
        codes.append(received(client, clerk)["code"])
        for done in (4, 0):
            end = motcua("keys", "rotate", database_url=seeded_url, keys=both)
            assert end.stdout == f"{done} identity numbers and {int(done > 0)} stored responses were re-encrypted.\n"
            items = client.post(f"{DOSSIERS}/search", {"identity_number": NUMBER}, token=clerk).json()["items"]
            assert {item["code"] for item in items} == set(codes)
    assert {encrypted_number.partition(":")[0] for encrypted_number in encrypted_numbers(seeded_url)} == {"other"}
    with Client(seeded_url, NOW, keys=OTHER) as client:
        assert client.get("/readyz").is_success
        assert client.get(f"{DOSSIERS}/{codes[0]}", token=clerk).json()["applicant"]["identity_number"] == NUMBER
        assert client.post(DOSSIERS, guardianship(), token=clerk, headers=sent).content == first.content
    assert motcua("verify", database_url=seeded_url, keys=OTHER).returncode == 0


def test_numbers_of_people_who_hand_in_are_rotated_too(motcua: Run, seeded_url: str) -> None:
    agent = {"name": "Nguyễn Văn Nam", "identity_number": "049080005678", "authority": "Giấy ủy quyền số 12"}
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        codes = [received(client, clerk, handed_in_by=agent)["code"] for _ in range(3)]
    end = motcua("keys", "rotate", database_url=seeded_url, keys=f"{OTHER},{KEYS}")
    assert end.stdout == "6 identity numbers and 0 stored responses were re-encrypted.\n"
    assert {number.partition(":")[0] for number in encrypted_numbers(seeded_url, "participants")} == {"other"}
    with Client(seeded_url, NOW, keys=OTHER) as client:
        items = client.post(f"{DOSSIERS}/search", {"identity_number": "049080005678"}, token=clerk).json()["items"]
        assert {item["code"] for item in items} == set(codes)
        entry = client.get(f"{DOSSIERS}/{codes[0]}/journal", token=clerk).json()["items"][0]
        assert entry["data"]["handed_in_by"] == agent
    assert motcua("verify", database_url=seeded_url, keys=OTHER).returncode == 0


def test_webhook_signatures_stay_the_same_after_a_rotation(motcua: Run, seeded_url: str) -> None:
    hooks, reached = "/api/v1/webhooks", {"webhook_networks": "127.0.0.0/8", "outbox_worker": False}
    with running_receiver() as receiver:
        with Client(seeded_url, NOW, **reached) as client:
            supervisor = client.token("supervisor")
            secret = client.post(hooks, {"url": receiver.url}, token=supervisor).json()["secret"]
        assert secret not in everything(seeded_url)
        assert motcua("keys", "rotate", database_url=seeded_url, keys=f"{OTHER},{KEYS}").returncode == 0
        with Client(seeded_url, NOW, keys=OTHER, **reached) as client:
            received(client, supervisor)
            client.work_off()
    (request,) = receiver.got
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_an_interrupted_rotation_continues(motcua: Run, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        for _ in range(3):
            received(client, clerk)
    third = encrypted_numbers(seeded_url)[2]
    _replace_number(seeded_url, third, "tests:broken")
    both = f"{OTHER},{KEYS}"
    refused(motcua("keys", "rotate", database_url=seeded_url, keys=both), 1, "seal_broken")
    assert len({encrypted_number.partition(":")[0] for encrypted_number in encrypted_numbers(seeded_url)}) == 1, (
        "no batch is half-written"
    )
    _replace_number(seeded_url, "tests:broken", third)
    assert motcua("keys", "rotate", database_url=seeded_url, keys=both).stdout.startswith("3 identity numbers")


def _replace_number(url: str, old: str, new: str) -> None:
    statement = text("UPDATE applicants SET identity_encrypted = :new WHERE identity_encrypted = :old")
    schema.in_transaction(url, lambda connection: connection.execute(statement, {"old": old, "new": new}))


def test_verify_reports_a_number_moved_to_another_row(motcua: Run, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        received(client, clerk)
        received(client, clerk, applicant={"name": "Ai Khác", "identity_number": "1"})
    first, other = encrypted_numbers(seeded_url)
    _replace_number(seeded_url, first, other)
    end = motcua("verify", database_url=seeded_url)
    assert end.returncode == 1
    assert "identity_encrypted" in end.stderr


@pytest.mark.parametrize(
    ("keys", "code"),
    [(OTHER, "key_unknown"), ("tests:" + new_key().partition(":")[2], "key_differs")],
    ids=["another id", "another key"],
)
def test_wrong_keys_are_reported_and_nothing_is_written_with_them(
    motcua: Run, seeded_url: str, keys: str, code: str
) -> None:
    with Client(seeded_url, NOW) as client:
        made = received(client, client.token("clerk", "20899"))["code"]
    assert motcua("verify", database_url=seeded_url).returncode == 0  # registers the key
    simulate = ("simulate", "--dossiers", "1", "--from", "2021-03-01", "--to", "2021-03-01")
    for command in (("serve",), ("verify",), simulate, ("keys", "rotate")):
        refused(motcua(*command, database_url=seeded_url, keys=keys), 1, code)
    with Client(seeded_url, NOW, keys=keys) as client:
        for path in ("/readyz", f"{DOSSIERS}/{made}"):
            answer = client.get(path, token=client.token("clerk", "20899"))
            assert answer.status_code == 503
        assert client.get(f"/api/v1/lookup/{made}").is_success
    assert len(encrypted_numbers(seeded_url)) == 1


def test_postgresql_without_keys_is_refused_in_one_line(
    motcua: Run, postgresql_databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MOTCUA_KEYS")
    url = postgresql_databases.create()
    try:
        seed(url)
        (tmp_path / "none.ndjson").write_text("", encoding="utf-8")
        simulate = ("simulate", "--dossiers", "1", "--from", "2021-03-01", "--to", "2021-03-01")
        for command in (("serve",), ("import", str(tmp_path / "none.ndjson")), simulate):
            end = motcua(*command, database_url=url)
            refused(end, 1, "MOTCUA_KEYS", "motcua keys new")
            assert end.stderr.count("\n") == 1
    finally:
        postgresql_databases.drop(url)


def test_malformed_keys_in_the_setting_are_refused_without_showing_them(motcua: Run, seeded_url: str) -> None:
    end = motcua("verify", database_url=seeded_url, keys="k1:c2VjcmV0")
    refused(end, 2, "MOTCUA_KEYS")
    assert "c2VjcmV0" not in end.stderr


def test_a_new_key_is_printed_and_can_be_used(motcua: Run) -> None:
    printed = [motcua("keys", "new").stdout for _ in range(2)]
    assert len(set(printed)) == 2
    assert all(len(parse_key_ring(item).keys) == 1 for item in printed)


# --- The key file of an SQLite database -----------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database without a setting for its keys."""
    monkeypatch.delenv("MOTCUA_KEYS")
    path = tmp_path / "motcua.db"
    seed(f"sqlite:///{path}")
    return path


def simulated(motcua: Run, file: Path) -> End:
    simulate = ("simulate", "--dossiers", "3", "--from", "2021-03-01", "--to", "2021-03-31")
    return motcua(*simulate, database_url=f"sqlite:///{file}")


def test_without_the_setting_a_key_file_is_made_once_readable_by_its_owner_only(
    motcua: Run, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert simulated(motcua, file).returncode == 0
    made = key_file(file)
    assert str(made) in caplog.text
    held = made.read_text(encoding="ascii")
    assert held.partition(":")[2].strip() not in caplog.text
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert simulated(motcua, file).returncode == 0
    assert made.read_text(encoding="ascii") == held
    assert motcua("verify", database_url=f"sqlite:///{file}").returncode == 0
    assert [path.name for path in file.parent.iterdir() if "key" in path.name] == ["motcua.db.key"]


def test_a_lost_key_file_is_reported_and_not_replaced(motcua: Run, file: Path) -> None:
    simulated(motcua, file)
    made = key_file(file)
    aside = made.rename(made.with_name("aside"))
    refused(motcua("verify", database_url=f"sqlite:///{file}"), 1, str(made), "keys_needed")
    assert not made.exists()
    aside.rename(made)
    assert motcua("verify", database_url=f"sqlite:///{file}").returncode == 0


def test_a_process_uses_the_key_file_that_another_made_at_the_same_time(
    motcua: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(motcua, file)
    made = key_file(file)
    held, aside = made.read_text(encoding="ascii"), made.rename(made.with_name("aside"))

    def has_encrypted_values(database: Path) -> bool:
        aside.rename(key_file(database))  # between the two reads of the file
        return True

    monkeypatch.setattr(key_files, "_has_encrypted_values", has_encrypted_values)
    assert Keys(f"sqlite:///{file}").ring.keys[0].check == parse_key_ring(held).keys[0].check


def test_the_migration_encrypts_existing_data_and_decrypts_them_again(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        sent = {"Idempotency-Key": "k-1"}
        first = client.post(DOSSIERS, guardianship(), token=clerk, headers=sent)
    keys = Keys(seeded_url, KEYS)
    schema.downgrade(seeded_url, "0011", keys)
    plain = everything(seeded_url)
    assert NUMBER in plain
    assert "allowed_actions" in plain
    schema.upgrade(seeded_url, keys=keys)
    assert NUMBER not in everything(seeded_url)
    with Client(seeded_url, NOW) as client:
        assert client.post(DOSSIERS, guardianship(), token=clerk, headers=sent).content == first.content
        items = client.post(f"{DOSSIERS}/search", {"identity_number": NUMBER}, token=clerk).json()["items"]
        assert len(items) == 1


def test_a_migration_without_the_keys_it_needs_changes_nothing(file: Path) -> None:
    url = f"sqlite:///{file}"
    with Client(url, NOW) as client:
        received(client, client.token("clerk", "20899"))
    schema.downgrade(url, "0011")
    schema.upgrade(url)
    key_file(file).unlink()
    with pytest.raises(KeysUnusable):
        schema.downgrade(url, "0011")
    assert schema.current(url) == schema.head()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM applicants WHERE identity_encrypted IS NULL").fetchone() == (0,)


def test_a_printed_rating_key_remains_valid_after_a_rotation(motcua: Run, seeded_url: str) -> None:
    both = f"{OTHER},{KEYS}"
    with Client(seeded_url, NOW) as client:
        clerk = client.token("supervisor", "20899")
        made = receipt(client, clerk)
        act(client, clerk, made["code"], "finish", outcome="granted")
        act(client, clerk, made["code"], "return", received_by="Nguyễn Thị Hoa", how="counter")
    secret = text("SELECT encrypted FROM rating_secret")
    before = schema.in_transaction(seeded_url, lambda connection: connection.scalar(secret))
    assert motcua("keys", "rotate", database_url=seeded_url, keys=both).returncode == 0
    after = schema.in_transaction(seeded_url, lambda connection: connection.scalar(secret))
    assert (before.partition(":")[0], after.partition(":")[0]) == ("tests", "other")
    with Client(seeded_url, NOW, keys=OTHER) as client:
        body = {"key": made["rating_key"], "score": 5}
        assert client.post(f"/api/v1/lookup/{made['code']}/rating", body).status_code == 200
