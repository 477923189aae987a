"""Checks that an SQLite file is an intact database of this service."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from app.database import schema
from app.domain.errors import Invalid

# Largest number of faults in a message.
_MOST_NAMED = 3


def check(file: Path) -> str:
    """The schema revision of the database in `file`. No other process may write to it.

    Raises Invalid `backup_bad` if SQLite finds damage, if a foreign key is broken, if this version does not know the
    schema, or if a trigger that protects the journal is missing or changed (rules §13).
    """
    try:
        with closing(sqlite3.connect(file)) as connection:
            # A damaged text need not be valid UTF-8.
            connection.text_factory = lambda text: text.decode(errors="replace")
            _require_whole(connection)
            revision = _revision(connection)
            _require_triggers(connection, revision)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the message may quote damaged bytes
        raise bad(f"SQLite cannot read it ({error})") from error
    return revision


def bad(why: str) -> Invalid:
    """The error for a damaged backup; `why` follows a colon."""
    return Invalid("backup_bad", f"The backup is damaged: {why}.")


def _require_whole(connection: sqlite3.Connection) -> None:
    damage = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    if damage != ["ok"]:
        raise bad(f"SQLite finds damage ({_named(damage)})")
    broken = [f"{row[0]} row {row[1]} to {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")]
    if broken:
        raise bad(f"{len(broken)} foreign keys are broken ({_named(broken)})")


def _revision(connection: sqlite3.Connection) -> str:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
        raise bad("it is empty, or not a database of this service")
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or not schema.is_known(row[0]):
        raise bad(f"this version does not know its schema revision {row[0] if row else 'none'}")
    revision: str = row[0]
    return revision


def _require_triggers(connection: sqlite3.Connection, revision: str) -> None:
    actual, expected = _triggers(connection), _triggers_of(revision)
    missing = sorted(expected.keys() - actual.keys())
    if missing:
        raise bad(f"triggers that protect its journal are missing ({_named(missing)})")
    changed = sorted(name for name in expected if actual[name] != expected[name])
    if changed:
        raise bad(f"triggers that protect its journal were changed ({_named(changed)})")


def _triggers_of(revision: str) -> dict[str, str]:
    """The triggers that the migrations create, read from a new database."""
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        file = Path(folder) / "expected.db"
        schema.upgrade(f"sqlite:///{file}", revision)
        with closing(sqlite3.connect(file)) as connection:
            return _triggers(connection)


def _triggers(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: " ".join(sql.split()) for name, sql in rows}


def _named(faults: list[str]) -> str:
    more = ", …" if len(faults) > _MOST_NAMED else ""
    return ", ".join(" ".join(fault.split()) for fault in faults[:_MOST_NAMED]) + more
