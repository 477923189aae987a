"""The lines of an export: each entry of the journal and of the ledger, then each seal with the roots of its blocks."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, select, type_coerce

from app.audit.seals.encoding import seal_content
from app.audit.seals.lines import every_seal
from app.audit.seals.logs import JOURNAL, LOGS, Log
from app.audit.seals.queries import blocks_of
from app.database import Connection, Database, Prepared, Row
from app.database.tables import dossiers, entries
from app.domain.hash_chain import START
from app.domain.localtime import to_second
from app.dossiers.chain import entry_content
from app.ledger.entries import entry_content as ledger_content
from app.ledger.queries import entries_after

# Part of the first line, so that a later form can be distinguished.
EXPORT_FORM = "motcua-export-1"
# Rows read by one statement.
_PAGE = 500
_END = 2**62

_COLUMNS = [type_coerce(item, Text()).label("data") if item is entries.c.data else item for item in entries.c]
_ENTRIES = Prepared(
    select(*_COLUMNS, dossiers.c.code)
    .outerjoin(dossiers, dossiers.c.id == entries.c.dossier_id)
    .where(entries.c.id > bindparam("after"))
    .order_by(entries.c.id)
    .limit(_PAGE)
)
_BEFORE = Prepared(
    select(entries.c.dossier_id, entries.c.sequence, entries.c.hash).where(
        entries.c.dossier_id.in_(bindparam("dossiers", expanding=True))
    )
)

Lines = AsyncIterator[Mapping[str, Any]]


async def export(database: Database, now: datetime, write: Callable[[str], object]) -> int:
    """Writes the lines of one state of the database; the number of entries.

    They have no personal data: of texts and people the entries have salted hashes. The last line counts the others, so
    that a file that was cut off is noticed.
    """
    counts: dict[str, int] = {}
    write(_line({"export": EXPORT_FORM, "at": to_second(now)}))
    async with database.reading(snapshot=True, heavy=True) as connection:
        for log in LOGS:
            async for item in _CONTENTS.get(log.name, _hashes_of(log))(connection):
                counts[log.name] = counts.get(log.name, 0) + 1
                write(_line({"log": log.name, **item}))
        async for item in _seals(connection):
            counts["seals"] = counts.get("seals", 0) + 1
            write(_line(item))
    write(_line({"end": counts}))
    return counts.get(JOURNAL, 0)


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)


async def _journal(connection: Connection) -> Lines:
    after = -_END
    while rows := await connection.all(_ENTRIES, after=after):
        after = rows[-1].id
        before = await _hashes_before(connection, rows)
        for row in rows:
            previous = before.get((row.dossier_id, row.sequence - 1), START)
            content = entry_content(row.code or "", previous, row._asdict())
            yield {"id": row.id, "hash": row.hash, "content": content}


async def _hashes_before(connection: Connection, rows: Sequence[Row]) -> Mapping[tuple[int, int], str]:
    ids = sorted({row.dossier_id for row in rows})
    return {(row.dossier_id, row.sequence): row.hash for row in await connection.all(_BEFORE, dossiers=ids)}


async def _ledger(connection: Connection) -> Lines:
    after = 0
    while rows := await entries_after(connection, after, _PAGE):
        after = rows[-1].number
        for row in rows:
            yield {"id": row.number, "hash": row.hash, "content": ledger_content(row.previous, row._asdict())}


def _hashes_of(log: Log) -> Callable[[Connection], Lines]:
    """The hashes alone: the contents of other logs are personal data."""

    async def lines(connection: Connection) -> Lines:
        after = -_END
        while leaves := await log.leaves(connection, after, _END, _PAGE):
            after = leaves[-1].id
            for leaf in leaves:
                yield {"id": leaf.id, "hash": leaf.hash}

    return lines


_CONTENTS: Mapping[str, Callable[[Connection], Lines]] = {JOURNAL: _journal, "ledger": _ledger}


async def _seals(connection: Connection) -> Lines:
    async for seal in every_seal(connection):
        blocks = [
            {"log": block.log, "first": block.first_id, "last": block.last_id, "root": block.root}
            for block in await blocks_of(connection, seal.number)
        ]
        yield {"seal": seal.number, "hash": seal.hash, "content": seal_content(seal), "blocks": blocks}
