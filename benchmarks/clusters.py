"""A PostgreSQL server with persistent data, from the package of the tests, started for a benchmark."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from benchmarks.registers import DURABLE
from tests.support import postgres

# Settings that the results state. The others have PostgreSQL's defaults.
ORDINARY = {**DURABLE, "shared_buffers": "1GB"}
# An interrupted load is repeated, so it need not be durable.
LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "512MB",
}
_PATIENCE = 600


@contextmanager
def cluster(data: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """The URL of the administrative database of a server over the folder `data`, which is created if necessary.

    The server listens on a socket only, and ends with the context after writing everything.
    """
    home = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
    try:
        identity = postgres.identity(home)
        binaries = postgres.binaries(home)
        if not (data / "PG_VERSION").exists():
            data.mkdir(parents=True, exist_ok=True)
            postgres.identity(data)
            make: list[str | Path] = [binaries / "initdb", "-D", data, *postgres._CLUSTER]  # noqa: SLF001
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=home, **identity)
        chosen = {"listen_addresses": "", "timezone": "UTC", **settings}
        arguments = [item for name, value in chosen.items() for item in ("-c", f"{name}={value}")]
        with (home / "log").open("wb") as log:
            command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", home, *arguments]
            server = subprocess.Popen(command, stderr=log, cwd=home, **identity)
        try:
            postgres._wait_until_ready(data, server, home / "log")  # noqa: SLF001
            yield f"postgresql://postgres@/postgres?host={quote(str(home))}"
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown
            server.wait(_PATIENCE)
            if settings.get("fsync") == "off":
                os.sync()
    finally:
        shutil.rmtree(home)
