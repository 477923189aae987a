"""Reads telephone numbers and e-mail addresses as people write them: where a message goes, and keys for the search."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    PhoneNumberType,
    format_number,
    number_type,
    parse,
)

# Numbers without a country code are Vietnamese.
_COUNTRY, _COUNTRY_CODE = "VN", "+84"
_WITH_TEXTS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Nearly all numbers are Vietnamese mobile numbers in this form. The library takes a hundred times as long to say so.
_VIETNAMESE = PhoneMetadata.metadata_for_region(_COUNTRY)
assert _VIETNAMESE is not None
assert _VIETNAMESE.mobile is not None
_USUAL = re.compile(rf"(?:0|\+84)({_VIETNAMESE.mobile.national_number_pattern})", re.ASCII)
_BLANKS = re.compile(r"[\s.\-()]+")
# Longer texts are no telephone number.
_LONGEST = 100
# The most digits of a number with its country code and leading zeros. More are two numbers.
_MOST_DIGITS = 17
# Fewer last digits fit too many people.
FEWEST_DIGITS = 6


class Phone(NamedTuple):
    """A telephone number in E.164, as +84905123456; `takes_texts`: false for a landline."""

    e164: str
    takes_texts: bool


@lru_cache(maxsize=4096)
def phone_of(written: str | None) -> Phone | None:
    """The first valid number in a text; None without one. A lost leading zero is completed."""
    if not written:
        return None
    if usual := _USUAL.fullmatch(_BLANKS.sub("", written)):
        return Phone(_COUNTRY_CODE + usual[1], takes_texts=True)
    for number in _numbers(written[:_LONGEST]):
        kind = number_type(number)
        if kind != PhoneNumberType.UNKNOWN:
            return Phone(format_number(number, PhoneNumberFormat.E164), kind in _WITH_TEXTS)
    return None


def _numbers(written: str) -> Iterator[PhoneNumber]:
    with suppress(NumberParseException):
        yield parse(written, _COUNTRY)
    digits = _digits(written)
    if len(digits) > _MOST_DIGITS or len(digits) < len(_BLANKS.sub("", written)):  # beside words or another number
        yield from (match.number for match in PhoneNumberMatcher(written, _COUNTRY))


def texts_to(written: str | None) -> str | None:
    """The number in E.164 to which text messages go; None for a landline, and without a valid number."""
    phone = phone_of(written)
    return phone.e164 if phone and phone.takes_texts else None


def phone_key(written: str | None) -> str | None:
    """The digits from the last to the first: those of E.164, or those of a text without a valid number.

    So one index finds a number by any spelling and by its last digits.
    """
    if not written:
        return None
    phone = phone_of(written)
    return _digits(phone.e164 if phone else written)[::-1] or None


def phone_search(typed: str) -> tuple[str, bool] | None:
    """The key to look for, and true if it is only the beginning of keys; None with too few digits."""
    phone = phone_of(typed)
    if phone is not None:
        return _digits(phone.e164)[::-1], False
    digits = _digits(typed)
    return (digits[::-1], True) if len(digits) >= FEWEST_DIGITS else None


def _digits(text: str) -> str:
    return "".join(str(int(character)) for character in text if character.isdecimal())


@lru_cache(maxsize=4096)
def email_of(written: str | None) -> str | None:
    """The e-mail address in the form for sending; None if it is not valid. No server is asked."""
    if not written:
        return None
    try:
        return validate_email(written.strip(), check_deliverability=False).ascii_email
    except EmailNotValidError:
        return None
