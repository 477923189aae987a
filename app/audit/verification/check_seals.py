"""Checks the seals against each other and against their entries."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, type_coerce

from app.audit.seals.encoding import LEAVES, Leaf, Seal, block_root, hash_bytes, marks_of, seal_content
from app.audit.seals.lines import every_seal
from app.audit.seals.logs import BY_NAME, JOURNAL, Log
from app.audit.seals.queries import blocks_of
from app.audit.seals.views import VIEWS, months_of, runs_of
from app.audit.verification.difference import Difference, name_of_missing, unequal
from app.audit.verification.dropped_views import dropped_months
from app.audit.verification.stored_dossiers import LenientJson
from app.database import Connection, Prepared, Row
from app.database.tables import dossiers, entries, seal_blocks, seals
from app.domain import merkle
from app.domain.hash_chain import START, hash_of

# Largest number of entries to list for each seal. Where all hashes were recomputed, every entry differs.
_MOST = 100
_BELOW_ALL = -(2**63)

_MARKS = Prepared(
    select(type_coerce(seal_blocks.c.leaves, LenientJson())).where(
        seal_blocks.c.seal == bindparam("seal"), seal_blocks.c.block == bindparam("block")
    )
)
_WITHOUT_SEAL = Prepared(
    select(seal_blocks.c.seal)
    .distinct()
    .join(seals, seals.c.number == seal_blocks.c.seal, isouter=True)
    .where(seals.c.number.is_(None))
    .order_by(seal_blocks.c.seal)
)
# A row says after which seal it was recorded. That seal exists and does not cover the row.
_WRONG_ANCHORS = Prepared(
    select(dossiers.c.code, entries.c.sequence, entries.c.newest_seal)
    .join(dossiers, dossiers.c.id == entries.c.dossier_id)
    .outerjoin(seals, seals.c.number == entries.c.newest_seal)
    .where(entries.c.newest_seal != 0, seals.c.number.is_(None) | (seals.c.last_id >= entries.c.id))
    .order_by(entries.c.id)
    .limit(bindparam("most"))
)
_CODE = Prepared(select(dossiers.c.code).where(dossiers.c.id == bindparam("dossier")))


async def seal_differences(connection: Connection, now: datetime) -> list[Difference]:
    """Seals that were changed, removed or added, and rows that were changed after their seal (rules §13).

    Views may be missing if their month was dropped after its years, before `now`.
    """
    differences: list[Difference] = []
    dropped = await dropped_months(connection, now)
    previous: Seal | None = None
    ends = dict.fromkeys(BY_NAME, _BELOW_ALL)
    async for seal in every_seal(connection):
        differences += _chain_differences(previous, seal)
        blocks = await blocks_of(connection, seal.number)
        if seal.number != (previous.number + 1 if previous else 1):
            # Rows of the missing seals are in no tree.
            ends |= {JOURNAL: seal.last_id, **{name: log["last"] for name, log in (seal.logs or {}).items()}}
            ends |= {block.log: block.first_id - 1 for block in reversed(blocks)}
        differences += [item async for item in _tree_differences(connection, seal, blocks, ends, dropped)]
        previous = seal
    without = await connection.all(_WITHOUT_SEAL)
    differences += [Difference(f"seal {row.seal}", None, "seals", "a row", None) for row in without]
    wrong = await connection.all(_WRONG_ANCHORS, most=_MOST)
    expected = "a seal before the entry"
    return [
        *differences,
        *(Difference(row.code, row.sequence, "newest_seal", expected, row.newest_seal) for row in wrong),
    ]


def _chain_differences(previous: Seal | None, seal: Seal) -> Iterator[Difference]:
    name, before = f"seal {seal.number}", previous.number if previous else 0
    for missing in range(before + 1, seal.number):
        yield Difference(f"seal {missing}", None, "seals", "a row", None)
    expected = hash_of(seal_content(seal))
    if seal.hash != expected:
        yield Difference(name, None, "hash", expected, seal.hash)
    head = previous.hash if previous else START
    if before == seal.number - 1 and seal.previous != head:
        yield Difference(name, None, "previous", head, seal.previous)


# --- The tree of one seal -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Covered:
    """The number of each log's rows in a seal, and the months of its blocks of views."""

    counts: Counter[str] = field(default_factory=Counter)
    months: list[int] = field(default_factory=list)

    def add(self, log: Log, stored: Sequence[Leaf], marks: Any, month: int) -> None:
        """Adds a block. One without rows counts as it was sealed: `marks`, and its `month` by the seal."""
        gone = not stored and isinstance(marks, list)
        self.counts[log.name] += len(marks) if gone else len(stored)
        if log.by_month:
            self.months.append(stored[0].dossier_id if stored else month)


