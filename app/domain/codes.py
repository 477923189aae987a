"""Dossier codes and agency identifiers: makes, reads and normalises them (rules §10)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.domain.errors import Invalid

# 000.00.15.H47 (levels bottom-up) or H47.15.03 (top-down).
_BOTTOM_UP = r"[0-9]{3}(?:\.[0-9]{2}){2}\.[A-Z][0-9]{2}"
_TOP_DOWN = r"[A-Z][0-9]{2}(?:\.[0-9]{2,3}){0,4}"
_AGENCY = re.compile(rf"{_BOTTOM_UP}|{_TOP_DOWN}")
_CODE = re.compile(
    rf"(?P<agency>{_BOTTOM_UP}|{_TOP_DOWN})-(?P<day>[0-9]{{6}})-(?P<ordinal>[0-9]{{4}}|[1-9][0-9]{{4,8}})"
)

CENTURY = 2000
LONGEST_TYPED = 200
# Dashes outside the Unicode category Pd: hyphen bullet, minus sign, modifier letter minus, heavy minus.
_OTHER_DASHES = frozenset("\u2043\u2212\u02d7\u2796")


@dataclass(frozen=True, slots=True)
class AgencyIdentifier:
    """An agency identifier in canonical form (rules §10); other texts raise Invalid `agency_identifier_invalid`."""

    text: str

    def __post_init__(self) -> None:
        if not _AGENCY.fullmatch(self.text):
            raise Invalid("agency_identifier_invalid", "An agency identifier looks like 000.00.15.H47 or H47.15.03.")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class DossierCode:
    """The three parts of a code: `{agency}-{YYMMDD}-{NNNN}` (rules §10)."""

    agency: AgencyIdentifier
    date: date
    ordinal: int

    def __str__(self) -> str:
        return f"{self.agency}-{self.date:%y%m%d}-{self.ordinal:04d}"


def dossier_code(agency: AgencyIdentifier | str, day: date, ordinal: int) -> str:
    """The code of the `ordinal`-th dossier, from 1, of a local date at an agency (rules §10).

    The ordinal has four digits, more above 9999. Raises Invalid `agency_identifier_invalid`, or `code_invalid` for an
    ordinal or a century that does not fit into a code.
    """
    identifier = AgencyIdentifier(str(agency))
    if not 1 <= ordinal <= 999_999_999 or not CENTURY <= day.year < CENTURY + 100:
        raise Invalid("code_invalid", "A code has an ordinal from 1 and a date of the years 2000 to 2099.")
    return str(DossierCode(identifier, day, ordinal))


@lru_cache(maxsize=4096)
def parse_code(text: str) -> DossierCode:
    """The parts of a code in the form of `normalise_code`; other texts raise Invalid `code_invalid` (rules §10)."""
    match = _CODE.fullmatch(text)
    if match is None:
        raise _invalid()
    day, ordinal = match["day"], int(match["ordinal"])
    try:
        issued = date(CENTURY + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        raise _invalid() from None
    if ordinal == 0:
        raise _invalid()
    return DossierCode(AgencyIdentifier(match["agency"]), issued, ordinal)


def normalise_code(text: str) -> str:
    """A typed code in canonical form: upper case, plain hyphens, no spaces, no invisible marks (rules §10).

    The result may be part of a code; `parse_code` checks it. More than 200 characters raise Invalid `code_invalid`.
    """
    if len(text) > LONGEST_TYPED:
        raise _invalid()
    if _CODE.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(_folded(character) for character in folded)


def _folded(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Pd" or character in _OTHER_DASHES:
        return "-"
    # Removes spaces, control characters, and marks without width such as a byte order mark or a soft hyphen.
    return "" if category[0] == "Z" or category in ("Cc", "Cf") else character


def _invalid() -> Invalid:
    return Invalid("code_invalid", "A dossier code looks like 000.00.15.H47-210816-0001.")
