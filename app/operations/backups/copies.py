"""Copies a backup for a check that leaves the backup as it is."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# The beginning of every SQLite file.
_SQLITE = b"SQLite format 3\x00"


def is_sqlite(file: Path) -> bool:
    """Whether the file is an SQLite database, and not the dump of a server."""
    with file.open("rb") as opened:
        return opened.read(len(_SQLITE)) == _SQLITE


@contextmanager
def copied(file: Path) -> Iterator[str]:
    """The URL of a temporary copy of an SQLite backup, with the key file that stands beside it."""
    with TemporaryDirectory(prefix="motcua-") as folder:
        copy = Path(folder) / "copy.db"
        for ending in ("", ".key"):
            source = file.with_name(file.name + ending)
            if source.exists():
                shutil.copy(source, copy.with_name(copy.name + ending))
        yield f"sqlite:///{copy}"
