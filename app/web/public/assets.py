"""The files that pages load, named by what is in them, so that a browser may keep them for ever."""

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
    """One file; another content has another name."""

    name: str
    body: bytes
    media_type: str


def _assets() -> dict[str, Asset]:
    """Each file of the package's `static`, by its own name."""
    found = {}
    for file in files("app.web.public").joinpath("static").iterdir():
        stem, dot, suffix = file.name.rpartition(".")
        if dot + suffix in _MEDIA_TYPES:
            body = file.read_bytes().replace(_ELSEWHERE, b"data:,")
            digest = hashlib.blake2b(body, digest_size=8).hexdigest()
            found[file.name] = Asset(f"{stem}-{digest}{dot}{suffix}", body, _MEDIA_TYPES[dot + suffix])
    return found


_BY_FILE = _assets()
_BY_NAME = {asset.name: asset for asset in _BY_FILE.values()}


def asset_path(file: str) -> str:
    """Where pages load a file of `static` from."""
    return f"/static/{_BY_FILE[file].name}"


def asset(name: str) -> Asset:
    """The file of this name, its hash included; raises NotFound `no_such_path` for any other."""
    found = _BY_NAME.get(name)
    if found is None:
        raise NotFound("no_such_path", "There is no such file.")
    return found
