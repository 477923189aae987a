"""Files that appear whole or not at all: written under another name beside their place, synced, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import Conflict

# What SQLite lays beside a file that is in use, or was when its process died.
BESIDE = ("-wal", "-shm", "-journal")


@contextmanager
def part_of(file: Path) -> Iterator[Path]:
    """An empty file beside `file`, on the same file system, that only its owner may read; removed where it is left."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
    finally:
        for path in (part, *beside(part)):
            path.unlink(missing_ok=True)


def publish(part: Path, file: Path, *, force: bool) -> None:
    """Give the finished `part` its name, for good; raises Conflict `file_exists` where there is one, unless `force`."""
    _sync(part)
    if force:
        part.replace(file)
    else:
        _name(part, file)
    _sync(file.parent)


def refuse_existing(file: Path) -> None:
    """Raises Conflict `file_exists` where there is something at `file`."""
    if file.exists():
        raise Conflict("file_exists", f"There is a file at {file} already: name another, or add --force.")


def beside(file: Path) -> list[Path]:
    """The paths of what SQLite may keep beside the database in `file`."""
    return [file.with_name(file.name + suffix) for suffix in BESIDE]


def _name(part: Path, file: Path) -> None:
    try:
        # Refuses a name that somebody took meanwhile, where a rename would overwrite.
        file.hardlink_to(part)
    except FileExistsError:
        refuse_existing(file)
        raise
    except OSError:
        # Not every file system has a second name for a file.
        refuse_existing(file)
        part.rename(file)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
