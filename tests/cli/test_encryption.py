"""What is sealed: opened by its keys at its place alone, found by its hash, and never lost without a word."""

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
from app.encryption import key_files as finding
from app.encryption.errors import KeysUnusable
from app.encryption.key_files import Keys, key_file
from app.encryption.key_ring import new_key, normalised, parse_key_ring
from tests.conftest import KEYS, NOW
from tests.support.bodies import DOSSIERS, HOA, act, guardianship, receipt, received
from tests.support.client import Client
from tests.support.databases import Databases
from tests.support.ends import End, Run, refused
from tests.support.receivers import running_receiver
from tests.support.reference import seed

NUMBER = HOA["identity_number"]
OTHER = "other:" + new_key().partition(":")[2]


# --- The ring ---------------------------------------------------------------------------------------------------------


def test_what_is_sealed_opens_for_its_place_alone() -> None:
    ring = parse_key_ring(KEYS)
    sealed = ring.encrypt(NUMBER, "applicants/1/1")
    assert NUMBER not in sealed
    assert ring.decrypt(sealed, "applicants/1/1") == NUMBER
    with pytest.raises(KeysUnusable) as refusal:
        ring.decrypt(sealed, "applicants/2/1")
    assert (refusal.value.code, NUMBER in refusal.value.detail) == ("seal_broken", False)


def test_the_same_number_is_never_sealed_alike_and_always_hashed_alike() -> None:
    ring = parse_key_ring(KEYS)
    assert ring.encrypt(NUMBER, "x") != ring.encrypt(NUMBER, "x")
    assert ring.hash(NUMBER) == parse_key_ring(KEYS).hash("049 185-001.234")
    assert ring.hash(NUMBER) != parse_key_ring(OTHER).hash(NUMBER)


@pytest.mark.parametrize(
    ("written", "is_"), [("049 185 001 234", NUMBER), ("ab.12-c", "ab12c"), ("１２３", "123"), ("--", "--")]
)
def test_a_number_is_found_however_it_is_written(written: str, is_: str) -> None:
    assert normalised(written) == is_


def test_the_first_key_seals_and_all_open() -> None:
    old, both = parse_key_ring(KEYS), parse_key_ring(f"{OTHER},{KEYS}")
    assert both.decrypt(old.encrypt(NUMBER, "x"), "x") == NUMBER
    sealed = both.encrypt(NUMBER, "x")
    with pytest.raises(KeysUnusable, match="other") as refusal:
        old.decrypt(sealed, "x")
    assert refusal.value.code == "key_unknown"


@pytest.mark.parametrize("change", [lambda s: s[:-2] + "A=", lambda s: s[:-8], lambda s: s + "é", lambda s: s[:6]])
def test_what_somebody_changed_does_not_open(change: Any) -> None:
    ring = parse_key_ring(KEYS)
    with pytest.raises(KeysUnusable):
        ring.decrypt(change(ring.encrypt(NUMBER, "x")), "x")


def test_a_number_that_was_never_sealed_is_not_repeated_by_the_refusal() -> None:
    with pytest.raises(KeysUnusable) as refusal:
        parse_key_ring(KEYS).decrypt(NUMBER, "x")
    assert (refusal.value.code, NUMBER in refusal.value.detail) == ("seal_broken", False)


@pytest.mark.parametrize("wrong", ["abc", "a:", "a:AAAA", "a b:" + "A" * 44, f"{KEYS},{KEYS}", ":" + "A" * 43 + "="])
def test_what_are_no_keys_is_refused_without_being_repeated(wrong: str) -> None:
    with pytest.raises(KeysUnusable) as refusal:
        parse_key_ring(wrong)
    assert refusal.value.code == "keys_invalid"
    assert "AAAA" not in refusal.value.detail


# --- In the database --------------------------------------------------------------------------------------------------


