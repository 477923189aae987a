"""Describes what pending migrations lock, for `motcua migrate --plan`."""

from collections.abc import Iterable, Iterator

from alembic.script import Script

# What a migration states of each table in `locks`. A test compares it with the locks that PostgreSQL takes.
LOCKS = {
    "short": "locked for a moment, at most 0.3 s of waiting for each try",
    "scan": "read whole beside the service, locked for nobody",
    "scan, then short": "read whole beside the service, then locked for a moment",
}


def lines(pending: Iterable[Script], *, sqlite: bool = False) -> Iterator[str]:
    """A line for each migration and each table that it locks."""
    for script in pending:
        summary = (script.doc or "").partition(":")[0]
        yield f"{script.revision} {summary}"
        if sqlite:
            yield "  the whole file: no changes until all migrations end; reading goes on"
            continue
        if not hasattr(script.module, "oldest_code"):
            yield "  all tables of the migration, to its end: stop the service first"
            continue
        locks: dict[str, str] = getattr(script.module, "locks", {})
        yield from (f"  {table}: {LOCKS[lock]}" for table, lock in locks.items())
        if not locks:
            yield "  no lock on a table in use"
        yield f"  code from schema {script.module.oldest_code} on goes on beside it"
