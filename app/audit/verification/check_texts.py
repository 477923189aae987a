"""Checks free text and applicants against the hashes in the journal, after decryption (rules §13)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from app.audit.verification.check_participants import participant_numbers
from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import StoredApplicant, StoredDossier, StoredEntry, StoredPurge
from app.contact_data import phone_key
from app.dossiers.participants import with_numbers
from app.dossiers.rows import APPLICANT_FIELDS, applicant_hash, identity_place, salted_hash
from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing


def text_differences(dossier: StoredDossier, ring: KeyRing, now: datetime) -> Iterator[Difference]:
    """Texts and applicants that are missing, added or changed. After a purge none may be left."""
    code = dossier.code
    if dossier.purge is not None:
        yield from _purge_differences(dossier, dossier.purge, now)
        return
    numbers = yield from participant_numbers(dossier, ring)
    for row in dossier.journal:
        text = dossier.texts.get(row.sequence)
        if text is None and row.text_hash is not None:
            yield Difference(code, row.sequence, "entry_texts", "a text", None)
        elif text is not None:
            words = text.content
            if isinstance(words, Mapping):
                words = with_numbers(words, numbers.get(row.sequence, {}))
            expected = salted_hash(text.salt, words)
            if row.text_hash != expected:
                yield Difference(code, row.sequence, "text_hash", row.text_hash, expected)
        applicant = dossier.applicants.get(row.applicant_number) if row.applicant_number is not None else None
        if applicant is None and row.applicant_hash is not None:
            yield Difference(code, row.sequence, "applicants", f"number {row.applicant_number}", None)
        elif applicant is not None:
            yield from _applicant_differences(dossier, row, applicant, ring)
    for sequence in dossier.texts.keys() - {row.sequence for row in dossier.journal}:
        yield Difference(code, sequence, "entry_texts", "none without an entry", "a row")


def _purge_differences(dossier: StoredDossier, purge: StoredPurge, now: datetime) -> Iterator[Difference]:
    if purge.purged_at > now:
        # It would excuse data of today that are missing.
        yield Difference(dossier.code, None, "purges", f"a purge until {now}", str(purge.purged_at))
    code, columns, at_least = dossier.code, dossier.columns, timedelta(days=365)
    if not columns["closed"] or not columns["last_occurred_at"] < purge.closed_before <= purge.purged_at - at_least:
        yield Difference(code, None, "purges", "closed at least a year before", str(purge.closed_before))
    for name, number in (
        ("entry_texts", len(dossier.texts)),
        ("applicants", len(dossier.applicants)),
        ("participants", len(dossier.participants)),
        ("rating_comments", dossier.comments),
    ):
        if number:
            yield Difference(code, None, name, "none after the purge", f"{number} rows")
    for name, empty in (("summary", None), ("documents", []), ("officer", None)):
        if columns[name] != empty:
            yield Difference(code, None, name, empty, "a value after the purge")


def _applicant_differences(
    dossier: StoredDossier, row: StoredEntry, applicant: StoredApplicant, ring: KeyRing
) -> Iterator[Difference]:
    expected_key = phone_key(applicant.phone)
    # A process of an earlier version writes no key.
    if applicant.phone_key not in (None, expected_key):
        yield Difference(dossier.code, row.sequence, "applicant.phone_key", expected_key, applicant.phone_key)
    encrypted = applicant.identity_encrypted
    number = search_hash = None
    if encrypted is not None:
        try:
            number = ring.decrypt(encrypted, identity_place(dossier.id, applicant.number))
        except KeysUnusable as error:
            yield Difference(
                dossier.code, row.sequence, "applicant.identity_encrypted", "a value to decrypt", error.detail
            )
            return
        search_hash = ring.hash_of_same_key(encrypted, number)
    if applicant.identity_hash != search_hash:
        yield Difference(dossier.code, row.sequence, "applicant.identity_hash", search_hash, applicant.identity_hash)
    plain = {name: getattr(applicant, name) for name in ("salt", *APPLICANT_FIELDS) if name != "identity_number"}
    expected = applicant_hash({**plain, "identity_number": number})
    if row.applicant_hash != expected:
        yield Difference(dossier.code, row.sequence, "applicant_hash", row.applicant_hash, expected)
