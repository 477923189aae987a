"""Fresh databases for tests: empty, migrated or holding the reference data, each a copy of a template made once."""

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
    """One kind of database: where new ones come from and how they go."""

    def create(self, template: str | None = None) -> str:
        """The URL of a new database, a copy of the one at the URL `template` or empty."""

    def drop(self, url: str) -> None:
        """Remove it, also while connections to it are open."""


class SqliteDatabases:
    """SQLite files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def create(self, template: str | None = None) -> str:
        path = self._folder / f"motcua-{next(self._numbers)}.db"
        if template is not None:
            assert not Path(f"{_path(template)}-wal").exists(), "whoever filled the template has not closed it"
            shutil.copyfile(_path(template), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_path(url)}{suffix}").unlink(missing_ok=True)


class PostgresDatabases:
    """Databases of one PostgreSQL server; `administrative_url` is the one to connect to for creating others."""

    def __init__(self, administrative_url: str) -> None:
        self._url = make_url(administrative_url).set(drivername="postgresql+asyncpg")
        self._numbers = itertools.count()

    def create(self, template: str | None = None) -> str:
        # Several test processes may share a server that was given to them.
        name = f"motcua_test_{os.getpid()}_{next(self._numbers)}"
        source = "template0" if template is None else make_url(template).database
        # Copied as files, in a quarter of the time that going through the log takes: nothing here has to be durable.
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
    """The databases that tests copy, each made when first asked for."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._urls: dict[Callable[[str], None], str] = {}

    def prepared_by(self, prepare: Callable[[str], None]) -> str:
        """The URL of the database that `prepare`, called once with an empty one's URL, has filled."""
        if prepare not in self._urls:
            url = self._databases.create()
            prepare(url)
            self._urls[prepare] = url
        return self._urls[prepare]

    def drop(self) -> None:
        """Remove them all."""
        for url in self._urls.values():
            self._databases.drop(url)


def _path(url: str) -> str:
    path = make_url(url).database
    assert path is not None, url
    return path
