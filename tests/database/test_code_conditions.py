"""The condition on parts of codes: the same on both databases as in Python, and answered by an index of PostgreSQL."""

import re

from sqlalchemy import ColumnElement, Connection, literal_column, select

from app.database import Database, schema
from app.database.code_conditions import has_part
from app.database.tables import dossiers
from tests.support.database_access import in_database

CODES = (
    "000.31.15.H47-210816-0001",
    "H47.15.03-210816-0012",
    "H47.123.05-261130-010001",
    "H47-261130-10001",
    "H47.01.02.03.04-261130-0007",
)
TEXTS = ("0", "H47", "15", "15.H47-2108", "H47-26", "05-26", "04-261130-0007", "210816-", "010001", "1", "10", "-", ".")
ODD = ("%", "_", "'", "''", "\\", "a' | 'b", ":*", "H47:*", "0001' ")


def ends(code: str) -> list[str]:
    return [code, *(code[border.end() :] for border in re.finditer(r"[.-]", code))]


def test_a_part_is_the_beginning_of_a_code_or_of_its_rest_behind_a_border(database_url: str) -> None:
    async def matched(database: Database) -> set[tuple[str, str]]:
        pairs = set()
        async with database.reading() as connection:
            for code in CODES:
                column: ColumnElement[str] = literal_column(f"'{code}'")
                for text in (*TEXTS, *ODD):
                    if await connection.scalar(select(has_part(column, text).label("fits"))):
                        pairs.add((code, text))
        return pairs

    expected = {(code, text) for code in CODES for text in TEXTS if any(end.startswith(text) for end in ends(code))}
    assert in_database(database_url, matched) == expected
    assert len(expected) > 15


def test_a_search_by_a_part_of_a_code_reads_an_index(database_url: str) -> None:
    def plan(connection: Connection) -> str | None:
        if connection.dialect.name == "sqlite":
            return None
        statement = select(dossiers.c.id).where(has_part(dossiers.c.code, "261130-0012"))
        query = str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return str(connection.exec_driver_sql(f"EXPLAIN {query}").all())

    explained = schema.in_transaction(database_url, plan)
    assert explained is None or "ix_dossiers_code_parts" in explained
