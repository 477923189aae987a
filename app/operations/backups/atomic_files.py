"""Writes files atomically: under a temporary name in the same folder, synced, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import Conflict

# Files that SQLite keeps next to a database while it is in use, and after a crash.
_SUFFIXES = ("-wal", "-shm", "-journal")


@contextmanager
def part_of(file: Path) -> Iterator[Path]:
    """An empty temporary file in the folder of `file`, readable by its owner only; removed at the end of the block."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
    finally:
        for path in (part, *companions(part)):
            path.unlink(missing_ok=True)


def publish(part: Path, file: Path, *, force: bool) -> None:
    """Renames the finished `part` to `file`, durably. Raises Conflict `file_exists` if it exists, unless `force`."""
    _sync(part)
    if force:
        part.replace(file)
    else:
        _name(part, file)
    _sync(file.parent)


def refuse_existing(file: Path) -> None:
    """Raises Conflict `file_exists` if the file exists."""
    if file.exists():
        raise Conflict("file_exists", f"The file {file} exists already: choose another, or add --force.")


def companions(file: Path) -> list[Path]:
    """The paths of the files that SQLite may keep next to the database in `file`."""
    return [file.with_name(file.name + suffix) for suffix in _SUFFIXES]


def _name(part: Path, file: Path) -> None:
    try:
        # A link fails if the name was taken since the check; a rename would overwrite.
        file.hardlink_to(part)
    except FileExistsError:
        refuse_existing(file)
        raise
    except OSError:
        # Not every file system has hard links.
        refuse_existing(file)
        part.rename(file)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
