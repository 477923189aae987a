"""Commands for the first administrator who signs in: the person, the role, and the link."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app import clock
from app.access.sign_in_links import open_link
from app.database import Database
from tests.support.client import Client
from tests.support.command_results import Run, refused
from tests.support.database_access import in_database

NOW = datetime(2026, 8, 17, 1, 30, tzinfo=UTC)
CREATE = ("administrator", "create", "An.NV", "Nguyễn Văn An")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run at `NOW`."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def person(url: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The only person, and what was done to it."""
    with Client(url, NOW) as client:
        token = client.token("administrator")
        (only,) = client.get("/api/v1/persons", token=token).json()["items"]
        changes = client.get(f"/api/v1/persons/{only['id']}/changes", token=token).json()["items"]
    return only, changes


def opens(url: str, address: str) -> bool:
    async def work(database: Database) -> bool:
        async with database.reading() as connection:
            return await open_link(connection, address.rpartition("/")[2], NOW) is not None

    return in_database(url, work)


def test_the_first_administrator_gets_a_link(motcua: Run, seeded_url: str) -> None:
    end = motcua(*CREATE, database_url=seeded_url)
    assert (end.returncode, end.stderr) == (0, "")
    assert opens(seeded_url, end.stdout.strip())
    made, changes = person(seeded_url)
    assert (made["account"], made["name"]) == ("an.nv", "Nguyễn Văn An")
    assert [(role["role"], role["unit"], role["granted_by"]) for role in made["roles"]] == [
        ("administrator", None, "command line")
    ]
    assert [change["type"] for change in changes] == ["created", "invited"]
    refused(motcua(*CREATE, database_url=seeded_url), 1, "account_taken")


def test_an_administrator_of_a_unit(motcua: Run, seeded_url: str) -> None:
    assert motcua(*CREATE, "--unit", "20900", database_url=seeded_url).returncode == 0
    assert person(seeded_url)[0]["roles"][0]["unit"]["code"] == "20900"
    refused(motcua("administrator", "create", "b", "B", "--unit", "9", database_url=seeded_url), 1, "unknown_unit")


def test_a_new_link_ends_the_one_before(motcua: Run, seeded_url: str) -> None:
    first = motcua(*CREATE, database_url=seeded_url).stdout.strip()
    second = motcua("administrator", "link", "AN.nv", database_url=seeded_url).stdout.strip()
    assert (opens(seeded_url, first), opens(seeded_url, second)) == (False, True)
    refused(motcua("administrator", "link", "binh", database_url=seeded_url), 1, "unknown_account")


@pytest.mark.parametrize(("account", "name", "code"), [("a b", "A", "account_invalid"), ("a", " ", "name_invalid")])
def test_an_invalid_account_or_name_is_refused(
    motcua: Run, seeded_url: str, account: str, name: str, code: str
) -> None:
    refused(motcua("administrator", "create", account, name, database_url=seeded_url), 1, code)
