"""What is in the register after a crash, held against what the clients were told."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.audit.verification.service import verify
from app.database import Row, open_database
from app.database.tables import code_ordinals, dossiers, entries, entry_texts
from proofs.crash_clients import Ledger
from proofs.crash_running import KEYS

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
    """What was acknowledged and is not there, is there twice, or was never acknowledged; none in the best case.

    And what `motcua verify` finds: a change that is half there has an entry without its row, or figures without it.
    """
    database = await open_database(url, keys=KEYS, pool_size=2)
    try:
        async with database.reading(snapshot=True) as connection:
            codes = [row.code for row in await connection.all(select(dossiers.c.code))]
            written = await connection.all(_WRITTEN)
            ordinals = await connection.all(select(code_ordinals))
        found = [str(one) for one in await verify(database)]
    finally:
        await database.close()
    return [*_of_dossiers(codes, ledger), *_of_changes(written, ledger), *_of_ordinals(codes, ordinals), *found]


def _of_dossiers(codes: Sequence[str], ledger: Ledger) -> list[str]:
    told = Counter(one.code for one in ledger.receipts)
    lost = [f"{code}: was acknowledged and is not there" for code in told.keys() - set(codes)]
    extra = [f"{code}: is there, and nobody was told so" for code in set(codes) - told.keys()]
    return lost + extra + [f"{code}: was given {times} times" for code, times in told.items() if times > 1]


def _of_changes(written: Sequence[Row], ledger: Ledger) -> list[str]:
    """Each change stands once, in the place that was told; and no entry stands that no client asked for."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    sequences: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in written:
        sequences[row.code, row.version].append(row.sequence)
        words = row.content or {}
        # What a client wrote into the change: its key. A mending has no note, but a summary.
        found[str(words.get("note", words.get("summary")))].append((row.code, row.sequence))
    wrong = [
        f"{code}: is of version {version} and has the entries {numbers}"
        for (code, version), numbers in sequences.items()
        if numbers != list(range(1, version + 1))
    ]
    for answer in ledger.done:
        places, told = found.pop(answer.change.key, []), (answer.code, answer.version)
        if places != [told]:
            wrong.append(f"{answer.change.key}: was acknowledged as {told} and stands at {places or 'no place'}")
    return wrong + [f"{key}: stands at {places}, and nobody was told so" for key, places in found.items()]


def _of_ordinals(codes: Sequence[str], ordinals: Sequence[Row]) -> list[str]:
    issued: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for code in codes:
        agency, day, ordinal = code.rsplit("-", 2)
        issued[agency, day].append(int(ordinal))
    counted = {(row.agency_identifier, f"{row.date:%y%m%d}"): row.last for row in ordinals}
    return [
        f"{agency}, {day}: the ordinals {sorted(issued.get((agency, day), []))} were issued, {last} were counted"
        for (agency, day), last in counted.items()
        if sorted(issued.get((agency, day), [])) != list(range(1, last + 1))
    ]
