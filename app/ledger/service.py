"""Appends to the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from app.database import Connection, Prepared, json_text
from app.database.locks import Lock, acquire
from app.database.tables import ledger
from app.domain.hash_chain import START, hash_of
from app.ledger.entries import Author, Kind, entry_content
from app.ledger.subjects import SUBJECTS

_LAST = Prepared(select(ledger.c.number, ledger.c.hash).order_by(ledger.c.number.desc()).limit(1))

# Subject, row, kind, data.
Change = tuple[str, int | None, Kind, Mapping[str, Any]]


async def record(
    connection: Connection,
    rows: Mapping[Table, Iterable[int]],
    author: Author,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    """Records the present state of rows, by their keys, after a change of them; a row that is gone as removed.

    Call it last in a transaction: until the commit no other transaction appends.
    """
    why = {} if reason is None else {"reason": reason}
    changes: list[Change] = []
    for table, keys in rows.items():
        subject, changed = SUBJECTS[table.name], set(keys)
        if not changed:
            continue
        stored = await connection.all(subject.rows, first=min(changed), last=max(changed))
        values = {row.row_id: subject.values(row) for row in stored if row.row_id in changed}
        for key in sorted(changed):
            kind = Kind.SET if key in values else Kind.REMOVED
            changes.append((subject.name, key, kind, {**why, "values": values.get(key)}))
    await append(connection, changes, author, now)


async def append(connection: Connection, changes: Sequence[Change], author: Author, now: datetime) -> None:
    """Appends entries to the chain. Other transactions that append wait until this one ends."""
    if not changes:
        return
    await acquire(connection, Lock.LEDGER)
    last = await connection.first(_LAST)
    number, head = (last.number, last.hash) if last else (0, START)
    entries = []
    for subject, row_id, kind, data in changes:
        number += 1
        entry = {
            "number": number,
            "subject": subject,
            "row_id": row_id,
            "type": str(kind),
            "recorded_at": now,
            "client": author.client,
            "by_token_id": author.token_id,
            "data": json_text(data),
        }
        head = hash_of(entry_content(head, entry))
        entries.append({**entry, "hash": head})
    await connection.insert_many(ledger, entries)
