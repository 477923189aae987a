"""The tables with the counts of a recount, and the statements between them and the tables that figures read."""

from sqlalchemy import Table, delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Prepared
from app.database.tables import recount_cells, recount_late_changes, recount_moves, recount_totals
from app.rollups.roll_up import STORED, Rollups

APART = Rollups(recount_totals, recount_cells, recount_moves, recount_late_changes)
_SUMS = tuple(zip(STORED[:3], APART[:3], strict=True))


async def subtract_stored(connection: Connection) -> None:
    """Puts the negative of the stored sums into the empty tables apart."""
    for statement in _SUBTRACT:
        await connection.run(statement)


async def add_to_stored(connection: Connection) -> None:
    """Adds the sums apart to the stored ones, and replaces the late changes by those apart."""
    for statement in (*_ADD, _OUTDATED, _REPLACE):
        await connection.run(statement)


async def clear(connection: Connection) -> None:
    """Empties the tables apart."""
    for statement in _CLEAR:
        await connection.run(statement)


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _values(table: Table) -> list[str]:
    return [column.name for column in table.columns if not column.primary_key]


def _subtract(stored: Table, apart: Table) -> Prepared:
    columns = [stored.c[name] for name in _keys(stored)] + [-stored.c[name] for name in _values(stored)]
    return Prepared(insert(apart).from_select([*_keys(stored), *_values(stored)], select(*columns)))


def _add(stored: Table, apart: Table) -> Prepared:
    names = _values(stored)
    rows = select(*(apart.c[name] for name in (*_keys(stored), *names))).where(
        or_(*(apart.c[name] != 0 for name in names))
    )
    new = insert(stored).from_select([*_keys(stored), *names], rows)
    sums = {name: stored.c[name] + new.excluded[name] for name in names}
    return Prepared(new.on_conflict_do_update(index_elements=_keys(stored), set_=sums))


_SUBTRACT = [_subtract(stored, apart) for stored, apart in _SUMS]
_ADD = [_add(stored, apart) for stored, apart in _SUMS]
_SAME_LATE = [STORED.late.c[name] == APART.late.c[name] for name in _keys(STORED.late)]
_OUTDATED = Prepared(delete(STORED.late).where(~select(APART.late).where(*_SAME_LATE).exists()))
_NEW_LATE = insert(STORED.late).from_select(STORED.late.columns.keys(), select(APART.late).where(text("true")))
_REPLACE = Prepared(
    _NEW_LATE.on_conflict_do_update(
        index_elements=_keys(STORED.late), set_={"recorded_at": _NEW_LATE.excluded.recorded_at}
    )
)
# A deletion of all rows would leave them to the vacuum.
_CLEAR = [Prepared(text(f"TRUNCATE {table.name}"), sqlite=delete(table)) for table in APART]
