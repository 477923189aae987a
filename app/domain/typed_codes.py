"""Finds the dossier code in what people type or paste: a label, an address, the letter O for zero (rules §10)."""

import re
from functools import lru_cache

from app.domain.codes import no_code, normalise_code, parse_code
from app.domain.errors import Invalid

# A digit, or a letter that stands for one.
_DIGIT = "[0-9OIL]"
_AS_DIGITS = str.maketrans("OIL", "011")
_BOTTOM_UP = r"[0-9]{3}(?:\.[0-9]{2}){2}\.[A-Z][0-9]{2}"
_TOP_DOWN = r"[A-Z][0-9]{2}(?:\.[0-9]{2,3}){0,4}"
_STRICT = re.compile(
    rf"(?<![0-9.])(?:{_BOTTOM_UP}|(?<![A-Z]){_TOP_DOWN})-[0-9]{{6}}-(?:[0-9]{{6,9}}|[0-9]{{4,5}})(?![0-9])"
)
# With lost zeros in front. Only parts with one possible length can lose them.
_LOOSE = re.compile(
    rf"(?<![0-9.])(?:(?P<third>{_DIGIT}{{1,3}})\.(?P<second>{_DIGIT}{{1,2}})\.(?P<first>{_DIGIT}{{1,2}})\."
    rf"(?P<below>[A-Z]{_DIGIT}{{1,2}})|(?<![A-Z])(?P<above>[A-Z]{_DIGIT}{{2}}(?:\.{_DIGIT}{{2,3}}){{0,4}}))"
    rf"-(?P<day>{_DIGIT}{{6}})-(?P<ordinal>{_DIGIT}{{1,9}})(?!{_DIGIT})"
)
_ORDINAL_LENGTH = 4
_OWNED_LENGTH = 6
# An escaped ASCII character in an address.
_ESCAPED = re.compile("%([2-7][0-9A-Fa-f])")
_BLANK_AT_DASH = re.compile(r" *- *")


@lru_cache(maxsize=4096)
def code_in(typed: str) -> str:
    """The code that the text has, in canonical form. Raises Invalid `code_invalid` if it has none, or several.

    A text that is a code as a whole is always that code. Letters for digits and lost zeros are read only in a text
    without a regular code.
    """
    if (code := _valid(normalise_code(typed))) is not None:
        return code
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), typed)
    tokens = [normalise_code(token) for token in text.split()]
    # Blanks separate a code from its label, but they may also stand inside a code.
    spaced = _BLANK_AT_DASH.sub("-", " ".join(token for token in tokens if token))
    for read in (_strict, _loose):
        for candidate in (spaced, normalise_code(text)):
            codes = read(candidate)
            if len(codes) == 1:
                return codes.pop()
            if codes:
                raise Invalid("code_invalid", "The text has several codes: send only one.")
    raise no_code()


def _strict(text: str) -> set[str]:
    return {code for match in _STRICT.finditer(text) if (code := _valid(match[0])) is not None}


def _loose(text: str) -> set[str]:
    return {code for match in _LOOSE.finditer(text) if (code := _valid(_restored(match))) is not None}


def _restored(match: re.Match[str]) -> str:
    """The code with its digits and zeros."""
    parts = {name: part.translate(_AS_DIGITS) for name, part in match.groupdict(default="").items()}
    if match["above"]:
        agency = match["above"][0] + parts["above"][1:]
    else:
        province = match["below"][0] + parts["below"][1:].zfill(2)
        agency = f"{parts['third']:0>3}.{parts['second']:0>2}.{parts['first']:0>2}.{province}"
    ordinal = parts["ordinal"]
    if len(ordinal) < _OWNED_LENGTH:
        ordinal = ordinal.lstrip("0").zfill(_ORDINAL_LENGTH)
    return f"{agency}-{parts['day']}-{ordinal}"


def _valid(text: str) -> str | None:
    try:
        return str(parse_code(text))
    except Invalid:
        return None
