"""Conditional requests: a representation's ETag, 304 for who has it, 412 for who changes another version."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from app.http.errors import Unparsable, VersionChanged

_VARY = "Accept, Accept-Language, Authorization"

# `"{version}-{hash}"`, or the version alone; W/ comes from proxies that compress.
_TAG = re.compile(r'[ \t]*(?:W/)?("(?:(\d{1,18})(?:-[0-9a-z]*)?|[\x21\x23-\x7e\x80-\xff]*)")[ \t]*(?:,|$)')


def etag(version: int, body: bytes) -> str:
    """The ETag of a representation: its version, and the hash of what is shown of it (contract, Caching)."""
    return f'"{version}-{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def conditional_json(
    request: Request,
    content: BaseModel | Mapping[str, Any],
    version: int,
    *,
    private: bool,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The content as JSON with its ETag, or 304 without it where the client has this representation.

    `private`: for this caller only, as dossiers are. Raises Unparsable for an If-None-Match that is none.
    """
    if isinstance(content, BaseModel):
        body = content.model_dump_json().encode()
    else:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return conditional(request, body, version, private=private, status=status, headers=headers)


def conditional(
    request: Request,
    body: bytes,
    version: int,
    *,
    private: bool,
    media_type: str = "application/json",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """As `conditional_json`, of any representation already written."""
    tag = etag(version, body)
    sent = {
        "Vary": _VARY,
        **(headers or {}),
        "ETag": tag,
        "Cache-Control": "private, no-cache" if private else "no-cache",
    }
    if request.method in ("GET", "HEAD") and _has(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(body, status_code=status, headers=sent, media_type=media_type)


def require_version(request: Request, version: int) -> None:
    """Raises VersionChanged where the client's If-Match names another version, Unparsable where it is no ETag.

    Without the header, and with `*`, any version will do.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return
    if str(version) not in (known for _whole, known in _tags("If-Match", header)):
        raise VersionChanged(
            "version_changed", f"It was changed meanwhile: its version is {version} now.", version=version
        )


def names_none(request: Request) -> bool:
    """Whether it asks for anything but what there is (`If-None-Match: *`), naming no representation that it knows."""
    return request.headers.get("if-none-match", "").strip() == "*"


def _has(request: Request, tag: str) -> bool:
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    return names_none(request) or tag in (whole for whole, _version in _tags("If-None-Match", header))


def _tags(name: str, header: str) -> list[tuple[str, str | None]]:
    # Each tag without W/ (as the weak comparison wants it), and the version it names.
    tags, at = [], 0
    while at < len(header):
        match = _TAG.match(header, at)
        if match is None:
            raise _no_tag(name)
        tags.append((match[1], match[2]))
        at = match.end()
    if not tags:
        raise _no_tag(name)
    return tags


def _no_tag(name: str) -> Unparsable:
    return Unparsable("bad_header", f'{name} must be `*` or ETags in quotes, as in "3-0123456789abcdef".')
