"""Finds the dossiers that name a person, and in each the data that are this person's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, union

from app.contact_data import phone_key
from app.database import Connection, Prepared
from app.database.tables import applicants, dossiers, participants
from app.domain.errors import NotFound
from app.dossiers.participants import participants_in
from app.dossiers.queries import Dossier, JournalEntry, dossier_of, dossier_select, journal, relations_of
from app.dossiers.rows import identity_place
from app.encryption.key_ring import KeyRing, normalised
from app.text_input import fold_name

_HASHES: BindParameter[list[str]] = bindparam("hashes", expanding=True)
_BY_NUMBER = Prepared(
    union(
        select(applicants.c.dossier_id).where(applicants.c.identity_hash.in_(_HASHES)),
        select(participants.c.dossier_id).where(participants.c.identity_hash.in_(_HASHES)),
    )
)
_BY_CODE = Prepared(select(dossiers.c.id).where(dossiers.c.code == bindparam("code")))
_BY_IDS = Prepared(dossier_select().where(dossiers.c.id.in_(bindparam("ids", expanding=True))).order_by(dossiers.c.id))
_APPLICANTS = Prepared(
    select(applicants).where(applicants.c.dossier_id == bindparam("dossier")).order_by(applicants.c.number)
)


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A person identified by the identity number."""

    number: str


@dataclass(frozen=True, slots=True)
class ByDossier:
    """A person identified by the code of a dossier with the name and the telephone in it."""

    code: str
    name: str
    phone: str


Identification = ByNumber | ByDossier


@dataclass(frozen=True, slots=True)
class Particulars:
    """One version of a dossier's applicant, with the plain identity number."""

    number: int
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name in the form for comparison."""
        return fold_name(self.data["name"])

    @property
    def identity(self) -> str | None:
        """The identity number in the form for comparison."""
        identity_number = self.data["identity_number"]
        return normalised(identity_number) if identity_number else None


@dataclass(frozen=True, slots=True)
class Match:
    """A dossier with the data of the person, oldest first.

    `own`: as applicant, `agents`: as the one who hands in, `together`: as one who applies with the applicant.
    """

    dossier: Dossier
    own: Sequence[Particulars]
    agents: Sequence[Mapping[str, Any]]
    together: Sequence[Mapping[str, Any]]
    entries: Sequence[JournalEntry]

    @property
    def is_applicant(self) -> bool:
        """True if the present applicant is the person."""
        return any(version.number == self.dossier.applicant_number for version in self.own)

    @property
    def applies_together(self) -> bool:
        """True if the person is a present applicant beside the first one."""
        return any(person in self.together for person in self.dossier.people.further_applicants)

    @property
    def names(self) -> frozenset[str]:
        """The names of the person in this dossier, in the form for comparison."""
        return frozenset(version.name for version in self.own) | {fold_name(other["name"]) for other in self.together}


async def matches_of(connection: Connection, person: Identification) -> list[Match]:
    """The dossiers that name the person, by their ids. Raises NotFound `unknown_person` if there are none."""
    if isinstance(person, ByNumber):
        rows = await connection.all(_BY_NUMBER, hashes=connection.ring.hashes(person.number))
        ids = [row.dossier_id for row in rows]
    else:
        ids = [row.id for row in await connection.all(_BY_CODE, code=person.code)]
    relations = await relations_of(connection, ids) if ids else {}
    matches = []
    for row in await connection.all(_BY_IDS, ids=ids):
        match = await _match(connection, dossier_of(connection.ring, row, relations[row.id]), person)
        if match.own or match.agents or match.together:
            matches.append(match)
    if not matches:
        raise NotFound("unknown_person", "No dossier names a person with these data.")
    return matches


async def _match(connection: Connection, dossier: Dossier, person: Identification) -> Match:
    rows = await connection.all(_APPLICANTS, dossier=dossier.id)
    own = _versions_of(person, [Particulars(row.number, _plain(connection.ring, row)) for row in rows])
    entries = await journal(connection, dossier.id)
    people = [participants_in(written.texts) for written in entries]
    agents = [each.handed_in_by for each in people if each.handed_in_by and _is_person(person, each.handed_in_by)]
    together = [other for each in people for other in each.further_applicants if _is_person(person, other)]
    return Match(dossier, own, agents, together, entries)


def _plain(ring: KeyRing, row: Any) -> dict[str, Any]:
    encrypted = row.identity_encrypted
    number = ring.decrypt(encrypted, identity_place(row.dossier_id, row.number)) if encrypted else None
    names = ("kind", "name", "identity_kind", "phone", "email", "address", "commune_unit_id", "commune_text")
    return {**{name: getattr(row, name) for name in names}, "identity_number": number}


def _versions_of(person: Identification, versions: Sequence[Particulars]) -> list[Particulars]:
    """The versions that are the person's.

    A version with the same name and no other identity number is the same person, before or after a change of the
    telephone or of the number.
    """
    certain = [version for version in versions if _is_certain(person, version)]
    names = {version.name for version in certain}
    numbers = {version.identity for version in certain} - {None}
    return [
        version
        for version in versions
        if version in certain
        or (version.name in names and (version.identity is None or not numbers or version.identity in numbers))
    ]


def _is_certain(person: Identification, version: Particulars) -> bool:
    if isinstance(person, ByNumber):
        return version.identity == normalised(person.number)
    return version.name == fold_name(person.name) and _same_phone(version.data["phone"], person.phone)


def _is_person(person: Identification, other: Mapping[str, Any]) -> bool:
    """True if these words describe the person, by the same data as an applicant."""
    if isinstance(person, ByNumber):
        number = other.get("identity_number")
        return number is not None and normalised(number) == normalised(person.number)
    return fold_name(other["name"]) == fold_name(person.name) and _same_phone(other.get("phone"), person.phone)


def _same_phone(phone: str | None, typed: str) -> bool:
    return phone is not None and phone_key(phone) == phone_key(typed)
