"""Conditions on JSON text, with the same meaning on both databases for any content."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import ColumnElement, literal, select

from app.database import Json
from app.database.json_conditions import has_key, has_member
from tests.support.database_access import open_database


async def truth_of(url: str, condition: ColumnElement[bool]) -> bool:
    database = await open_database(url)
    try:
        async with database.reading() as connection:
            return bool(await connection.scalar(select(condition)))
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("content", "truth"),
    [
        ({"waits": []}, True),
        ({"waits": [{"end": None}], "policy": "exclude"}, True),
        ({"policy": "exclude"}, False),
        ({"inner": {"waits": [1]}}, False),
        ({"note": '"waits":'}, False),
        ({}, False),
    ],
)
def test_a_key_is_that_of_the_object_itself(empty_database_url: str, content: Any, truth: bool) -> None:
    assert asyncio.run(truth_of(empty_database_url, has_key(literal(content, Json()), "waits"))) is truth


@pytest.mark.parametrize(
    ("content", "truth"),
    [
        ({"flags": ["imported"]}, True),
        ({"flags": ["backdated", "imported"]}, True),
        ({"flags": ["backdated"]}, False),
        ({"flags": []}, False),
        ({"texts": ["imported"]}, False),
        ({"imported": True}, False),
        ({}, False),
    ],
)
def test_a_member_is_in_the_list_of_the_key(empty_database_url: str, content: Any, truth: bool) -> None:
    condition = has_member(literal(content, Json()), "flags", "imported")
    assert asyncio.run(truth_of(empty_database_url, condition)) is truth
