"""Builds proofs: the hashed content of each entry, and its path to the root of its seal."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Text, bindparam, select, type_coerce

from app.audit.seals.encoding import LEAVES, Seal, hash_bytes, leaf_hash, seal_content
from app.audit.seals.logs import JOURNAL, JOURNAL_LOG
from app.audit.seals.queries import blocks_of, seal_of
from app.audit.seals.schemas import EntryProofOut, InclusionOut, ProofOut, ProofQuery, ProofStepOut, SealOut
from app.database import Connection, Prepared, Row
from app.database.tables import entries
from app.domain import merkle
from app.domain.errors import NotFound
from app.domain.hash_chain import START
from app.dossiers.chain import entry_content
from app.dossiers.queries import Dossier
from app.http.pagination import decode_cursor, encode_cursor

# The column `data` as text, as the hash covers it.
_COLUMNS = [type_coerce(item, Text()).label("data") if item is entries.c.data else item for item in entries.c]
_FROM = Prepared(
    select(*_COLUMNS)
    .where(entries.c.dossier_id == bindparam("dossier"), entries.c.sequence >= bindparam("first"))
    .order_by(entries.c.sequence)
    .limit(bindparam("most"))
)


async def proof(connection: Connection, dossier: Dossier, query: ProofQuery) -> ProofOut:
    """The proofs of a page of the dossier's journal, or of one entry. Raises NotFound `unknown_entry`.

    The stored values are returned unchecked: the check is the client's.
    """
    after, most = await _page(query)
    # One more row before the first, for its hash.
    rows = await connection.all(_FROM, dossier=dossier.id, first=after, most=most + 2)
    previous = START
    if rows and rows[0].sequence <= after:
        previous, rows = rows[0].hash, rows[1:]
    if query.sequence is not None and (not rows or rows[0].sequence != query.sequence):
        raise NotFound("unknown_entry", f"The journal has no entry {query.sequence}.", pointer="/sequence")
    more, rows = len(rows) > most and query.sequence is None, rows[:most]
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


async def _page(query: ProofQuery) -> tuple[int, int]:
    """The sequence before the page, and the size of the page."""
    if query.sequence is not None:
        return query.sequence - 1, 1
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    return after or 0, query.limit


def _item(code: str, previous: str, row: Row, inclusion: InclusionOut | None) -> EntryProofOut:
    content = entry_content(code, previous, row._asdict())
    return EntryProofOut(sequence=row.sequence, content=content, previous=previous, hash=row.hash, inclusion=inclusion)


async def _inclusion(connection: Connection, row: Any, seals: dict[int, Seal]) -> InclusionOut | None:
    """The path of the entry through its block and above the blocks to the root. Adds the seal to `seals`."""
    seal = await seal_of(connection, row.id)
    if seal is None:
        return None
    blocks = await blocks_of(connection, seal.number)
    place = next((at for at, block in enumerate(blocks) if block.log == JOURNAL and row.id <= block.last_id), None)
    if place is None:
        return None
    block = blocks[place]
    block_leaves = await JOURNAL_LOG.leaves(connection, block.first_id - 1, block.last_id, LEAVES)
    within = next((at for at, leaf in enumerate(block_leaves) if leaf.id == row.id), None)
    if within is None:
        return None
    seals[seal.number] = seal
    steps = [
        *merkle.path([leaf_hash(item.hash) for item in block_leaves], within),
        *merkle.path([hash_bytes(other.root) for other in blocks], place),
    ]
    shown = [ProofStepOut(side="left" if step.left else "right", hash=step.hash.hex()) for step in steps]
    return InclusionOut(seal=seal.number, path=shown)


def seal_out(seal: Seal) -> SealOut:
    """The response model of a seal."""
    return SealOut(**asdict(seal), content=seal_content(seal))
