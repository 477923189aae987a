"""Templates of slips: those of the package, which an office can replace (docs/slips.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.catalogue.records import Unit
from app.domain.errors import Unavailable

# Typst reads files from this folder and from its inputs only. The folder contains only templates.
ROOT = Path(__file__).parent / "templates"

_SUFFIXES = frozenset({".typ", ".svg", ".png", ".jpg", ".jpeg", ".json", ".csv", ".txt"})
_MOST_BYTES = 8_000_000
# Imports need a literal file name, so that this check sees that no package is downloaded. `eval` could hide an import.
_FORBIDDEN = re.compile(r'\b(?:import|include)\b(?!\s*"[^"@\\])|\b(?:eval|plugin)\b')


@dataclass(frozen=True, slots=True)
class Templates:
    """Files by their path from the root of the templates."""

    files: Mapping[str, bytes]

    def path_of(self, name: str, unit: Unit | None = None) -> str:
        """The path of a unit's template: in the folder of its code or of its agency identifier, or the common one."""
        folders = (unit.code, unit.agency_identifier) if unit is not None else ()
        paths = [f"{folder}/{name}.typ" for folder in folders]
        return next((path for path in paths if path in self.files), f"{name}.typ")


def template_error(detail: str) -> Unavailable:
    """The error for a faulty template. Slips work again as soon as the template is repaired."""
    return Unavailable("slip_template", detail)


def templates_in(folder: Path | None) -> Templates:
    """The templates of the package, extended or replaced by those in an office's folder.

    The folder is read at each use, so that changes take effect at once. Raises Unavailable `slip_template` if it is
    unreadable or too large, has links that lead out of it, or has a template that would download a package.
    """
    built_in = _built_in()
    if folder is None:
        return Templates(built_in)
    try:
        return Templates({**built_in, **_of_office(folder)})
    except OSError as error:
        raise template_error(f"The folder of templates cannot be read: {error.strerror}.") from None


@cache
def _built_in() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(ROOT.glob("*.typ"))}


def _of_office(folder: Path) -> dict[str, bytes]:
    root = folder.resolve(strict=True)
    files: dict[str, bytes] = {}
    bytes_left = _MOST_BYTES
    for path in sorted(root.rglob("*")):
        if path.suffix not in _SUFFIXES or not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        if not path.resolve().is_relative_to(root):
            raise template_error(f"{name} leads out of the folder of templates.")
        bytes_left -= path.stat().st_size
        if bytes_left < 0:
            raise template_error(f"The folder of templates has more than {_MOST_BYTES:,} bytes.")
        files[name] = path.read_bytes()
        if path.suffix == ".typ":
            _require_plain(name, files[name])
    return files


def _require_plain(name: str, source: bytes) -> None:
    try:
        text = source.decode()
    except UnicodeDecodeError:
        raise template_error(f"{name} is not UTF-8.") from None
    match = _FORBIDDEN.search(text)
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        raise template_error(
            f"{name}, line {line}: import and include take a file's name; no packages, eval or plugin."
        )
