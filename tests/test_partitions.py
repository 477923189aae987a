"""The partitions of the access log on PostgreSQL: views go to their month, months are added, old months are dropped."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.audit.verification.check_database import trigger_differences
from app.database import Database, schema
from app.database.partitions import add_months, drop_month, month_start
from app.operations.purge.service import purge
from tests.support.database_access import in_database
from tests.support.databases import PostgresDatabases

INSERT = text(
    "INSERT INTO access_log (viewed_at, client, dossier_id, kind) VALUES (:at, 'counter', 1, 'dossier') RETURNING id"
)
PARTITIONS = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = to_regclass('access_log')"
)


@pytest.fixture
def url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    """A database at the schema before the partitions."""
    url = postgresql_databases.create()
    try:
        schema.upgrade(url, "0030")
        yield url
    finally:
        postgresql_databases.drop(url)


def view(url: str, *instants: datetime) -> None:
    def insert(connection: Connection) -> None:
        for at in instants:
            connection.execute(INSERT, {"at": at})

    schema.in_transaction(url, insert)


def read(url: str, statement: str) -> list[Any]:
    return schema.in_transaction(url, lambda connection: list(connection.scalars(text(statement))))


def partitions(url: str) -> set[str]:
    return set(schema.in_transaction(url, lambda connection: list(connection.scalars(PARTITIONS))))


def test_views_before_and_after_the_swap_are_in_one_log_with_different_ids(url: str) -> None:
    now = datetime.now(UTC)
    view(url, now - timedelta(days=900), now)
    schema.upgrade(url, "0031")
    view(url, now, now + timedelta(days=100), now + timedelta(days=4000))
    assert read(url, "SELECT id FROM access_log ORDER BY id") == [1, 2, 3, 4, 5]
    assert read(url, "SELECT count(*) FROM access_log_first") == [3]
    assert read(url, "SELECT count(*) FROM access_log_other") == [1]


def test_a_downgrade_keeps_the_views_of_all_months(url: str) -> None:
    now = datetime.now(UTC)
    schema.upgrade(url, "0031")
    view(url, now, now + timedelta(days=100))
    schema.downgrade(url, "0030")
    view(url, now)
    assert read(url, "SELECT id FROM access_log ORDER BY id") == [1, 2, 3]
    schema.upgrade(url, "0031")
    assert read(url, "SELECT id FROM access_log ORDER BY id") == [1, 2, 3]


@pytest.mark.parametrize("table", ["access_log", "access_log_first"])
@pytest.mark.parametrize("change", ["UPDATE {} SET client = 'x'", "DELETE FROM {}"])
def test_no_view_is_changed_through_a_partition_either(url: str, table: str, change: str) -> None:
    schema.upgrade(url)
    view(url, datetime.now(UTC))
    with pytest.raises(DBAPIError, match="append-only"):
        schema.in_transaction(url, lambda connection: connection.execute(text(change.format(table))))


def test_verification_names_a_trigger_that_is_disabled_on_a_partition(url: str) -> None:
    schema.upgrade(url)

    async def differences(database: Database) -> list[str]:
        async with database.reading() as connection:
            return [str(difference) for difference in await trigger_differences(connection)]

    assert in_database(url, differences) == []
    disable = text("ALTER TABLE access_log_first DISABLE TRIGGER access_log_are_kept_two_years")
    schema.in_transaction(url, lambda connection: connection.execute(disable))
    (difference,) = in_database(url, differences)
    assert "access_log_are_kept_two_years on access_log_first" in difference


def test_the_coming_months_are_added_once_by_all_workers(url: str) -> None:
    schema.upgrade(url)
    later = datetime.now(UTC) + timedelta(days=365)

    async def together(database: Database) -> None:
        await asyncio.gather(*(add_months(database, later) for _ in range(4)), return_exceptions=True)
        await add_months(database, later)

    in_database(url, together)
    assert f"access_log_{later:%Y%m}" in partitions(url)
    view(url, later)
    assert read(url, f"SELECT count(*) FROM access_log_{later:%Y%m}") == [1]
    assert read(url, "SELECT count(*) FROM access_log_other") == [0]


def test_a_purge_drops_months_and_deletes_the_rest(url: str) -> None:
    now = datetime.now(UTC)
    old = now - timedelta(days=1000)
    view(url, old)
    schema.upgrade(url)
    month = f"{old:%Y%m}"
    # Stands for a month that was added when it was still to come.
    schema.in_transaction(url, lambda connection: make_old(connection, month, old))
    view(url, old, now)

    async def work(database: Database) -> int:
        return (await purge(database, now, now - timedelta(days=4000), now - timedelta(days=800))).views

    assert f"access_log_{month}" in partitions(url)
    assert in_database(url, work) == 2
    assert f"access_log_{month}" not in partitions(url)
    assert read(url, "SELECT count(*) FROM access_log") == [1]


def make_old(connection: Connection, month: str, old: datetime) -> None:
    """Replaces the first partition by one for the month of `old`, with its rows."""
    first = old.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    for statement in (
        "ALTER TABLE access_log DETACH PARTITION access_log_first",
        f"CREATE TABLE access_log_{month} PARTITION OF access_log FOR VALUES FROM ('{first}') TO ('{after}')",
        "INSERT INTO access_log SELECT * FROM access_log_first",
    ):
        connection.execute(text(statement))


async def nothing_more(_connection: Any) -> None:
    """Writes nothing beside the drop."""


def test_no_month_of_the_last_two_years_is_dropped(url: str) -> None:
    schema.upgrade(url)
    before, coming = partitions(url), month_start(datetime.now(UTC), 3)
    assert f"access_log_{coming:%Y%m}" in before
    assert not in_database(url, lambda database: drop_month(database, coming, nothing_more))
    assert partitions(url) == before


def test_without_partitions_nothing_is_added_or_dropped(url: str) -> None:
    in_database(url, lambda database: add_months(database, datetime.now(UTC)))
    month = month_start(datetime.now(UTC), -36)
    assert not in_database(url, lambda database: drop_month(database, month, nothing_more))
    assert partitions(url) == set()
