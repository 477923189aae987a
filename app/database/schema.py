"""Migrates a database up or down the chain of migrations, and reads its schema version."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from app.database.migration_connections import alone, in_transaction, reading
from app.database.online import Online
from app.database.short_locks import in_short_transaction
from app.encryption.key_files import Keys

__all__ = [
    "FIRST_RANGE",
    "OLDEST_SCHEMA",
    "chain",
    "current",
    "downgrade",
    "head",
    "in_transaction",
    "is_known",
    "pending",
    "reading",
    "upgrade",
    "usable",
]

# The oldest schema that this code can use. It has all tables and columns of the code, which a test checks.
OLDEST_SCHEMA = "0054"

# Migrations after this one run beside the service (docs/decisions/0015-migrations.md). Up to it, all run in one
# transaction.
FIRST_RANGE = "0024"


def upgrade(url: str, revision: str = "head", keys: Keys | None = None) -> None:
    """Migrates the database at `url` up to `revision`. Does nothing if it is there already.

    `keys` encrypt and decrypt rows; the default is the keys that `Keys` finds. If several processes call it at the
    same time, one migrates and the others wait. A killed one is continued by the next call. On SQLite, and up to the
    first range of schemas, it is one transaction. Not for use inside an event loop.
    """
    usable = keys or Keys(url)
    alone(url, lambda connection: _climb(connection, revision, usable))


def downgrade(url: str, revision: str, keys: Keys | None = None) -> None:
    """Migrates the database down to `revision` (`base`: no table). Not inside an event loop."""
    usable = keys or Keys(url)
    alone(url, lambda connection: _descend(connection, revision, usable))


def current(url: str) -> str | None:
    """The schema revision of the database at `url`, None if it was never migrated. Not inside an event loop."""
    return reading(url, revision_of)


def revision_of(connection: Connection) -> str | None:
    """The schema revision of the database of `connection`, None if it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The schema revision that this version of the package needs, None if the chain is empty."""
    return _scripts().get_current_head()


def is_known(revision: str) -> bool:
    """True if this version of the package can migrate a database at `revision` up to its own."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def usable() -> frozenset[str]:
    """The schema revisions that this code can use: from `OLDEST_SCHEMA` to the newest one that it knows."""
    scripts = _scripts().iterate_revisions("head", OLDEST_SCHEMA, inclusive=True)
    return frozenset(script.revision for script in scripts)


def pending(url: str) -> list[Script]:
    """The migrations that `upgrade` would run, in their order."""
    revision = current(url)
    return [script for script in chain() if revision is None or script.revision > revision]


def chain() -> list[Script]:
    """All migrations in their order. Their revisions are numbers with leading zeros, so they sort as text."""
    return list(reversed(list(_scripts().walk_revisions())))


def _climb(connection: Connection, revision: str, keys: Keys) -> None:
    target = (head() if revision == "head" else revision) or ""
    reached = revision_of(connection) or ""
    if reached < min(target, FIRST_RANGE):
        _in_one(connection, lambda connection: _run_up(_config(connection, keys), min(target, FIRST_RANGE)))
    for script in chain():
        if max(reached, FIRST_RANGE) < script.revision <= target:
            _step_up(connection, script, keys)


def _step_up(connection: Connection, script: Script, keys: Keys) -> None:
    if hasattr(script.module, "online"):
        script.module.online(Online(connection, script.revision))
    _in_short(connection, lambda connection: _run_up(_config(connection, keys, online=True), script.revision))


def _descend(connection: Connection, revision: str, keys: Keys) -> None:
    steps = 1 if revision == "-1" else None
    while (reached := revision_of(connection) or "") > FIRST_RANGE and reached != revision and steps != 0:
        _in_short(connection, lambda connection: _run_down(_config(connection, keys), "-1"))
        steps = None if steps is None else steps - 1
    if reached != revision and steps != 0:
        _in_one(connection, lambda connection: _run_down(_config(connection, keys), revision))


def _in_one(connection: Connection, work: Callable[[Connection], None]) -> None:
    """Runs `work` in one transaction that waits for its locks."""
    if connection.dialect.name == "sqlite":
        work(connection)
    else:
        with connection.engine.begin() as transaction:
            work(transaction)


def _in_short(connection: Connection, work: Callable[[Connection], None]) -> None:
    if connection.dialect.name == "sqlite":
        work(connection)
    else:
        in_short_transaction(connection.engine, work)


def _run_up(config: Config, revision: str) -> None:
    _run(config, revision, _scripts()._upgrade_revs)  # noqa: SLF001 - `alembic.command` reads all migrations each time


def _run_down(config: Config, revision: str) -> None:
    _run(config, revision, _scripts()._downgrade_revs)  # noqa: SLF001 - as above


def _run(config: Config, revision: str, steps: Callable[[str, Any], Any]) -> None:
    scripts = _scripts()
    with EnvironmentContext(
        config, scripts, fn=lambda reached, _context: steps(revision, reached), destination_rev=revision
    ):
        scripts.run_env()


@cache
def _scripts() -> ScriptDirectory:
    """The migrations, read once by each process."""
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None, keys: Keys | None = None, *, online: bool = False) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_migrations_directory()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["keys"] = keys
    config.attributes["online"] = online
    return config


def _migrations_directory() -> Path:
    # An installed package contains the migrations; a checkout has them in its root folder.
    package = Path(__file__).resolve().parents[1]
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
