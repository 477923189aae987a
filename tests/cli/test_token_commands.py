"""Commands for tokens: create, list, revoke, rotate, and the record of each change."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from app import clock
from app.database import schema, tables
from tests.support.client import Client
from tests.support.command_results import Run, refused

NOW = datetime(2026, 8, 17, 1, 30, tzinfo=UTC)
CREATE = ("token", "create", "--client", "Quầy số 1", "--role", "clerk")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run at `NOW`."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def tokens(url: str) -> list[dict[str, Any]]:
    """All tokens that an administrator of all units sees, without its own."""
    with Client(url, NOW) as client:
        administrator = client.token("administrator")
        listed: list[dict[str, Any]] = client.get("/api/v1/tokens", token=administrator).json()["items"]
    return listed[:-1]


@pytest.mark.parametrize(
    ("expires", "until"),
    [("2026-12-31", "2027-01-01T00:00:00+07:00"), ("90", "2026-11-15T08:30:00+07:00"), (None, None)],
)
def test_a_token_is_valid_until_the_end_of_a_date_or_for_a_number_of_days(
    motcua: Run, seeded_url: str, expires: str | None, until: str | None
) -> None:
    given = ("--expires", expires) if expires else ()
    end = motcua(*CREATE, "--unit", "20900", *given, database_url=seeded_url)
    assert (end.returncode, end.stderr) == (0, "")
    (made,) = tokens(seeded_url)
    assert (made["expires_at"], made["unit"]["code"], made["client"]) == (until, "20900", "Quầy số 1")


@pytest.mark.parametrize("expires", ["0", "-3", "36501", "tomorrow", "2026-02-30", "2026-08-16", "9999-12-31", "1.5"])
def test_an_invalid_or_past_expiry_is_refused(motcua: Run, database_url: str, expires: str) -> None:
    refused(motcua(*CREATE, f"--expires={expires}", database_url=database_url), 1, "expiry_invalid")


def test_the_list_shows_each_token_and_no_secret(motcua: Run, seeded_url: str) -> None:
    secrets = [motcua(*CREATE, "--unit", "20900", database_url=seeded_url).stdout.strip() for _ in range(2)]
    assert motcua("token", "revoke", "1", database_url=seeded_url).returncode == 0
    end = motcua("token", "list", database_url=seeded_url)
    head, first, second = end.stdout.splitlines()
    assert head.split()[:5] == ["id", "client", "role", "unit", "state"]
    assert re.fullmatch(r"1 +Quầy số 1 +clerk +20900 Trà My +revoked +2026-08-17 08:30 +– +–", first)
    assert "active" in second
    assert not any(secret in end.stdout for secret in secrets)
    (left,) = motcua("token", "list", "--active", database_url=seeded_url).stdout.splitlines()[1:]
    assert left.split() == second.split()


def test_a_revoked_token_is_refused_and_the_record_names_the_command_line(motcua: Run, seeded_url: str) -> None:
    secret = motcua(*CREATE, database_url=seeded_url).stdout.strip()
    end = motcua("token", "revoke", "1", database_url=seeded_url)
    assert (end.returncode, "Quầy số 1" in end.stdout, secret in end.stdout) == (0, True, False)
    with Client(seeded_url, NOW) as client:
        assert client.get("/api/v1/dossiers", token=secret).json()["code"] == "token_revoked"
        record = client.get("/api/v1/tokens/1", token=client.token("administrator")).json()["changes"]
    assert [(change["type"], change["client"], change["by_token"]) for change in record] == [
        ("created", "command line", None),
        ("revoked", "command line", None),
    ]


def test_a_rotation_prints_only_the_new_token_and_the_old_one_is_valid_for_the_overlap(
    motcua: Run, seeded_url: str
) -> None:
    old = motcua(*CREATE, "--unit", "20900", database_url=seeded_url).stdout.strip()
    end = motcua("token", "rotate", "1", "--overlap", "2", "--expires", "90", database_url=seeded_url)
    assert (end.returncode, end.stderr) == (0, "")
    new = end.stdout.strip()
    assert len(new) >= 43
    assert new != old
    first, second = tokens(seeded_url)
    assert (first["expires_at"], first["replaced_by"]) == ("2026-08-17T10:30:00+07:00", second["id"])
    assert (second["expires_at"], second["unit"]) == ("2026-11-15T08:30:00+07:00", first["unit"])
    with Client(seeded_url, NOW) as client:
        assert [client.get("/api/v1/dossiers", token=secret).status_code for secret in (old, new)] == [200, 200]
    refused(motcua("token", "rotate", "1", database_url=seeded_url), 1, "token_replaced")


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_an_unknown_token_is_refused_and_nothing_is_recorded(motcua: Run, database_url: str, command: str) -> None:
    refused(motcua("token", command, "7", database_url=database_url), 1, "unknown_token")
    rows = schema.in_transaction(database_url, lambda it: it.execute(tables.token_changes.select()).all())
    assert rows == []


def test_no_client_may_have_the_name_of_the_command_line(motcua: Run, database_url: str) -> None:
    end = motcua("token", "create", "--client", "Command line", "--role", "clerk", database_url=database_url)
    refused(end, 1, "client_invalid")
