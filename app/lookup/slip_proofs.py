"""Proofs that a reader of a look-up holds the slip, or is a person of the dossier (rules §20)."""

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import bindparam, func, select

from app.contact_data import FEWEST_DIGITS, phone_key
from app.database import Connection, Prepared
from app.database.tables import applicants, participants
from app.domain.errors import Invalid, NotFound
from app.dossiers.participants import CO_APPLICANTS, KINDS, participant_place
from app.dossiers.rating_keys import RatingKeys, typed_key
from app.dossiers.rows import identity_place
from app.http.lookup_limits import wrong_digits_counted

KEY_HEADER, DIGITS_HEADER = "X-Slip-Key", "X-Last-Digits"
# Read without FastAPI's dependencies, so they are described here.
PROOF_PARAMETERS = [
    {
        "name": KEY_HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "the key of the slip: case, dashes and spaces do not matter",
        "example": "7K2M-9QXD-4TBE-0H6R",
    },
    {
        "name": DIGITS_HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "instead of the key: six or more last digits of an applicant's telephone or identity number",
        "example": "123456",
    },
]
# More digits belong to no number.
_MOST_DIGITS = 20
_PERSON = "person"

_newest = (
    select(func.max(applicants.c.number))
    .where(applicants.c.dossier_id == bindparam("dossier"))
    .scalar_subquery()
    .correlate(None)
)
_APPLICANT = Prepared(
    select(applicants.c.number, applicants.c.phone, applicants.c.identity_encrypted).where(
        applicants.c.dossier_id == bindparam("dossier"),
        applicants.c.number == _newest,
        applicants.c.kind == _PERSON,
    )
)
_CO_APPLICANTS = Prepared(
    select(
        participants.c.sequence, participants.c.number, participants.c.phone, participants.c.identity_encrypted
    ).where(
        participants.c.dossier_id == bindparam("dossier"),
        participants.c.kind == KINDS[CO_APPLICANTS],
        participants.c.replaced_by.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class SlipProof:
    """What a reader offers as a proof: the key of the slip, or last digits of a telephone or an identity number."""

    key: str | None = None
    digits: str | None = None


def proof_in(request: Request) -> SlipProof | None:
    """The proof in the headers of a request; None without one.

    Raises Invalid `rating_key_mistyped` and `last_digits_mistyped`.
    """
    headers = request.headers
    if key := headers.get(KEY_HEADER):
        return SlipProof(key=typed_key(key))
    digits = headers.get(DIGITS_HEADER)
    return SlipProof(digits=typed_digits(digits)) if digits else None


def typed_digits(text: str) -> str:
    """The digits of a typed end of a number. Raises Invalid `last_digits_mistyped` for too few, and for other signs."""
    digits = "".join(text.split()).replace(".", "").replace("-", "").removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS):
        detail = f"Give the last {FEWEST_DIGITS} digits of the telephone or the identity number."
        raise Invalid("last_digits_mistyped", detail, pointer="/digits")
    return digits


def require_key(keys: RatingKeys, code: str, proof: SlipProof) -> None:
    """Raises NotFound `rating_key_wrong` if the proof has a key of another dossier."""
    if proof.key is not None and not keys.fits(code, proof.key):
        raise NotFound("rating_key_wrong", "This is not the key on the receipt of this dossier.")


async def require_digits(request: Request, connection: Connection, dossier_id: int, proof: SlipProof) -> None:
    """Raises NotFound `last_digits_wrong` if the proof has digits with which no number of an applicant ends.

    Raises TooMany for right digits too, after too many wrong ones for this dossier or of this network.
    """
    if proof.digits is None:
        return
    numbers = await _numbers(connection, dossier_id)
    # Nothing is awaited between the check of the counter and its change, so concurrent guesses are counted as well.
    # A whole telephone number begins with 0, which its form with the country code lacks.
    whole = (phone_key(proof.digits) or "")[::-1]
    with wrong_digits_counted(request, dossier_id):
        if not any(number.endswith((proof.digits, whole)) for number in numbers):
            raise NotFound("last_digits_wrong", "No telephone or identity number of an applicant ends with them.")


async def _numbers(connection: Connection, dossier_id: int) -> list[str]:
    """The digits of the telephones and identity numbers of the present applicants who are persons."""
    numbers: list[str] = []
    people = [
        (row, identity_place(dossier_id, row.number)) for row in await connection.all(_APPLICANT, dossier=dossier_id)
    ]
    people += [
        (row, participant_place(dossier_id, row.sequence, row.number))
        for row in await connection.all(_CO_APPLICANTS, dossier=dossier_id)
    ]
    for row, place in people:
        numbers.append((phone_key(row.phone) or "")[::-1])
        if row.identity_encrypted is not None:
            plain = connection.ring.decrypt(row.identity_encrypted, place)
            numbers.append("".join(sign for sign in plain if sign.isdecimal()))
    return numbers
