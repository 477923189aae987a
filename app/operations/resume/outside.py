"""Reads lists kept outside the register: codes on slips, and tokens as `motcua token list` prints them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.domain.codes import DossierCode, normalise_code, parse_code
from app.domain.errors import Invalid

# A line of `motcua token list`: the columns have two spaces between them at least.
_TOKEN = re.compile(r"(?P<id>[1-9][0-9]{0,9})\s{2,}(?P<client>\S.*?)(?:\s{2,}.*)?")


class KeptToken(NamedTuple):
    """A token of a kept list."""

    id: int
    client: str


def read_codes(path: Path) -> list[DossierCode]:
    """The codes of a file, one on each line. Raises Invalid `codes_unreadable` for any other line."""
    return [_code(path, number, text) for number, text in _lines(path)]


def read_tokens(path: Path) -> list[KeptToken]:
    """The tokens of a saved `motcua token list`. Raises Invalid `tokens_unreadable` for any other line."""
    return [_token(path, number, text) for number, text in _lines(path) if not text.startswith("id ")]


def _code(path: Path, number: int, text: str) -> DossierCode:
    try:
        return parse_code(normalise_code(text))
    except Invalid:
        raise Invalid("codes_unreadable", f"Line {number} of {path} is not the code of a dossier.") from None


def _token(path: Path, number: int, text: str) -> KeptToken:
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise Invalid("tokens_unreadable", f"Line {number} of {path} is not a line of `motcua token list`.")
    return KeptToken(int(match["id"]), match["client"])


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if text.strip():
            yield number, text.strip()
