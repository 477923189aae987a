"""Kinds of identity papers: what a number must look like, which kind it is, and what is odd about it (rules §18)."""

import re
import unicodedata
from datetime import date
from enum import StrEnum


class Paper(StrEnum):
    """Kinds of identity papers, and of numbers of businesses."""

    CITIZEN = "citizen"
    OLD = "old"
    PASSPORT = "passport"
    TAX_CODE = "tax_code"
    OTHER = "other"


_FORMS = {
    Paper.CITIZEN: re.compile(r"[0-9]{12}"),
    Paper.OLD: re.compile(r"[0-9]{9}"),
    Paper.PASSPORT: re.compile(r"(?=.*[0-9])[A-Z0-9]{6,9}"),
    # The code of a person is the citizen's number since 1 July 2025.
    Paper.TAX_CODE: re.compile(r"[0-9]{10}|[0-9]{13}|[0-9]{12}"),
}
_FAULTS = {
    Paper.CITIZEN: "citizen_number_digits",
    Paper.OLD: "old_number_digits",
    Paper.PASSPORT: "passport_number_form",
    Paper.TAX_CODE: "tax_code_digits",
}
_CHECK_DIGIT = "tax_code_check_digit"
# The codes that a number is refused with.
FAULTS = frozenset({*_FAULTS.values(), _CHECK_DIGIT})
_CITIZEN_DIGITS = 12
_SEPARATORS = re.compile(r"[\s.\-]+")
_OF_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{6,8}")
# Weights of the first nine digits of a tax code.
_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
# Where a birth was registered: the 63 provinces of before July 2025, or a country.
_PLACE = re.compile(
    r"00[12468]|01[0124579]|02[024567]|03[013-8]|04[0245689]|05[12468]|06[024678]|07[024579]|08[0234679]|09[1-6]"
    r"|[1-9][0-9]{2}"
)
_OLDEST = 120


def fault_of(paper: Paper, number: str) -> str | None:
    """The code of what a number of this kind lacks: length or digits; None if it is well formed."""
    bare = _bare(number)
    if paper is Paper.OTHER:
        return None
    if not _FORMS[paper].fullmatch(bare):
        return _FAULTS[paper]
    is_of_business = paper is Paper.TAX_CODE and len(bare) != _CITIZEN_DIGITS
    return _CHECK_DIGIT if is_of_business and not _is_tax_code(bare) else None


def kind_of(number: str, *, of_person: bool) -> Paper:
    """The kind of a number that came without one."""
    bare = _bare(number)
    if of_person and fault_of(Paper.CITIZEN, bare) is None:
        return Paper.CITIZEN
    if of_person and fault_of(Paper.OLD, bare) is None:
        return Paper.OLD
    if _is_tax_code(bare):
        return Paper.TAX_CODE
    return Paper.PASSPORT if of_person and _OF_PASSPORT.fullmatch(bare) else Paper.OTHER


def oddness_of(number: str, paper: Paper | None, today: date, *, of_person: bool) -> str | None:
    """The code of what is odd about a number, which may be right all the same; `paper`: as it was stated."""
    bare = _bare(number)
    kind = paper or kind_of(number, of_person=of_person)
    if kind is Paper.CITIZEN and fault_of(kind, bare) is None:
        return _oddness_of_citizen(bare, today)
    return "identity_unusual" if paper is None and kind is Paper.OTHER and _is_mistyped(bare, of_person) else None


def _oddness_of_citizen(bare: str, today: date) -> str | None:
    """Three digits of the place of birth, one of century and sex, two of the year, six at random."""
    if not _PLACE.match(bare):
        return "identity_place"
    year = 1900 + 100 * (int(bare[3]) // 2) + int(bare[4:6])
    return None if today.year - _OLDEST <= year <= today.year else "identity_birth_year"


def _is_mistyped(bare: str, of_person: bool) -> bool:
    """True for a number that fits no kind and resembles one: soldiers have 8 digits, old businesses 10."""
    if not bare.isdecimal():
        return of_person and len(bare) == _CITIZEN_DIGITS and sum(map(str.isdecimal, bare)) >= 9
    return len(bare) != 8 if of_person else len(bare) in (10, 13)


def _is_tax_code(bare: str) -> bool:
    """True for ten digits of which the last follows from the others, and three digits more for a branch."""
    if not re.fullmatch(r"[0-9]{10}(?:[0-9]{3})?", bare) or bare[2:9] == "0000000" or bare[10:] == "000":
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, bare[:9], strict=True))
    return 10 - total % 11 == int(bare[9])


def _bare(number: str) -> str:
    plain = number if number.isascii() else unicodedata.normalize("NFKC", number)
    return _SEPARATORS.sub("", plain).upper()