async def _tree_differences(
    connection: Connection, seal: Seal, blocks: Sequence[Row], ends: dict[str, int], dropped: Collection[int]
) -> AsyncIterator[Difference]:
    """Rows that were changed after the seal. `ends`: the last id of each log in the seals before; it is moved on.

    `dropped`: months whose views may be missing.
    """
    roots = [hash_bytes(block.root) for block in blocks]
    intact = bool(roots) and merkle.root(roots).hex() == seal.root
    if not intact:
        yield Difference(f"seal {seal.number}", None, "root", merkle.root(roots).hex() if roots else None, seal.root)
    listed, covered = 0, _Covered()
    for block, month in zip(blocks, _sealed_months(seal, blocks), strict=True):
        name, log = f"seal {seal.number} block {block.block}", BY_NAME[block.log]
        # Twice the size of a block: enough added rows to list them.
        stored = await log.leaves(connection, ends[log.name], block.last_id, 2 * LEAVES)
        ends[log.name] = block.last_id
        marks = await connection.scalar(_MARKS, seal=seal.number, block=block.block)
        covered.add(log, stored, marks, month)
        if not stored and month in dropped:
            continue
        same = _root(stored) == block.root
        if same and stored[0].id != block.first_id:
            yield Difference(name, None, "first_id", stored[0].id, block.first_id)
        if same and marks == marks_of(stored):
            continue
        if same and intact:
            yield Difference(name, None, "leaves", "the sealed entries", "others")
            continue
        changes = list(_entry_changes(marks, stored))[: _MOST - listed]
        listed += len(changes)
        for dossier, sequence, *change in changes:
            yield Difference(*await _place(connection, log, dossier, sequence), *change)
        if not changes and listed < _MOST:
            yield Difference(name, None, "root", _root(stored), block.root)
    # With wrong bounds, rows between this seal and the next would be in neither.
    bounds, claims = (_bounds(seal, blocks, covered, ends), _claims(seal)) if intact and not listed else ({}, {})
    for bound, *values in unequal(bounds, claims):
        yield Difference(f"seal {seal.number}", None, bound, *values)


def _sealed_months(seal: Seal, blocks: Sequence[Row]) -> list[int]:
    """The month of each block by the seal, 0 for other logs and where it says none."""
    views = (seal.logs or {}).get(VIEWS)
    months = iter(months_of(views.get("months")) if isinstance(views, dict) else ())
    return [next(months, 0) if block.log == VIEWS else 0 for block in blocks]


def _bounds(seal: Seal, blocks: Sequence[Row], covered: _Covered, ends: Mapping[str, int]) -> dict[str, Any]:
    """What the seal must say of its bounds, by its blocks."""
    counts, journal = covered.counts, [block for block in blocks if block.log == JOURNAL]
    last = journal[-1].last_id if journal else max(ends[JOURNAL], 0)
    bounds = {"first_id": journal[0].first_id if journal else last + 1, "last_id": last, "count": counts[JOURNAL]}
    if seal.logs is None:
        return bounds
    logs: dict[str, dict[str, Any]] = {
        name: {"count": counts[name], "last": max(ends[name], 0)} for name in BY_NAME if name != JOURNAL
    }
    logs[VIEWS]["months"] = runs_of(covered.months)
    return {**bounds, "logs": {name: logs.get(name) for name in seal.logs}}


def _claims(seal: Seal) -> dict[str, Any]:
    claims = {name: getattr(seal, name) for name in ("first_id", "last_id", "count")}
    return claims if seal.logs is None else {**claims, "logs": seal.logs}


def _entry_changes(marks: Any, stored: Sequence[Leaf]) -> Iterator[tuple[int, int, str, Any, Any]]:
    """Changed entries of a block: dossier, sequence, field, sealed value, stored value."""
    sealed = {(mark[0], mark[1]): mark[2] for mark in marks} if isinstance(marks, list) else {}
    actual = {(dossier, sequence): mark for dossier, sequence, mark in marks_of(stored)}
    for key, before, now in unequal(sealed, actual):
        if before is None or now is None:
            yield *key, "sealed entry", "a row" if before else None, "a row" if now else None
        else:
            yield *key, "sealed hash", before, now
    if sealed == actual and list(sealed) != list(actual):
        for before, now in zip(sealed, actual, strict=True):
            if before != now:
                yield *now, "position among sealed entries", "another", "this"


async def _place(connection: Connection, log: Log, dossier: int, sequence: int) -> tuple[str, int | None]:
    """The name of a row in a difference, and its number there."""
    if log.name == VIEWS:
        return f"{log.table.name} {sequence}", None
    if log.name != JOURNAL:
        return log.name, sequence
    code: str | None = await connection.scalar(_CODE, dossier=dossier)
    return code or name_of_missing(dossier), sequence


def _root(stored: Sequence[Leaf]) -> str | None:
    return block_root(stored).hex() if stored else None
