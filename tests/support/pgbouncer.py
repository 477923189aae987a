"""PgBouncer in transaction mode before a PostgreSQL server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.support.live import free_port
from tests.support.proxy import wait_until_listening

_PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


def program() -> str:
    """The path of PgBouncer. Without it the test is skipped, or fails if REQUIRE_PROXY is set."""
    if _PROGRAM is None:
        if os.environ.get("REQUIRE_PROXY"):
            pytest.fail("REQUIRE_PROXY is set, and no PgBouncer is installed (Debian: apt install pgbouncer).")
        pytest.skip("needs PgBouncer")
    return _PROGRAM


@contextmanager
def pooled(server_url: str, folder: Path, **settings: str) -> Iterator[str]:
    """The URL of the database at `server_url` through PgBouncer, until the context ends."""
    url, port = make_url(server_url), free_port()
    users, configuration = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text('"postgres" ""\n', encoding="utf-8")
    options = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": str(users),
        "pool_mode": "transaction",
        "default_pool_size": "2",
        **settings,
    }
    lines = [f"{name} = {value}" for name, value in options.items()]
    database = f"* = host={url.query['host']} user=postgres"
    configuration.write_text("\n".join(["[databases]", database, "[pgbouncer]", *lines, ""]), encoding="utf-8")
    command = [program(), str(configuration)]
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        # PgBouncer refuses root.
        folder.chmod(0o755)
        identity = {"user": "nobody"}
    with (folder / "log").open("w+b") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **identity)
        try:
            wait_until_listening(port, process)
            yield f"postgresql://postgres@127.0.0.1:{port}/{url.database}"
        finally:
            process.terminate()
            process.wait(timeout=30)
