"""New databases for tests: empty, migrated or with reference data, each a copy of a template."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy import make_url


class Databases(Protocol):
    """Creates and removes databases of one kind."""

    def create(self, template: str | None = None) -> str:
        """The URL of a new database, a copy of the one at the URL `template` or empty."""

    def drop(self, url: str) -> None:
        """Remove a database, even with open connections."""


class SqliteDatabases:
    """SQLite files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def create(self, template: str | None = None) -> str:
        path = self._folder / f"motcua-{next(self._numbers)}.db"
        if template is not None:
            assert not Path(f"{_path(template)}-wal").exists(), "the template is still open"
            # With its mode: others cannot read it.
            shutil.copy(_path(template), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_path(url)}{suffix}").unlink(missing_ok=True)


class PostgresDatabases:
    """Databases of one PostgreSQL server. `administrative_url`: the database from which others are created."""

    def __init__(self, administrative_url: str) -> None:
        self._url = make_url(administrative_url).set(drivername="postgresql+asyncpg")
        self._numbers = itertools.count()

    def create(self, template: str | None = None) -> str:
        # Several test processes may share a server.
        name = f"motcua_test_{os.getpid()}_{next(self._numbers)}"
        source = "template0" if template is None else make_url(template).database
        # A copy of files takes a quarter of the time of a copy through the log. Nothing here has to be durable.
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)

        async def execute() -> None:
            connection = await asyncpg.connect(dsn)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(execute())


class Templates:
    """Databases that tests copy, each created at its first use."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._urls: dict[Callable[[str], None], str] = {}

    def prepared_by(self, prepare: Callable[[str], None]) -> str:
        """The URL of the database that `prepare` has filled. It is called once, with the URL of an empty database."""
        if prepare not in self._urls:
            url = self._databases.create()
            prepare(url)
            self._urls[prepare] = url
        return self._urls[prepare]

    def drop(self) -> None:
        """Remove all templates."""
        for url in self._urls.values():
            self._databases.drop(url)


def _path(url: str) -> str:
    path = make_url(url).database
    assert path is not None, url
    return path
