"""Advisory locks: shared by the processes of one register, and not by two registers in one database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url, text

from app.catalogue.exclusion import exclusive_guard, shared_guard
from app.database import Connection, Database, DatabaseUnavailable, open_database, schema
from app.database.locks import Lock, acquire, try_acquire
from tests.support.items import on
from tests.support.reference import seed


@pytest.fixture
def two_registers(postgresql_url: str) -> list[str]:
    """The URLs of two registers with reference data, in two schemas of one database."""

    async def create(database: Database) -> None:
        async with database.writing() as connection:
            await connection.run(text("CREATE SCHEMA another"))

    on(postgresql_url, create)
    another = make_url(postgresql_url).update_query_dict({"search_path": "another"})
    urls = [postgresql_url, another.render_as_string(hide_password=False)]
    for url in urls:
        seed(url)
    return urls


async def _everything(connection: Connection) -> list[bool]:
    """Takes every lock of a register that a change, a reform or a task takes; whether it was free."""
    await connection.run(text("SET LOCAL lock_timeout = '1s'"))
    await shared_guard(connection)
    await exclusive_guard(connection)
    claimed = await connection.scalar(text("SELECT count(*) FROM claim_key(repeat('a1', 32), now())"))
    return [claimed == 0, *[await try_acquire(connection, lock) for lock in Lock]]


def test_registers_in_two_schemas_of_one_database_share_no_lock(two_registers: list[str]) -> None:
    async def tried(holder: Database) -> list[list[bool]]:
        other = await open_database(two_registers[1])
        try:
            async with holder.writing() as first, other.writing() as second:
                return [await _everything(first), await _everything(second)]
        finally:
            await other.close()

    assert on(two_registers[0], tried) == [[True] * (1 + len(Lock))] * 2


def test_two_registers_in_one_database_migrate_at_the_same_time(two_registers: list[str]) -> None:
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(_connection: object) -> str | None:
            # The lock of migrations of the first register is held.
            return pool.submit(schema.in_transaction, two_registers[1], schema.revision_of).result(30)

        assert schema.in_transaction(two_registers[0], meanwhile) == schema.head()


@pytest.mark.parametrize("register", [0, 1])
def test_a_reform_waits_for_changes_of_its_own_register(two_registers: list[str], register: int) -> None:
    async def refused(database: Database) -> None:
        async with database.writing() as change:
            await shared_guard(change)
            with pytest.raises(DatabaseUnavailable):
                async with database.writing() as reform:
                    await reform.run(text("SET LOCAL lock_timeout = '50ms'"))
                    await exclusive_guard(reform)

    on(two_registers[register], refused)


def test_a_lock_in_the_schema_public_has_its_plain_number(postgresql_url: str) -> None:
    async def held(database: Database) -> list[int]:
        async with database.writing() as connection:
            await acquire(connection, Lock.SEALS)
            rows = await connection.all(
                text("SELECT classid::bigint << 32 | objid::bigint AS number FROM pg_locks WHERE locktype = 'advisory'")
            )
        return [row.number for row in rows]

    # Older processes beside this one wait for the same number.
    assert on(postgresql_url, held) == [Lock.SEALS]
