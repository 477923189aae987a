"""Finds clocks that ran backwards: entries with an earlier time of recording than the entry before them."""

from sqlalchemy import BigInteger, Integer, column, text

from app.database import Database, Instant, Prepared
from app.domain.localtime import to_second

# Entries of reforms have the time at which their reform began. Imported and simulated entries name no newest seal:
# their order is that of their dossiers.
_RECORDED_LIVE = "WHERE type NOT IN ('redate', 'outage', 'succeed') AND newest_seal IS NOT NULL"
_LOGS = {
    "entries": ("id", "recorded_at", _RECORDED_LIVE),
    "ledger": ("number", "recorded_at", ""),
    "seals": ("number", "sealed_at", ""),
}


def _backwards(table: str, key: str, at: str, where: str) -> Prepared:
    """The number of steps backwards by more than five minutes, and the first of them."""

    def statement(least: str) -> str:
        return (
            f"WITH own AS (SELECT {key} AS id, {at} AS at, lag({at}) OVER (ORDER BY {key}) AS before "  # noqa: S608
            f"FROM {table} {where}), steps AS (SELECT * FROM own WHERE at < before - {least}) "
            "SELECT id, at, before, (SELECT count(*) FROM steps) AS number FROM steps ORDER BY id LIMIT 1"
        )

    columns = column("id", BigInteger()), column("at", Instant()), column("before", Instant()), column("n", Integer())
    return Prepared(
        text(statement("interval '5 minutes'").replace(":", "\\:")).columns(*columns),
        sqlite=text(statement("300")).columns(*columns),
    )


_STATEMENTS = {name: _backwards(name, *parts) for name, parts in _LOGS.items()}


async def clock_notes(database: Database) -> list[str]:
    """A line for each log in whose order the time of recording ran backwards by more than five minutes.

    The order is that of the seals, so the time was wrong, and not the order. It is no difference: the journal keeps it.
    """
    lines: list[str] = []
    async with database.reading(heavy=True) as connection:
        for name, statement in _STATEMENTS.items():
            row = await connection.first(statement)
            if row is not None:
                lines.append(
                    f"A clock ran backwards {row[3]} times along {name}. First at {name} {row[0]}: "
                    f"{to_second(row[1])}, after {to_second(row[2])}."
                )
    return lines
