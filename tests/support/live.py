"""The service in real processes on a free port."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.client import UNLIMITED

_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def live_server(database_url: str, *, workers: int = 1, **settings: str) -> Iterator[str]:
    """The base address of `motcua serve` over a migrated database, until the context ends.

    `settings`: further environment variables without `MOTCUA_`, for example `lookup_rate="0"`.

    `{port}` in a value is the port.
    """
    with live_process(database_url, workers=workers, log=None, **settings) as (address, _process):
        yield address


@contextmanager
def live_process(
    database_url: str, *, workers: int = 1, log: Path | None = None, **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The server of `live_server` with its process, which may end before the context. `log`: a file for its output."""
    port = free_port()
    environment = {**os.environ, "MOTCUA_DATABASE_URL": database_url}
    settings = {name: value.replace("{port}", str(port)) for name, value in settings.items()}
    environment.update({f"MOTCUA_{name.upper()}": str(value) for name, value in {**UNLIMITED, **settings}.items()})
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers)]
    with log.open("w+b") if log else tempfile.TemporaryFile() as output:
        server = subprocess.Popen(command, env=environment, cwd=_ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            if not _is_ready(address, server):
                output.seek(0)
                raise RuntimeError(f"the service did not start:\n{output.read().decode(errors='replace')}")
            yield address, server
        finally:
            _end(server)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(address: str, server: subprocess.Popen[bytes]) -> bool:
    for _attempt in range(600):
        if server.poll() is not None:
            return False
        try:
            if httpx.get(f"{address}/readyz").is_success:
                return True
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.05)
    return False


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
