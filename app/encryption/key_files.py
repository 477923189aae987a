"""Where a register's keys are: in the setting, or for an SQLite file in a file beside it."""

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
    """The keys for the database at `url`, found when first needed; `configured` is the setting, empty where it is not.

    Without it an SQLite file has a key file beside it, which is made where there is none unless `make` is false.
    """

    def __init__(self, url: str, configured: str = "", *, make: bool = True) -> None:
        self._url = url
        self._configured = configured
        self._make = make

    @cached_property
    def ring(self) -> KeyRing:
        """The ring. Raises KeysUnusable where there is none, and OSError for a key file that cannot be read or made."""
        if self._configured:
            return parse_key_ring(self._configured)
        url = make_url(self._url)
        if url.get_backend_name() != "sqlite" or not url.database:
            raise KeysUnusable("keys_needed", "Set MOTCUA_KEYS to what `motcua keys new` prints, and keep it well.")
        return _beside(Path(url.database), make=self._make)


def key_file(database: Path) -> Path:
    """The key file of an SQLite database."""
    return database.with_name(f"{database.name}.key")


def _beside(database: Path, *, make: bool) -> KeyRing:
    path = key_file(database)
    with suppress(FileNotFoundError):
        return parse_key_ring(path.read_text(encoding="ascii", errors="replace"))
    if make and not _has_keys(database):
        _make_file(path)
    # Another process may have made it meanwhile, and have sealed with it.
    with suppress(FileNotFoundError):
        return parse_key_ring(path.read_text(encoding="ascii", errors="replace"))
    raise KeysUnusable(
        "keys_needed", f"The key file {path} is missing: put it back, or set MOTCUA_KEYS to what it held."
    )


def _has_keys(database: Path) -> bool:
    """Whether anything in the database was sealed: a new key would not open it."""
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # Before revision 0020 the table had another name.
        table = next((name for name in ("encryption_keys", "sealing_keys") if name in tables), None)
        return table is not None and connection.execute(f"SELECT 1 FROM {table}").fetchone() is not None  # noqa: S608


def _make_file(path: Path) -> None:
    """Whole or not at all, and readable for its owner alone; where another process was faster, its file stays."""
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(made, path)
            logger.warning("a key was made for personal data: %s; without this file they cannot be read", path)
    finally:
        Path(made).unlink()
