"""How a PostgreSQL database is backed up and restored: by its own tools, in words that can be pasted."""

import shlex
from pathlib import Path

from sqlalchemy import make_url

_WHENCE = "Its password comes from PGPASSWORD or ~/.pgpass."


def how_to_take(url: str, file: Path) -> str:
    """What to run instead of `motcua backup`."""
    command = shlex.join(["pg_dump", "--format=custom", f"--file={file}", f"--dbname={_without_password(url)}"])
    return f"A PostgreSQL database is backed up beside running writers by its own tool: {command} {_WHENCE}"


def how_to_restore(url: str, file: Path) -> str:
    """What to run instead of `motcua restore`."""
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
        "A PostgreSQL database is restored by its own tool; stop the service, run "
        f"{command} and then `motcua migrate` and `motcua verify`. {_WHENCE}"
    )


def _without_password(url: str) -> str:
    return make_url(url)._replace(drivername="postgresql", password=None).render_as_string()
