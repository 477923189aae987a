"""What people are and wrote, held against the hashes that the journal keeps of it: opened, hashed and compared."""

from collections.abc import Iterator
from typing import Any

from app.dossiers.rows import APPLICANT_FIELDS, applicant_hash, identity_place, salted_hash
from app.sealing.errors import KeysUnusable
from app.sealing.ring import Ring
from app.seed.difference import Difference
from app.seed.kept import Kept


def word_differences(kept: Kept, ring: Ring) -> Iterator[Difference]:
    """Texts and applicants that are not what was written; what was purged is gone, and no difference."""
    code = kept.row.code
    for row in kept.journal:
        words = kept.texts.get(row.sequence)
        if words is not None:
            expected = salted_hash(words.salt, words.content)
            if row.text_hash != expected:
                yield Difference(code, row.sequence, "text_hash", row.text_hash, expected)
        applicant = kept.applicants.get(row.applicant_number) if row.applicant_number is not None else None
        if applicant is not None:
            yield from _applicant_differences(code, row, applicant, ring)
    for sequence in kept.texts.keys() - {row.sequence for row in kept.journal}:
        yield Difference(code, sequence, "entry_texts", "none without an entry", "a row")


def _applicant_differences(code: str, row: Any, applicant: Any, ring: Ring) -> Iterator[Difference]:
    sealed = applicant.identity_sealed
    number = by_hash = None
    if sealed is not None:
        try:
            number = ring.open(sealed, identity_place(applicant.dossier_id, applicant.number))
        except KeysUnusable as refusal:
            yield Difference(code, row.sequence, "applicant.identity_sealed", "what opens", refusal.detail)
            return
        by_hash = ring.hash_beside(sealed, number)
    if applicant.identity_hash != by_hash:
        yield Difference(code, row.sequence, "applicant.identity_hash", by_hash, applicant.identity_hash)
    plain = {name: getattr(applicant, name) for name in ("salt", *APPLICANT_FIELDS) if name != "identity_number"}
    expected = applicant_hash({**plain, "identity_number": number})
    if row.applicant_hash != expected:
        yield Difference(code, row.sequence, "applicant_hash", row.applicant_hash, expected)
