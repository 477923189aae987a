"""Copies an SQLite database while others write to it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from app.domain.errors import Conflict
from app.operations.backups.atomic_files import part_of, publish, refuse_existing
from app.operations.backups.integrity import check


def take(database: Path, file: Path, *, force: bool) -> int:
    """Copies a snapshot of the database to `file`, checks it and returns its size in bytes.

    Writers continue. `file` appears once the copy is complete and on the disk; it is a single file. Raises Conflict
    `file_exists` unless `force`, and Invalid `backup_bad` if the database itself is damaged.
    """
    database, file = database.resolve(), file.resolve()
    if file == database:
        raise Conflict("file_exists", f"{file} is the database itself: choose another file.")
    if not force:
        refuse_existing(file)
    with part_of(file) as part:
        with (
            closing(sqlite3.connect(f"file:{quote(str(database))}?mode=rw", uri=True, timeout=60)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            # All pages in one step and one read transaction: a consistent snapshot, never restarted by a writer.
            source.backup(copy, pages=-1)
            # The header of the copy still requires a write-ahead log, as the original does.
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        check(part)
        size = part.stat().st_size
        publish(part, file, force=force)
    return size
