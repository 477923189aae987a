"""Validates typed text (NFC, no control characters), and folds it for search without accents."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

# Joiners are part of some scripts and emoji. Every other character without width hides something from the reader.
_JOINERS = frozenset("\u200c\u200d")
_LINE_BREAKS = frozenset("\n\t")

NAME_LENGTH = 500
TEXT_LENGTH = 4000


def line(value: str) -> str:
    """The text in NFC, with single spaces and none at its ends. Raises ValueError for invisible characters."""
    return _require_visible(" ".join(_compose(value, frozenset()).split()))


def paragraph(value: str) -> str:
    """The text like `line`, but with its line breaks, tabs and runs of spaces."""
    return _require_visible(_compose(value.replace("\r\n", "\n"), _LINE_BREAKS).strip())


def _compose(value: str, allowed: frozenset[str]) -> str:
    # Nearly all text is printable, and printable text has no hidden characters.
    for character in () if value.isprintable() else value:
        if character not in allowed and _is_hidden(character):
            # Direction marks have their own error code.
            code = "direction_marks" if unicodedata.category(character) == "Cf" else "control_characters"
            context = {"character": f"U+{ord(character):04X}"}
            raise PydanticCustomError(code, "the character {character} is not allowed here", context)
    return unicodedata.normalize("NFC", value)


def _require_visible(text: str) -> str:
    if not text:
        raise PydanticCustomError("blank", "the text is blank")
    return text


def _is_hidden(character: str) -> bool:
    """True for control characters, direction marks, characters without width, and lone surrogates."""
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and character not in _JOINERS)


def fold(text: str) -> str:
    """The text in the form for search: lower case, no accents, đ as d, single spaces.

    Composed and decomposed forms give the same result.
    """
    parts = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return " ".join(parts.translate(_WITHOUT_MARKS).split())


def fold_name(text: str) -> str:
    """The name of a person in the form for search: as `fold`, also for letters of other scripts and other systems.

    Apostrophes and hyphens separate words: H'Hương and Đỗ-Thị are found in each spelling.
    """
    return fold(text.casefold().translate(_OF_NAMES))


def same_spelling(text: str) -> str:
    """The name of a person in the form for comparison: accents stay, because they tell people apart.

    Letter case, blanks, hyphens, look-alikes of Đ and the place of the tone in a word (hòa, hoà) do not count.
    """
    letters = unicodedata.normalize("NFD", text.casefold().translate(_OF_NAMES | {ord("ð"): "đ", ord("ɖ"): "đ"}))
    return " ".join(_tone_last(word) for word in letters.split())


def _tone_last(word: str) -> str:
    tones = [letter for letter in word if letter in _TONES]
    return "".join([*(letter for letter in word if letter not in _TONES), *tones])


# Grave, acute, tilde, hook above and dot below: the tones of Vietnamese, as combining marks.
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")

# Ð of old Vietnamese data and Ɖ look like Đ. Letters of the Co Tu, Ca Dong, Xo Dang, Ê Đê and Ba Na have strokes and
# hooks, which no decomposition removes.
_OF_NAMES = {
    **dict.fromkeys(map(ord, "ðɖɗ"), "d"),
    **dict.fromkeys(map(ord, "ƀɓ"), "b"),
    **dict.fromkeys(map(ord, "ŋɲ"), "n"),
    **dict.fromkeys(map(ord, "ıɨ"), "i"),
    ord("ʉ"): "u",
    **dict.fromkeys(map(ord, "'‘’‛`´′ʹʼʻʽˈ＇"), " "),
    **dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2212\u00ad"), " "),
}


class _WithoutMarks(dict[int, int | None]):
    """A table for `str.translate` that removes accents and invisible marks. It looks up each character once."""

    def __missing__(self, code: int) -> int | None:
        replacement = None if unicodedata.category(chr(code)) in ("Mn", "Cf") else code
        self[code] = replacement
        return replacement


_WITHOUT_MARKS = _WithoutMarks()


# Names and other short texts: one line, not empty.
Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=NAME_LENGTH), AfterValidator(line)]
# Notes, reasons, summaries: several lines, not empty.
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=TEXT_LENGTH), AfterValidator(paragraph)]
