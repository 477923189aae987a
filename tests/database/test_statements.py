"""Statements, prepared or not, and their rows."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from app.database import Database, Instant, IntegrityFailed, NoRow, Prepared
from tests.support.items import BY_CODE, COUNT, MORNING, SET_AMOUNT, items, on, parts, put, read


def test_a_row_has_attributes_positions_and_unpacking(url: str) -> None:
    async def read_row(database: Database) -> None:
        key = await put(database, code="A", amount=3, open=True, day=date(2021, 8, 16))
        async with database.reading() as connection:
            row = await connection.one(BY_CODE, code="A")
            assert (row.id, row.code, row.amount, row.open, row.day) == (key, "A", 3, True, date(2021, 8, 16))
            assert (row[1], len(row), dict(zip(row._fields, row, strict=True))["amount"]) == ("A", len(items.c), 3)
            code, amount = await connection.one(select(items.c.code, items.c.amount))
            assert (code, amount) == ("A", 3)

    on(url, read_row)


def test_a_column_without_a_valid_name_gets_one_and_equal_names_are_refused(url: str) -> None:
    async def name(database: Database) -> None:
        await put(database, code="A", amount=3)
        async with database.reading() as connection:
            row = await connection.one(
                select(items.c.amount.label("class"), func.count(), (items.c.amount + 1)).group_by(items.c.amount)
            )
            assert (row.class_, row.count, row[2]) == (3, 1, 4)
            assert (await connection.one(text('SELECT 1 AS "1 day"'))).column_1_day == 1
            other = items.alias()
            with pytest.raises(ValueError, match="two columns named id"):
                await connection.all(select(items.c.id, other.c.id).where(items.c.id == other.c.id))
            with pytest.raises(ValueError, match="equal names"):
                await connection.all(text("SELECT 1 AS a, 2 AS a"))

    on(url, name)


def test_no_row_gives_none_an_empty_list_or_an_error(url: str) -> None:
    async def look(database: Database) -> None:
        async with database.reading() as connection:
            assert await connection.first(BY_CODE, code="none") is None
            assert await connection.scalar(BY_CODE, code="none") is None
            assert await connection.all(BY_CODE, code="none") == []
            with pytest.raises(NoRow):
                await connection.one(BY_CODE, code="none")

    on(url, look)


def test_a_prepared_statement_may_have_constants_beside_its_parameters(url: str) -> None:
    statement = Prepared(
        select(items.c.code)
        .where(items.c.amount > 1, items.c.open == bindparam("open", True), items.c.at < bindparam("before"))
        .order_by(items.c.code)
        .limit(bindparam("limit"))
    )

    async def select_some(database: Database) -> None:
        async with database.writing() as connection:
            rows = [{"code": code, "amount": n, "open": n != 3, "at": MORNING} for n, code in enumerate("ABCDE")]
            await connection.insert_many(items, rows)
            later = MORNING + timedelta(hours=1)
            assert [row.code for row in await connection.all(statement, before=later, limit=9)] == ["C", "E"]
            assert [row.code for row in await connection.all(statement, before=later, limit=1)] == ["C"]
            assert [row.code for row in await connection.all(statement, before=later, limit=9, open=False)] == ["D"]
            assert await connection.all(statement, before=MORNING, limit=9) == []

    on(url, select_some)


@pytest.mark.parametrize("parameters", [{}, {"cod": "A"}, {"code": "A", "day": None}])
def test_a_parameter_that_is_missing_or_unknown_is_an_error(url: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="wrong parameters"):
        on(url, lambda database: read(database, BY_CODE, **parameters))


def test_an_in_list_may_be_empty_short_or_long_prepared_or_not(url: str) -> None:
    days = Prepared(select(items.c.code).where(items.c.amount > 0, items.c.day.in_(bindparam("days", expanding=True))))

    async def select_some(database: Database) -> None:
        async with database.writing() as connection:
            rows = [{"code": f"{n}", "amount": n, "day": date(2021, 1, 1) + timedelta(n)} for n in range(1200)]
            await connection.insert_many(items, rows)
        async with database.reading() as connection:
            codes = items.c.code
            assert await connection.all(select(codes).where(codes.in_([]))) == []
            assert len(await connection.all(select(codes).where(codes.not_in([])))) == 1200
            assert len(await connection.all(select(codes).where(codes.in_([row["code"] for row in rows])))) == 1200
            assert await connection.all(days, days=[]) == []
            assert await connection.scalar(days, days=[date(2021, 1, 3), date(2020, 1, 1)]) == "2"
            assert len(await connection.all(days, days=[row["day"] for row in rows])) == 1199
            pairs = [("7", date(2021, 1, 8)), ("7", date(2021, 1, 9))]
            assert [
                row.code for row in await connection.all(select(codes).where(tuple_(codes, items.c.day).in_(pairs)))
            ] == ["7"]

    on(url, select_some)


def test_text_takes_parameters_and_column_types(url: str) -> None:
    async def select_some(database: Database) -> None:
        await put(database, code="A", at=MORNING)
        async with database.reading() as connection:
            plain = text("SELECT code, id + 0 AS number FROM items WHERE code = :code")
            row = await connection.one(plain, code="A")
            assert (row.code, row.number) == ("A", 1)
            typed = Prepared(text("SELECT at FROM items WHERE code = :code").columns(at=Instant))
            assert await connection.scalar(typed, code="A") == MORNING

    on(url, select_some)


def test_an_insert_returns_the_generated_key(url: str) -> None:
    async def insert_some(database: Database) -> None:
        async with database.writing() as connection:
            first = await connection.insert(items, {"code": "A"})
            second = await connection.insert(items, {"code": "B"})
            assert first is not None
            assert second == first + 1
            assert await connection.insert(items, {"id": 77, "code": "C"}) is None
            assert await connection.insert(parts, {"name": "p", "item_id": 77}) is None
            assert await connection.scalar(select(items.c.id).where(items.c.code == "B")) == second

    on(url, insert_some)


def test_changes_may_return_columns_and_the_number_of_rows(url: str) -> None:
    make = Prepared(
        insert(items).values(code=bindparam("code"), at=bindparam("at"), amount=1).returning(items.c.at, items.c.amount)
    )

    async def change(database: Database) -> None:
        async with database.writing() as connection:
            assert tuple(await connection.one(make, code="A", at=MORNING)) == (MORNING, 1)
            assert await connection.scalar(make, code="B", at=None) is None
            raised = update(items).values(amount=items.c.amount + 1).returning(items.c.code, items.c.amount)
            assert sorted(await connection.all(raised)) == [("A", 2), ("B", 2)]
            assert await connection.first(raised) is not None
            assert await connection.run(delete(items).where(items.c.amount == 3)) == 2
            assert await connection.run(SET_AMOUNT, the_code="A", amount=1) == 0

    on(url, change)


def test_an_upsert_is_written_once_for_both_databases(url: str) -> None:
    fresh = upsert(items).values(code=bindparam("code"), day=bindparam("day"), amount=bindparam("amount"))
    target = [items.c.code, items.c.day]
    summed = Prepared(
        fresh.on_conflict_do_update(
            index_elements=target, set_={"amount": items.c.amount + fresh.excluded.amount}
        ).returning(items.c.amount)
    )
    kept = Prepared(fresh.on_conflict_do_nothing(index_elements=target))

    async def merge(database: Database) -> list[Any]:
        async with database.writing() as connection:
            day = date(2021, 8, 16)
            return [
                await connection.scalar(summed, code="A", day=day, amount=2),
                await connection.scalar(summed, code="A", day=day, amount=3),
                await connection.run(kept, code="A", day=day, amount=9),
                await connection.run(kept, code="B", day=day, amount=9),
            ]

    assert on(url, merge) == [2, 5, 0, 1]


def test_many_rows_are_inserted_together(url: str) -> None:
    async def change(database: Database) -> Any:
        async with database.writing() as connection:
            await connection.insert_many(items, [])
            await connection.insert_many(items, [{"code": f"{n}", "amount": n, "at": MORNING} for n in range(1501)])
            return await connection.scalar(select(func.sum(items.c.amount)).where(items.c.at == MORNING))

    assert on(url, change) == 1500 * 1501 // 2


def test_rows_of_several_tables_are_inserted_together_or_not_at_all(url: str) -> None:
    async def insert_some(database: Database) -> None:
        rows = [
            (items, {"id": 500, "code": "A", "at": MORNING}),
            (items, {"id": 501, "code": "B", "at": None}),
            (parts, {"name": "p", "item_id": 501, "owner_id": 500}),
        ]
        async with database.writing() as connection:
            await connection.insert_together([])
            await connection.insert_together(rows)
            by_id = select(items.c.code, items.c.at).order_by(items.c.id)
            assert [tuple(row) for row in await connection.all(by_id)] == [("A", MORNING), ("B", None)]
            assert await connection.scalar(select(parts.c.owner_id)) == 500
        with pytest.raises(IntegrityFailed) as refusal:
            async with database.writing() as connection:
                await connection.insert_together([(items, {"id": 502, "code": "C"}), (items, {"id": 500, "code": "D"})])
        assert refusal.value.constraint == "pk_items"
        assert await read(database, COUNT) == 2

    on(url, insert_some)


def test_delayed_rows_are_visible_to_later_statements_and_committed(url: str) -> None:
    async def insert_some(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert_by_end([(items, {"id": 500, "code": "A"})])
            assert await connection.scalar(COUNT) == 1
            await connection.insert_by_end([(items, {"id": 501, "code": "B"})])
            await connection.insert_together([(parts, {"name": "p", "item_id": 501, "owner_id": 500})])
            await connection.insert_by_end([(items, {"id": 502, "code": "C"})])
            await connection.run(SET_AMOUNT, the_code="C", amount=3)
            await connection.insert_by_end([(items, {"id": 503, "code": "D"})])
        async with database.reading() as connection:
            rows = await connection.all(select(items.c.code, items.c.amount).order_by(items.c.id))
            assert [tuple(row) for row in rows] == [("A", None), ("B", None), ("C", 3), ("D", None)]

    on(url, insert_some)


def test_a_refused_delayed_row_rolls_the_transaction_back(url: str) -> None:
    async def insert_twice(database: Database) -> None:
        with pytest.raises(IntegrityFailed) as refusal:
            async with database.writing() as connection:
                await connection.insert(items, {"id": 1, "code": "A"})
                await connection.insert_by_end([(items, {"id": 1, "code": "B"})])
        assert refusal.value.constraint == "pk_items"
        with pytest.raises(KeyError):
            async with database.writing() as connection:
                await connection.insert_by_end([(items, {"id": 2, "code": "C"})])
                raise KeyError
        await put(database, code="D")
        assert await read(database, COUNT) == 1

    # The only connection is lent again after each of these.
    on(url, insert_twice, pool_size=1)


def test_rows_with_different_columns_are_refused_in_one_insert(url: str) -> None:
    async def insert_unlike(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert_many(items, [{"code": "A"}, {"code": "B", "amount": 1}])

    with pytest.raises(TypeError, match="amount"):
        on(url, insert_unlike)


def test_a_python_default_is_refused(url: str) -> None:
    table = Table("items", MetaData(), Column("code", Text), Column("amount", Integer, default=5))

    async def insert_one(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert(table, {"code": "A"})

    with pytest.raises(TypeError, match="amount"):
        on(url, insert_one)
