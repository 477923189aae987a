"""What people write: kept composed and free of invisible control, and folded for search without accents."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

# Joiners are part of some scripts and pictures; every other mark without width hides something from the reader.
_JOINERS = frozenset("\u200c\u200d")
_LINE_BREAKS = frozenset("\n\t")

NAME_LENGTH = 500
TEXT_LENGTH = 4000


def line(value: str) -> str:
    """The text composed (NFC), with single spaces and none at its ends; ValueError for what nobody can see."""
    return _visible(" ".join(_composed(value, frozenset()).split()))


def paragraph(value: str) -> str:
    """As `line`, but line breaks, tabs and runs of spaces stay."""
    return _visible(_composed(value.replace("\r\n", "\n"), _LINE_BREAKS).strip())


def _composed(value: str, allowed: frozenset[str]) -> str:
    # What is printable has no hidden characters; nearly all that is written is.
    for character in () if value.isprintable() else value:
        if character not in allowed and _is_hidden(character):
            # Marks that turn the direction of writing are refused by a code of their own.
            code = "direction_marks" if unicodedata.category(character) == "Cf" else "control_characters"
            context = {"character": f"U+{ord(character):04X}"}
            raise PydanticCustomError(code, "the character {character} is not allowed here", context)
    return unicodedata.normalize("NFC", value)


def _visible(text: str) -> str:
    if not text:
        raise PydanticCustomError("blank", "the text is blank")
    return text


def _is_hidden(character: str) -> bool:
    """Control characters, marks that turn the direction of writing or have no width, halves of characters."""
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and character not in _JOINERS)


def fold(text: str) -> str:
    """The text as it is searched by: lower case, no accents, đ as d, single spaces.

    Composed and decomposed forms fold alike.
    """
    parts = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return " ".join(parts.translate(_WITHOUT_MARKS).split())


class _WithoutMarks(dict[int, int | None]):
    """For `str.translate`: takes accents and invisible marks away; what a character is was looked up once."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code)) in ("Mn", "Cf") else code
        self[code] = kept
        return kept


_WITHOUT_MARKS = _WithoutMarks()


# Names and other short texts: one line, not empty.
Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=NAME_LENGTH), AfterValidator(line)]
# Notes, reasons, summaries: several lines, not empty.
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=TEXT_LENGTH), AfterValidator(paragraph)]
