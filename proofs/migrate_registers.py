"""A large register at the schema of the version before: made once, and copied as files for each run."""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from app.database import schema
from app.encryption.key_ring import new_key
from benchmarks.copies import duplicate, multiply
from proofs.cluster.programs import path_of
from proofs.crash_servers import DURABLE, MOTCUA, ROOT, environment
from proofs.previous_version import PREVIOUS, PREVIOUS_SCHEMA
from tests.support.databases import PostgresDatabases
from tests.support.postgres import Server
from tests.support.reference import seed, token_at

# Simulated by the rules; the others are copies of them.
_BASE = 2_000
_VIEWS = 2  # per dossier
_NAME = "register"
_DATA, _ABOUT = "data", "about.json"
# On the disk, because the data may be larger than the memory; an interrupted making is repeated.
_FAST = {
    "fsync": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
}


@dataclass(frozen=True, slots=True)
class About:
    """The size of a register, its keys, and a token of a supervisor in it."""

    dossiers: int
    keys: str
    token: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A register in the data folder of a server that has ended."""

    about: About
    data: Path

    @contextmanager
    def copied(self) -> Iterator[str]:
        """The URL of a copy, on a server of its own with commits on the disk."""
        with _CopiedServer(self.data) as server:
            yield _at(server)


class _CopiedServer(Server):
    """A server over a copy of a data folder."""

    def __init__(self, data: Path) -> None:
        super().__init__(DURABLE)
        self._origin = data

    def _fill(self) -> None:
        # A file system that can share blocks copies nothing. The files keep their owner.
        subprocess.run([path_of("cp"), "-a", "--reflink=auto", f"{self._origin}/.", self._data], check=True)


class _MakingServer(Server):
    """A server whose data stay after its end."""

    def keep_in(self, folder: Path) -> None:
        """Ends the server, and moves its data to the folder, which does not exist yet."""
        self.stop()
        subprocess.run([path_of("mv"), self._data, folder], check=True)
        self._data.mkdir()


@contextmanager
def prepared(dossiers: int, keep: Path | None = None) -> Iterator[Prepared]:
    """A register of this size. `keep`: a folder in which it stays for the next call; otherwise it is deleted."""
    with ExitStack() as stack:
        parent = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-register-")))
        folder = parent / f"{PREVIOUS[:8]}-{dossiers}"
        if not (folder / _ABOUT).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            about = _make(dossiers, folder / _DATA)
            # Written last: a folder without it is not whole.
            (folder / _ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
        about = About(**json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
        yield Prepared(about, folder / _DATA)


def _make(dossiers: int, data: Path) -> About:
    keys, base = new_key(), min(dossiers, _BASE)
    with _MakingServer(_FAST) as server:
        url, source = _at(server), PostgresDatabases(server.url).create()
        _say(f"simulate {base:,} dossiers")
        seed(source)
        simulate = ["simulate", "--dossiers", str(base), "--from", "2023-01-01", "--to", "2023-12-31"]
        variables = environment(source, keys)
        subprocess.run([*MOTCUA, *simulate], cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)
        _say(f"copy them up to {dossiers:,}")
        source = make_url(source).set(drivername="postgresql").render_as_string(hide_password=False)
        if dossiers > base:
            multiply(source, url, base, dossiers)
        else:
            duplicate(source, url)
        asyncio.run(_execute(url, _views(dossiers)))
        token = token_at(url, "supervisor", "20900")  # this version cannot use the schema of the version before
        _say("back to the schema of the version before")
        schema.downgrade(url, PREVIOUS_SCHEMA)
        # As after some time of use.
        asyncio.run(_execute(url, "VACUUM ANALYZE"))
        server.keep_in(data)
    return About(dossiers, keys, token)


def _views(dossiers: int) -> str:
    return (
        "INSERT INTO access_log (viewed_at, client, dossier_id, kind) "
        "SELECT now() - interval '1 hour' * (i % 20000), 'counter', i, 'dossier' "
        f"FROM generate_series(1, {dossiers * _VIEWS}) AS i"
    )


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _at(server: Server) -> str:
    url = make_url(server.url).set(drivername="postgresql", database=_NAME)
    return url.render_as_string(hide_password=False)


def _say(step: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {step}\n")
