"""People beside the applicant: their identity numbers are encrypted, and search finds them (rules §13)."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from app.database import Connection, Prepared
from app.database.tables import participants
from app.encryption.key_ring import KeyRing
from app.text_input import fold_name

# The words of an entry that describe a person, and the kind of participant.
_KINDS: Mapping[str, str] = {"handed_in_by": "agent"}
_NUMBERS = Prepared(
    select(participants.c.sequence, participants.c.number, participants.c.kind, participants.c.identity_encrypted)
    .where(participants.c.dossier_id == bindparam("dossier"), participants.c.identity_encrypted.is_not(None))
    .order_by(participants.c.sequence, participants.c.number)
)


def participant_place(dossier_id: int, sequence: int, number: int) -> str:
    """The encryption place of a participant's identity number."""
    return f"participants/{dossier_id}/{sequence}/{number}/identity_number"


def people_of(words: Mapping[str, Any]) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Number within the entry, kind and words of each person whom the words describe."""
    for number, (name, kind) in enumerate(_KINDS.items(), start=1):
        if isinstance(words.get(name), Mapping):
            yield number, kind, words[name]


def participant_rows(ring: KeyRing, dossier_id: int, sequence: int, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `participants` for the words of an entry."""
    rows = []
    for number, kind, person in people_of(words):
        identity = person.get("identity_number")
        place = participant_place(dossier_id, sequence, number)
        rows.append(
            {
                "dossier_id": dossier_id,
                "sequence": sequence,
                "number": number,
                "kind": kind,
                "name_folded": fold_name(person["name"]),
                "identity_encrypted": None if identity is None else ring.encrypt(identity, place),
                "identity_hash": None if identity is None else ring.hash(identity),
                "phone": person.get("phone"),
            }
        )
    return rows


def without_numbers(words: Mapping[str, Any]) -> Mapping[str, Any]:
    """The words as `entry_texts` keeps them: without identity numbers."""
    bare = {
        name: {key: value for key, value in words[name].items() if key != "identity_number"}
        for name in _KINDS
        if words.get(name)
    }
    return {**words, **bare} if bare else words


def with_numbers(words: Mapping[str, Any], numbers: Mapping[str, str]) -> Mapping[str, Any]:
    """The words as they were written: `numbers` are the identity numbers of one entry by kind of participant."""
    people = {
        name: {**words[name], "identity_number": numbers[kind]}
        for name, kind in _KINDS.items()
        if kind in numbers and isinstance(words.get(name), Mapping)
    }
    return {**words, **people} if people else words


def names_people(words: Mapping[str, Any]) -> bool:
    """True if the words describe a participant."""
    return not _KINDS.keys().isdisjoint(words)


async def numbers_of(connection: Connection, dossier_id: int) -> dict[int, dict[str, str]]:
    """The identity numbers of a dossier's participants, by entry and kind."""
    numbers: dict[int, dict[str, str]] = {}
    for row in await connection.all(_NUMBERS, dossier=dossier_id):
        place = participant_place(dossier_id, row.sequence, row.number)
        numbers.setdefault(row.sequence, {})[row.kind] = connection.ring.decrypt(row.identity_encrypted, place)
    return numbers
