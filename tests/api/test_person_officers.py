"""Officers who are people: the journal refers to them, and their names stand among the words (rules §21)."""

from typing import Any

import pytest

from app.audit.verification.service import verify
from tests.support.bodies import DOSSIERS, act, received
from tests.support.client import Client
from tests.support.database_access import in_database
from tests.support.staff import HERE, created, done, refused


@pytest.fixture
def administrator(app_client: Client) -> str:
    return app_client.token("administrator", client="quản trị")


@pytest.fixture
def person(app_client: Client, administrator: str) -> dict[str, Any]:
    return created(app_client, administrator, "supervisor", HERE, name="Trần Văn Minh")


@pytest.fixture
def secret(app_client: Client, person: dict[str, Any]) -> str:
    return app_client.session(person["id"])


def journal(client: Client, token: str, code: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(client.get(f"{DOSSIERS}/{code}/journal", token=token))["items"]
    return items


def test_who_acts_is_the_officer(
    app_client: Client, secret: str, person: dict[str, Any], administrator: str, seeded_url: str
) -> None:
    dossier = received(app_client, secret)
    taken = act(app_client, secret, dossier["code"], "take")
    assert (dossier["officer"], taken["officer"]) == ("Trần Văn Minh", "Trần Văn Minh")
    entries = journal(app_client, secret, dossier["code"])
    assert [(entry["officer"], entry["data"]["officer_person"]) for entry in entries] == [
        ("Trần Văn Minh", person["id"])
    ] * 2
    assert not in_database(seeded_url, verify)


@pytest.mark.parametrize(("officer", "refers"), [("trần văn  MINH", True), ("Lê Thị Hoa", False)])
def test_a_name_that_was_given_stays(app_client: Client, secret: str, officer: str, refers: bool) -> None:
    code = received(app_client, secret)["code"]
    act(app_client, secret, code, "take", officer=officer)
    entry = journal(app_client, secret, code)[1]
    assert entry["officer"] == " ".join(officer.split())
    assert ("officer_person" in entry["data"]) == refers


def test_a_program_names_its_officer_itself(app_client: Client) -> None:
    token = app_client.token("supervisor", HERE)
    code = received(app_client, token)["code"]
    act(app_client, token, code, "take", officer="Trần Văn Minh")
    assert "officer_person" not in str(journal(app_client, token, code))


@pytest.mark.parametrize(
    ("changes", "refers"), [({"at": "2021-08-16T08:20:00+07:00"}, True), ({"officer": "Lê Thị Hoa"}, False)]
)
def test_a_correction_of_the_name_takes_the_reference_away(
    app_client: Client, secret: str, administrator: str, seeded_url: str, changes: dict[str, Any], refers: bool
) -> None:
    code = received(app_client, secret, at="2021-08-16T08:10:00+07:00")["code"]
    act(app_client, secret, code, "take")
    second = app_client.session(created(app_client, administrator, "supervisor", HERE)["id"])
    act(app_client, secret, code, "correct", sequence=2, changes=changes, reason="ghi nhầm")
    approved = act(app_client, second, code, "approve-correction", sequence=3)
    assert (approved["officer"] == "Trần Văn Minh") == refers
    replaced = journal(app_client, secret, code)[3]["data"]["replaced"]["2"]
    assert ("officer_person" in replaced["data"]) == refers
    assert not in_database(seeded_url, verify)


def test_a_person_lists_what_is_in_hand_and_not_a_namesake_s(
    app_client: Client, secret: str, administrator: str
) -> None:
    namesake = app_client.session(created(app_client, administrator, "supervisor", HERE, name="TRẦN Văn Minh")["id"])
    program = app_client.token("supervisor", HERE)
    mine, theirs, both, old = (received(app_client, program)["code"] for _ in range(4))
    act(app_client, secret, mine, "take")
    act(app_client, namesake, theirs, "take")
    act(app_client, secret, both, "take")
    act(app_client, namesake, both, "take")
    act(app_client, program, old, "take", officer="Trần Văn Minh")

    def listed(token: str) -> set[str]:
        return {item["code"] for item in done(app_client.get(f"{DOSSIERS}?mine=true", token=token))["items"]}

    assert listed(secret) == {mine, old}
    assert listed(namesake) == {theirs, both, old}
    refused(app_client.get(f"{DOSSIERS}?mine=true", token=program), 403, "persons_only")
    reporter = app_client.session(created(app_client, administrator, "reporter", HERE)["id"])
    refused(app_client.get(f"{DOSSIERS}?mine=true", token=reporter), 403, "role_may_not")


# --- Names of clients -----------------------------------------------------------------------------------------------


def test_the_journal_names_people_to_readers_who_may_see_people(
    app_client: Client, secret: str, person: dict[str, Any], administrator: str
) -> None:
    code = received(app_client, secret)["code"]
    for token, name in ((secret, "Trần Văn Minh"), (administrator, None), (app_client.token("reporter"), None)):
        entry = journal(app_client, token, code)[0]
        assert (entry["client"], entry["client_name"], entry["officer"]) == (f"person:{person['id']}", name, name)


def test_lists_of_acts_name_people(app_client: Client, secret: str) -> None:
    code = received(app_client, secret, at="2021-08-16T07:30:00+07:00")["code"]
    (late,) = done(app_client.get("/api/v1/late-records", token=secret))["items"]
    assert late["client_name"] == "Trần Văn Minh"
    app_client.get(f"{DOSSIERS}/{code}", token=secret)
    views = done(app_client.get(f"{DOSSIERS}/{code}/access-log", token=secret))["items"]
    assert {view["client_name"] for view in views} == {"Trần Văn Minh"}


def test_the_public_sees_neither_name_nor_number_of_a_person(
    app_client: Client, secret: str, person: dict[str, Any]
) -> None:
    code = received(app_client, secret)["code"]
    act(app_client, secret, code, "finish", outcome="granted")
    for path in (f"/api/v1/lookup/{code}", f"/api/v1/lookup/{code}/views", f"/d/{code}"):
        text = app_client.get(path).text
        assert not any(word in text for word in ("Trần Văn Minh", f"person:{person['id']}", "officer_person")), path
