"""Checks people beside the applicant against the words that describe them, after decryption (rules §13)."""

from collections.abc import Generator

from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import StoredDossier, StoredParticipant
from app.contact_data import phone_key
from app.domain.actions import Action
from app.dossiers.participants import KINDS, participant_place, people_of
from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing
from app.text_input import fold, fold_name

Numbers = dict[int, dict[int, str]]


def participant_numbers(dossier: StoredDossier, ring: KeyRing) -> Generator[Difference, None, Numbers]:
    """Rows that differ from the words of their entry; returns the identity numbers, by entry and person.

    A process of an earlier version writes words without a row. A number that is missing shows in the hash of the text.
    """
    numbers: Numbers = {}
    for row in dossier.participants:
        yield from _name_differences(dossier, row)
        replaced_by = _replaced_by(dossier, row)
        if row.replaced_by != replaced_by:
            yield Difference(dossier.code, row.sequence, "participant.replaced_by", replaced_by, row.replaced_by)
        number = search_hash = None
        if row.identity_encrypted is not None:
            try:
                number = ring.decrypt(row.identity_encrypted, participant_place(dossier.id, row.sequence, row.number))
            except KeysUnusable as error:
                field = "participant.identity_encrypted"
                yield Difference(dossier.code, row.sequence, field, "a value to decrypt", error.detail)
                continue
            numbers.setdefault(row.sequence, {})[row.number] = number
            search_hash = ring.hash_of_same_key(row.identity_encrypted, number)
        if row.identity_hash != search_hash:
            yield Difference(dossier.code, row.sequence, "participant.identity_hash", search_hash, row.identity_hash)
    return numbers


def _replaced_by(dossier: StoredDossier, row: StoredParticipant) -> int | None:
    """The first later entry that corrected the people of this kind."""
    return next(
        (
            entry.sequence
            for entry in dossier.journal
            if entry.sequence > row.sequence
            and entry.type == Action.PARTICULARS
            and any(KINDS.get(name) == row.kind for name in entry.data["fields"])
        ),
        None,
    )


def _name_differences(dossier: StoredDossier, row: StoredParticipant) -> Generator[Difference]:
    text = dossier.texts.get(row.sequence)
    people = people_of(text.content) if text is not None and isinstance(text.content, dict) else []
    person = next((words for number, kind, words in people if (number, kind) == (row.number, row.kind)), None)
    if person is None:
        yield Difference(dossier.code, row.sequence, "participants", "none without words", "a row")
        return
    expected = fold_name(person["name"]), person.get("phone")
    # A process of an earlier version folds fewer letters.
    if (row.name_folded, row.phone) not in (expected, (fold(person["name"]), person.get("phone"))):
        yield Difference(dossier.code, row.sequence, "participants", expected, (row.name_folded, row.phone))
    # A process of an earlier version writes no key.
    if row.phone_key not in (None, phone_key(row.phone)):
        yield Difference(dossier.code, row.sequence, "participant.phone_key", phone_key(row.phone), row.phone_key)
