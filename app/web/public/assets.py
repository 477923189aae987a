"""Static files of pages. The name of each has a hash of its content, so browsers may cache it for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from app.domain.errors import NotFound

_MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Redoc loads the logo of its makers from their site. It shows nothing in place of an empty picture.
_ELSEWHERE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. Its name changes with its content."""

    name: str
    body: bytes
    media_type: str


def _assets() -> dict[str, Asset]:
    """Each file of the package's `static`, by its name there."""
    assets = {}
    for file in files("app.web.public").joinpath("static").iterdir():
        stem, dot, suffix = file.name.rpartition(".")
        if dot + suffix in _MEDIA_TYPES:
            body = file.read_bytes().replace(_ELSEWHERE, b"data:,")
            digest = hashlib.blake2b(body, digest_size=8).hexdigest()
            assets[file.name] = Asset(f"{stem}-{digest}{dot}{suffix}", body, _MEDIA_TYPES[dot + suffix])
    return assets


_BY_FILE = _assets()
_BY_NAME = {asset.name: asset for asset in _BY_FILE.values()}


def asset_path(file: str) -> str:
    """The path from which pages load a file of `static`."""
    return f"/static/{_BY_FILE[file].name}"


def asset(name: str) -> Asset:
    """The file with this name and hash; raises NotFound `no_such_path` for any other name."""
    file = _BY_NAME.get(name)
    if file is None:
        raise NotFound("no_such_path", "There is no such file.")
    return file
