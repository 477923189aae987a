"""Conditional requests: ETags, 304 for a known representation, 412 for a change of another version."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from app.http.errors import Unparsable, VersionChanged

VARY = "Accept, Accept-Language, Authorization"

# `"{version}-{hash}"`, or the version alone. Compression adds W/.
_TAG = re.compile(r'[ \t]*(?:W/)?("(?:(\d{1,18})(?:-[0-9a-z]*)?|[\x21\x23-\x7e\x80-\xff]*)")[ \t]*(?:,|$)')


def etag(version: int, body: bytes) -> str:
    """The ETag of a representation: its version and a hash of the body (contract, Caching)."""
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
    """The content as JSON with its ETag, or 304 if the client has this representation.

    `private`: for this caller only, as for dossiers. Raises Unparsable for an invalid If-None-Match.
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
    """As `conditional_json`, for a body of any media type."""
    tag = etag(version, body)
    sent = {
        "Vary": VARY,
        **(headers or {}),
        "ETag": tag,
        "Cache-Control": _caching(request, private=private),
    }
    if request.method in ("GET", "HEAD") and _has(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(body, status_code=status, headers=sent, media_type=media_type)


def _caching(request: Request, *, private: bool) -> str:
    if not private:
        return "no-cache"
    # What a token opens may show people: no cache on a disk keeps it. Its ETag serves a client that keeps it itself.
    return "private, no-store" if "authorization" in request.headers else "private, no-cache"


def require_version(request: Request, version: int) -> None:
    """Raises VersionChanged if the request's If-Match names another version, Unparsable if it is no ETag.

    Without the header, or with `*`, every version passes.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return
    if str(version) not in (tag_version for _whole, tag_version in _tags("If-Match", header)):
        raise VersionChanged(
            "version_changed", f"The present version is {version}: read it and retry.", version=version
        )


def names_none(request: Request) -> bool:
    """Whether the request has `If-None-Match: *`, which names no known representation."""
    return request.headers.get("if-none-match", "").strip() == "*"


def newest_version(headers: Mapping[str, str]) -> int | None:
    """The newest version that the headers name by ETags; None if they name none."""
    versions = [
        int(match[2])
        for name in ("if-none-match", "if-match", "etag")
        for match in _TAG.finditer(headers.get(name, ""))
        if match[2]
    ]
    return max(versions, default=None)


def _has(request: Request, tag: str) -> bool:
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    return names_none(request) or tag in (whole for whole, _version in _tags("If-None-Match", header))


def _tags(name: str, header: str) -> list[tuple[str, str | None]]:
    # Each tag without W/, for the weak comparison, and its version.
    tags, at = [], 0
    while at < len(header):
        match = _TAG.match(header, at)
        if match is None:
            raise _invalid_tag(name)
        tags.append((match[1], match[2]))
        at = match.end()
    if not tags:
        raise _invalid_tag(name)
    return tags


def _invalid_tag(name: str) -> Unparsable:
    return Unparsable("bad_header", f'{name} must be `*` or ETags in quotes, as in "3-0123456789abcdef".')
