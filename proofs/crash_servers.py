"""The service and the databases of the crash proof, which are started, killed and restarted."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from app.encryption.key_ring import new_key
from tests.support.databases import PostgresDatabases, SqliteDatabases
from tests.support.postgres import Server
from tests.support.reference import seed

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 60.0
# PostgreSQL's defaults: acknowledged commits are on the disk. The server of the tests has them off.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
# No rate limits, because the proof sends more requests than any client.
_SETTINGS = {"ADDRESS_RATE": "0", "TOKEN_RATE": "0", "LOOKUP_RATE": "0", "ACCESS_LOG": "false", "LOG_LEVEL": "error"}


class Service:
    """`motcua serve` over one database, in its own process group, with the same address after each restart."""

    def __init__(self, url: str, root: Path = ROOT, *, keys: str = "") -> None:
        self.root = root  # the folder of the code, which may be that of another version
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._environment = environment(url, keys)
        self._command = [*MOTCUA, "serve", "--host", "127.0.0.1", "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, workers: int) -> None:
        """Start the service, and wait until it is ready."""
        command = [*self._command, "--workers", str(workers)]
        with tempfile.TemporaryFile() as log:
            # Its own process group, so that only the service and its workers are killed.
            self._process = subprocess.Popen(
                command, cwd=self.root, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
            if not self._is_ready(self._process):
                log.seek(0)
                raise RuntimeError(f"the service did not start:\n{log.read().decode(errors='replace')}")

    def kill(self) -> None:
        """Send SIGKILL to the service and its workers."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_PATIENCE)
            self._process = None

    def stop(self) -> None:
        """End the service as an operator does, after its open requests."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(_PATIENCE)
            self._process = None

    def wait_until_ready(self) -> None:
        """Wait until the service has connected to its database again."""
        if self._process is None or not self._is_ready(self._process):
            raise RuntimeError("the service did not become ready again")

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/readyz", timeout=10).is_success:
                    return True
            time.sleep(0.02)
        return False


# The encryption keys before and after a crash.
KEYS = os.environ.get("MOTCUA_KEYS") or new_key()
MOTCUA = [sys.executable, "-c", "from app.cli import main; main()"]


def environment(url: str, keys: str = "") -> Mapping[str, str]:
    """The variables of a process of the service over a database; the default keys are those of this process."""
    settings = {"DATABASE_URL": url, "KEYS": keys or KEYS, **_SETTINGS}
    return {**os.environ, **{f"MOTCUA_{name}": value for name, value in settings.items()}}


def verification_error(url: str) -> str | None:
    """The output of `motcua verify` if it fails, otherwise None."""
    done = subprocess.run(
        [*MOTCUA, "verify"], cwd=ROOT, env=environment(url), capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else f"motcua verify: {done.stdout}{done.stderr}"


@dataclass(frozen=True, slots=True)
class Register:
    """A new database with the reference data, and its server (None for SQLite)."""

    url: str
    server: Server | None


@contextmanager
def register(kind: str) -> Iterator[Register]:
    """A register of kind "sqlite" (a file) or "postgresql" (a server), deleted after the context."""
    with ExitStack() as stack:
        if kind == "sqlite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-crash-")))
            target = Register(SqliteDatabases(folder).create(), None)
        else:
            server = stack.enter_context(Server(DURABLE))
            target = Register(PostgresDatabases(server.url).create(), server)
        seed(target.url)
        yield target
