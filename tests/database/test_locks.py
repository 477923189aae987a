"""Advisory locks: shared by the processes of one register, and not by two registers in one database."""

from sqlalchemy import text

from app.database import Database
from app.database.locks import Lock, acquire, try_acquire
from tests.support.items import on


def test_registers_in_two_schemas_of_one_database_do_not_share_a_lock(postgresql_url: str) -> None:
    async def tried(database: Database) -> list[bool]:
        async with database.writing() as connection:
            await connection.run(text("CREATE SCHEMA another"))
        results = []
        async with database.writing() as holder:
            await acquire(holder, Lock.ROLL_UP)
            for schema in ("public", "another"):
                async with database.writing() as connection:
                    await connection.run(text(f"SET LOCAL search_path = {schema}"))
                    results.append(await try_acquire(connection, Lock.ROLL_UP))
        return results

    assert on(postgresql_url, tried) == [False, True]


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
