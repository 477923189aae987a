"""Values: they are read as they were written, and values out of range are refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, text

from app.database import Database, Prepared, ValueOutOfRange
from tests.support.items import COUNT, MORNING, VIETNAM, items, on, put, read


@pytest.mark.parametrize(
    ("column", "given", "stored"),
    [
        ("at", MORNING, MORNING),
        ("at", MORNING.astimezone(VIETNAM), MORNING),
        ("at", MORNING.replace(microsecond=999_999), MORNING),
        ("at", datetime(1945, 9, 2, 14, 0, 0, 500_000, tzinfo=VIETNAM), datetime(1945, 9, 2, 7, tzinfo=UTC)),
        ("at", datetime.max.replace(tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("at", None, None),
        ("day", date(2021, 8, 16), date(2021, 8, 16)),
        ("day", date.min, date.min),
        ("day", None, None),
        ("data", {"tên": "Nguyễn", "a": [1, None, True, "\0"]}, {"tên": "Nguyễn", "a": [1, None, True, "\0"]}),
        ("data", [], []),
        ("data", None, None),
        ("open", True, True),
        ("open", False, False),
        ("open", None, None),
        ("amount", 2**31 - 1, 2**31 - 1),
        ("large", -(2**63), -(2**63)),
        ("share", 0.5, 0.5),
        ("code", "Trà My 🏛", "Trà My 🏛"),
    ],
)
def test_a_value_is_read_as_it_was_written_with_its_type(url: str, column: str, given: Any, stored: Any) -> None:
    async def there_and_back(database: Database) -> Any:
        await put(database, **{"code": "A", column: given})
        return await read(database, select(items.c[column]))

    value = on(url, there_and_back)
    assert (value, type(value)) == (stored, type(stored))
    if column == "at" and stored is not None:
        assert value.utcoffset() == timedelta(0)


def test_instants_compare_independently_of_their_offset(url: str) -> None:
    async def compare(database: Database) -> list[int]:
        await put(database, code="A", at=MORNING)
        until = Prepared(select(func.count()).where(items.c.at <= bindparam("until")))
        moments = (MORNING, MORNING.astimezone(VIETNAM), MORNING - timedelta(seconds=1))
        return [await read(database, until, until=moment) for moment in moments]

    assert on(url, compare) == [1, 1, 0]


@pytest.mark.parametrize(
    ("column", "value"),
    [("at", datetime(2021, 8, 16, 8, 30)), ("day", MORNING), ("data", float("nan"))],  # noqa: DTZ001
)
def test_an_ambiguous_value_is_refused(url: str, column: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"offset|not an instant|not JSON compliant"):
        on(url, lambda database: put(database, code="A", **{column: value}))


OUT_OF_RANGE = [
    ("amount", 2**31),
    ("amount", -(2**31) - 1),
    ("large", 2**63),
    ("amount", 2**80),
    ("code", "A\0B"),
    ("code", "\ud800"),
    ("data", {"a": "\ud800"}),
    ("at", datetime.min.replace(tzinfo=VIETNAM)),
]


@pytest.mark.parametrize(("column", "value"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_refused_and_nothing_is_stored(url: str, column: str, value: Any) -> None:
    async def try_it(database: Database) -> int:
        with pytest.raises(ValueOutOfRange):
            await put(database, **{"code": "A", column: value})
        with pytest.raises(ValueOutOfRange):
            await read(database, select(items.c.id).where(items.c[column] == bindparam("it")), it=value)
        with pytest.raises(ValueOutOfRange):
            await read(database, select(items.c.id).where(items.c[column].in_([value])))
        await put(database, code="B")
        count: int = await read(database, COUNT)
        return count

    assert on(url, try_it) == 1


def test_equal_json_is_stored_as_equal_text(url: str) -> None:
    async def store(database: Database) -> list[Any]:
        await put(database, code="A", data={"b": 1, "ạ": 2, "a": None})
        await put(database, code="B", data={"a": None, "ạ": 2, "b": 1})
        async with database.reading() as connection:
            return [row.data for row in await connection.all(text("SELECT data FROM items"))]

    assert on(url, store) == ['{"a":null,"b":1,"ạ":2}'] * 2
