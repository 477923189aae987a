"""The templates of slips: those of the package, and those of an office in their place (docs/slips.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.catalogue.records import Unit
from app.domain.errors import Unavailable

# The only folder that a template can read files from besides what is given to it: it holds nothing but templates.
ROOT = Path(__file__).parent / "templates"

_SUFFIXES = frozenset({".typ", ".svg", ".png", ".jpg", ".jpeg", ".json", ".csv", ".txt"})
_MOST_BYTES = 8_000_000
# A template names what it imports, so that it can be seen to fetch no package; nothing hides code in texts.
_FETCHING = re.compile(r'\b(?:import|include)\b(?!\s*"[^"@\\])|\b(?:eval|plugin)\b')


@dataclass(frozen=True, slots=True)
class Templates:
    """Files by their path from the templates' root."""

    files: Mapping[str, bytes]

    def path_of(self, name: str, unit: Unit | None = None) -> str:
        """The template of a slip for a unit: in a folder named by its code or its agency identifier, else for all."""
        folders = (unit.code, unit.agency_identifier) if unit is not None else ()
        paths = [f"{folder}/{name}.typ" for folder in folders]
        return next((path for path in paths if path in self.files), f"{name}.typ")


def failed(what: str) -> Unavailable:
    """The refusal that a template causes: whoever looks after the templates mends it, and it works again at once."""
    return Unavailable("slip_template", what)


def templates_in(folder: Path | None) -> Templates:
    """The templates of the package, with those of an office's folder added or in their place.

    Read at each use, so that what is mended is used at once. Raises Unavailable `slip_template` for a folder that
    cannot be read, is too large, leads out of itself, or holds a template that would fetch a package.
    """
    built_in = _built_in()
    if folder is None:
        return Templates(built_in)
    try:
        return Templates({**built_in, **_of_office(folder)})
    except OSError as error:
        raise failed(f"The folder of templates cannot be read: {error.strerror}.") from None


@cache
def _built_in() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(ROOT.glob("*.typ"))}


def _of_office(folder: Path) -> dict[str, bytes]:
    root = folder.resolve(strict=True)
    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    for path in sorted(root.rglob("*")):
        if path.suffix not in _SUFFIXES or not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        if not path.resolve().is_relative_to(root):
            raise failed(f"{name} leads out of the folder of templates.")
        left -= path.stat().st_size
        if left < 0:
            raise failed(f"The folder of templates holds more than {_MOST_BYTES:,} bytes.")
        files[name] = path.read_bytes()
        if path.suffix == ".typ":
            _require_plain(name, files[name])
    return files


def _require_plain(name: str, source: bytes) -> None:
    try:
        text = source.decode()
    except UnicodeDecodeError:
        raise failed(f"{name} is not UTF-8.") from None
    found = _FETCHING.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise failed(f"{name}, line {line}: import and include take a file's name; no packages, eval or plugin.")
