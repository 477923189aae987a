"""The motcua commands: their output and exit status."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.database import schema
from tests.support.client import Client
from tests.support.command_results import Run, refused

NOW = datetime(2026, 8, 17, 1, 30, tzinfo=UTC)


# --- migrate --------------------------------------------------------------------------------------------------------


def test_migrate_upgrades_an_empty_database_once(motcua: Run, empty_database_url: str) -> None:
    for _ in range(2):
        end = motcua("migrate", database_url=empty_database_url)
        assert end.returncode == 0, end.stderr
        assert str(schema.head()) in end.stdout
    assert schema.current(empty_database_url) == schema.head()


# --- token ----------------------------------------------------------------------------------------------------------


def test_only_the_created_token_is_printed_and_it_is_valid(motcua: Run, seeded_url: str) -> None:
    end = motcua(
        "token", "create", "--client", "Quầy số 1", "--role", "clerk", "--unit", "20899", database_url=seeded_url
    )
    assert (end.returncode, end.stderr) == (0, "")
    token = end.stdout.strip()
    assert len(token) >= 43
    with Client(seeded_url, NOW) as client:
        assert client.get("/api/v1/dossiers", token=token).status_code == 200


def test_each_created_token_is_different(motcua: Run, database_url: str) -> None:
    arguments = ("token", "create", "--client", "a", "--role", "reporter")
    assert motcua(*arguments, database_url=database_url).stdout != motcua(*arguments, database_url=database_url).stdout


def test_a_token_for_an_unknown_unit_is_refused(motcua: Run, database_url: str) -> None:
    end = motcua("token", "create", "--client", "a", "--role", "clerk", "--unit", "99999", database_url=database_url)
    refused(end, 1, "99999", "unknown_unit")


def test_a_token_for_a_client_without_a_name_is_refused(motcua: Run, database_url: str) -> None:
    end = motcua("token", "create", "--client", "  ", "--role", "clerk", database_url=database_url)
    refused(end, 1, "client_invalid")


# --- seed -----------------------------------------------------------------------------------------------------------


def test_the_seed_loads_the_reference_data_once(motcua: Run, database_url: str) -> None:
    first = motcua("seed", "bac-tra-my", database_url=database_url)
    assert (first.returncode, first.stderr) == (0, "")
    assert "Bắc Trà My: 34 units, 20 departments" in first.stdout
    again = motcua("seed", "bac-tra-my", database_url=database_url)
    assert "Bắc Trà My: 0 units, 0 departments, 0 catalogues, 0 procedures" in again.stdout


def test_nothing_is_loaded_into_a_database_without_migrations(motcua: Run, empty_database_url: str) -> None:
    refused(motcua("seed", "bac-tra-my", database_url=empty_database_url), 1, "motcua migrate")


# --- serve ----------------------------------------------------------------------------------------------------------


def test_the_service_does_not_start_on_a_database_without_migrations(motcua: Run, empty_database_url: str) -> None:
    refused(motcua("serve", "--port", "1", database_url=empty_database_url), 1, "motcua migrate")


@pytest.mark.parametrize("workers", [1, 2])
def test_the_service_responds_and_ends_on_a_signal(
    live_server: Callable[..., AbstractContextManager[str]], workers: int
) -> None:
    with live_server(workers=workers) as address:
        assert httpx.get(f"{address}/readyz").json() == {"status": "ok"}
        assert "server" not in httpx.get(f"{address}/healthz").headers
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{address}/healthz")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_the_service_reports_a_taken_port_at_once(motcua: Run, seeded_url: str, taken_port: int) -> None:
    end = motcua("serve", "--port", str(taken_port), database_url=seeded_url)
    refused(end, 1, "motcua: Cannot listen", str(taken_port))
    assert len(end.stderr.splitlines()) == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid", "a" * 64, "1.2.3.4.5"])
def test_the_service_reports_an_unusable_address_at_once(motcua: Run, seeded_url: str, host: str) -> None:
    end = motcua("serve", "--host", host, database_url=seeded_url)
    refused(end, 1, "motcua: Cannot listen", host)
    assert len(end.stderr.splitlines()) == 1


def test_the_demonstration_refuses_a_taken_port_before_it_builds_data(
    motcua: Run, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    monkeypatch.setattr(schema, "upgrade", built.append)
    end = motcua("demo", "--port", str(taken_port))
    refused(end, 1, "motcua: Cannot listen", str(taken_port))
    assert len(end.stderr.splitlines()) == 1
    assert not built


# --- Missing databases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["verify"],
        ["seed", "bac-tra-my"],
        ["token", "create", "--client", "a", "--role", "clerk"],
        ["simulate", "--dossiers", "1", "--from", "2021-03-01", "--to", "2021-03-01"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_file_is_refused_and_not_created(motcua: Run, tmp_path: Path, arguments: list[str]) -> None:
    end = motcua(*arguments, database_url=f"sqlite:///{tmp_path}/motcua.db")
    refused(end, 1, "motcua migrate", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


# --- Wrong calls ----------------------------------------------------------------------------------------------------

WRONG = {
    "nothing": ([], "Usage"),
    "unknown-command": (["frobnicate"], "frobnicate"),
    "unknown-option": (["migrate", "--fast"], "--fast"),
    "unknown-role": (["token", "create", "--client", "a", "--role", "king"], "king"),
    "no-client": (["token", "create", "--role", "clerk"], "--client"),
    "unknown-seed": (["seed", "atlantis"], "atlantis"),
    "no-workers": (["serve", "--workers", "0"], "--workers"),
    "port-out-of-range": (["serve", "--port", "65536"], "--port"),
    "no-such-file": (["import", "no-such-file.ndjson"], "no-such-file.ndjson"),
    "no-file": (["import", "."], "directory"),
    "no-date": (["simulate", "--dossiers", "5", "--from", "16/8/2021", "--to", "2021-12-31"], "--from"),
    "no-such-date": (["simulate", "--dossiers", "5", "--from", "2021-02-30", "--to", "2021-12-31"], "--from"),
    "dates-reversed": (["simulate", "--dossiers", "5", "--from", "2021-12-31", "--to", "2021-01-01"], "--from"),
    "no-dossiers": (["simulate", "--dossiers", "0", "--from", "2021-01-01", "--to", "2021-12-31"], "--dossiers"),
}


@pytest.mark.parametrize(("arguments", "word"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_gets_a_precise_error(motcua: Run, arguments: list[str], word: str) -> None:
    end = motcua(*arguments)
    assert end.returncode == 2
    assert word in end.stdout + end.stderr


def test_an_invalid_setting_is_named(motcua: Run) -> None:
    refused(motcua("migrate", pool_size="many"), 2, "MOTCUA_POOL_SIZE")


@pytest.mark.parametrize("command", ["migrate", "verify"])
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("sqlite:////nowhere/at/all.db", 1),
        ("postgresql://nobody:secret@127.0.0.1:1/none", 1),
        ("mysql://localhost/none", 2),
        ("nonsense", 2),
    ],
)
def test_a_missing_database_is_reported_in_one_line(motcua: Run, command: str, url: str, status: int) -> None:
    end = motcua(command, database_url=url)
    refused(end, status, "motcua: ")
    assert len(end.stderr.splitlines()) == 1
    assert "secret" not in end.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["seed"], ["token"], ["serve"], ["demo"], ["import"], ["simulate"], ["verify"], ["migrate"]]
)
def test_every_command_has_a_help_text(motcua: Run, arguments: list[str]) -> None:
    end = motcua(*arguments, "--help")
    assert end.returncode == 0
    assert "--help" in end.stdout
