"""Names the commands that back up and restore a PostgreSQL database: its own tools, ready to paste."""

import shlex
from pathlib import Path

from app.database.address import database_url

_CREDENTIALS = "The password is read from PGPASSWORD or ~/.pgpass."


def how_to_take(url: str, file: Path) -> str:
    """The message of `motcua backup`: the command to run instead."""
    command = shlex.join(["pg_dump", "--format=custom", f"--file={file}", f"--dbname={_without_password(url)}"])
    return f"Back up a PostgreSQL database with its own tool, while the service runs: {command} {_CREDENTIALS}"


def how_to_restore(url: str, file: Path) -> str:
    """The message of `motcua restore`: the commands to run instead."""
    command = shlex.join(
        [
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--clean",
            "--if-exists",
            f"--dbname={_without_password(url)}",
            str(file),
        ]
    )
    return (
        "Restore a PostgreSQL database with its own tool: stop the service, run "
        f"{command} and then `motcua migrate` and `motcua verify`. {_CREDENTIALS}"
    )


def how_to_verify(file: Path) -> str:
    """The message of `motcua verify --from` for a dump: the commands to run instead."""
    restore = shlex.join(["pg_restore", "--no-owner", "--dbname=register_copy", str(file)])
    return (
        "This file is no SQLite backup. Verify the dump of a PostgreSQL database in a database of its own: "
        f"run createdb register_copy, {restore} (psql for a plain dump), and then "
        "MOTCUA_DATABASE_URL=postgresql:///register_copy motcua verify."
    )


def _without_password(url: str) -> str:
    return database_url(url)._replace(password=None).render_as_string()
