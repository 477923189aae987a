"""Proofs: each entry of a journal as it was hashed, and its way up to the root of the seal that holds it."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Text, bindparam, select, type_coerce

from app.audit.seals.encoding import LEAVES, Seal, hash_bytes, leaf_hash, seal_content
from app.audit.seals.queries import blocks_of, leaves, seal_of
from app.audit.seals.schemas import EntryProofOut, InclusionOut, ProofOut, ProofQuery, ProofStepOut, SealOut
from app.database import Connection, Prepared, Row
from app.database.tables import entries
from app.domain import merkle
from app.domain.errors import NotFound
from app.dossiers.chain import START, entry_content
from app.dossiers.queries import Dossier
from app.http.pagination import decode_cursor, encode_cursor

# The data as they are written, which the hash is of.
_COLUMNS = [type_coerce(item, Text()).label("data") if item is entries.c.data else item for item in entries.c]
_FROM = Prepared(
    select(*_COLUMNS)
    .where(entries.c.dossier_id == bindparam("dossier"), entries.c.sequence >= bindparam("first"))
    .order_by(entries.c.sequence)
    .limit(bindparam("most"))
)


async def proof(connection: Connection, dossier: Dossier, asked: ProofQuery) -> ProofOut:
    """The proofs of a page of the dossier's journal, or of one entry; raises NotFound `unknown_entry`.

    What is stored is told as it is: whoever checks it finds what does not fit.
    """
    after, most = await _page(asked)
    # With the entry before the first, whose hash that one names.
    rows = await connection.all(_FROM, dossier=dossier.id, first=after, most=most + 2)
    previous = START
    if rows and rows[0].sequence <= after:
        previous, rows = rows[0].hash, rows[1:]
    if asked.sequence is not None and (not rows or rows[0].sequence != asked.sequence):
        raise NotFound("unknown_entry", f"The journal has no entry {asked.sequence}.", pointer="/sequence")
    more, rows = len(rows) > most and asked.sequence is None, rows[:most]
    seals: dict[int, Seal] = {}
    items = []
    for row in rows:
        inclusion = await _inclusion(connection, row, seals)
        items.append(_item(dossier.code, previous, row, inclusion))
        previous = row.hash
    return ProofOut(
        dossier=dossier.code,
        items=items,
        seals=[seal_out(seals[number]) for number in sorted(seals)],
        journal_hash=dossier.journal_hash,
        next_cursor=encode_cursor((rows[-1].sequence,)) if more else None,
    )


async def _page(asked: ProofQuery) -> tuple[int, int]:
    """After which sequence, and how many entries at most."""
    if asked.sequence is not None:
        return asked.sequence - 1, 1
    (after,) = decode_cursor(asked.cursor, int) if asked.cursor else (0,)
    return after or 0, asked.limit


def _item(code: str, previous: str, row: Row, inclusion: InclusionOut | None) -> EntryProofOut:
    content = entry_content(code, previous, row._asdict())
    return EntryProofOut(sequence=row.sequence, content=content, previous=previous, hash=row.hash, inclusion=inclusion)


async def _inclusion(connection: Connection, row: Any, seals: dict[int, Seal]) -> InclusionOut | None:
    """The entry's way to the root of its seal, which is added to `seals`: through its block, then above the blocks."""
    seal = await seal_of(connection, row.id)
    if seal is None:
        return None
    blocks = await blocks_of(connection, seal.number)
    place = next((place for place, block in enumerate(blocks) if row.id <= block.last_id), None)
    if place is None:
        return None
    block = blocks[place]
    found = await leaves(connection, block.first_id - 1, block.last_id, LEAVES)
    within = next((at for at, one in enumerate(found) if one.id == row.id), None)
    if within is None:
        return None
    seals[seal.number] = seal
    steps = [
        *merkle.path([leaf_hash(item.hash) for item in found], within),
        *merkle.path([hash_bytes(one.root) for one in blocks], place),
    ]
    shown = [ProofStepOut(side="left" if step.left else "right", hash=step.hash.hex()) for step in steps]
    return InclusionOut(seal=seal.number, path=shown)


def seal_out(seal: Seal) -> SealOut:
    """A seal as clients see it."""
    return SealOut(**asdict(seal), content=seal_content(seal))
