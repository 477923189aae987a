"""The logs that a seal covers: the journal, the ledger of administration, and the views of people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, bindparam, func, literal, select

from app.audit.seals.encoding import Leaf
from app.audit.seals.views import VIEWS, view_leaves
from app.database import Connection, Prepared
from app.database.tables import access_log, entries, ledger

JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Log:
    """A table that only grows: `leaves` reads its rows after an id up to another one, at most so many.

    `by_month`: each of its blocks has rows of one month, so that a month can be dropped without breaking a block.
    """

    name: str
    table: Table
    leaves: Callable[[Connection, int, int, int], Awaitable[list[Leaf]]]
    highest: Prepared
    by_month: bool = False


_ENTRIES = Prepared(
    select(entries.c.id, entries.c.dossier_id, entries.c.sequence, entries.c.hash)
    .where(entries.c.id > bindparam("after"), entries.c.id <= bindparam("last"))
    .order_by(entries.c.id)
    .limit(bindparam("most"))
)
_LEDGER = Prepared(
    select(ledger.c.number, literal(0).label("nobody"), ledger.c.number.label("sequence"), ledger.c.hash)
    .where(ledger.c.number > bindparam("after"), ledger.c.number <= bindparam("last"))
    .order_by(ledger.c.number)
    .limit(bindparam("most"))
)


def _rows_of(statement: Prepared) -> Callable[[Connection, int, int, int], Awaitable[list[Leaf]]]:
    async def leaves(connection: Connection, after: int, last: int, most: int) -> list[Leaf]:
        return [Leaf(*row) for row in await connection.all(statement, after=after, last=last, most=most)]

    return leaves


JOURNAL_LOG = Log(JOURNAL, entries, _rows_of(_ENTRIES), Prepared(select(func.coalesce(func.max(entries.c.id), 0))))
# The journal first: older versions expect its blocks in front.
LOGS: Sequence[Log] = (
    JOURNAL_LOG,
    Log("ledger", ledger, _rows_of(_LEDGER), Prepared(select(func.coalesce(func.max(ledger.c.number), 0)))),
    Log(VIEWS, access_log, view_leaves, Prepared(select(func.coalesce(func.max(access_log.c.id), 0))), by_month=True),
)
BY_NAME: Mapping[str, Log] = {log.name: log for log in LOGS}
