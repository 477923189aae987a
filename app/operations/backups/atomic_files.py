"""Writes files atomically: under a temporary name in the same folder, synced, then renamed."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.domain.errors import Conflict

# Files that SQLite keeps next to a database while it is in use, and after a crash.
_SUFFIXES = ("-wal", "-shm", "-journal")
_PART = ".motcua.part"


@contextmanager
def part_of(file: Path) -> Iterator[Path]:
    """An empty temporary file in the folder of `file`, readable by its owner only; removed at the end of the block."""
    remove_abandoned(file.parent)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=_PART, dir=file.parent)
    part = Path(name)
    try:
        # A killed process releases the lock, and so the next one removes what it left.
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield part
    finally:
        _remove(part)
        os.close(handle)


def remove_abandoned(folder: Path) -> None:
    """Removes the temporary files that killed processes left in the folder: each is a copy of personal data."""
    for part in folder.glob(f".*{_PART}"):
        with suppress(OSError), part.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(part)


def _remove(part: Path) -> None:
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
