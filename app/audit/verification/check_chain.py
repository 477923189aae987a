"""The chain of a dossier's journal, hashed anew: what was altered, put in or moved no longer fits."""

from collections.abc import Iterator

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import Kept
from app.dossiers.chain import START, entry_content, hash_of


def chain_differences(kept: Kept) -> Iterator[Difference]:
    """Each entry whose hash is not that of what it says and of the entry before it, and a head that is not the last."""
    code, previous = kept.row.code, START
    for row in kept.journal:
        expected = hash_of(entry_content(code, previous, {**row._asdict(), "data": row.data_text}))
        if row.hash != expected:
            yield Difference(code, row.sequence, "hash", expected, row.hash)
        previous = row.hash
    if kept.row.journal_hash != previous:
        yield Difference(code, None, "journal_hash", previous, kept.row.journal_hash)
