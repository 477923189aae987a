"""The log of a running service: machine-readable lines that clients cannot forge."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.http.logs import REQUEST_ID, JsonLines, TextLines
from tests.conftest import NOW
from tests.support.bodies import received
from tests.support.client import Client
from tests.support.live import live_process
from tests.support.reference import token_at

CODE = "000.31.15.H47-210816-0001"


def lines_of(process: subprocess.Popen[bytes], log: Path) -> list[dict[str, Any]]:
    """All lines, after the end of the service."""
    process.terminate()
    process.wait(timeout=30)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_json_and_each_request_has_one_without_its_address(seeded_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    token = token_at(seeded_url, "clerk", "20900")
    with live_process(seeded_url, log=log) as (address, process):
        httpx.get(f"{address}/api/v1/lookup/{CODE}?x=secret", headers={"X-Request-ID": "counter-7"})
        httpx.get(f"{address}/api/v1/dossiers", headers={"Authorization": f"Bearer {token}"})
        httpx.request("HEAD", f"{address}/nowhere-secret")
        httpx.request("BREW", f"{address}/healthz", headers={"X-Request-ID": 'x"}{"level":"forged'})
        records = lines_of(process, log)
    lines = {line["request_id"]: line for line in records if line["logger"] == "motcua.access"}
    assert "counter-7" not in lines, "a client does not choose the id"
    (named,) = [line for line in lines.values() if line.get("client_request_id") == "counter-7"]
    requests = [
        (line["method"], line["route"], line["status"]) for line in lines.values() if line["route"] != "/readyz"
    ]
    assert requests == [
        ("GET", "/api/v1/lookup/{code}", 404),
        ("GET", "/api/v1/dossiers", 200),
        ("HEAD", "none", 404),
    ], "a request without a method of HTTP never reaches the application"
    assert [line["message"] for line in records if line["level"] == "warning"] == ["Invalid HTTP request received."]
    assert set(named) == {
        "time",
        "level",
        "logger",
        "message",
        "request_id",
        "client_request_id",
        "method",
        "route",
        "status",
        "ms",
        "bytes",
        "token",
    }
    assert [line["token"] for line in lines.values() if line["route"] == "/api/v1/dossiers"] == [1]
    written = log.read_text()
    assert CODE not in written
    assert "secret" not in written
    assert token not in written
    assert "forged" not in written
    assert any(line["logger"].startswith("uvicorn") for line in records), "uvicorn logs in the same format"


def test_access_lines_can_be_switched_off(seeded_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with live_process(seeded_url, log=log, access_log="false", log_format="text") as (address, process):
        httpx.get(f"{address}/healthz")
        process.terminate()
        process.wait(timeout=30)
    assert "uvicorn" in log.read_text()
    assert "healthz" not in log.read_text()


def test_one_successful_look_up_in_so_many_has_a_line(seeded_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "motcua.access")
    with Client(seeded_url, NOW, lookup_log_every=3) as client:
        code = received(client, client.token("clerk"))["code"]
        for path in [f"/api/v1/lookup/{code}"] * 7 + [f"/api/v1/lookup/{code[:-1]}9"] * 2:
            client.get(path)
    lines: list[dict[str, Any]] = [vars(record)["fields"] for record in caplog.records if "fields" in vars(record)]
    look_ups = [(line["status"], line.get("one_in")) for line in lines if "/lookup/" in line["route"]]
    assert look_ups == [(200, 3)] * 3 + [(404, None)] * 2


_ASKING = """
import logging.config
import httpx
from app.http.logs import log_config
from app.settings import Settings
logging.config.dictConfig(log_config(Settings(log_level="debug")))
logging.getLogger("app").debug("before")
with httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(200))) as client:
    client.get("https://user:secret@gateway.example.vn/secret")
"""


def test_addresses_of_outgoing_requests_are_not_logged() -> None:
    done = subprocess.run([sys.executable, "-c", _ASKING], check=True, capture_output=True, text=True)
    assert "before" in done.stderr
    assert "secret" not in done.stderr


def record(message: str, error: BaseException | None = None, **fields: object) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("tests", logging.INFO, "", 0, message, None, info)
    record.fields = fields
    return record


@pytest.mark.parametrize("forged", ["a\nb", "a\rb", "a\x1b[2Jb", "a\x85b", "a\u2028b", "a\x00b"])
def test_messages_and_fields_cannot_start_a_line_or_move_the_cursor(forged: str) -> None:
    for formatter in (JsonLines(), TextLines()):
        written = formatter.format(record(f"message {forged}", field=forged))
        assert len(written.splitlines()) == 1
        assert written.isprintable()


def test_an_error_is_logged_with_place_and_type_without_its_message() -> None:
    def fail(entered: str) -> None:
        try:
            int(entered)
        except ValueError as error:
            raise KeyError(entered) from error

    entered = "049185001234 Hoa\nforged"
    with pytest.raises(KeyError) as caught:
        fail(entered)
    for formatter in (JsonLines(), TextLines()):
        written = formatter.format(record("failed", caught.value))
        assert "builtins.KeyError" in written
        assert "builtins.ValueError" in written
        assert "in fail" in written
        assert "0491" not in written
        assert all(line.startswith(("    ", "20", "{")) for line in written.splitlines())


def test_a_line_has_the_id_of_its_request() -> None:
    token = REQUEST_ID.set("counter-7")
    try:
        assert json.loads(JsonLines().format(record("x")))["request_id"] == "counter-7"
        assert "request_id=counter-7" in TextLines().format(record("x"))
    finally:
        REQUEST_ID.reset(token)
