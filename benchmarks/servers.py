"""Servers to compare, each in its own process and on its own port."""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port and its process."""

    port: int
    process: int

    @property
    def address(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"


# Runs the commands of the checkout in the working directory.
COMMANDS = ("-c", "from app.cli import main; main()")
# Rate limits count as usual, but no load reaches them.
_NEVER_MET = dict.fromkeys(("MOTCUA_LOOKUP_RATE", "MOTCUA_ADDRESS_RATE", "MOTCUA_TOKEN_RATE"), "1000000000")


@contextmanager
def service(
    url: str,
    *,
    program: Sequence[str] = COMMANDS,
    root: Path = _ROOT,
    environment: Mapping[str, str] = _NEVER_MET,
) -> Iterator[Server]:
    """One worker of `motcua serve`, of the checkout at `root`, over the database at `url`."""
    port = _free_port()
    command = [*program, "serve", "--port", str(port)]
    with _running(command, port, {"MOTCUA_DATABASE_URL": url, **environment}, root) as process:
        yield Server(port, process)


@contextmanager
def by_hand(url: str, token: str, folder: Path) -> Iterator[Server]:
    """The routes by hand over the same database."""
    with _floor("by-hand", {"url": url, "token": token}, folder) as server:
        yield server


@contextmanager
def memory(answers: Mapping[str, httpx.Response], folder: Path) -> Iterator[Server]:
    """Earlier responses by method, from memory."""
    content = {
        method: {
            "status": answer.status_code,
            # The server adds the date itself.
            "headers": [(name, value) for name, value in answer.headers.items() if name != "date"],
            "body": base64.b64encode(answer.content).decode(),
        }
        for method, answer in answers.items()
    }
    with _floor("memory", content, folder) as server:
        yield server


@contextmanager
def _floor(kind: str, content: Mapping[str, Any], folder: Path) -> Iterator[Server]:
    port = _free_port()
    file = folder / f"{kind}.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with _running(["-m", "benchmarks.floors", kind, str(port), str(file)], port, {}) as process:
        yield Server(port, process)


def resident_mb(server: Server) -> float:
    """The resident memory of a worker in megabytes, from its metrics."""
    match = re.search(
        r"^process_resident_memory_bytes (\S+)", httpx.get(f"{server.address}/metrics").text, re.MULTILINE
    )
    return float(match[1]) / 1e6 if match else float("nan")


def processor_seconds(server: Server) -> float:
    """Seconds of processor time of all threads of the server, as Linux counts them."""
    tasks = Path(f"/proc/{server.process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(arguments: Sequence[str], port: int, environment: Mapping[str, str], root: Path = _ROOT) -> Iterator[int]:
    # The server writes a log line for each request as usual; nothing reads them.
    server = subprocess.Popen(
        [sys.executable, *arguments], env={**os.environ, **environment}, cwd=root, stderr=subprocess.DEVNULL
    )
    try:
        _wait(server, port)
        yield server.pid
    finally:
        server.terminate()
        try:
            server.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("a server did not start")
