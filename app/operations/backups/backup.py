"""Takes a copy of an SQLite database while others write to it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from app.domain.errors import Conflict
from app.operations.backups.atomic_files import part_of, publish, refuse_existing
from app.operations.backups.integrity import check


def take(database: Path, file: Path, *, force: bool) -> int:
    """Copy the database to `file` as it stands at one moment, checked; how many bytes that are.

    Writers go on meanwhile. `file` appears when the copy is whole and on the disk, and is one file with nothing beside
    it. Raises Conflict `file_exists` unless `force`, and Invalid `backup_bad` where the database itself is unsound.
    """
    database, file = database.resolve(), file.resolve()
    if file == database:
        raise Conflict("file_exists", f"{file} is the database itself: name another file.")
    if not force:
        refuse_existing(file)
    with part_of(file) as part:
        with (
            closing(sqlite3.connect(f"file:{quote(str(database))}?mode=rw", uri=True, timeout=60)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            # All pages in one step, within one reading transaction: one state, and never begun anew by a writer.
            source.backup(copy, pages=-1)
            # The copy says, as its original does, that it has a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        check(part)
        size = part.stat().st_size
        publish(part, file, force=force)
    return size
