"""The tree of seals: signed checkpoints, keys, and proofs between seals, as others' tools check them."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from app.audit.seals.service import seal
from app.audit.seals.tree import Checkpoint, parse_checkpoint
from app.cli import commands
from app.database import Database
from app.domain.growing_tree import includes, is_consistent
from app.domain.merkle import leaf
from app.encryption.signed_notes import (
    COSIGNATURE,
    new_signer,
    parse_signer,
    parse_verifier,
    split_note,
)
from tests.conftest import NOW
from tests.support.bodies import act, received
from tests.support.client import Client
from tests.support.database_access import in_database

SEALS = "/api/v1/seals"
KEY = new_signer("motcua.example.vn/seals")

# The example of the specification (C2SP).
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def sealed(client: Client, url: str, number: int) -> None:
    """Makes so many seals, each over a new entry."""
    token = client.token("clerk", "20899")
    code = received(client, token)["code"]

    async def seal_now(database: Database) -> None:
        assert len(await seal(database, client.now)) == 1

    for turn in range(number):
        client.now += timedelta(minutes=5)
        act(client, token, code, "forward", to_unit="515.03" if turn % 2 == 0 else "20899")
        in_database(url, seal_now)


# --- Notes ----------------------------------------------------------------------------------------------------------


def test_a_note_has_the_form_of_the_specification() -> None:
    text, _lines = split_note(EXAMPLE)
    checkpoint = parse_checkpoint(text)
    assert checkpoint is not None
    assert (checkpoint.origin, checkpoint.size, checkpoint.text) == ("example.com/behind-the-sofa", 20852163, text)
    assert parse_checkpoint(EXAMPLE) is None
    note = KEY.sign(Checkpoint(KEY.name, 3, bytes(32)).text)
    body, line = split_note(note)
    assert body == f"motcua.example.vn/seals\n3\n{base64.b64encode(bytes(32)).decode()}\n"
    assert line.startswith("— motcua.example.vn/seals ")
    assert base64.b64decode(line.split()[2])[:4] == KEY.verifier().id


def test_keys_are_read_as_they_were_written_and_damaged_ones_are_refused() -> None:
    assert parse_signer(str(KEY)).verifier() == KEY.verifier()
    for kind in (1, COSIGNATURE):
        text = str(KEY.verifier(kind))
        assert parse_verifier(text) == KEY.verifier(kind)
        for damaged in (text[:-1], text.replace("motcua", "motcub"), "motcua", f"{text}AA", text.replace("+", " ")):
            with pytest.raises(ValueError, match="key"):
                parse_verifier(damaged)
    for damaged in (str(KEY)[:-2] + "AA", str(KEY).removeprefix("PRIVATE+KEY+")):
        with pytest.raises(ValueError, match="key"):
            parse_signer(damaged)
    with pytest.raises(ValueError, match="name"):
        new_signer("motcua example")


def test_signatures_of_other_keys_and_changed_texts_are_refused() -> None:
    note = KEY.sign("a\n1\n")
    other = new_signer(KEY.name)
    assert KEY.verifier().signed(note)
    assert not KEY.verifier().signed(note.replace("1", "2", 1))
    assert not other.verifier().signed(note)
    _text, wrong = split_note(KEY.sign("b\n"))
    assert not KEY.verifier().signed(note + wrong)
    assert not KEY.verifier().signed("a\n1\n")


def test_a_cosignature_has_its_time_beside_other_signatures() -> None:
    witness = new_signer("witness.example.vn")
    at = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
    note = KEY.sign("a\n1\n")
    cosigned = note + witness.cosignature(note, at)
    assert KEY.verifier().signed(cosigned)
    assert witness.verifier(COSIGNATURE).cosigned_at(cosigned) == int(at.timestamp())
    assert witness.verifier(COSIGNATURE).cosigned_at(note) is None
    assert witness.verifier(COSIGNATURE).cosigned_at(cosigned.replace("a\n1", "a\n2")) is None
    assert not witness.verifier().signed(cosigned)


def test_the_command_prints_a_key_with_its_public_keys() -> None:
    end = CliRunner().invoke(commands, ["seal-key", "motcua.example.vn/seals"])
    private, public, witness = (line.partition("=")[2] or line.partition(": ")[2] for line in end.stdout.splitlines())
    signer = parse_signer(private)
    assert (str(signer.verifier()), str(signer.verifier(COSIGNATURE))) == (public, witness)
    assert CliRunner().invoke(commands, ["seal-key", "with blank"]).exit_code == 2


# --- HTTP -----------------------------------------------------------------------------------------------------------


def test_checkpoints_and_proofs_agree_with_the_seals(seeded_url: str) -> None:
    with Client(seeded_url, NOW, seal_key=str(KEY)) as client:
        assert client.get(f"{SEALS}/checkpoint").json()["code"] == "unknown_seal"
        sealed(client, seeded_url, 5)
        hashes = {item["number"]: item["hash"] for item in client.get(SEALS).json()["items"]}
        roots = {}
        for size in range(1, 6):
            answer = client.get(f"{SEALS}/checkpoint?size={size}")
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert KEY.verifier().signed(answer.text)
            checkpoint = parse_checkpoint(split_note(answer.text)[0])
            assert checkpoint is not None
            assert (checkpoint.origin, checkpoint.size) == (KEY.name, size)
            roots[size] = checkpoint.root
        assert client.get(f"{SEALS}/checkpoint").text == answer.text
        for old in range(1, 6):
            proof = client.get(f"{SEALS}/consistency?old={old}").json()
            path = [bytes.fromhex(item) for item in proof["hashes"]]
            assert is_consistent(old, roots[old], 5, roots[5], path)
            assert (proof["old_root"], proof["new_root"]) == (roots[old].hex(), roots[5].hex())
            inclusion = client.get(f"{SEALS}/{old}/inclusion").json()
            path = [bytes.fromhex(item) for item in inclusion["hashes"]]
            assert inclusion["leaf"] == leaf(hashes[old].encode()).hex()
            assert includes(roots[5], 5, bytes.fromhex(inclusion["leaf"]), old - 1, path)
        keys = client.get(f"{SEALS}/keys").json()
        assert parse_verifier(keys["verifier_key"]) == KEY.verifier()
        assert parse_verifier(keys["witness_key"]) == KEY.verifier(COSIGNATURE)
        for path_of_fault, status, code in (
            ("consistency?old=6", 404, "unknown_seal"),
            ("consistency?old=4&new=3", 422, "seal_sizes"),
            ("6/inclusion", 404, "unknown_seal"),
            ("checkpoint?size=6", 404, "unknown_seal"),
        ):
            fault = client.get(f"{SEALS}/{path_of_fault}")
            assert (fault.status_code, fault.json()["code"]) == (status, code)


def test_a_register_without_a_key_signs_nothing_and_proves_all_the_same(app_client: Client, seeded_url: str) -> None:
    sealed(app_client, seeded_url, 2)
    for path in ("checkpoint", "keys"):
        answer = app_client.get(f"{SEALS}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_seal_key")
    assert app_client.get(f"{SEALS}/consistency?old=1").status_code == 200
