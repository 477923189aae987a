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
# Ordinals issued here have four or five digits. Longer ones begin with the two digits of another system's owner.
_CODE = re.compile(
    rf"(?P<agency>{_BOTTOM_UP}|{_TOP_DOWN})-(?P<day>[0-9]{{6}})"
    r"-(?:(?P<owner>[0-9]{2})(?P<theirs>[0-9]{4,7})|(?P<ordinal>[0-9]{4}|[1-9][0-9]{4}))"
)

CENTURY = 2000
HIGHEST_ORDINAL = 99_999
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

    @property
    def province(self) -> str:
        """The part of the province or ministry, `H47` in both forms (rules §10)."""
        levels = self.text.split(".")
        return levels[-1] if levels[0].isdigit() else levels[0]


@dataclass(frozen=True, slots=True)
class DossierCode:
    """The parts of a code: `{agency}-{YYMMDD}-{NNNN}` (rules §10).

    `owner`: the two digits of a central system's owner before the ordinal; empty in codes that this service issues.
    `digits`: the ordinal as it is written.
    """

    agency: AgencyIdentifier
    date: date
    digits: str
    owner: str = ""

    @property
    def ordinal(self) -> int:
        """The number of the dossier on its day, from 1."""
        return int(self.digits)

    def __str__(self) -> str:
        return f"{self.agency}-{self.date:%y%m%d}-{self.owner}{self.digits}"


def unit_in_front(receiving: int, responsible: int, day: date, responsible_from: date | None) -> int:
    """The unit with the identifier in front of a new code of a local date (rules §10).

    `responsible_from`: the date from which that is the responsible unit; None: it is always the receiving unit.
    """
    return receiving if responsible_from is None or day < responsible_from else responsible


def dossier_code(agency: AgencyIdentifier | str, day: date, ordinal: int) -> str:
    """The code of the `ordinal`-th dossier, from 1, of a local date at an agency (rules §10).

    The ordinal has four digits, five above 9999. Raises Invalid `agency_identifier_invalid`, or `code_invalid` for an
    ordinal or a century that does not fit into a code.
    """
    identifier = AgencyIdentifier(str(agency))
    if not 1 <= ordinal <= HIGHEST_ORDINAL or not CENTURY <= day.year < CENTURY + 100:
        raise Invalid("code_invalid", "A code has an ordinal from 1 to 99999 and a date of the years 2000 to 2099.")
    return str(DossierCode(identifier, day, f"{ordinal:04d}"))


@lru_cache(maxsize=4096)
def parse_code(text: str) -> DossierCode:
    """The parts of a code in the form of `normalise_code`; other texts raise Invalid `code_invalid` (rules §10)."""
    match = _CODE.fullmatch(text)
    if match is None:
        raise no_code()
    day, digits = match["day"], match["ordinal"] or match["theirs"]
    try:
        issued = date(CENTURY + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        raise no_code() from None
    if not digits.strip("0"):
        raise no_code()
    return DossierCode(AgencyIdentifier(match["agency"]), issued, digits, match["owner"] or "")


def normalise_code(text: str) -> str:
    """A typed code in canonical form: upper case, plain hyphens, no spaces, no invisible marks (rules §10).

    The result may be part of a code; `parse_code` checks it. More than 200 characters raise Invalid `code_invalid`.
    """
    if len(text) > LONGEST_TYPED:
        raise no_code()
    if _CODE.fullmatch(text):
        return text
    return _plain(text)


def code_key(text: str) -> str:
    """A code of another system in the form for comparison: as `normalise_code`, at any length (rules §10)."""
    return _plain(text) or text


def _plain(text: str) -> str:
    return "".join(_folded(character) for character in unicodedata.normalize("NFKC", text).upper())


def _folded(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Pd" or character in _OTHER_DASHES:
        return "-"
    # Removes spaces, control characters, and marks without width such as a byte order mark or a soft hyphen.
    return "" if category[0] == "Z" or category in ("Cc", "Cf") else character


def no_code() -> Invalid:
    """The refusal of a text that is no code."""
    return Invalid("code_invalid", "A dossier code looks like 000.00.15.H47-210816-0001 or H47.123.05-261130-010001.")
