"""Compares the register after a crash with the answers of the clients."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.audit.verification.service import verify
from app.database import Row, open_database
from app.database.tables import code_ordinals, dossiers, entries, entry_texts
from proofs.crash_clients import Ledger
from proofs.crash_servers import KEYS

_WRITTEN = (
    select(dossiers.c.code, dossiers.c.version, entries.c.sequence, entry_texts.c.content)
    .join(entries, entries.c.dossier_id == dossiers.c.id)
    .outerjoin(
        entry_texts,
        (entry_texts.c.dossier_id == entries.c.dossier_id) & (entry_texts.c.sequence == entries.c.sequence),
    )
    .order_by(dossiers.c.code, entries.c.sequence)
)


async def differences(url: str, ledger: Ledger) -> list[str]:
    """Changes that are lost, duplicate or not acknowledged, and the differences that `motcua verify` finds.

    A partial change has an entry without its row, or figures without an entry, which the verification finds.
    """
    database = await open_database(url, keys=KEYS, pool_size=2)
    try:
        async with database.reading(snapshot=True) as connection:
            codes = [row.code for row in await connection.all(select(dossiers.c.code))]
            rows = await connection.all(_WRITTEN)
            ordinals = await connection.all(select(code_ordinals))
        inconsistent = [str(difference) for difference in await verify(database)]
    finally:
        await database.close()
    return [*_dossiers(codes, ledger), *_changes(rows, ledger), *_ordinals(codes, ordinals), *inconsistent]


def _dossiers(codes: Sequence[str], ledger: Ledger) -> list[str]:
    acknowledged = Counter(answer.code for answer in ledger.receipts)
    lost = [f"{code}: acknowledged, but missing" for code in acknowledged.keys() - set(codes)]
    extra = [f"{code}: present, but not acknowledged" for code in set(codes) - acknowledged.keys()]
    return lost + extra + [f"{code}: issued {times} times" for code, times in acknowledged.items() if times > 1]


def _changes(rows: Sequence[Row], ledger: Ledger) -> list[str]:
    """Errors if an acknowledged change is not exactly once at its place, or an entry was not acknowledged."""
    places_by_key: dict[str, list[tuple[str, int]]] = defaultdict(list)
    sequences: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in rows:
        sequences[row.code, row.version].append(row.sequence)
        texts = row.content or {}
        # The key of a change is its note; a change of particulars has it as the summary.
        places_by_key[str(texts.get("note", texts.get("summary")))].append((row.code, row.sequence))
    errors = [
        f"{code}: version {version} with the entries {numbers}"
        for (code, version), numbers in sequences.items()
        if numbers != list(range(1, version + 1))
    ]
    for answer in ledger.done:
        places, place = places_by_key.pop(answer.change.key, []), (answer.code, answer.version)
        if places != [place]:
            errors.append(f"{answer.change.key}: acknowledged as {place}, found at {places or 'no place'}")
    return errors + [f"{key}: found at {places}, not acknowledged" for key, places in places_by_key.items()]


def _ordinals(codes: Sequence[str], ordinals: Sequence[Row]) -> list[str]:
    issued: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for code in codes:
        agency, day, ordinal = code.rsplit("-", 2)
        issued[agency, day].append(int(ordinal))
    counted = {(row.agency_identifier, f"{row.date:%y%m%d}"): row.last for row in ordinals}
    return [
        f"{agency}, {day}: codes have the ordinals {sorted(issued.get((agency, day), []))}, the counter is {last}"
        for (agency, day), last in counted.items()
        if sorted(issued.get((agency, day), [])) != list(range(1, last + 1))
    ]
