"""Codes of other systems: one code in every spelling, found everywhere, changed later, and free after an annulment."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from app.audit.verification.check_externals import twin_notes
from app.database import Connection as Database
from app.database import schema
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS, act, guardianship, receipt, received
from tests.support.client import BARE, Client
from tests.support.database_access import in_database
from tests.support.verification import verified

CODE = "G22.99-261125-0009"
LOOKUP = "/api/v1/lookup"
SPELLINGS = [
    CODE,
    "g22.99-261125-0009",
    "G22.99–261125–0009",
    "G22.99 - 261125 - 0009",
    "\u00a0G22.99\u2011261125\u22120009 ",
    "Mã hồ sơ: G22.99-261125-0009.",
    "“g22.99-261125-0009”",
]


def external(code: str, system: str = "dvcqg") -> list[dict[str, str]]:
    return [{"system": system, "code": code}]


@pytest.fixture
def clerk(app_client: Client) -> str:
    return app_client.token("clerk", "20899")


@pytest.fixture
def dossier(app_client: Client, clerk: str) -> str:
    received(app_client, clerk)
    return str(received(app_client, clerk, external=external(CODE))["code"])


def sent(client: Client, token: str, code: str, system: str = "dvcqg") -> httpx.Response:
    return client.post(DOSSIERS, guardianship(external=external(code, system)), token=token)


def patched(client: Client, token: str, code: str, *externals: str) -> httpx.Response:
    body = {"external": [{"system": "dvcqg", "code": other} for other in externals]}
    return client.patch(f"{DOSSIERS}/{code}", body, token=token)


@pytest.mark.parametrize("spelling", SPELLINGS[:5])
def test_another_spelling_of_a_code_is_refused(app_client: Client, clerk: str, dossier: str, spelling: str) -> None:
    problem = sent(app_client, clerk, spelling).json()
    assert (problem["code"], problem["dossier"]) == ("external_known", dossier)


@pytest.mark.parametrize("system", ["DVCQG", "dvc qg"])
def test_another_spelling_of_the_system_is_refused_too(
    app_client: Client, clerk: str, dossier: str, system: str
) -> None:
    assert sent(app_client, clerk, CODE, system).json()["dossier"] == dossier


def test_the_same_code_of_another_system_is_another_code(app_client: Client, clerk: str, dossier: str) -> None:
    assert sent(app_client, clerk, CODE, "vneid").status_code == 201


def test_two_spellings_in_one_body_are_the_same_code_twice(app_client: Client, clerk: str) -> None:
    body = guardianship(external=[*external("AB-1"), *external("ab–1")])
    assert app_client.post(DOSSIERS, body, token=clerk).json()["code"] == "external_twice"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_finds_the_dossier_everywhere(
    app_client: Client, clerk: str, dossier: str, spelling: str
) -> None:
    listed = app_client.get(DOSSIERS, params={"q": spelling}, token=clerk).json()["items"]
    found = app_client.post(f"{DOSSIERS}/search", {"q": spelling}, token=clerk).json()["items"]
    assert [item["code"] for item in [*listed, *found]] == [dossier, dossier]
    public = app_client.get(f"{LOOKUP}/{spelling}", headers=BARE)
    assert (public.status_code, public.json()["code"]) == (200, dossier)


@pytest.mark.parametrize("code", [CODE, "HS 00012/2026", "a1b2c3d4e5"])
def test_the_public_pages_show_the_dossier_by_the_code(app_client: Client, clerk: str, code: str) -> None:
    own = received(app_client, clerk, external=external(code))["code"]
    address = app_client.get("/d", params={"code": code.lower()}).headers["location"]
    page = app_client.get(address)
    assert page.status_code == 200
    assert own in page.text


def test_the_public_sees_no_more_than_by_the_own_code(app_client: Client, dossier: str) -> None:
    by_own, by_other = (app_client.get(f"{LOOKUP}/{code}", headers=BARE) for code in (dossier, CODE))
    assert by_own.json() == by_other.json()
    assert "G22.99" not in by_other.text


def test_unknown_codes_of_other_systems_count_as_misses(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_rate=0, lookup_misses=3) as client:
        answers = [client.get(f"{LOOKUP}/XY-{number:06d}").status_code for number in range(5)]
    assert answers == [404, 404, 404, 404, 429]


def test_a_code_is_added_and_changed_later_with_an_entry(seeded_url: str, app_client: Client, clerk: str) -> None:
    code = received(app_client, clerk)["code"]
    assert patched(app_client, clerk, code, "A-1").json()["external"] == external("A-1")
    assert patched(app_client, clerk, code, "A-2").json()["external"] == external("A-2")
    assert app_client.get(f"{LOOKUP}/A-1").status_code == 404
    assert app_client.get(f"{LOOKUP}/a–2").json()["code"] == code
    journal = app_client.get(f"{DOSSIERS}/{code}/journal", token=clerk).json()["items"]
    assert [entry["type"] for entry in journal] == ["receive", "particulars", "particulars"]
    assert journal[2]["data"]["fields"] == ["external"]
    assert journal[2]["data"]["external"] == external("A-2")
    assert patched(app_client, clerk, code).json()["external"] == []
    assert verified(seeded_url) == []


def test_the_same_codes_again_are_no_change(app_client: Client, clerk: str, dossier: str) -> None:
    assert patched(app_client, clerk, dossier, CODE).json()["version"] == 1


def test_the_spelling_of_the_own_code_can_be_changed(
    seeded_url: str, app_client: Client, clerk: str, dossier: str
) -> None:
    assert patched(app_client, clerk, dossier, CODE.lower()).json()["external"] == external(CODE.lower())
    assert verified(seeded_url) == []


def test_a_code_of_another_dossier_cannot_be_added(app_client: Client, clerk: str, dossier: str) -> None:
    other = received(app_client, clerk)["code"]
    problem = patched(app_client, clerk, other, "B-1", CODE.lower()).json()
    assert (problem["code"], problem["dossier"]) == ("external_known", dossier)
    assert app_client.get(f"{LOOKUP}/B-1").status_code == 404


def test_codes_cannot_be_null(app_client: Client, clerk: str, dossier: str) -> None:
    answer = app_client.patch(f"{DOSSIERS}/{dossier}", {"external": None}, token=clerk)
    assert answer.json()["code"] == "cannot_be_removed"


def test_an_annulled_dossier_frees_its_codes(seeded_url: str, app_client: Client, clerk: str, dossier: str) -> None:
    act(app_client, clerk, dossier, "void", sequence=1, reason="Nhập nhầm")
    assert app_client.get(f"{LOOKUP}/{CODE}", headers=BARE).json()["code"] == dossier
    again = receipt(app_client, clerk, external=external(CODE.lower()))["code"]
    assert app_client.get(f"{LOOKUP}/{CODE}", headers=BARE).json()["code"] == again
    assert verified(seeded_url) == []


def test_a_changed_code_behind_the_back_of_the_journal_is_reported(
    seeded_url: str, app_client: Client, clerk: str
) -> None:
    code = received(app_client, clerk)["code"]
    patched(app_client, clerk, code, "A-1")

    async def tamper(connection: Database) -> None:
        await connection.run(text("UPDATE externals SET code = 'A-9'"))

    differences = verified(seeded_url, tamper)
    assert [(item.dossier, item.field) for item in differences] == [
        (code, "externals"),
        (code, "externals.code_key"),
    ]


@pytest.fixture
def twins(seeded_url: str, app_client: Client, clerk: str, dossier: str) -> list[str]:
    """Two dossiers with one code, as before the comparison."""
    other = received(app_client, clerk)["code"]

    def add(connection: Connection) -> None:
        row = {"own": other, "code": CODE.lower(), "key": CODE}
        connection.execute(
            text(
                "INSERT INTO externals (system, code, dossier_id, code_key) "
                "SELECT 'dvcqg', :code, id, :key FROM dossiers WHERE code = :own"
            ),
            row,
        )

    schema.in_transaction(seeded_url, add)
    return [dossier, str(other)]


def test_twins_of_before_stay_and_are_listed(seeded_url: str, app_client: Client, clerk: str, twins: list[str]) -> None:
    found: Any = app_client.post(f"{DOSSIERS}/search", {"q": CODE}, token=clerk).json()["items"]
    assert {item["code"] for item in found} == set(twins)
    assert app_client.get(f"{LOOKUP}/{CODE}", headers=BARE).status_code == 404
    assert verified(seeded_url) == []
    (note,) = in_database(seeded_url, twin_notes)
    assert twins[1] in note


def test_a_twin_is_undone_by_a_change_of_its_dossier(app_client: Client, clerk: str, twins: list[str]) -> None:
    assert patched(app_client, clerk, twins[1], "C-1").status_code == 200
    assert app_client.get(f"{LOOKUP}/{CODE}", headers=BARE).json()["code"] == twins[0]


def test_a_code_of_a_process_of_the_version_before_is_found(
    seeded_url: str, app_client: Client, clerk: str, dossier: str
) -> None:
    schema.in_transaction(
        seeded_url,
        lambda connection: connection.execute(text("UPDATE externals SET code_key = NULL, system_key = NULL")),
    )
    assert app_client.get(f"{LOOKUP}/{CODE}", headers=BARE).json()["code"] == dossier
    assert sent(app_client, clerk, CODE).json()["dossier"] == dossier
    assert verified(seeded_url) == []