def everything(url: str) -> str:
    """All that every table holds, as text."""

    def read(connection: Connection) -> str:
        return str([connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables(connection)])

    return schema.in_transaction(url, read)


def tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def test_no_table_holds_an_identity_number_or_what_a_kept_answer_says(seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        answer = client.post(DOSSIERS, guardianship(), token=clerk, headers={"Idempotency-Key": "k-1"})
        client.patch(f"{DOSSIERS}/{answer.json()['code']}", {"applicant": {"phone": "0905"}}, token=clerk)
    held = everything(seeded_url)
    assert NUMBER not in held
    assert '"allowed_actions"' not in held
    if make_url(seeded_url).get_backend_name() == "sqlite":
        assert NUMBER.encode() not in Path(str(make_url(seeded_url).database)).read_bytes()


def test_a_number_is_found_by_search_however_it_is_written(app_client: Client) -> None:
    clerk = app_client.token("clerk", "20899")
    code = received(app_client, clerk)["code"]
    received(app_client, clerk, applicant={"name": "Ai Khác", "identity_number": "049185001235"})
    for written, found in ((NUMBER, [code]), ("049 185 001 234", [code]), ("049185", [])):
        answer = app_client.post(f"{DOSSIERS}/search", {"identity_number": written}, token=clerk)
        assert [one["code"] for one in answer.json()["items"]] == found


def sealed_numbers(url: str) -> list[str]:
    statement = text("SELECT identity_encrypted FROM applicants WHERE identity_encrypted IS NOT NULL")
    return schema.in_transaction(url, lambda connection: list(connection.scalars(statement)))


def test_keys_are_changed_beside_the_running_service_and_old_ones_can_go(motcua: Run, seeded_url: str) -> None:
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
            found = client.post(f"{DOSSIERS}/search", {"identity_number": NUMBER}, token=clerk).json()["items"]
            assert {one["code"] for one in found} == set(codes)
    assert {one.partition(":")[0] for one in sealed_numbers(seeded_url)} == {"other"}
    with Client(seeded_url, NOW, keys=OTHER) as client:
        assert client.get("/readyz").is_success
        assert client.get(f"{DOSSIERS}/{codes[0]}", token=clerk).json()["applicant"]["identity_number"] == NUMBER
        assert client.post(DOSSIERS, guardianship(), token=clerk, headers=sent).content == first.content
    assert motcua("verify", database_url=seeded_url, keys=OTHER).returncode == 0


def test_webhooks_are_signed_as_before_once_the_keys_were_changed(motcua: Run, seeded_url: str) -> None:
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
    (one,) = receiver.got
    signed = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.".encode() + one.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert one.headers["webhook-signature"] == f"v1,{expected}"


def test_a_change_of_keys_that_ended_half_way_goes_on(motcua: Run, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        for _ in range(3):
            received(client, clerk)
    held = sealed_numbers(seeded_url)[2]
    _set_sealed(seeded_url, held, "tests:broken")
    both = f"{OTHER},{KEYS}"
    refused(motcua("keys", "rotate", database_url=seeded_url, keys=both), 1, "seal_broken")
    assert len({one.partition(":")[0] for one in sealed_numbers(seeded_url)}) == 1, "a batch is whole or not at all"
    _set_sealed(seeded_url, "tests:broken", held)
    assert motcua("keys", "rotate", database_url=seeded_url, keys=both).stdout.startswith("3 identity numbers")


def _set_sealed(url: str, old: str, new: str) -> None:
    statement = text("UPDATE applicants SET identity_encrypted = :new WHERE identity_encrypted = :old")
    schema.in_transaction(url, lambda connection: connection.execute(statement, {"old": old, "new": new}))


def test_verify_finds_a_number_put_in_the_place_of_another(motcua: Run, seeded_url: str) -> None:
    with Client(seeded_url, NOW) as client:
        clerk = client.token("clerk", "20899")
        received(client, clerk)
        received(client, clerk, applicant={"name": "Ai Khác", "identity_number": "1"})
    one, other = sealed_numbers(seeded_url)
    _set_sealed(seeded_url, one, other)
    end = motcua("verify", database_url=seeded_url)
    assert end.returncode == 1
    assert "identity_encrypted" in end.stderr


@pytest.mark.parametrize(
    ("keys", "code"),
    [(OTHER, "key_unknown"), ("tests:" + new_key().partition(":")[2], "key_differs")],
    ids=["another id", "another key"],
)
def test_wrong_keys_are_told_and_nothing_is_written_with_them(
    motcua: Run, seeded_url: str, keys: str, code: str
) -> None:
    with Client(seeded_url, NOW) as client:
        made = received(client, client.token("clerk", "20899"))["code"]
    assert motcua("verify", database_url=seeded_url).returncode == 0  # from now on the key is known
    simulate = ("simulate", "--dossiers", "1", "--from", "2021-03-01", "--to", "2021-03-01")
    for command in (("serve",), ("verify",), simulate, ("keys", "rotate")):
        refused(motcua(*command, database_url=seeded_url, keys=keys), 1, code)
    with Client(seeded_url, NOW, keys=keys) as client:
        for path in ("/readyz", f"{DOSSIERS}/{made}"):
            answer = client.get(path, token=client.token("clerk", "20899"))
            assert answer.status_code == 503
        assert client.get(f"/api/v1/lookup/{made}").is_success
    assert len(sealed_numbers(seeded_url)) == 1


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


def test_keys_that_are_none_are_refused_without_being_shown(motcua: Run, seeded_url: str) -> None:
    end = motcua("verify", database_url=seeded_url, keys="k1:c2VjcmV0")
    refused(end, 2, "MOTCUA_KEYS")
    assert "c2VjcmV0" not in end.stderr


def test_a_new_key_is_printed_and_can_be_used(motcua: Run) -> None:
    printed = [motcua("keys", "new").stdout for _ in range(2)]
    assert len(set(printed)) == 2
    assert all(len(parse_key_ring(one).keys) == 1 for one in printed)


# --- The key file beside an SQLite database ---------------------------------------------------------------------------


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


def test_without_the_setting_a_key_file_is_made_once_for_its_owner_alone(
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
    assert [one.name for one in file.parent.iterdir() if "key" in one.name] == ["motcua.db.key"]


def test_a_key_file_that_was_lost_is_missed_and_not_made_anew(motcua: Run, file: Path) -> None:
    simulated(motcua, file)
    made = key_file(file)
    aside = made.rename(made.with_name("aside"))
    refused(motcua("verify", database_url=f"sqlite:///{file}"), 1, str(made), "keys_needed")
    assert not made.exists()
    aside.rename(made)
    assert motcua("verify", database_url=f"sqlite:///{file}").returncode == 0


def test_who_starts_while_another_makes_the_key_file_uses_that(
    motcua: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(motcua, file)
    made = key_file(file)
    held, aside = made.read_text(encoding="ascii"), made.rename(made.with_name("aside"))

    def has_keys(database: Path) -> bool:
        aside.rename(key_file(database))  # between the look for the file and the look into the database
        return True

    monkeypatch.setattr(finding, "_has_keys", has_keys)
    assert Keys(f"sqlite:///{file}").ring.keys[0].check == parse_key_ring(held).keys[0].check


def test_the_migration_seals_what_is_there_and_opens_it_again(seeded_url: str) -> None:
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
        found = client.post(f"{DOSSIERS}/search", {"identity_number": NUMBER}, token=clerk).json()["items"]
        assert len(found) == 1


def test_a_migration_that_needs_keys_and_has_none_changes_nothing(file: Path) -> None:
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


def test_a_printed_rating_key_holds_when_the_keys_of_the_register_are_changed(motcua: Run, seeded_url: str) -> None:
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
