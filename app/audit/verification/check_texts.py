"""What people are and wrote, held against the hashes that the journal keeps of it: opened, hashed and compared."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import Kept
from app.dossiers.rows import APPLICANT_FIELDS, applicant_hash, identity_place, salted_hash
from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing


def word_differences(kept: Kept, ring: KeyRing) -> Iterator[Difference]:
    """Texts and applicants that are not what was written; what was purged must be gone, all else be there."""
    code = kept.row.code
    if kept.purged is not None:
        yield from _purge_differences(kept, kept.purged)
        return
    for row in kept.journal:
        words = kept.texts.get(row.sequence)
        if words is None and row.text_hash is not None:
            yield Difference(code, row.sequence, "entry_texts", "the words that were written", None)
        elif words is not None:
            expected = salted_hash(words.salt, words.content)
            if row.text_hash != expected:
                yield Difference(code, row.sequence, "text_hash", row.text_hash, expected)
        applicant = kept.applicants.get(row.applicant_number) if row.applicant_number is not None else None
        if applicant is None and row.applicant_hash is not None:
            yield Difference(code, row.sequence, "applicants", f"number {row.applicant_number}", None)
        elif applicant is not None:
            yield from _applicant_differences(code, row, applicant, ring)
    for sequence in kept.texts.keys() - {row.sequence for row in kept.journal}:
        yield Difference(code, sequence, "entry_texts", "none without an entry", "a row")


def _purge_differences(kept: Kept, purged: Any) -> Iterator[Difference]:
    row, at_least = kept.row, timedelta(days=365)
    if not row.closed or not row.last_occurred_at < purged.closed_before <= purged.purged_at - at_least:
        yield Difference(row.code, None, "purges", "closed a year before at least", str(purged.closed_before))
    left = (("entry_texts", kept.texts), ("applicants", kept.applicants), ("rating_comments", kept.comments))
    for name, rows in left:
        if rows:
            yield Difference(row.code, None, name, "none, as it was purged", f"{len(rows)} rows")
    for name, empty in (("summary", None), ("documents", []), ("officer", None)):
        if getattr(row, name) != empty:
            yield Difference(row.code, None, name, empty, "something, though it was purged")


def _applicant_differences(code: str, row: Any, applicant: Any, ring: KeyRing) -> Iterator[Difference]:
    sealed = applicant.identity_encrypted
    number = by_hash = None
    if sealed is not None:
        try:
            number = ring.decrypt(sealed, identity_place(applicant.dossier_id, applicant.number))
        except KeysUnusable as refusal:
            yield Difference(code, row.sequence, "applicant.identity_encrypted", "what opens", refusal.detail)
            return
        by_hash = ring.hash_of_same_key(sealed, number)
    if applicant.identity_hash != by_hash:
        yield Difference(code, row.sequence, "applicant.identity_hash", by_hash, applicant.identity_hash)
    plain = {name: getattr(applicant, name) for name in ("salt", *APPLICANT_FIELDS) if name != "identity_number"}
    expected = applicant_hash({**plain, "identity_number": number})
    if row.applicant_hash != expected:
        yield Difference(code, row.sequence, "applicant_hash", row.applicant_hash, expected)
