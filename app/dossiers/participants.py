"""People beside the applicant: their identity numbers are encrypted, and search finds them (rules §13, §18)."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from app.contact_data import phone_key
from app.database import Connection, Prepared
from app.database.tables import participants
from app.encryption.key_ring import KeyRing
from app.text_input import fold_name

# The words of an entry that describe people, and their kinds.
AGENT, CO_APPLICANTS = "handed_in_by", "further_applicants"
KINDS: Mapping[str, str] = {AGENT: "agent", CO_APPLICANTS: "co_applicant"}
_NUMBERS = Prepared(
    select(participants.c.sequence, participants.c.number, participants.c.identity_encrypted)
    .where(participants.c.dossier_id == bindparam("dossier"), participants.c.identity_encrypted.is_not(None))
    .order_by(participants.c.sequence, participants.c.number)
)
_REPLACE = Prepared(
    update(participants)
    .where(
        participants.c.dossier_id == bindparam("dossier"),
        participants.c.kind == bindparam("of_kind"),
        participants.c.replaced_by.is_(None),
    )
    .values(replaced_by=bindparam("entry"))
)


@dataclass(frozen=True, slots=True)
class Participants:
    """The present people beside the applicant, as their words describe them, with plain identity numbers."""

    handed_in_by: Mapping[str, Any] | None = None
    further_applicants: Sequence[Mapping[str, Any]] = ()


NOBODY = Participants()


def participant_place(dossier_id: int, sequence: int, number: int) -> str:
    """The encryption place of a participant's identity number."""
    return f"participants/{dossier_id}/{sequence}/{number}/identity_number"


def people_of(words: Mapping[str, Any]) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Number within the entry, kind and words of each person whom the words describe: the agent has the number 1."""
    agent, others = words.get(AGENT), words.get(CO_APPLICANTS)
    if isinstance(agent, Mapping):
        yield 1, KINDS[AGENT], agent
    for number, person in enumerate(others if isinstance(others, list) else (), start=2):
        if isinstance(person, Mapping):
            yield number, KINDS[CO_APPLICANTS], person


def participants_in(words: Mapping[str, Any]) -> Participants:
    """The people whom the words of one entry describe."""
    people = list(people_of(words))
    agent = next((person for number, _kind, person in people if number == 1), None)
    return Participants(agent, tuple(person for number, _kind, person in people if number > 1))


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
                "phone_key": phone_key(person.get("phone")),
            }
        )
    return rows


async def replace_participants(connection: Connection, dossier_id: int, names: Iterable[str], sequence: int) -> None:
    """Marks the present people of these words as replaced by an entry, so that search no longer finds them."""
    for name in names:
        await connection.run(_REPLACE, dossier=dossier_id, of_kind=KINDS[name], entry=sequence)


# --- Identity numbers -------------------------------------------------------------------------------------------------


def without_numbers(words: Mapping[str, Any]) -> Mapping[str, Any]:
    """The words as `entry_texts` keeps them: without identity numbers."""
    return _changed(
        words,
        lambda _number, person: {name: value for name, value in person.items() if name != "identity_number"},
    )


def with_numbers(words: Mapping[str, Any], numbers: Mapping[int, str]) -> Mapping[str, Any]:
    """The words as they were written: `numbers` are the identity numbers of one entry by the number of the person."""
    return _changed(
        words,
        lambda number, person: {**person, "identity_number": numbers[number]} if number in numbers else person,
    )


def _changed(
    words: Mapping[str, Any], change: Callable[[int, Mapping[str, Any]], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """The words with each person changed."""
    people = {number: change(number, person) for number, _kind, person in people_of(words)}
    if not people:
        return words
    agent = {AGENT: people.pop(1)} if 1 in people else {}
    return {**words, **agent, **({CO_APPLICANTS: list(people.values())} if people else {})}


def names_people(words: Collection[str]) -> bool:
    """True if the words describe a participant."""
    return not KINDS.keys().isdisjoint(words)


async def numbers_of(connection: Connection, dossier_id: int) -> dict[int, dict[int, str]]:
    """The identity numbers of a dossier's participants, by entry and by the number of the person."""
    numbers: dict[int, dict[int, str]] = {}
    for row in await connection.all(_NUMBERS, dossier=dossier_id):
        place = participant_place(dossier_id, row.sequence, row.number)
        numbers.setdefault(row.sequence, {})[row.number] = connection.ring.decrypt(row.identity_encrypted, place)
    return numbers


def participants_from(ring: KeyRing, dossier_id: int, rows: Sequence[tuple[int, int, str, str | None]]) -> Participants:
    """The present people from rows: entry, number, words of the entry as JSON, and encrypted identity number."""
    agent, others = None, []
    for sequence, number, content, encrypted in sorted(rows):
        person = next((person for other, _kind, person in people_of(json.loads(content)) if other == number), None)
        if person is None:
            continue
        if encrypted is not None:
            plain = ring.decrypt(encrypted, participant_place(dossier_id, sequence, number))
            person = {**person, "identity_number": plain}
        if number == 1:
            agent = person
        else:
            others.append(person)
    return Participants(agent, tuple(others))
