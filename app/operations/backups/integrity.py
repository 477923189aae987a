"""Whether an SQLite file is a whole database of this service that may be served from."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from app.database import schema
from app.domain.errors import Invalid

# What is wrong is named, but not a thousand times.
_MOST_NAMED = 3


def check(file: Path) -> str:
    """The revision of the schema of the database in `file`, which nobody else may be writing.

    Raises Invalid `backup_bad`, in a sentence, where SQLite finds it damaged, where a reference leads nowhere, where
    its schema is none that this version knows, or where what keeps its journal from being changed is not there
    (rules §13).
    """
    try:
        with closing(sqlite3.connect(file)) as connection:
            # What is damaged need not be text where text is expected.
            connection.text_factory = lambda text: text.decode(errors="replace")
            _require_whole(connection)
            revision = _revision(connection)
            _require_triggers(connection, revision)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its words may quote what is damaged
        raise bad(f"SQLite cannot read it ({error})") from error
    return revision


def bad(why: str) -> Invalid:
    """The refusal of a backup: `why` follows a colon."""
    return Invalid("backup_bad", f"This is no sound backup: {why}.")


def _require_whole(connection: sqlite3.Connection) -> None:
    damage = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    if damage != ["ok"]:
        raise bad(f"SQLite finds it damaged ({_named(damage)})")
    broken = [f"{row[0]} row {row[1]} to {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")]
    if broken:
        raise bad(f"{len(broken)} references lead nowhere ({_named(broken)})")


def _revision(connection: sqlite3.Connection) -> str:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
        raise bad("it is not a database of this service, or an empty one")
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is None or not schema.is_known(found[0]):
        raise bad(f"its schema is at {found[0] if found else 'nothing'}, which this version does not know")
    revision: str = found[0]
    return revision


def _require_triggers(connection: sqlite3.Connection, revision: str) -> None:
    there, expected = _triggers(connection), _triggers_of(revision)
    missing = sorted(expected.keys() - there.keys())
    if missing:
        raise bad(f"what keeps its journal from being changed is missing ({_named(missing)})")
    changed = sorted(name for name in expected if there[name] != expected[name])
    if changed:
        raise bad(f"what keeps its journal from being changed was changed itself ({_named(changed)})")


def _triggers_of(revision: str) -> dict[str, str]:
    """What the migrations make, by making it."""
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        file = Path(folder) / "expected.db"
        schema.upgrade(f"sqlite:///{file}", revision)
        with closing(sqlite3.connect(file)) as connection:
            return _triggers(connection)


def _triggers(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: " ".join(sql.split()) for name, sql in rows}


def _named(things: list[str]) -> str:
    more = ", …" if len(things) > _MOST_NAMED else ""
    return ", ".join(" ".join(thing.split()) for thing in things[:_MOST_NAMED]) + more
