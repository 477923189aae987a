"""The start of a process of the service: what it does before it takes requests."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from app.database import Database
from app.database.observed import observed
from app.database.tables import recount_due
from app.main import served
from tests.support.database_access import in_database


@contextmanager
def started(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[list[str]]:
    """The statements of a process until it takes requests."""
    monkeypatch.setenv("MOTCUA_DATABASE_URL", url)
    statements: list[str] = []

    def around(_dialect: str, sql: str) -> AbstractContextManager[None]:
        statements.append(sql)
        return nullcontext()

    async def run() -> None:
        app = served()
        async with app.router.lifespan_context(app):
            statements.append("it takes requests")

    with observed(around, lambda _query: None):
        asyncio.run(run())
    yield statements[: statements.index("it takes requests")]


def test_a_process_has_counted_figures_before_it_takes_requests(
    seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(monkeypatch, seeded_url) as statements:
        assert any("rollup_totals" in sql for sql in statements)


def test_a_process_starts_while_figures_are_refused(seeded_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert(recount_due, {"id": 1, "why": "a test"})

    in_database(seeded_url, refuse)
    with started(monkeypatch, seeded_url) as statements:
        assert not any("rollup_totals" in sql for sql in statements)
