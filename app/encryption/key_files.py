"""Finds the keys of a database: in the setting, or in a key file next to an SQLite file."""

import logging
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url

from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing, new_key, parse_key_ring

logger = logging.getLogger(__name__)


class Keys:
    """The keys for the database at `url`, read at first use; `configured` is the setting, empty if not set.

    Without the setting, an SQLite file has a key file next to it. A missing key file is made if `make` is true.
    """

    def __init__(self, url: str, configured: str = "", *, make: bool = True) -> None:
        self._url = url
        self._configured = configured
        self._make = make

    def __getstate__(self) -> dict[str, object]:
        """The state for another process, which reads the keys itself."""
        return {name: value for name, value in vars(self).items() if name != "ring"}

    @cached_property
    def ring(self) -> KeyRing:
        """The key ring. Raises KeysUnusable without keys, and OSError if the key file cannot be read or made."""
        if self._configured:
            return parse_key_ring(self._configured)
        # Not every spelling of a PostgreSQL URL is one of SQLAlchemy.
        scheme = self._url.partition(":")[0].partition("+")[0]
        database = make_url(self._url).database if scheme == "sqlite" else None
        if not database:
            raise KeysUnusable(
                "keys_needed", "Set MOTCUA_KEYS to the output of `motcua keys new`, and store a copy safely."
            )
        return _from_key_file(Path(database), make=self._make)


def key_file(database: Path) -> Path:
    """The key file of an SQLite database."""
    return database.with_name(f"{database.name}.key")


def _from_key_file(database: Path, *, make: bool) -> KeyRing:
    path = key_file(database)
    with suppress(FileNotFoundError):
        return parse_key_ring(path.read_text(encoding="ascii", errors="replace"))
    if make and not _has_encrypted_values(database):
        _make_file(path)
    # Another process may have made the file since the first attempt, and encrypted with it.
    with suppress(FileNotFoundError):
        return parse_key_ring(path.read_text(encoding="ascii", errors="replace"))
    raise KeysUnusable("keys_needed", f"The key file {path} is missing: restore it, or set MOTCUA_KEYS to its content.")


def _has_encrypted_values(database: Path) -> bool:
    """Whether the database has encrypted values: a new key could not decrypt them."""
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # Before revision 0020 the table had another name.
        table = next((name for name in ("encryption_keys", "sealing_keys") if name in tables), None)
        return table is not None and connection.execute(f"SELECT 1 FROM {table}").fetchone() is not None  # noqa: S608


def _make_file(path: Path) -> None:
    """Makes the file atomically, readable by its owner only. The file of a faster process is kept."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
            logger.warning("a new key encrypts personal data: %s; without this file the data cannot be read", path)
    finally:
        Path(temporary).unlink()
